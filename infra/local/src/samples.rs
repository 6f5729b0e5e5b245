//! The sample tenants, compiled in.

use admin::tenant_file::{self, Mistakes, TenantFile};
use rules::secret::ChosenSecretHash;
use std::collections::BTreeMap;

const FILES: [(&str, &str); 3] = [
    ("riverside.toml", include_str!("../tenants/riverside.toml")),
    ("home.toml", include_str!("../tenants/home.toml")),
    ("lakeside.toml", include_str!("../tenants/lakeside.toml")),
];

/// A line for each of their passwords, which everybody knows: to hash them at each start would take longer than all the rest of it.
const PASSWORD_HASHES: &str = include_str!("../tenants/password-hashes.txt");

pub fn files() -> Result<Vec<TenantFile>, Mistakes> {
    FILES.iter().map(|(name, text)| tenant_file::parse(name, text)).collect()
}

/// By the password.
pub fn password_hashes() -> BTreeMap<String, ChosenSecretHash> {
    let lines = PASSWORD_HASHES.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(password, hash)| (password.to_owned(), ChosenSecretHash::Argon2id(hash.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_password_of_the_samples_has_its_hash_and_no_other_text_has_one() {
        let files = files().unwrap();
        let mut hashes = password_hashes();
        for login in files.iter().flat_map(TenantFile::logins) {
            assert!(password_hashes().contains_key(&login.password), "{}", login.password);
            if let Some(hash) = hashes.remove(&login.password) {
                assert!(hash.matches(&login.password), "{}", login.password);
            }
        }
        assert_eq!(hashes, BTreeMap::new());
    }
}
