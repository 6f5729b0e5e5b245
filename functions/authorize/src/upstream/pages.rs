//! The pages of signing in elsewhere: the choice of a provider, and what went wrong there.

use super::failure::NotSignedIn;
use crate::{
    http::responses,
    interaction::visit::Visit,
    pages::provider::{ProviderChoicePage, ProviderTroublePage},
};
use axum::{http::StatusCode, response::Response};
use rules::{
    identity_provider::IdentityProvider,
    oauth::{
        error::{ErrorCode, OAuthError},
        refused::Refused,
    },
};

pub fn choice(visit: &Visit, providers: &[IdentityProvider], local: bool) -> Response {
    let stylesheet = visit.context().stylesheet();
    let page = ProviderChoicePage {
        frame: visit.frame(&stylesheet),
        client_name: visit.app_name(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        providers,
        local,
    };
    visit.respond(&page)
}

pub fn trouble(visit: &Visit, provider: &IdentityProvider, error: &NotSignedIn) -> Response {
    let t = visit.t;
    let (status, code, detail) = match error {
        NotSignedIn::Declined(detail) => (StatusCode::FORBIDDEN, ErrorCode::AccessDenied, detail),
        NotSignedIn::Failed(detail) => (StatusCode::BAD_GATEWAY, ErrorCode::TemporarilyUnavailable, detail),
        // Koppeltaal has 401 and 403 for what is wrong with authentication (TOP-KT-012c).
        NotSignedIn::Untrustworthy(detail) if visit.interaction.hti.is_some() => {
            (StatusCode::UNAUTHORIZED, ErrorCode::AccessDenied, detail)
        }
        NotSignedIn::Untrustworthy(detail) => (StatusCode::BAD_REQUEST, ErrorCode::AccessDenied, detail),
        NotSignedIn::Unknown(detail) => (StatusCode::FORBIDDEN, ErrorCode::AccessDenied, detail),
    };
    let (what_happened, what_to_do) = match error {
        NotSignedIn::Declined(_) => (t.provider_declined(), t.provider_declined_do()),
        NotSignedIn::Failed(_) => (t.provider_failed(), t.provider_failed_do()),
        NotSignedIn::Untrustworthy(_) => (t.provider_untrue(), t.provider_untrue_do()),
        NotSignedIn::Unknown(_) => (t.provider_unknown(), t.provider_unknown_do()),
    };
    let heading = match error {
        NotSignedIn::Unknown(_) => t.provider_unknown_title(),
        _ => t.sign_in_failed_title(),
    };
    let detail = format!("{}: {detail}", provider.id);
    let refused = Refused::of(&OAuthError::new(code, "the sign-in at the identity provider failed").because(detail));
    let stylesheet = visit.context().stylesheet();
    let page = ProviderTroublePage {
        frame: visit.frame(&stylesheet),
        client_name: visit.client.known_as(),
        provider,
        heading,
        what_happened,
        what_to_do,
        reference: &refused.id,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        others: visit.has_other_ways_in(),
    };
    responses::with_refusal(visit.respond(&page), status, refused)
}
