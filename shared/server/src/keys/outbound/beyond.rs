//! How far beyond public addresses a request may go, and for whom.

use reqwest::Url;
use rules::{identity_provider::IdentityProvider, tenant::TenantRecord};

/// Where a request may go besides public addresses.
#[derive(Clone, Copy)]
pub struct Beyond<'a> {
    /// `http:` and this machine, for tenants on a laptop.
    pub(super) loopback: bool,
    /// Whose own hosts may be on the private network, if the operator says so.
    pub(super) provider: Option<&'a IdentityProvider>,
}

impl<'a> Beyond<'a> {
    pub fn of_client(tenant: &TenantRecord) -> Beyond<'a> {
        Beyond { loopback: tenant.policy.loopback_key_sets, provider: None }
    }

    pub fn of_provider(tenant: &TenantRecord, provider: &'a IdentityProvider) -> Beyond<'a> {
        Beyond { loopback: tenant.policy.loopback_key_sets, provider: Some(provider) }
    }

    /// A request by its name, and not by an address: a certificate is for a name.
    pub(super) fn private_network(self, url: &Url) -> bool {
        matches!(url.host(), Some(url::Host::Domain(name)) if self.provider.is_some_and(|own| own.may_be_private(name)))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Of an identity provider with this issuer, which the operator has named.
    pub fn named(issuer: &str) -> IdentityProvider {
        let provider = serde_json::json!({
            "id": "p", "name": "P", "issuer": issuer, "id_token_issuers": [issuer], "client_id": "c",
            "authentication": "none", "scope": "openid", "userinfo": false, "name_claim": "name",
            "fhir_user": "nothing", "patients": "nothing", "user_types": [], "private_network": true,
        });
        serde_json::from_value(provider).unwrap()
    }

    #[test]
    fn only_the_host_that_an_operator_named_may_be_on_the_private_network() {
        let provider = named("https://login.hospital.example/o");
        let (unnamed, address) =
            (IdentityProvider { private_network: false, ..provider.clone() }, named("https://10.0.0.1"));
        let of = |provider, url: &str| Beyond { loopback: false, provider }.private_network(&Url::parse(url).unwrap());
        for (url, private) in [
            ("https://login.hospital.example/token", true),
            ("https://LOGIN.hospital.example:8443/jwks", true),
            ("https://fhir.hospital.example/token", false),
            ("https://10.0.0.1/token", false),
            ("https://localhost/token", false),
        ] {
            assert_eq!(of(Some(&provider), url), private, "{url}");
            assert!(!of(None, url), "a client's: {url}");
        }
        assert!(!of(Some(&unnamed), "https://login.hospital.example/"));
        // An address is no name, wherever it comes from.
        assert!(!of(Some(&address), "https://10.0.0.1/token"));
    }
}
