//! The pages of signing in elsewhere: the choice of a provider, and what went wrong there.

use crate::{
    answers,
    pages::{
        Frame,
        provider::{ProviderChoicePage, ProviderTroublePage},
    },
    provider::NotSignedIn,
    visit::Visit,
};
use askama::Template;
use axum::{http::StatusCode, response::Response};
use shared::{
    identity_provider::IdentityProvider,
    oauth::{
        answer::Refused,
        error::{ErrorCode, OAuthError},
    },
};

pub fn choice(visit: &Visit, providers: &[IdentityProvider], local: bool) -> Response {
    let stylesheet = visit.shell().stylesheet();
    let page = ProviderChoicePage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        providers,
        local,
    };
    respond(visit, &page)
}

pub fn trouble(visit: &Visit, provider: &IdentityProvider, error: &NotSignedIn) -> Response {
    let (status, code, texts, detail) = match error {
        NotSignedIn::Declined(detail) => (StatusCode::FORBIDDEN, ErrorCode::AccessDenied, &DECLINED, detail),
        NotSignedIn::Failed(detail) => (StatusCode::BAD_GATEWAY, ErrorCode::TemporarilyUnavailable, &FAILED, detail),
        NotSignedIn::Untrustworthy(detail) => (StatusCode::BAD_REQUEST, ErrorCode::AccessDenied, &UNTRUE, detail),
        NotSignedIn::Unknown(detail) => (StatusCode::FORBIDDEN, ErrorCode::AccessDenied, &UNKNOWN, detail),
    };
    let detail = format!("{}: {detail}", provider.id);
    let refused = Refused::of(&OAuthError::new(code, texts.what_happened).because(detail));
    let stylesheet = visit.shell().stylesheet();
    let page = ProviderTroublePage {
        frame: frame(visit, &stylesheet),
        client_name: &visit.client.client_name,
        provider,
        heading: texts.heading,
        what_happened: texts.what_happened,
        what_to_do: texts.what_to_do,
        reference: &refused.id,
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        others: visit.tenant.identity_providers.len() > 1 || crate::provider::takes_passwords(visit),
    };
    answers::with_refusal(respond(visit, &page), status, refused)
}

struct Texts {
    heading: &'static str,
    what_happened: &'static str,
    what_to_do: &'static str,
}

const DECLINED: Texts = Texts {
    heading: "You are not signed in",
    what_happened: "The sign-in was cancelled or refused there.",
    what_to_do: "You can try again, or go back to the app without signing in.",
};
const FAILED: Texts = Texts {
    heading: "You are not signed in",
    what_happened: "It does not answer as it should at the moment.",
    what_to_do: "Please try again in a moment. Nothing is lost.",
};
const UNTRUE: Texts = Texts {
    heading: "You are not signed in",
    what_happened: "The answer that came from there can't be trusted, so it was not used.",
    what_to_do: "Please try again. If it happens again, tell the people who run this service, with the reference below.",
};
const UNKNOWN: Texts = Texts {
    heading: "Your account is not known here",
    what_happened: "You signed in, but your account is not linked to exactly one person in this record system, or may not be used here.",
    what_to_do: "Ask the people who run this service to link it, with the reference below. Or sign in with another account.",
};

fn frame<'a>(visit: &'a Visit, stylesheet: &'a str) -> Frame<'a> {
    Frame { tenant_name: &visit.tenant.name, stylesheet, lang: "en" }
}

fn respond(visit: &Visit, page: &impl Template) -> Response {
    visit.shell().page(page, Some(&visit.interaction.request.redirect.redirect_uri))
}
