//! What an app sends ahead, and the reference to it (RFC 9126).

use super::*;
use rules::{
    authorize::{
        pushed::{
            PushedRequest, PushedState, Reference, is_final, may_ask_directly, may_be_pushed, of_key, request_uri,
        },
        redirect_target::NotRedirectable,
    },
    dpop::Thumbprint,
    grant::GrantId,
    secret::Secret,
    tenant::{Policy, Profile, PushedRequests},
};

fn taking(pushed_authorization_requests: PushedRequests) -> Policy {
    Policy { pushed_authorization_requests, ..Policy::default() }
}

fn pushed(changes: &[(&str, &str)]) -> PushedRequest {
    PushedRequest::new(&tenant().id, &app(), &params(changes), &Secret::new("secret"), NOW.plus(90))
}

fn form(pairs: &[(&str, &str)]) -> Params {
    Params::parse(Serializer::new(String::new()).extend_pairs(pairs).finish().as_bytes()).unwrap()
}

/// PAR-6: what is pushed is what is judged again, and nobody keeps a client's credentials with it.
#[test]
fn what_was_asked_for_is_kept_without_the_credentials() {
    let credentials = [("client_assertion", "a.b.c"), ("client_assertion_type", "jwt"), ("client_secret", "s")];
    let extra = [("state", "ä&=+ %"), ("dpop_jkt", "thumbprint"), ("launch", "")];
    let kept = pushed(&[&credentials[..], &extra].concat());
    let read = Params::parse(kept.parameters.as_bytes()).unwrap();
    assert_eq!(read.get("state"), Some("ä&=+ %"));
    assert_eq!(read.get("dpop_jkt"), Some("thumbprint"));
    assert_eq!(read.get("aud"), Some(FHIR));
    assert_eq!(read.iter().count(), 9, "{}", kept.parameters);
    assert!(credentials.iter().all(|(name, _)| !read.has(name)), "{}", kept.parameters);
    assert_eq!((kept.tenant, kept.client_id.as_str(), kept.expires_at), (tenant().id, "app", NOW.plus(90)));
    assert!(kept.id.matches("secret"));
}

/// PAR-4, PAR-7.
#[test]
fn a_reference_names_one_request_of_one_client() {
    let uri = request_uri(&Secret::new("secret"));
    assert_eq!(uri, "urn:ietf:params:oauth:request_uri:secret");
    let policy = taking(PushedRequests::Accepted);
    let found = |pairs: &[(&str, &str)], policy: &Policy| Reference::of(&form(pairs), policy);
    let both = [("client_id", "app"), ("request_uri", &uri), ("state", "other")];
    let reference = Reference { id: SecretHash::of("secret"), client_id: "app".into() };
    assert_eq!(found(&both, &policy), Ok(Some(reference.clone())));
    assert_eq!(found(&both, &taking(PushedRequests::Required)), Ok(Some(reference)));
    assert_eq!(found(&both, &taking(PushedRequests::Off)), Ok(None));
    assert_eq!(found(&[("client_id", "app")], &policy), Ok(None));
    for other in ["https://app.example/request.jwt", "urn:ietf:params:oauth:request", "secret"] {
        assert_eq!(found(&[("client_id", "app"), ("request_uri", other)], &policy), Ok(None), "{other}");
    }
    for (pairs, why) in [
        (&[("request_uri", uri.as_str())][..], NotRedirectable::NoClientId),
        (&[("client_id", ""), ("request_uri", &uri)], NotRedirectable::NoClientId),
        (&[("client_id", "app"), ("client_id", "app"), ("request_uri", &uri)], NotRedirectable::Ambiguous),
        (&[("client_id", "app"), ("request_uri", &uri), ("request_uri", &uri)], NotRedirectable::Ambiguous),
    ] {
        assert_eq!(found(pairs, &policy), Err(why), "{pairs:?}");
    }
}

/// PAR-10.
#[test]
fn where_pushing_is_required_nobody_asks_directly() {
    use PushedRequests::{Accepted, Off, Required};
    for (policy, client, may) in [
        (Off, false, true),
        (Off, true, true),
        (Accepted, false, true),
        (Accepted, true, false),
        (Required, false, false),
        (Required, true, false),
    ] {
        let client = Client { require_pushed_authorization_requests: client, ..app() };
        let asked = may_ask_directly(&client, &Tenant { policy: taking(policy), ..tenant() });
        assert_eq!(asked.is_ok(), may, "{policy:?}");
        if let Err(error) = asked {
            assert_eq!(error.code.as_str(), "invalid_request");
            assert!(error.description.contains("pushed_authorization_request_endpoint"), "{error}");
        }
    }
}

/// PAR-1, PAR-5.
#[test]
fn a_push_is_its_own_clients_and_no_reference() {
    let judged = |changes: &[(&str, &str)]| may_be_pushed(&params(changes), &app()).map_err(|error| error.description);
    assert_eq!(judged(&[("request_uri", "")]), Ok(()));
    assert!(judged(&[("request_uri", "x")]).unwrap_err().starts_with("request_uri can't be pushed"));
    assert_eq!(judged(&[("client_id", "")]).unwrap_err(), "client_id is missing");
    assert!(judged(&[("client_id", "other")]).unwrap_err().starts_with("client_id differs"));
}

/// PAR-8, PAR-9: each state has a number of its own, and the time of a page begins once.
#[test]
fn it_goes_from_new_to_opened_to_used() {
    let new = pushed(&[]);
    assert!(new.is_new() && !new.is_used() && new.answered().is_none());
    assert_eq!(new.ends_at(900, NOW), NOW.plus(900));
    let opened = new.opened(NOW.plus(900));
    assert!(!opened.is_new() && !opened.is_used() && opened.answered().is_none());
    assert_eq!((opened.expires_at, opened.ends_at(900, NOW.plus(60))), (NOW.plus(900), NOW.plus(900)));
    assert_eq!((&opened.parameters, &opened.id), (&new.parameters, &new.id));
    let grant = GrantId("grant".into());
    let used = new.used_at_once(Some(&grant), NOW.plus(7));
    assert!(used.is_used() && !used.is_new());
    assert_eq!((used.answered(), used.expires_at, &used.parameters), (Some(&grant), NOW.plus(7), &new.parameters));
    let refused = opened.used_at_once(None, NOW.plus(7));
    assert!(refused.is_used() && refused.answered().is_none() && refused.parameters.is_empty());
    assert_eq!([&new, &opened, &used, &refused].map(|push| push.state.step()), [1, 2, 3, 3]);
}

/// PAR-9: an outage is no answer.
#[test]
fn only_what_the_app_could_not_have_by_asking_again_is_final() {
    use rules::oauth::error::ErrorCode::{
        AccessDenied, InvalidRequest, LoginRequired, ServerError, TemporarilyUnavailable,
    };
    for code in [AccessDenied, InvalidRequest, LoginRequired] {
        assert!(is_final(&OAuthError::new(code, "no")), "{code:?}");
    }
    for code in [ServerError, TemporarilyUnavailable] {
        assert!(!is_final(&OAuthError::new(code, "no")), "{code:?}");
    }
    assert!(!is_final(&OAuthError::new(TemporarilyUnavailable, "no").with_status(429)));
}

#[test]
fn a_finished_interaction_uses_up_what_it_came_of() {
    assert!(PushedRequest::used_by(&begun(asking(&[]))).is_none());
    let interaction = Interaction { pushed: Some(SecretHash::of("secret")), ..begun(asking(&[])) };
    let used = PushedRequest::used_by(&interaction).unwrap();
    assert_eq!(used.state, PushedState::Used { answered: None });
    assert_eq!((used.id, used.tenant, used.client_id.as_str()), (SecretHash::of("secret"), tenant().id, "app"));
    assert_eq!((used.expires_at, used.parameters.as_str()), (interaction.expires_at, ""));
}

/// Neither is written where there is nothing to say, so that items of before are as they were.
#[test]
fn what_is_not_pushed_leaves_no_trace() {
    let written = |value: serde_json::Value| value.to_string();
    assert!(!written(serde_json::json!(begun(asking(&[])))).contains("pushed"));
    assert!(!written(serde_json::json!(app())).contains("pushed"));
    assert!(written(serde_json::json!(PushedState::Used { answered: None })).len() < 20);
}

/// FAPI-5.
#[test]
fn a_client_held_to_fapi_pushes_whatever_the_others_do() {
    let client = Client { profile: Profile::Fapi2, ..app() };
    for policy in [PushedRequests::Accepted, PushedRequests::Required] {
        assert!(may_ask_directly(&client, &Tenant { policy: taking(policy), ..tenant() }).is_err());
    }
}

/// DPOP-11: the proof and the parameter agree, or only one of them is there.
#[test]
fn a_push_with_a_proof_is_its_keys() {
    let (key, other) = ("k".repeat(43), "x".repeat(43));
    let proof = Thumbprint::parse(&key).unwrap();
    let of = |named: &str, proof: Option<&Thumbprint>| {
        let form = params(&[("dpop_jkt", named)]);
        of_key(&form, proof).map(|form| form.get("dpop_jkt").map(str::to_owned)).map_err(|error| error.description)
    };
    assert_eq!(of("", Some(&proof)), Ok(Some(key.clone())));
    assert_eq!(of(&key, Some(&proof)), Ok(Some(key.clone())));
    assert_eq!(of(&other, None), Ok(Some(other.clone())));
    assert_eq!(of("", None), Ok(None));
    assert_eq!(of(&other, Some(&proof)), Err("dpop_jkt names another key than the DPoP proof's".to_owned()));
}
