//! What `admit doctor` says of pushed requests, proofs, apps that nobody registered, FHIR servers and FAPI: of a server that does what
//! it says, and of one whose documents lie.

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Response, header},
    middleware::{self, Next},
};
use kit::{
    Operator, TestServer,
    operator::{Folder, Ran},
};
use local::options::Options;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The checks of this name: verdict and sentence.
fn checks<'a>(seen: &'a Value, name: &str) -> Vec<(&'a str, &'a str)> {
    let text = |check: &'a Value, name: &str| check[name].as_str().expect("a text");
    let all = seen["checks"].as_array().expect("checks").iter();
    all.filter(|check| check["name"] == name).map(|check| (text(check, "verdict"), text(check, "seen"))).collect()
}

fn only<'a>(seen: &'a Value, name: &str) -> (&'a str, &'a str) {
    let found = checks(seen, name);
    assert_eq!(found.len(), 1, "{name}: {seen}");
    found[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_takes_all_of_it_does_what_it_says() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    let seen = admit.runs(&["doctor", &format!("{}/lakeside", server.base), "--json"]).good().json();
    assert_eq!(seen["healthy"], json!(true), "{seen}");
    for (name, text) in [
        ("pushed requests", "taken; a stranger's is a 400 invalid_client"),
        ("DPoP", "proofs by ES256, ES384, PS256, EdDSA"),
        ("client documents", "apps that nobody registered are taken"),
        ("protected resource", "names this issuer, and takes bound tokens"),
        ("challenge", "says where its metadata is"),
    ] {
        let (verdict, said) = only(&seen, name);
        assert!(verdict == "good" && said.contains(text), "{name}: {verdict} {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_any_of_it_is_not_asked_for_it() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    let (issuer, fhir) = (format!("{}/home", server.base), format!("{}/home/fhir", server.base));
    let seen = admit.runs(&["doctor", &issuer, "--json"]).good().json();
    assert_eq!(only(&seen, "pushed requests"), ("good", "none are taken, and no document names an endpoint"));
    assert_eq!(only(&seen, "DPoP").0, "good");
    for name in ["client documents", "protected resource", "challenge", "FAPI 2.0"] {
        assert!(checks(&seen, name).is_empty(), "{name}: {seen}");
    }
    // Whoever names a FHIR server has it looked at.
    let seen = admit.runs(&["doctor", &issuer, "--fhir", &fhir, "--json"]).good().json();
    assert_eq!((only(&seen, "protected resource").0, only(&seen, "challenge").0), ("good", "good"));
    let other = format!("{}/riverside/fhir", server.base);
    let refused = admit.runs(&["doctor", &issuer, "--fhir", &other]);
    assert!(refused.exit == 1 && refused.out.contains("does not name this issuer"), "{}", refused.out);
}

const BANK: &str = "id = \"bank\"\nname = \"Bank\"\n[policy]\nprofile = \"fapi2\"\npushed_authorization_requests = \"required\"\n\
                    [[fhir_servers]]\nname = \"bank-fhir\"\nurl = \"{base}/{id}/fhir\"\ndpop = \"required\"\n";

/// FAPI-3, FAPI-5: what its documents name.
#[tokio::test(flavor = "multi_thread")]
async fn a_fapi_tenant_names_nothing_that_the_profile_forbids_and_another_does() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    admit.runs(&["tenant", "apply", &folder.file("bank.toml", BANK)]).good();
    let seen = admit.runs(&["doctor", &format!("{}/bank", server.base), "--fapi2", "--json"]).json();
    assert_eq!(seen["healthy"], json!(true), "{seen}");
    assert_eq!(only(&seen, "FAPI 2.0"), ("good", "nothing is named that the profile forbids"));
    assert!(only(&seen, "pushed requests").1.starts_with("required"), "{seen}");
    let seen = admit.runs(&["doctor", &format!("{}/lakeside", server.base), "--fapi2", "--json"]).json();
    let (verdict, said) = only(&seen, "FAPI 2.0");
    assert_eq!(verdict, "wrong");
    for part in [
        "token_endpoint_auth_methods_supported has client_secret_basic, client_secret_post, none",
        "token_endpoint_auth_signing_alg_values_supported has ES384",
        "id_token_signing_alg_values_supported has RS256",
        "dpop_signing_alg_values_supported has ES384",
        "require_pushed_authorization_requests is missing",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

/// A change to what the server answers: of which paths, and what.
#[derive(Clone, Copy)]
struct Lie {
    at: &'static str,
    document: fn(&mut Value),
    without: Option<&'static str>,
}

const NONE: Lie = Lie { at: "no such path", document: |_| {}, without: None };

/// The real server, behind something that changes its answers.
struct Liar(Mutex<Lie>);

async fn lies(State(liar): State<Arc<Liar>>, request: Request, next: Next) -> Response<Body> {
    let lie = *liar.0.lock().expect("a lie");
    let path = request.uri().path().to_owned();
    let (mut parts, body) = next.run(request).await.into_parts();
    let mut body: Bytes = axum::body::to_bytes(body, usize::MAX).await.expect("the whole");
    if path.contains(lie.at) {
        if let Ok(mut document) = serde_json::from_slice::<Value>(&body) {
            (lie.document)(&mut document);
            body = document.to_string().into();
        }
        if let Some(name) = lie.without {
            parts.headers.remove(name);
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_lies_is_found_out() {
    let folder = Folder::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let public_url = Some(base.parse().expect("an origin"));
    let options = Options { port: 0, data: folder.0.clone(), public_url, ..Options::default() };
    let local = local::prepare(&options).await.expect("it starts");
    let (inside, liar) = (local.inside.clone(), Arc::new(Liar(Mutex::new(NONE))));
    let _server = TestServer::of_local(local);
    let router = kit::over_http::passing_on(inside).layer(middleware::from_fn_with_state(liar.clone(), lies));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let admit = Operator::of_data(&folder.0);
    let issuer = format!("{base}/lakeside");
    let says = |lie: Lie| -> Ran {
        *liar.0.lock().expect("a lie") = lie;
        admit.runs(&["doctor", &issuer])
    };
    let honest = says(NONE);
    assert_eq!(honest.exit, 0, "{}", honest.out);
    let everywhere = ".well-known/";
    let resource = "oauth-protected-resource";
    let cases: [(Lie, &str); 8] = [
        (
            Lie {
                at: everywhere,
                document: |document| {
                    let member = "pushed_authorization_request_endpoint";
                    if let Some(url) = document[member].as_str() {
                        document[member] = json!(url.replace("/par", "/nowhere"));
                    }
                },
                ..NONE
            },
            "WRONG     pushed requests",
        ),
        (
            Lie { at: everywhere, document: |document| without(document, "dpop_signing_alg_values_supported"), ..NONE },
            "proofs are verified, and no document names the algorithms",
        ),
        (
            Lie {
                at: "openid-configuration",
                document: |document| without(document, "dpop_signing_alg_values_supported"),
                ..NONE
            },
            "another dpop_signing_alg_values_supported than smart-configuration",
        ),
        (
            Lie {
                at: "oauth-authorization-server",
                document: |document| without(document, "authorization_response_iss_parameter_supported"),
                ..NONE
            },
            "WRONG     client documents",
        ),
        (
            Lie {
                at: resource,
                document: |document| document["resource"] = json!("https://other.example/fhir"),
                ..NONE
            },
            "calls itself \"https://other.example/fhir\"",
        ),
        (
            Lie {
                at: resource,
                document: |document| document["authorization_servers"] = json!(["https://other.example/x"]),
                ..NONE
            },
            "does not name this issuer",
        ),
        (
            Lie {
                at: resource,
                document: |document| document["dpop_signing_alg_values_supported"] = json!(["ES256"]),
                ..NONE
            },
            "verifies no proofs by ES384, PS256, EdDSA",
        ),
        (Lie { at: "/fhir/Patient", without: Some("www-authenticate"), ..NONE }, "doubtful  challenge"),
    ];
    for (lie, found) in cases {
        let seen = says(lie);
        assert!(seen.out.contains(found), "{found}: {}", seen.out);
        assert_eq!(seen.exit, i32::from(!found.starts_with("doubtful")), "{found}: {}", seen.out);
    }
}

fn without(document: &mut Value, member: &str) {
    document.as_object_mut().expect("an object").remove(member);
}
