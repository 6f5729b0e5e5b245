//! What access tokens and id_tokens say (TOK-16, OIDC-1 to OIDC-4, OIDC-9, OIDC-15, SCP-12, KT-6, BSV-7).

use crate::given::{FHIR, ISSUER, NOW, ParseSet, amy, app, tenant};
use rules::{
    dpop::{Confirmation, Thumbprint},
    grant::{Approval, FreshSecrets, Grant, password},
    secret::Secret,
    signed_in::SignedIn,
    tenant::TenantRecord,
    token::{AccessTokenClaims, IdTokenClaims, IdTokenFacts, PersonClaims},
    user::Account,
};

fn record() -> TenantRecord {
    TenantRecord { tenant: tenant(), keys: Vec::new() }
}

/// A grant of Amy's for the app.
fn grant() -> Grant {
    let credentials = rules::credentials::Credentials::none_of(&amy());
    let user = SignedIn::by_password(&amy(), &credentials, &tenant(), NOW);
    let request =
        password::PasswordRequest { username: "amy".into(), password: Secret::new("p"), scope: None, resource: None };
    let (client, tenant, fresh) = (&app(), &tenant(), &FreshSecrets::random());
    let approving =
        password::Approving { request: &request, client, tenant, fresh, proof: None, extensions: None, now: NOW };
    password::approve(&user, &approving).unwrap().0
}

/// TOK-16, KT-6.
#[test]
fn an_access_token_says_for_whom_it_is_and_what_of_whom_may_be_done() {
    let claims = AccessTokenClaims::of_grant(&record(), &grant(), &"patient/*.rs".parse_set(), 300, NOW);
    assert_eq!((claims.iss.as_str(), claims.aud.as_str(), claims.sub.as_str()), (ISSUER, FHIR, "sub-of-amy"));
    assert_eq!((claims.client_id.as_str(), claims.azp.as_str()), ("app", "app"));
    assert_eq!((claims.iat, claims.exp, claims.auth_time), (NOW, NOW.plus(300), Some(NOW)));
    assert_eq!((claims.scope.as_str(), claims.patient.as_deref()), ("patient/*.rs", Some("amy-shaw")));
}

/// BSV-7.
#[test]
fn the_subject_of_a_backend_service_is_itself() {
    let claims = AccessTokenClaims::of_client(&record(), "backend", FHIR, &"system/*.rs".parse_set(), 300, NOW);
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str(), claims.aud.as_str()), ("backend", "backend", FHIR));
    assert_eq!((claims.exp, claims.grant_id, claims.fhir_user), (NOW.plus(300), None, None));
}

/// SCP-12, OIDC-4, OIDC-15: in both kinds of tokens.
#[test]
fn who_somebody_is_is_said_with_openid_and_fhir_user_alone() {
    for (scope, said) in [
        ("openid fhirUser", Some("https://fhir.example/r4/Patient/amy-shaw")),
        ("openid", None),
        ("fhirUser", None),
        ("patient/*.rs", None),
    ] {
        let scope = scope.parse_set();
        assert_eq!(AccessTokenClaims::of_grant(&record(), &grant(), &scope, 300, NOW).fhir_user.as_deref(), said);
        let facts = IdTokenFacts { scope: &scope, nonce: None, access_token: "a", now: NOW };
        assert_eq!(IdTokenClaims::new(&record(), &grant(), facts).person.fhir_user.as_deref(), said);
    }
}

/// OIDC-17: OpenID Connect Core §5.4, and `profile` as SMART 1.0 has it.
#[test]
fn a_profile_is_what_is_known_of_a_person_and_needs_openid() {
    let own = Some("https://fhir.example/r4/Patient/amy-shaw".to_owned());
    let approval = Approval { name: Some("Amy Shaw".into()), ..grant().approval };
    let all = PersonClaims {
        fhir_user: None,
        name: Some("Amy Shaw".into()),
        preferred_username: Some("amy".into()),
        profile: own.clone(),
    };
    let none = PersonClaims::default();
    for (scope, said) in [
        ("openid profile", all.clone()),
        ("openid fhirUser profile", PersonClaims { fhir_user: own.clone(), ..all.clone() }),
        ("openid fhirUser", PersonClaims { fhir_user: own, ..none.clone() }),
        ("profile", none.clone()),
        ("openid", none),
    ] {
        assert_eq!(PersonClaims::of(&approval, &scope.parse_set()), said, "{scope}");
    }
    // A provider's name for a person is no name here, and some people have no resource.
    let account = Some(Account { username: "a@b".into(), provider: Some("p".into()), issuer: None });
    let of_provider = Approval { account, fhir_user: None, ..approval };
    let said = PersonClaims { preferred_username: None, profile: None, ..all };
    assert_eq!(PersonClaims::of(&of_provider, &"openid profile".parse_set()), said);
}

/// OIDC-2, OIDC-9, OIDC-11; OpenID Connect Core §3.1.3.6, whose hash of this token was computed elsewhere.
#[test]
fn an_id_token_is_for_the_app_and_bound_to_the_access_token_beside_it() {
    let scope = "openid".parse_set();
    let mut grant = grant();
    grant.approval = Approval { auth_time: NOW.plus(-60), ..grant.approval };
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let facts = IdTokenFacts { scope: &scope, nonce: Some("n".into()), access_token, now: NOW };
    let claims = IdTokenClaims::new(&record(), &grant, facts);
    assert_eq!((claims.iss.as_str(), claims.aud.as_str(), claims.azp.as_str()), (ISSUER, "app", "app"));
    assert_eq!((claims.iat, claims.exp, claims.auth_time), (NOW, NOW.plus(3600), NOW.plus(-60)));
    assert_eq!(claims.nonce.as_deref(), Some("n"));
    assert_eq!(claims.at_hash, "77QmUPtjPfzWtF2AnpK9RQ");
}

/// DPOP-6.
#[test]
fn a_bound_token_names_its_key_and_how_it_is_to_be_presented() {
    let claims = AccessTokenClaims::of_grant(&record(), &grant(), &"patient/*.rs".parse_set(), 300, NOW);
    assert_eq!((claims.token_type(), serde_json::json!(claims).get("cnf")), ("Bearer", None));
    let jkt = Thumbprint::parse(&"k".repeat(43)).unwrap();
    let bound = claims.bound_to(Some(Confirmation { jkt }));
    assert_eq!((bound.token_type(), &serde_json::json!(bound)["cnf"]["jkt"]), ("DPoP", &"k".repeat(43).into()));
}
