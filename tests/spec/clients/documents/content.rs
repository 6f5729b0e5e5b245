//! What must be in a document, and what must not.

use super::*;
use kit::key_server::{Reply, jwks, new_key};
use serde_json::json;

/// CIMD-7, CIMD-8, CIMD-9. What each of them is, the rules' own tests say; here is what a person sees.
#[tokio::test]
async fn a_bad_document_is_an_error_page() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    let key = new_key();
    let mut private = jwks(&[&key]);
    private["keys"][0]["d"] = json!("x");
    for changes in [
        json!({ "client_id": null }),
        json!({ "client_id": format!("{}/", agent.client_id) }),
        json!({ "client_id": agent.client_id.replace("127.0.0.1", "localhost") }),
        json!({ "client_name": null }),
        json!({ "client_name": "\u{202e}\u{200b}" }),
        json!({ "redirect_uris": null }),
        json!({ "redirect_uris": [] }),
        json!({ "redirect_uris": ["http://agent.example/callback", "javascript:alert(1)", "agent:/callback"] }),
        json!({ "client_secret": "x" }),
        json!({ "client_secret_expires_at": 0 }),
        json!({ "token_endpoint_auth_method": "client_secret_basic" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": private }),
        json!({ "jwks": { "keys": [{ "kty": "oct", "kid": "k" }] } }),
    ] {
        agent.gives(&agent.changed(&changes));
        assert_page(&asks(&agent.app(&server)).await, 400, &changes.to_string());
        server.passes(2);
    }
}

/// CIMD-4.
#[tokio::test]
async fn only_a_200_with_json_counts() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    let (_log, _listening) = Log::listen();
    let good = Reply::of(&agent.document());
    let kind = |kind: &str| Reply { headers: vec![("Content-Type".into(), kind.into())], ..good.clone() };
    let status = |status| Reply { status, ..good.clone() };
    for (reply, expected) in [
        (status("201 Created"), 400),
        (status("204 No Content"), 400),
        (status("304 Not Modified"), 400),
        (status("401 Unauthorized"), 400),
        (status("404 Not Found"), 400),
        (status("410 Gone"), 400),
        (status("429 Too Many Requests"), 503),
        (status("500 Internal Server Error"), 503),
        (status("503 Service Unavailable"), 503),
        (kind("text/html"), 400),
        (kind("text/json"), 400),
        (kind("application/jsonp"), 400),
        (Reply { headers: Vec::new(), ..good.clone() }, 400),
        (good.clone().with("Content-Encoding", "gzip"), 400),
        (Reply::text("[]"), 400),
        (Reply::text("<!doctype html>"), 400),
        (Reply::text(""), 400),
    ] {
        let case = format!("{} {:?}", reply.status, reply.headers);
        agent.web.answers(reply);
        let answer = asks(&agent.app(&server)).await;
        assert_page(&answer, expected, &case);
        assert_eq!(answer.header("retry-after").is_some(), expected == 503, "{case}");
        server.passes(2);
    }
    for good in [kind("application/json; charset=utf-8"), kind("Application/oauth-client+JSON")] {
        let case = format!("{:?}", good.headers);
        agent.web.answers(good);
        assert_goes_on(&asks(&agent.app(&server)).await, &case);
        server.passes(301);
    }
}

/// CIMD-8: members that nobody knows, and redirect URIs that can't be used, keep nobody out.
#[tokio::test]
async fn what_is_not_known_is_passed_over() {
    let (server, agent) = (clinic().await, DocumentServer::start());
    agent.gives(&agent.changed(&json!({
        "software_version": { "major": 1 }, "logo_uri": "https://agent.example/logo.svg",
        "redirect_uris": ["cursor://agent/callback", kit::document_server::CALLBACK],
    })));
    assert_goes_on(&asks(&agent.app(&server)).await, "with members of its own");
}
