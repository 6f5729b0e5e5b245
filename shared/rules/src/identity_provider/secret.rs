//! The secret that a provider gave this server. Unlike all others it can't be kept as a hash: it is sent to the provider.

use crate::{secret::Secret, tenant::TenantId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An item of its own in the table, which is encrypted with the deployment's key. Nothing but the function that redeems
/// the provider's codes may read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProviderSecret {
    pub tenant: TenantId,
    pub provider: String,
    pub secret: StoredSecret,
}

/// A secret that is written down as it is; never printed.
#[derive(Clone, Debug)]
pub struct StoredSecret(pub Secret);

impl Serialize for StoredSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for StoredSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StoredSecret, D::Error> {
        String::deserialize(deserializer).map(|text| StoredSecret(Secret::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_whole_and_never_printed() {
        let tenant = TenantId::parse("t").unwrap();
        let kept = ProviderSecret { tenant, provider: "p".into(), secret: StoredSecret(Secret::new("hunter2")) };
        assert!(!format!("{kept:?}").contains("hunter2"));
        let json = serde_json::to_string(&kept).unwrap();
        let read: ProviderSecret = serde_json::from_str(&json).unwrap();
        assert_eq!(read.secret.0.expose(), "hunter2");
    }
}
