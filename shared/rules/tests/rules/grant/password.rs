//! A grant for a person who gave the app their password (RFC 6749 §4.3).

use super::*;
use crate::given::{amy, app, fhir_server, tenant};
use rules::{
    client::Client,
    credentials::Credentials,
    dpop::Thumbprint,
    grant::{
        Issuance,
        password::{Approving, PasswordRequest, approve},
    },
    oauth::error::ErrorCode,
    signed_in::SignedIn,
    tenant::{DpopUse, GrantType, Tenant},
    user::{FhirUser, FhirUserType},
};

/// Everything that may be registered.
const ALL: &str = "openid fhirUser profile offline_access online_access launch launch/patient launch/encounter \
                   launch/patient?role=urn:donor patient/*.rs user/*.rs system/*.rs __x";

struct Asks {
    scope: Option<&'static str>,
    resource: Option<&'static str>,
    user: SignedIn,
    tenant: Tenant,
    client: Client,
    proof: Option<Thumbprint>,
}

impl Asks {
    fn all() -> Asks {
        let client = Client {
            grant_types: [GrantType::Password, GrantType::RefreshToken].into(),
            scope: ALL.parse_set(),
            ..app()
        };
        let user = SignedIn::by_password(&amy(), &Credentials::none_of(&amy()), &tenant(), NOW);
        Asks { scope: Some(ALL), resource: None, user, tenant: tenant(), client, proof: None }
    }

    fn with(change: impl FnOnce(&mut Asks)) -> Asks {
        let mut asks = Asks::all();
        change(&mut asks);
        asks
    }

    fn approved(&self) -> Result<(Grant, Issuance), ErrorCode> {
        let request = PasswordRequest {
            username: "amy".into(),
            password: Secret::new("secret"),
            scope: self.scope.map(str::to_owned),
            resource: self.resource.map(str::to_owned),
        };
        let (client, tenant, fresh, proof) = (&self.client, &self.tenant, &fresh(), self.proof.as_ref());
        let approving = Approving { request: &request, client, tenant, fresh, proof, extensions: None, now: NOW };
        approve(&self.user, &approving).map_err(|error| error.code)
    }

    fn granted(&self) -> String {
        let (grant, issued) = self.approved().unwrap();
        assert_eq!(grant.approval.scope, issued.scope);
        issued.scope.to_string()
    }
}

fn clinician() -> Option<FhirUser> {
    Some(FhirUser { resource: FhirUserType::Practitioner, id: "p".into() })
}

#[test]
fn a_patient_is_in_context_and_nothing_that_needs_a_page_a_launch_or_a_session_is_granted() {
    let expected = "openid fhirUser profile offline_access launch/patient patient/*.rs user/*.rs __x";
    assert_eq!(Asks::all().granted(), expected);
    let (grant, _) = Asks::all().approved().unwrap();
    assert_eq!(grant.approval.context.patient.as_deref(), Some("amy-shaw"));
    assert_eq!(grant.approval.fhir_user.as_deref(), Some("https://fhir.example/r4/Patient/amy-shaw"));
}

#[test]
fn without_one_patient_there_is_no_patient_scope() {
    let expected = "openid fhirUser profile offline_access user/*.rs __x";
    assert_eq!(Asks::with(|it| it.user.fhir_user = clinician()).granted(), expected);
    assert_eq!(Asks::with(|it| it.user.patients = vec!["a-child".into()]).granted(), expected, "there is a choice");
}

#[test]
fn somebody_who_acts_for_one_patient_has_that_one_in_context() {
    let asks = Asks::with(|it| {
        it.user.fhir_user = None;
        it.user.patients = vec!["a-child".into()];
    });
    assert_eq!(asks.approved().unwrap().0.approval.context.patient.as_deref(), Some("a-child"));
    assert_eq!(asks.granted(), "openid profile offline_access launch/patient patient/*.rs user/*.rs __x", "SCP-12");
}

/// SCP-12, OIDC-15.
#[test]
fn who_somebody_is_is_told_beside_openid_alone() {
    assert_eq!(Asks::with(|it| it.scope = Some("fhirUser profile __x")).granted(), "__x");
}

#[test]
fn without_a_scope_an_app_gets_what_it_is_registered_for() {
    let asks = Asks::with(|it| {
        it.scope = None;
        it.client.scope = "user/*.rs __x".parse_set();
    });
    assert_eq!(asks.granted(), "user/*.rs __x");
}

/// SCP-13.
#[test]
fn if_nothing_can_be_granted_the_scope_is_invalid() {
    let refused = |change: fn(&mut Asks)| Asks::with(change).approved().map(drop).unwrap_err();
    assert_eq!(refused(|it| it.scope = Some("system/*.rs online_access launch")), ErrorCode::InvalidScope);
    assert_eq!(refused(|it| it.client.scope = "patient/Task.c".parse_set()), ErrorCode::InvalidScope);
}

/// RFR-11, TOK-13.
#[test]
fn a_refresh_token_comes_with_offline_access_to_an_app_that_may_refresh() {
    let (grant, issued) = Asks::all().approved().unwrap();
    assert!(issued.refresh_token.is_some() && issued.nonce.is_none());
    assert_eq!(grant.approval.refresh, Refreshable::Offline);
    assert_eq!(grant.forget_at(), NOW.plus(90 * 86_400));
    let once = Asks::with(|it| it.client.grant_types = [GrantType::Password].into());
    assert!(!once.granted().contains("offline_access"));
    let (grant, issued) = Asks::with(|it| it.scope = Some("user/*.rs")).approved().unwrap();
    assert!(issued.refresh_token.is_none());
    assert_eq!(grant.approval.refresh, Refreshable::Never);
    assert_eq!(grant.forget_at(), NOW.plus(3600));
}

#[test]
fn an_app_may_have_a_lifetime_of_its_own() {
    assert_eq!(Asks::all().approved().unwrap().1.access_token_seconds, 3600);
    let short = Asks::with(|it| it.client.access_token_seconds = Some(60));
    assert_eq!(short.approved().unwrap().1.access_token_seconds, 60);
}

/// RFC 8707 §2.
#[test]
fn the_token_is_for_the_server_that_was_asked_for_or_the_first() {
    let two = |resource| {
        Asks::with(|it| {
            it.tenant.fhir_servers.push(fhir_server("https://two.example"));
            it.resource = resource;
        })
    };
    let aud = |asks: Asks| asks.approved().map(|(grant, _)| grant.approval.aud);
    assert_eq!(aud(two(None)).unwrap(), FHIR);
    assert_eq!(aud(two(Some("HTTPS://FHIR.example/r4"))).unwrap(), FHIR, "MCP-2");
    // Amy is nobody there …
    assert_eq!(aud(two(Some("https://two.example"))).unwrap_err(), ErrorCode::InvalidGrant);
    // … where others are somebody.
    let mut there = two(Some("https://two.example"));
    there.user.fhir_server = Some("https://two.example/".into());
    assert_eq!(aud(there).unwrap(), "https://two.example");
    assert_eq!(aud(two(Some("https://three.example"))).unwrap_err(), ErrorCode::InvalidTarget);
    assert_eq!(aud(Asks::with(|it| it.tenant.fhir_servers.clear())).unwrap_err(), ErrorCode::InvalidTarget);
}

/// DPOP-6, DPOP-7, DPOP-9.
#[test]
fn a_proof_binds_the_tokens_and_is_missed_where_there_are_no_others() {
    let key = Thumbprint::parse(&"k".repeat(43)).unwrap();
    let asks = |proof: Option<&Thumbprint>| {
        Asks::with(|it| {
            it.tenant.fhir_servers[0].dpop = DpopUse::Required;
            it.proof = proof.cloned();
        })
    };
    let (grant, issued) = asks(Some(&key)).approved().unwrap();
    let GrantState::Redeemed { refresh: Some(family), .. } = grant.state else { panic!("no family") };
    assert_eq!((family.dpop_key, issued.confirmation.unwrap().jkt), (Some(key.clone()), key));
    assert_eq!(asks(None).approved().unwrap_err(), ErrorCode::InvalidDpopProof);
}
