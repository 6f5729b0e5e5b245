//! What a backend service may do on its own (BSV-1, BSV-2, SCP-11, KT-3, CLI-7).

use crate::given::{FHIR, ISSUER, ParseSet, backend, fhir_server, tenant};
use rules::{
    client::{Client, ClientAuthentication, RegisteredKeys, RoleOfClient},
    dpop::Thumbprint,
    grant::client_credentials::{ClientCredentialsRequest, ServiceAccess, grant, warning},
    oauth::error::{ErrorCode, OAuthError},
    tenant::{
        DpopUse, FhirServer, Tenant,
        role::{Actions, Permission, Role, RoleReach},
    },
};

/// A service with a key.
fn service(scope: &str) -> Client {
    let keys = RegisteredKeys::JwksUri("https://backend.example/jwks.json".into());
    Client { authentication: ClientAuthentication::PrivateKeyJwt { keys }, scope: scope.parse_set(), ..backend() }
}

fn granted(client: &Client, tenant: &Tenant, asked: &str) -> Result<String, ErrorCode> {
    asks(client, tenant, Some(asked), None).map(|access| access.scope.to_string()).map_err(|error| error.code)
}

fn asks<'a>(
    client: &'a Client,
    tenant: &'a Tenant,
    scope: Option<&str>,
    resource: Option<&str>,
) -> Result<ServiceAccess<'a>, OAuthError> {
    let request = ClientCredentialsRequest { scope: scope.map(str::to_owned), resource: resource.map(str::to_owned) };
    grant(client, tenant, &request, None)
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
        ("__launch.create system/Task.s", Ok("system/Task.s")),
        ("__launch.create", Ok("__launch.create")),
        ("patient/*.rs user/*.rs system/*.r", Ok("system/*.r")),
        ("patient/*.rs", Err(ErrorCode::InvalidScope)),
        ("openid fhirUser offline_access launch", Err(ErrorCode::InvalidScope)),
        ("system/Patient.cud", Err(ErrorCode::InvalidScope)),
        ("nonsense", Err(ErrorCode::InvalidScope)),
        ("", Err(ErrorCode::InvalidScope)),
    ] {
        assert_eq!(granted(&service(registered), &tenant(), asked), gets.map(str::to_owned), "{asked}");
    }
    let nothing = asks(&service(registered), &tenant(), None, None).unwrap_err();
    assert_eq!((nothing.code, nothing.description.as_str()), (ErrorCode::InvalidScope, "scope is missing"));
}

/// The operator reads what would have been possible (BSV-4).
#[test]
fn a_refusal_says_to_the_operator_what_the_service_is_registered_for() {
    let error = asks(&service("system/Task.rs"), &tenant(), None, None).unwrap_err();
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
    assert_eq!(asks(&of("reader"), &tenant, None, None).unwrap().scope.to_string(), reads);
    let powers = asks(&of("reader"), &tenant, None, Some(ISSUER)).unwrap_err();
    assert_eq!(powers.code, ErrorCode::InvalidScope);
    assert_eq!(granted(&of("nothing"), &tenant, "system/*.rs"), Err(ErrorCode::InvalidScope));
    assert_eq!(granted(&of("unknown"), &tenant, "system/*.rs"), Err(ErrorCode::InvalidScope));
}

/// RFC 8707 §2; RFC 9068 §3: what is for this server and what is for a FHIR server are never in one token.
#[test]
fn the_resource_decides_what_is_in_the_token() {
    let named = |url: &str, name: &str| FhirServer { name: name.into(), ..fhir_server(url) };
    let two = Tenant { fhir_servers: vec![named(FHIR, "one"), named("https://two.example", "two")], ..tenant() };
    let none = Tenant { fhir_servers: Vec::new(), ..tenant() };
    let all = service("system/*.rs __introspect __launch.create");
    let limited = Client { fhir_servers: Some(["two".to_owned()].into()), ..all.clone() };
    let both = "system/*.rs __introspect";
    let fhir = |url, scope: &str| Ok((url, scope.to_owned()));
    let admit = |scope: &str| Ok((ISSUER, scope.to_owned()));
    for (client, tenant, scope, resource, expected) in [
        (&all, &two, both, None, fhir(FHIR, "system/*.rs")),
        (&all, &two, both, Some(FHIR), fhir(FHIR, "system/*.rs")),
        (&all, &two, both, Some("https://two.example/"), fhir("https://two.example", "system/*.rs")),
        (&all, &two, both, Some("HTTPS://TWO.example"), fhir("https://two.example", "system/*.rs")),
        (&all, &two, both, Some(ISSUER), admit("__introspect")),
        (&all, &two, "__introspect __launch.create", None, admit("__introspect __launch.create")),
        (&all, &two, "__introspect", Some(FHIR), Err(ErrorCode::InvalidScope)),
        (&all, &two, "system/*.rs", Some(ISSUER), Err(ErrorCode::InvalidScope)),
        (&all, &two, both, Some("https://three.example"), Err(ErrorCode::InvalidTarget)),
        (&all, &none, both, None, admit("__introspect")),
        (&all, &none, "system/*.rs", None, Err(ErrorCode::InvalidScope)),
        (&limited, &two, both, None, fhir("https://two.example", "system/*.rs")),
        (&limited, &two, both, Some(FHIR), Err(ErrorCode::InvalidTarget)),
        (&limited, &two, "__introspect", None, admit("__introspect")),
    ] {
        let got = asks(client, tenant, Some(scope), resource);
        let got = got.map(|access| (access.aud.as_str(), access.scope.to_string())).map_err(|error| error.code);
        assert_eq!(got, expected, "{scope} for {resource:?}");
    }
}

/// DPOP-6, DPOP-7.
#[test]
fn a_service_that_must_prove_a_key_gets_no_token_without() {
    let mut tenant = tenant();
    tenant.fhir_servers[0].dpop = DpopUse::Accepted;
    let service = Client { dpop_bound_access_tokens: true, ..service("system/*.rs") };
    let request = ClientCredentialsRequest { scope: Some("system/*.rs".into()), resource: None };
    let key = Thumbprint::parse(&"k".repeat(43)).unwrap();
    let bound = grant(&service, &tenant, &request, Some(&key)).unwrap();
    assert_eq!(bound.confirmation.unwrap().jkt, key);
    assert_eq!(grant(&service, &tenant, &request, None).unwrap_err().code, ErrorCode::InvalidDpopProof);
}
