//! `--public-url`: the server is known by another address than the one at which it listens.

use crate::launches::{launch, query};
use kit::{Person, TestServer};
use local::options::Options;

const TUNNEL: &str = "https://abc.tunnel.example";

async fn behind(public_url: &str) -> TestServer {
    let public_url = Some(public_url.parse().unwrap());
    TestServer::local_with(Options { port: 0, in_memory: true, public_url, ..Options::default() }).await
}

/// Whoever comes through the proxy reads no other address of this server.
#[tokio::test]
async fn issuer_fhir_base_and_redirect_uris_are_below_the_public_address() {
    let server = behind(TUNNEL).await;
    assert_eq!(server.base, TUNNEL);
    for tenant in ["riverside", "home"] {
        let found = server.get(&format!("/{tenant}/fhir/.well-known/smart-configuration")).await.json();
        for name in ["issuer", "authorization_endpoint", "token_endpoint", "introspection_endpoint", "jwks_uri"] {
            assert!(found[name].as_str().unwrap().starts_with(&format!("{TUNNEL}/{tenant}")), "{found}");
        }
    }
    let metadata = server.get("/riverside/fhir/metadata").await.body;
    assert!(
        metadata.contains(&format!("{TUNNEL}/riverside/authorize")) && !metadata.contains("127.0.0.1"),
        "{metadata}"
    );
    for page in ["/", "/app/riverside/launch"] {
        let page = server.get(page).await.body;
        // An example of an app of one's own has this address.
        let own = page.replace("http://127.0.0.1:3000", "");
        assert!(!own.contains("127.0.0.1") && page.contains(TUNNEL), "{page}");
    }
    let there = launch(&server, "tenant=riverside&type=provider-ehr").await;
    assert!(there.as_str().starts_with(&format!("{TUNNEL}/app/riverside/launch?")), "{there}");
    assert_eq!(query(&there)["iss"], format!("{TUNNEL}/riverside/fhir"));
}

/// The tunnel may not lead from here to here, so what this process asks of itself does not go through it.
#[tokio::test]
async fn the_server_needs_no_way_through_its_own_tunnel() {
    let server = behind(TUNNEL).await;
    let run = server.post("/app/riverside/server/backend-service/backend", &[], &[]).await.body;
    assert!(run.contains("data-read=\"Patient\" data-status=\"200\""), "{run}");
    assert!(run.contains(&format!("POST {TUNNEL}/riverside/token")), "it shows the address that the app knows");
    let there = launch(&server, "tenant=riverside&type=provider-ehr&app=symmetric-app").await;
    let asks = server.get(there.as_str().strip_prefix(TUNNEL).unwrap()).await.body;
    assert!(asks.contains(&format!("{TUNNEL}/app/riverside/server/symmetric-app/callback")), "{asks}");
}

/// WebAuthn §5.1.3: an RP ID is a name, and browsers take `localhost` without https.
#[tokio::test]
async fn at_localhost_there_are_passkeys_and_at_127_0_0_1_there_are_none() {
    let offers = async |server: &TestServer| {
        let mut amy = Person::named(server, "amy");
        let page = kit::App::sample(server).standalone("openid patient/*.rs");
        let kit::browser::Place::Page(page) = amy.opens(&page).await else { panic!("no page") };
        page.answer.body.contains("passkey.js")
    };
    let server = behind("http://localhost").await;
    let (name, port) = server.base.rsplit_once(':').unwrap();
    assert!(name == "http://localhost" && port != "80" && port != "0", "{}", server.base);
    assert!(offers(&server).await);
    assert!(!offers(&TestServer::local().await).await);
}

/// They are two origins, and the apps are registered at one of them.
#[tokio::test]
async fn the_other_name_of_this_machine_leads_to_the_own_one_and_a_proxys_host_is_not_looked_at() {
    let at = async |server: &TestServer, host: &str| {
        let answer = server.request(axum::http::Method::GET, "/?type=backend", &[("host", host)], "").await;
        (answer.status == 303).then(|| answer.location().to_owned())
    };
    let named = behind("http://localhost").await;
    let port = named.base.rsplit_once(':').unwrap().1.to_owned();
    let own = Some(format!("http://localhost:{port}/?type=backend"));
    assert_eq!(at(&named, &format!("127.0.0.1:{port}")).await, own);
    assert_eq!(at(&named, &format!("localhost:{port}")).await, None);
    let tunnelled = behind(TUNNEL).await;
    for host in ["abc.tunnel.example", "127.0.0.1:9000", "localhost"] {
        assert_eq!(at(&tunnelled, host).await, None, "{host}");
    }
}
