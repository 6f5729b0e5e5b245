//! What the provider sent the browser back with (RFC 6749 §4.1.2; RFC 9207).

use super::{IdentityProvider, metadata::ProviderMetadata};
use crate::oauth::params::Params;

/// A code, from an answer whose `iss` fits. It proves nothing yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Code<'a> {
    pub code: &'a str,
    pub iss: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// The person, or somebody on their behalf, said no: `access_denied`, `login_required` and their kin.
    #[error("the provider answered {0}")]
    Declined(String),
    /// The provider could not do it.
    #[error("the provider answered {0}")]
    Failed(String),
    /// This is not an answer of the provider that was asked.
    #[error("{0}")]
    NotTheirs(&'static str),
}

/// The answer's `state` was found good already. `iss` comes first: an error of another provider is not this one's either.
pub fn read<'a>(
    params: &'a Params,
    provider: &IdentityProvider,
    metadata: &ProviderMetadata,
) -> Result<Code<'a>, NoCode> {
    if params.repeated().is_some() {
        return Err(NoCode::NotTheirs("a parameter came twice"));
    }
    let iss = params.get("iss");
    match iss {
        // RFC 9207 §2.4: "Clients MUST … compare … If the value does not match …, clients MUST reject the response".
        Some(iss) if iss != metadata.issuer && !provider.accepts_issuer(iss) => {
            return Err(NoCode::NotTheirs("iss names another issuer"));
        }
        None if metadata.authorization_response_iss_parameter_supported => {
            return Err(NoCode::NotTheirs("iss is missing though the provider says that it sends it"));
        }
        _ => {}
    }
    match (params.get("error"), params.get("code")) {
        (Some(error), _) => Err(declined_or_failed(error)),
        (None, Some(code)) => Ok(Code { code, iss }),
        (None, None) => Err(NoCode::Failed("neither code nor error".into())),
    }
}

/// The provider's texts are not shown to anybody: the author of a link could write them.
fn declined_or_failed(error: &str) -> NoCode {
    let shown: String = error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    const DECLINED: [&str; 5] =
        ["access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required"];
    if DECLINED.contains(&error) { NoCode::Declined(shown) } else { NoCode::Failed(shown) }
}

#[cfg(test)]
mod tests {
    use super::{super::id_token::tests::provider, *};

    fn judged(query: &str, says_iss: bool) -> String {
        let metadata = ProviderMetadata {
            issuer: "https://idp.example".into(),
            authorization_endpoint: String::new(),
            token_endpoint: String::new(),
            jwks_uri: String::new(),
            userinfo_endpoint: None,
            end_session_endpoint: None,
            authorization_response_iss_parameter_supported: says_iss,
            id_token_signing_alg_values_supported: Vec::new(),
        };
        let params = Params::parse(query.as_bytes()).unwrap();
        match read(&params, &provider(), &metadata) {
            Ok(code) => code.code.to_owned(),
            Err(NoCode::Declined(why)) => format!("declined {why}"),
            Err(NoCode::Failed(why)) => format!("failed {why}"),
            Err(NoCode::NotTheirs(_)) => "not theirs".to_owned(),
        }
    }

    #[test]
    fn an_answer_of_another_issuer_is_nobodys() {
        assert_eq!(judged("code=c", false), "c");
        assert_eq!(judged("code=c&iss=https%3A%2F%2Fidp.example", true), "c");
        assert_eq!(judged("code=c&iss=https%3A%2F%2Fevil.example", false), "not theirs");
        assert_eq!(judged("error=access_denied&iss=https%3A%2F%2Fevil.example", false), "not theirs");
        assert_eq!(judged("code=c", true), "not theirs");
        assert_eq!(judged("code=c&code=d", false), "not theirs");
    }

    #[test]
    fn a_no_is_told_from_a_failure() {
        assert_eq!(judged("error=access_denied", false), "declined access_denied");
        assert_eq!(judged("error=server_error&code=c", false), "failed server_error");
        assert_eq!(judged("error=%3Cb%3E", false), "failed b");
        assert_eq!(judged("", false), "failed neither code nor error");
    }
}
