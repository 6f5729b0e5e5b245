//! What a backend service may do on its own (BSV-1, BSV-2, SCP-11, KT-3, CLI-7).

use crate::given::{FHIR, ISSUER, ParseSet, backend, fhir_server, tenant};
use rules::{
    client::{Client, ClientAuthentication, RegisteredKeys, RoleOfClient},
    grant::client_credentials::{ClientCredentialsRequest, audience, grant, warning},
    oauth::error::ErrorCode,
    tenant::{
        Tenant,
        role::{Actions, Permission, Role, RoleReach},
    },
};

/// A service with a key.
fn service(scope: &str) -> Client {
    let keys = RegisteredKeys::JwksUri("https://backend.example/jwks.json".into());
    Client { authentication: ClientAuthentication::PrivateKeyJwt { keys }, scope: scope.parse_set(), ..backend() }
}

fn granted(client: &Client, tenant: &Tenant, asked: &str) -> Result<String, ErrorCode> {
    grant(client, tenant, Some(asked)).map(|scope| scope.to_string()).map_err(|error| error.code)
}

/// BSV-1, CLI-7.
#[test]
fn a_key_lets_a_service_act_alone_and_a_secret_only_where_the_tenant_says_so() {
    let with_secret = Client { scope: "system/*.rs".parse_set(), ..backend() };
    let public = Client { authentication: ClientAuthentication::None, ..with_secret.clone() };
    let mut lenient = tenant();
    lenient.policy.client_credentials_by_secret = true;
    let asks = "system/*.rs";
    assert_eq!(granted(&service(asks), &tenant(), asks), Ok(asks.into()));
    assert_eq!(granted(&with_secret, &tenant(), asks), Err(ErrorCode::UnauthorizedClient));
    assert_eq!(granted(&with_secret, &lenient, asks), Ok(asks.into()));
    assert_eq!(granted(&public, &lenient, asks), Err(ErrorCode::UnauthorizedClient));
    assert!(warning(&with_secret).is_some() && warning(&service(asks)).is_none());
}

/// BSV-2, SCP-11: there is neither a person nor a patient in context.
#[test]
fn a_service_gets_system_scopes_and_extensions_that_it_is_registered_for() {
    let registered = "system/*.rs patient/*.rs user/*.rs openid fhirUser offline_access launch __launch.create";
    for (asked, gets) in [
        ("system/Patient.r", Ok("system/Patient.r")),
        ("system/*.cruds", Ok("system/*.rs")),
        ("__launch.create system/Task.s", Ok("__launch.create system/Task.s")),
        ("patient/*.rs user/*.rs system/*.r", Ok("system/*.r")),
        ("patient/*.rs", Err(ErrorCode::InvalidScope)),
        ("openid fhirUser offline_access launch", Err(ErrorCode::InvalidScope)),
        ("system/Patient.cud", Err(ErrorCode::InvalidScope)),
        ("nonsense", Err(ErrorCode::InvalidScope)),
        ("", Err(ErrorCode::InvalidScope)),
    ] {
        assert_eq!(granted(&service(registered), &tenant(), asked), gets.map(str::to_owned), "{asked}");
    }
    let nothing = grant(&service(registered), &tenant(), None).unwrap_err();
    assert_eq!((nothing.code, nothing.description.as_str()), (ErrorCode::InvalidScope, "scope is missing"));
}

/// The operator reads what would have been possible (BSV-4).
#[test]
fn a_refusal_says_to_the_operator_what_the_service_is_registered_for() {
    let error = grant(&service("system/Task.rs"), &tenant(), None).unwrap_err();
    assert!(error.detail.contains("registered for: system/Task.rs"), "{}", error.detail);
}

/// KT-3.
#[test]
fn a_role_decides_whatever_the_service_asks_for() {
    let permission = |reach| Permission { resource: "Task".into(), actions: Actions::parse("r").unwrap(), reach };
    let role = |name: &str, permissions| Role { name: name.into(), permissions };
    let nothing = role("nothing", vec![permission(RoleReach::Granted(Vec::new()))]);
    let tenant = Tenant { roles: vec![nothing, role("reader", vec![permission(RoleReach::Own)])], ..tenant() };
    let of = |name: &str| Client {
        role: Some(RoleOfClient { name: name.into(), device: "d1".into() }),
        ..service("system/*.cruds")
    };
    let reads = "system/Task.rs?resource-origin=Device/d1";
    assert_eq!(granted(&of("reader"), &tenant, "system/*.cruds"), Ok(reads.to_owned()));
    assert_eq!(grant(&of("reader"), &tenant, None).unwrap().to_string(), reads);
    assert_eq!(granted(&of("nothing"), &tenant, "system/*.rs"), Err(ErrorCode::InvalidScope));
    assert_eq!(granted(&of("unknown"), &tenant, "system/*.rs"), Err(ErrorCode::InvalidScope));
}

/// RFC 8707 §2; RFC 9068 §3.
#[test]
fn the_token_is_for_the_server_that_was_asked_for_or_the_first_or_the_issuer() {
    let asks = |tenant: &Tenant, resource: Option<&str>| {
        let request = ClientCredentialsRequest { scope: None, resource: resource.map(str::to_owned) };
        audience(tenant, &request).map(str::to_owned).map_err(|error| error.code)
    };
    let two = Tenant { fhir_servers: vec![fhir_server(FHIR), fhir_server("https://two.example")], ..tenant() };
    let none = Tenant { fhir_servers: Vec::new(), ..tenant() };
    assert_eq!(asks(&two, Some("https://two.example/")), Ok("https://two.example".into()));
    assert_eq!(asks(&two, Some("https://three.example")), Err(ErrorCode::InvalidTarget));
    assert_eq!(asks(&two, None), Ok(FHIR.into()));
    assert_eq!(asks(&none, None), Ok(ISSUER.into()));
}
