//! Where the answer may go (AUTHZ-3, AUTHZ-4).

use super::*;
use rules::{
    authorize::redirect_target::{NotRedirectable, ResponseType},
    tenant::{GrantType, Policy},
};

fn found(changes: &[(&str, &str)]) -> Result<RedirectTarget, NotRedirectable> {
    RedirectTarget::find(&params(changes), Some(&app()), &tenant())
}

#[test]
fn an_answer_goes_to_a_registered_uri_with_the_state_of_the_app() {
    for uri in [REDIRECT_URI, "http://127.0.0.1:4711/callback", "https://app.example/callback?of=app"] {
        let target = found(&[("redirect_uri", uri)]).unwrap();
        assert_eq!((target.redirect_uri.as_str(), target.state.as_deref()), (uri, Some("the state")));
        assert_eq!(target.response, ResponseType::Code);
    }
}

#[test]
fn a_request_of_which_that_is_not_certain_is_redirected_nowhere() {
    for (changes, why) in [
        (&[("client_id", "app"), ("client_id", "app")][..], NotRedirectable::Ambiguous),
        (&[("redirect_uri", REDIRECT_URI), ("redirect_uri", REDIRECT_URI)], NotRedirectable::Ambiguous),
        (&[("client_id", "")], NotRedirectable::NoClientId),
        (&[("redirect_uri", "")], NotRedirectable::NoRedirectUri),
        (&[("redirect_uri", "https://app.example/callback/")], NotRedirectable::UnregisteredRedirectUri),
        (&[("redirect_uri", "https://app.example/callback?of=others")], NotRedirectable::UnregisteredRedirectUri),
    ] {
        assert_eq!(found(changes).unwrap_err(), why, "{changes:?}");
    }
    let unknown = RedirectTarget::find(&params(&[]), None, &tenant());
    assert_eq!(unknown.unwrap_err(), NotRedirectable::UnknownClient);
}

/// A state that came twice is nobody's.
#[test]
fn no_state_is_echoed_that_did_not_come_once() {
    for changes in [&[("state", "")][..], &[("state", "a"), ("state", "a")], &[("state", "a"), ("state", "")]] {
        assert_eq!(found(changes).unwrap().state, None, "{changes:?}");
    }
}

/// LEG-1, LEG-5: where the tenant has no implicit grant, nobody looks for anything in a fragment.
#[test]
fn an_answer_stands_in_the_fragment_where_the_tenant_offers_that() {
    let policy = Policy { grant_types: GrantType::ALL.into(), ..Policy::default() };
    let with_implicit = Tenant { policy, ..tenant() };
    for (response_type, tenant, response) in [
        ("token", &with_implicit, ResponseType::Token),
        ("code", &with_implicit, ResponseType::Code),
        ("", &with_implicit, ResponseType::Code),
        ("token", &tenant(), ResponseType::Code),
    ] {
        let params = params(&[("response_type", response_type)]);
        let target = RedirectTarget::find(&params, Some(&app()), tenant).unwrap();
        assert_eq!(target.response, response, "{response_type}");
    }
}
