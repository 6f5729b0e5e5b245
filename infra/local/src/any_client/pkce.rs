//! PKCE for apps that leave it out (RFC 7636): the server's own, so that the functions need not do without.

use crate::{
    simulate::message::{self, Pairs},
    site::Site,
    tenant::LocalTenant,
};
use admin::tenant_file::AsksPkce;
use axum::response::Response;
use rules::secret::{SecretHash, random_text};

/// One for the life of the process: it keeps nobody out, which is what these tenants say.
pub struct OwnPkce {
    verifier: String,
}

pub fn is_changed(tenant: &LocalTenant) -> bool {
    tenant.file.pkce() != AsksPkce::Required
}

impl OwnPkce {
    pub fn random() -> OwnPkce {
        OwnPkce { verifier: random_text::<32>() }
    }

    /// RFC 7636 §4.2: the hash of the verifier in base64url, which is what a `SecretHash` is.
    pub fn of_request(&self, asks: AsksPkce, pairs: Pairs) -> Pairs {
        let challenge = SecretHash::of(&self.verifier).as_str().to_owned();
        let own = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
        instead(asks, pairs, own.as_slice())
    }

    pub fn of_code(&self, asks: AsksPkce, pairs: Pairs) -> Pairs {
        let is_code = pairs.iter().any(|(name, value)| name == "grant_type" && value == "authorization_code");
        if !is_code {
            return pairs;
        }
        instead(asks, pairs, &[("code_verifier", &self.verifier)])
    }
}

/// The server's own where the app has sent nothing, or in the place of what it has sent.
fn instead(asks: AsksPkce, mut pairs: Pairs, own: &[(&str, &str)]) -> Pairs {
    let is_own = |name: &str| own.iter().any(|(own, _)| *own == name);
    let has_sent = pairs.iter().any(|(name, value)| is_own(name) && !value.is_empty());
    match asks {
        AsksPkce::Required => return pairs,
        AsksPkce::Optional if has_sent => return pairs,
        AsksPkce::Optional | AsksPkce::None => pairs.retain(|(name, _)| !is_own(name)),
    }
    pairs.extend(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    pairs
}

/// A server that has never heard of PKCE does not name it (RFC 8414 §2).
pub async fn undisclosed(site: &Site, response: Response) -> Response {
    if site.tenants.iter().all(|tenant| tenant.file.pkce() != AsksPkce::None) {
        return response;
    }
    let (mut document, with) = match message::json(response).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let is_of = |tenant: &LocalTenant| document["issuer"] == tenant.items.tenant.issuer.as_str();
    let silent = site.tenants.iter().any(|tenant| is_of(tenant) && tenant.file.pkce() == AsksPkce::None);
    if let Some(members) = document.as_object_mut().filter(|_| silent) {
        members.remove("code_challenge_methods_supported");
    }
    with(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Pairs {
        text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_servers_own_pkce_comes_where_the_app_has_none_or_counts_for_nothing() {
        let own = OwnPkce::random();
        let sent = pairs(&[("code_challenge", "x"), ("code_challenge_method", "S256"), ("a", "b")]);
        assert_eq!(own.of_request(AsksPkce::Required, sent.clone()), sent);
        assert_eq!(own.of_request(AsksPkce::Optional, sent.clone()), sent);
        assert_ne!(own.of_request(AsksPkce::None, sent.clone()), sent);
        let nothing = pairs(&[("a", "b")]);
        assert_eq!(own.of_request(AsksPkce::Required, nothing.clone()), nothing);
        for asks in [AsksPkce::Optional, AsksPkce::None] {
            let added = own.of_request(asks, nothing.clone());
            assert_eq!(added, own.of_request(AsksPkce::None, sent.clone()).into_iter().collect::<Vec<_>>());
            assert_eq!(added.len(), 3);
        }
        let refresh = pairs(&[("grant_type", "refresh_token")]);
        assert_eq!(own.of_code(AsksPkce::None, refresh.clone()), refresh);
        let code = own.of_code(AsksPkce::Optional, pairs(&[("grant_type", "authorization_code")]));
        assert_eq!(code[1], ("code_verifier".to_owned(), own.verifier.clone()));
    }
}
