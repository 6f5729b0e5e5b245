//! What is written in Rust: the crate oauth2, which makes and reads every message itself and leaves the connection to us.

use axum::body::{Body, to_bytes};
use oauth2::{
    AccessToken, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError,
    ResourceOwnerPassword, ResourceOwnerUsername, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse, TokenResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse},
};
use shared::tenant::SigningAlg;
use std::{convert::Infallible, time::Duration};
use tests::{
    App, Person, TestServer,
    app::introspect,
    server::{ISSUER, PASSWORD},
};
use tower::ServiceExt;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;
type Refusal = RequestTokenError<Infallible, BasicErrorResponse>;

/// Parts of a form that say who comes, for the methods that the crate doesn't know.
type Proof<'a> = &'a dyn Fn() -> Vec<(&'static str, String)>;

const SYMMETRIC: &str = "symmetric-secret-of-more-than-32-characters";
const POST: &str = "post-secret-of-more-than-thirty-two-characters";

#[tokio::test]
async fn it_gets_refreshes_and_revokes_tokens_as_a_public_app() {
    let server = server().await;
    way(&server, &client("public-app", "https://app.example/callback", AuthType::RequestBody), &Vec::new).await;
}

#[tokio::test]
async fn it_gets_refreshes_and_revokes_tokens_with_basic() {
    let server = server().await;
    let client = client("symmetric-app", "https://symmetric.example/callback", AuthType::BasicAuth);
    way(&server, &client.set_client_secret(ClientSecret::new(SYMMETRIC.to_owned())), &Vec::new).await;
}

#[tokio::test]
async fn it_gets_tokens_with_the_secret_in_the_form() {
    let server = server().await;
    let client = client("post-app", "https://post.example/callback", AuthType::RequestBody)
        .set_client_secret(ClientSecret::new(POST.to_owned()));
    launches(&server, &client, &Vec::new).await.expect("tokens");
}

#[tokio::test]
async fn it_gets_refreshes_and_revokes_tokens_with_rs384_and_es384() {
    let server = server().await;
    for (alg, client_id) in [(SigningAlg::RS384, "rs384-app"), (SigningAlg::ES384, "es384-app")] {
        let proof = || assertion(&App::asymmetric(&server, alg));
        let redirect_uri = format!("https://{}.example/callback", alg.as_str().to_lowercase());
        way(&server, &client(client_id, &redirect_uri, AuthType::RequestBody), &proof).await;
    }
}

#[tokio::test]
async fn it_is_a_service() {
    let server = server().await;
    let client = client("backend", "https://app.example/callback", AuthType::RequestBody);
    let mut request = client.exchange_client_credentials().add_scope(Scope::new("system/*.rs".to_owned()));
    for (name, value) in assertion(&App::backend(&server)) {
        request = request.add_extra_param(name, value);
    }
    let tokens = request.request_async(&http(&server)).await.expect("tokens");
    assert_eq!(tokens.expires_in(), Some(Duration::from_secs(300)));
    assert!(tokens.refresh_token().is_none());
    assert_eq!(scope(&tokens), "system/*.rs");
}

/// It makes the request; reading the fragment is left to its user.
#[tokio::test]
async fn it_asks_for_a_token_by_the_implicit_grant() {
    let server = server().await;
    let client = client("public-app", "https://app.example/callback", AuthType::RequestBody);
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .use_implicit_flow()
        .add_scope(Scope::new("launch/patient patient/*.rs".to_owned()))
        .add_extra_param("aud", &server.fhir.url)
        .url();
    let back = back(&server, url.as_str()).await.replace('#', "?");
    assert_eq!(parameter(&back, "state"), *state.secret());
    assert_eq!(introspect(&server, &parameter(&back, "access_token")).await["patient"], "amy-shaw");
}

#[tokio::test]
async fn it_gets_tokens_for_a_password() {
    let server = server().await;
    let client = client("public-app", "https://app.example/callback", AuthType::RequestBody);
    let username = ResourceOwnerUsername::new("amy".to_owned());
    let (right, wrong) =
        (ResourceOwnerPassword::new(PASSWORD.to_owned()), ResourceOwnerPassword::new("not hers".to_owned()));
    let scope = Scope::new("launch/patient patient/*.rs".to_owned());
    let request = client.exchange_password(&username, &right).add_scope(scope);
    let tokens = request.request_async(&http(&server)).await.expect("tokens");
    assert_eq!(introspect(&server, tokens.access_token().secret()).await["patient"], "amy-shaw");
    let refused = client.exchange_password(&username, &wrong).request_async(&http(&server)).await;
    assert_eq!(error(refused), BasicErrorResponseType::InvalidGrant);
}

#[tokio::test]
async fn it_introspects_as_the_fhir_server() {
    let server = server().await;
    let app = client("public-app", "https://app.example/callback", AuthType::RequestBody);
    let tokens = launches(&server, &app, &Vec::new).await.expect("tokens");
    let secret = ClientSecret::new("clinic-fhir-secret-of-more-than-32-characters".to_owned());
    let fhir = client("clinic-fhir", "https://app.example/callback", AuthType::BasicAuth).set_client_secret(secret);
    let answer = fhir.introspect(tokens.access_token()).request_async(&http(&server)).await.expect("an answer");
    assert!(answer.active());
    assert_eq!(answer.client_id().expect("a client").as_str(), "public-app");
    assert!(answer.exp() > answer.iat());
    let nonsense = AccessToken::new("nonsense".to_owned());
    assert!(!fhir.introspect(&nonsense).request_async(&http(&server)).await.expect("an answer").active());
}

/// Its errors are an enum of the codes of RFC 6749 §5.2.
#[tokio::test]
async fn it_knows_every_refusal() {
    let server = server().await;
    let basic = || client("symmetric-app", "https://symmetric.example/callback", AuthType::BasicAuth);
    let stranger = basic().set_client_secret(ClientSecret::new("not its secret".to_owned()));
    let refused = launches(&server, &stranger, &Vec::new).await;
    assert_eq!(error(refused), BasicErrorResponseType::InvalidClient);
    let known = basic().set_client_secret(ClientSecret::new(SYMMETRIC.to_owned()));
    let refused = known.exchange_client_credentials().request_async(&http(&server)).await;
    assert_eq!(error(refused), BasicErrorResponseType::UnauthorizedClient);
    let token = RefreshToken::new("nonsense".to_owned());
    let refused = known.exchange_refresh_token(&token).request_async(&http(&server)).await;
    assert_eq!(error(refused), BasicErrorResponseType::InvalidGrant);
}

/// Launch, refresh, a narrower scope, revocation.
async fn way(server: &TestServer, client: &Client, proof: Proof<'_>) {
    let tokens = launches(server, client, proof).await.expect("tokens");
    assert_eq!(introspect(server, tokens.access_token().secret()).await["patient"], "amy-shaw");
    let second = refreshes(server, client, proof, &tokens, None).await;
    let third = refreshes(server, client, proof, &second, Some("launch/patient patient/Patient.rs")).await;
    assert_eq!(scope(&third), "launch/patient patient/Patient.rs");
    let token = StandardRevocableToken::from(third.refresh_token().expect("one more"));
    let mut request = client.revoke_token(token).expect("an https URL");
    for (name, value) in proof() {
        request = request.add_extra_param(name, value);
    }
    request.request_async(&http(server)).await.expect("it is revoked");
    assert_eq!(introspect(server, third.access_token().secret()).await["active"], false);
}

async fn launches(server: &TestServer, client: &Client, proof: Proof<'_>) -> Result<BasicTokenResponse, Refusal> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .set_pkce_challenge(challenge)
        .add_scope(Scope::new("launch/patient offline_access patient/*.rs".to_owned()))
        .add_extra_param("aud", &server.fhir.url)
        .url();
    let back = back(server, url.as_str()).await;
    assert_eq!(parameter(&back, "state"), *state.secret());
    let mut request =
        client.exchange_code(AuthorizationCode::new(parameter(&back, "code"))).set_pkce_verifier(verifier);
    for (name, value) in proof() {
        request = request.add_extra_param(name, value);
    }
    request.request_async(&http(server)).await
}

async fn refreshes(
    server: &TestServer,
    client: &Client,
    proof: Proof<'_>,
    tokens: &BasicTokenResponse,
    narrower: Option<&str>,
) -> BasicTokenResponse {
    let mut request = client.exchange_refresh_token(tokens.refresh_token().expect("a refresh token"));
    for (name, value) in proof() {
        request = request.add_extra_param(name, value);
    }
    if let Some(scope) = narrower {
        request = request.add_scope(Scope::new(scope.to_owned()));
    }
    let refreshed = request.request_async(&http(server)).await.expect("tokens");
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());
    refreshed
}

fn client(client_id: &str, redirect_uri: &str, authentication: AuthType) -> Client {
    let endpoint = |name: &str| format!("{ISSUER}/{name}");
    BasicClient::new(ClientId::new(client_id.to_owned()))
        .set_auth_type(authentication)
        .set_auth_uri(AuthUrl::new(endpoint("authorize")).expect("a URL"))
        .set_token_uri(TokenUrl::new(endpoint("token")).expect("a URL"))
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspect")).expect("a URL"))
        .set_revocation_url(RevocationUrl::new(endpoint("revoke")).expect("a URL"))
        .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).expect("a URL"))
}

/// The connection that the crate is given: the routers in this process.
fn http(server: &TestServer) -> impl Fn(HttpRequest) -> HttpAnswer + use<'_> {
    |request| {
        let router = server.router.clone();
        Box::pin(async move {
            let answer = router.oneshot(request.map(Body::from)).await?;
            let (parts, body) = answer.into_parts();
            Ok(HttpResponse::from_parts(parts, to_bytes(body, 1 << 20).await.expect("a body").to_vec()))
        })
    }
}

type HttpAnswer = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>>>>;

async fn server() -> TestServer {
    let grants = "\"authorization_code\", \"refresh_token\"";
    TestServer::start_with(|toml| {
        let all = format!("[policy]\ngrant_types = [{grants}, \"client_credentials\", \"implicit\", \"password\"]");
        toml.replacen("[[fhir_servers]]", &format!("{all}\n\n[[fhir_servers]]"), 1).replacen(
            &format!("grant_types = [{grants}]\nredirect"),
            &format!("grant_types = [{grants}, \"implicit\", \"password\"]\nredirect"),
            1,
        )
    })
    .await
}

/// Where Amy ends who says yes.
async fn back(server: &TestServer, url: &str) -> String {
    Person::named(server, "amy").goes_through(url, None).await.location().to_owned()
}

fn parameter(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).expect("a URL");
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

fn assertion(app: &App<'_>) -> Vec<(&'static str, String)> {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    vec![("client_assertion_type", kind.to_owned()), ("client_assertion", app.assertion().sign())]
}

fn scope(tokens: &BasicTokenResponse) -> String {
    let scopes = tokens.scopes().expect("the answer has the scope");
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

fn error(refused: Result<BasicTokenResponse, Refusal>) -> BasicErrorResponseType {
    match refused {
        Err(RequestTokenError::ServerResponse(answer)) => answer.error().clone(),
        other => panic!("not a refusal: {other:?}"),
    }
}
