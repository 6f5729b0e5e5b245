//! The same of people for whom an identity provider vouches: what they gave lasts no longer than the tenant's trust.

use super::{Given, operator::with_roles};
use kit::{App, Person, Provider, TestServer, browser::Place};
use rules::{tenant::Tenant, user::FhirUserType};
use serde_json::json;

const AMY: super::Record = ("amy-shaw", "Amy");

async fn server_with(provider: &Provider) -> TestServer {
    let lines = "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"";
    let sections = provider.in_tenant_file("okta", lines) + "\n[policy]\nloopback_key_sets = true\n";
    TestServer::start_with(|toml| with_roles(&format!("{toml}{sections}"))).await
}

/// Amy, whom the provider knows and this server does not, with a session.
async fn signed_in<'a>(server: &'a TestServer, provider: &Provider) -> Person<'a> {
    let mut amy = Person::named(server, "somebody");
    let page = amy.opens(&App::public(server).standalone(super::SCOPE)).await.page();
    let sent = amy.opens(&format!("{}/provider/okta", page.url)).await.app();
    let claims = json!({ "sub": "00u-amy", "name": "Amy at the provider", "fhirUser": "Patient/amy-shaw" });
    let back = provider.signs_in(sent.location(), claims, server.now().0);
    assert!(matches!(amy.opens(&back).await, Place::Page(page) if page.asks("decision")));
    amy
}

type Change = fn(&mut Tenant);

#[rustfmt::skip]
const TABLE: &[(&str, Change, [&str; 12])] = &[
    //                                 page    way    code   refresh online introsp userinfo healthl author. manage account handle
    ("nothing", |_| (),               ["-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-",    "-"]),
    ("it is removed", removed,        ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-"]),
    ("another issuer", renamed,       ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-"]),
    ("not for patients", for_others,  ["soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "soon", "-"]),
];

fn removed(tenant: &mut Tenant) {
    tenant.identity_providers.clear();
}

fn renamed(tenant: &mut Tenant) {
    tenant.identity_providers[0].issuer = "https://another.example".into();
    tenant.identity_providers[0].id_token_issuers = vec!["https://another.example".into()];
}

fn for_others(tenant: &mut Tenant) {
    tenant.identity_providers[0].user_types = [FhirUserType::Practitioner].into();
}

#[tokio::test]
async fn the_trust_in_a_provider_is_asked_again_when_what_its_people_gave_is_used() {
    let mut wrong = Vec::new();
    for (fact, change, row) in TABLE {
        let provider = Provider::start().await;
        let server = server_with(&provider).await;
        let amy = signed_in(&server, &provider).await;
        let mut given = Given::of(&server, amy, AMY).await;
        super::server_becomes(&server, change).await;
        wrong.extend(given.differences(row).await.into_iter().map(|what| format!("{fact}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A way that an EHR's launch began ends with the EHR, at its last page too.
#[tokio::test]
async fn a_way_that_a_launch_began_ends_with_whoever_made_the_launch() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for removed in [false, true] {
        let launch = kit::Ehr::of(&server).launches_patient("wei-chen").await;
        let mut hannah = Person::named(&server, "hannah");
        let page = hannah.goes_to(&app.with_launch("launch patient/*.rs", &launch), "decision", None).await;
        if removed {
            super::server_becomes(&server, |tenant| tenant.ehrs.clear()).await;
            server.passes(rules::tenant::CONFIGURATION_AGE);
        }
        let answer = hannah.submits(&page, &[("decision", "allow")]).await.app();
        let said = (answer.query("code").is_some(), answer.query("error"));
        assert_eq!(said, (!removed, removed.then(|| "invalid_request".to_owned())));
    }
}
