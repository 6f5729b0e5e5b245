//! What a code is bound to (AUTHZ-13).

use super::*;
use rules::{
    authorize::{
        approval::{NewCode, approve},
        interaction::Consent,
        next_step::{NextStep, next_step},
    },
    client::FhirContextForm,
    credentials::methods::{MULTI_FACTOR, Proof},
    grant::{Grant, GrantId, GrantState, Refreshable},
    secret::Secret,
    tenant::Policy,
};
use serde_json::json;

fn policy() -> Policy {
    Policy { code_seconds: 50, ..Policy::default() }
}

/// After this person's yes to all of it, some seconds after they signed in.
fn approved(interaction: &Interaction, client: &Client) -> Grant {
    let interaction = interaction.choose(|it| it.consent = Some(Consent::Given(interaction.request.scope.clone())));
    let NextStep::Finish(finish) = next_step(&interaction) else { panic!("a yes") };
    let secret = Secret::new("the secret of the code");
    let session_ends_at = NOW.plus(1_000);
    let code =
        NewCode { grant: GrantId("grant".into()), secret: &secret, session_ends_at, explanation: Some("why".into()) };
    approve(&interaction, finish, client, &policy(), code, NOW.plus(10))
}

#[test]
fn a_code_is_bound_to_its_client_redirect_uri_challenge_audience_scope_context_person_and_tenant() {
    let user = SignedIn { amr: Proof::PasswordAndCode.amr(), ..amy() };
    let changes = [("nonce", "n"), ("acr_values", MULTI_FACTOR), ("scope", "openid patient/*.rs")];
    let grant = approved(&by(&user, &changes), &app());
    assert_eq!((&grant.tenant, grant.client_id.as_str(), grant.id.0.as_str()), (&tenant().id, "app", "grant"));
    assert_eq!(grant.listed_until, NOW.plus(10));
    let GrantState::CodeIssued { code, expires_at } = &grant.state else { panic!("a code") };
    assert!(code.matches("the secret of the code"));
    assert_eq!(*expires_at, NOW.plus(60));
    let approval = grant.approval;
    assert_eq!((approval.sub.as_str(), approval.aud.as_str()), ("sub-of-amy", FHIR));
    assert_eq!(approval.fhir_user.as_deref(), Some("https://fhir.example/r4/Patient/amy-shaw"));
    assert_eq!((approval.auth_time, approval.approved_at), (NOW, NOW.plus(10)));
    assert_eq!((approval.amr, approval.acr.as_deref()), (Proof::PasswordAndCode.amr(), Some(MULTI_FACTOR)));
    assert_eq!((approval.scope, approval.context), ("openid patient/*.rs".parse_set(), patient("amy-shaw")));
    assert_eq!(approval.redirect_uri, REDIRECT_URI);
    assert_eq!((approval.code_challenge.as_deref(), approval.nonce.as_deref()), (Some(CHALLENGE), Some("n")));
    assert_eq!((approval.refresh, approval.explanation.as_deref()), (Refreshable::Never, Some("why")));
}

/// RFR-11: `online_access` ends with the session, at the latest when that would end.
#[test]
fn how_long_an_app_may_come_back_is_a_scope() {
    let online = Refreshable::Online { until: NOW.plus(1_000), session: Some(session()) };
    for (scope, refresh) in [
        ("launch openid", Refreshable::Never),
        ("launch openid offline_access", Refreshable::Offline),
        ("launch openid online_access", online),
        ("launch openid online_access offline_access", Refreshable::Offline),
    ] {
        let interaction = by(&amy(), &[("scope", scope), ("launch", "handle")]);
        let interaction = launched(interaction, LaunchContext::default(), None);
        assert_eq!(approved(&interaction, &app()).approval.refresh, refresh, "{scope}");
    }
}

/// LC-9: what has no reference can't be said as a string.
#[test]
fn an_app_of_smart_2_0_gets_its_context_as_strings() {
    let items =
        vec![json!({ "reference": "Task/1" }), json!({ "canonical": "https://x" }), json!({ "reference": "Task/2" })];
    let context = LaunchContext { fhir_context: items.clone(), intent: Some("x".into()), ..patient("amy-shaw") };
    let interaction = launched(by(&amy(), &[("scope", "launch"), ("launch", "handle")]), context.clone(), None);
    for (fhir_context, expected) in
        [(FhirContextForm::Objects, items), (FhirContextForm::Strings, vec![json!("Task/1"), json!("Task/2")])]
    {
        let got = approved(&interaction, &Client { fhir_context, ..app() }).approval.context;
        assert_eq!(got, LaunchContext { fhir_context: expected, ..context.clone() });
    }
}
