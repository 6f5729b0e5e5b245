//! Which `aud` says that a client assertion was meant for this server? The one place that knows (ASYM-5, R9126-5).

use crate::{
    jws::{Audience, BadJws},
    tenant::{AssertionAudience, Profile, Tenant},
};

/// Where an assertion was sent to.
pub struct Addressee<'a> {
    pub tenant: &'a Tenant,
    /// The public URL of the endpoint that was called.
    pub endpoint: &'a str,
    /// What its sender is held to.
    pub profile: Profile,
}

/// One audience and no more: a second one would let its owner use the assertion here.
pub fn check_audience(aud: &Audience, addressee: &Addressee<'_>) -> Result<(), BadJws> {
    let issuer = &addressee.tenant.issuer;
    let token_endpoint = issuer.endpoint("token");
    // FAPI 2.0 §5.3.2.1 item 8; RFC 10070 goes the same way.
    let follows = match addressee.profile {
        Profile::Fapi2 => AssertionAudience::Rfc7523bisStrict,
        Profile::Smart => addressee.tenant.policy.assertion_audience,
    };
    let accepted: Vec<&str> = match (follows, aud) {
        (AssertionAudience::Rfc9126, _) => vec![&token_endpoint, issuer.as_str(), addressee.endpoint],
        (AssertionAudience::Smart, _) => vec![&token_endpoint],
        // "The authorization server MUST accept its issuer identifier" where requests are pushed (RFC 9126 §2).
        (AssertionAudience::Koppeltaal, _) if addressee.endpoint == issuer.endpoint("par") => {
            vec![&token_endpoint, addressee.endpoint, issuer.as_str()]
        }
        (AssertionAudience::Koppeltaal, _) => vec![&token_endpoint, addressee.endpoint],
        (AssertionAudience::Rfc7523bisStrict, Audience::One(_)) => vec![issuer.as_str()],
        (AssertionAudience::Rfc7523bisStrict, Audience::Many(_)) => {
            return Err(BadJws("aud must be the issuer as a single string".into()));
        }
    };
    match aud.sole() {
        Some(aud) if accepted.contains(&aud) => Ok(()),
        Some(aud) => Err(BadJws(format!(
            "aud was {}, this tenant accepts {}",
            aud.chars().take(200).collect::<String>(),
            accepted.join(" or ")
        ))),
        None => Err(BadJws("aud must name one audience".into())),
    }
}
