//! What a registration says of a client (CLI-8).

use crate::given::{app, backend, tenant};
use rules::{
    client::{Client, own},
    tenant::{AuthenticationMethod, GrantType},
};

#[test]
fn a_client_without_a_proof_is_public() {
    assert!(app().is_public() && !backend().is_public());
    assert_eq!(app().authentication.method(), AuthenticationMethod::None);
    assert_eq!(backend().authentication.method(), AuthenticationMethod::ClientSecretBasic);
}

#[test]
fn a_client_may_use_the_grants_that_it_is_registered_for_alone() {
    let client = Client { grant_types: [GrantType::RefreshToken].into(), ..app() };
    let may: Vec<GrantType> = GrantType::ALL.into_iter().filter(|grant| client.may_use(*grant)).collect();
    assert_eq!(may, [GrantType::RefreshToken]);
}

#[test]
fn the_servers_own_page_is_a_client_that_nobody_else_can_be() {
    let own = own::management(&tenant());
    assert!(own::is_management(&own.client_id) && !own::is_management("app"));
    assert!(own.redirect_uris.is_empty() && own.launch_urls.is_empty() && own.origins.is_empty());
    assert_eq!(own.scope.to_string(), "openid");
}
