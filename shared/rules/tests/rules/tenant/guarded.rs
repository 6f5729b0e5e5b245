//! MCP-3: what a token can be for, besides this server itself.

use crate::given::{FHIR, ParseSet, app, fhir_server, tenant};
use rules::{
    client::Client,
    secret::ChosenSecretHash,
    tenant::{DpopUse, FhirServer, Guarded, ProtectedResource, Tenant},
};

const TOOLS: &str = "https://mcp.example/tools";
const OTHER: &str = "https://two.example/r4";

/// `tools` stands before the second of two FHIR servers.
fn two() -> Tenant {
    let second = FhirServer { name: "second".into(), ..fhir_server(OTHER) };
    let tools = ProtectedResource {
        name: "tools".into(),
        url: TOOLS.into(),
        fhir_server: OTHER.into(),
        scope: "patient/Observation.rs __tools".parse_set(),
        secrets: vec![ChosenSecretHash::of_client_secret("a-secret-of-more-than-32-characters-1").unwrap()],
        dpop: DpopUse::Required,
    };
    Tenant { fhir_servers: vec![fhir_server(FHIR), second], resources: vec![tools], ..tenant() }
}

#[test]
fn an_audience_names_one_of_all() {
    let tenant = two();
    let told = |aud: &str| tenant.guarded_at(aud).map(|one| (one.name().to_owned(), one.fhir_server().to_owned()));
    assert_eq!(told(FHIR), Some(("fhir".into(), FHIR.into())));
    assert_eq!(told("https://mcp.example/tools/"), Some(("tools".into(), OTHER.into())));
    for none in ["https://mcp.example", "https://mcp.example/tools/x", tenant.issuer.as_str()] {
        assert_eq!(told(none), None, "{none}");
    }
    let all: Vec<&str> = tenant.guarded().map(Guarded::url).collect();
    assert_eq!(all, [FHIR, OTHER, TOOLS]);
    let secrets: Vec<usize> = tenant.guarded().map(|one| one.secrets().len()).collect();
    assert_eq!(secrets, [0, 0, 1]);
}

#[test]
fn each_says_for_itself_whether_its_tokens_are_bound() {
    let tenant = two();
    assert!(tenant.takes_dpop());
    assert_eq!([FHIR, OTHER, TOOLS].map(|aud| tenant.dpop_at(aud)), [DpopUse::Off, DpopUse::Off, DpopUse::Required]);
}

#[test]
fn its_scope_bounds_data_and_nothing_else() {
    let tenant = two();
    let asked = "openid fhirUser offline_access launch/patient patient/*.rs user/*.rs __tools __other".parse_set();
    let within = |aud: &str| tenant.guarded_at(aud).unwrap().within(asked.clone());
    assert_eq!(within(FHIR), asked);
    let expected = "openid fhirUser offline_access launch/patient patient/Observation.rs __tools";
    assert!(within(TOOLS).same_rights(&expected.parse_set()), "{}", within(TOOLS));
}

#[test]
fn a_client_has_what_stands_before_its_fhir_servers() {
    let tenant = two();
    let limited = |name: &str| Client { fhir_servers: Some([name.to_owned()].into()), ..app() };
    for (client, has) in [(app(), true), (limited("second"), true), (limited("fhir"), false), (limited("tools"), false)]
    {
        assert_eq!(client.guarded_at(&tenant, TOOLS).is_some(), has, "{:?}", client.fhir_servers);
        assert_eq!(client.resource(&tenant, "HTTPS://MCP.example/tools").is_some(), has, "{:?}", client.fhir_servers);
    }
    assert!(app().resource(&tenant, "https://mcp.example/TOOLS").is_none(), "a path has its case");
    assert!(app().fhir_resource(&tenant, TOOLS).is_none(), "it is no FHIR server");
}
