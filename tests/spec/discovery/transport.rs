//! How the documents travel: to anyone, from any origin, whatever they accept, kept for a while (DISC-2, 3, 18, 26).

use super::{ALL, JWKS};
use axum::{body::Body, http::Method};
use kit::TestServer;

/// DISC-3: never a 406.
#[tokio::test]
async fn it_is_json_whatever_the_caller_accepts() {
    let server = TestServer::start().await;
    for path in ALL {
        for accept in
            ["*/*", "text/html", "application/fhir+json", "application/json", "image/png;q=0.1", "", "nonsense"]
        {
            let answer = server.request(Method::GET, path, &[("accept", accept)], Body::empty()).await;
            assert_eq!(answer.status, 200, "{path} for {accept}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{path} for {accept}");
            assert!(answer.json().is_object());
        }
        assert_eq!(server.get(path).await.header("content-type"), Some("application/json"));
    }
}

/// DISC-2: it is public, so a bad token does not matter either.
#[tokio::test]
async fn no_token_is_needed_and_a_bad_one_does_not_matter() {
    let server = TestServer::start().await;
    for path in ALL {
        let answer = server.request(Method::GET, path, &[("authorization", "Bearer nonsense")], Body::empty()).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

/// DISC-18: these documents are for apps that no server knows yet.
#[tokio::test]
async fn any_page_may_read_it() {
    let server = TestServer::start().await;
    for path in ALL {
        for origin in ["https://anyone.example", "http://localhost:3000", "null"] {
            let answer = server.request(Method::GET, path, &[("origin", origin)], Body::empty()).await;
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
}

#[tokio::test]
async fn a_preflight_is_answered_whatever_headers_a_library_adds() {
    let server = TestServer::start().await;
    let headers = [
        ("origin", "https://anyone.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "x-requested-with, accept"),
    ];
    for path in ALL {
        let answer = server.request(Method::OPTIONS, path, &headers, Body::empty()).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("GET")));
        assert_eq!(answer.header("access-control-allow-headers"), Some("x-requested-with, accept"));
    }
}

/// DISC-26.
#[tokio::test]
async fn it_may_be_kept_for_a_while() {
    let server = TestServer::start().await;
    for path in ALL {
        let answer = server.get(path).await;
        let cache = answer.header("cache-control").expect("a header").to_owned();
        let age: u32 = cache.strip_prefix("public, max-age=").and_then(|age| age.parse().ok()).expect(&cache);
        assert!((60..=3600).contains(&age), "{path}: {cache}");
    }
}

/// "The HEAD method is identical to GET except that the server MUST NOT send content" (RFC 9110 §9.3.2).
#[tokio::test]
async fn head_is_get_without_the_content() {
    let server = TestServer::start().await;
    for path in ALL {
        let (head, get) = (server.request(Method::HEAD, path, &[], Body::empty()).await, server.get(path).await);
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        for name in ["content-type", "cache-control", "access-control-allow-origin"] {
            assert_eq!(head.header(name), get.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn it_is_read_and_never_written() {
    let server = TestServer::start().await;
    for path in ALL {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = server.request(method.clone(), path, &[], "{}").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "RFC 9110 §15.5.6: Allow");
        }
    }
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_is_not_found() {
    let server = TestServer::start().await;
    let long = "x".repeat(3000);
    for tenant in ["nobody", "CLINIC", "clinic-", "clinic%20", "%2e%2e", "clinic%23TENANT", "-clinic", long.as_str()] {
        for path in ALL {
            let answer = server.get(&path.replace("clinic", tenant)).await;
            assert_eq!(answer.status, 404, "{tenant}: {path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "it may exist tomorrow");
        }
    }
}

/// Once warm it costs nothing.
#[tokio::test]
async fn a_second_request_asks_the_table_nothing() {
    let server = TestServer::start().await;
    server.get(JWKS).await;
    server.calls.take();
    for path in ALL {
        server.get(path).await;
    }
    assert!(server.calls.take().is_empty());
}

/// While the table is away, what is not in memory is an outage and not a 404 that would be believed.
#[tokio::test]
async fn an_outage_is_not_a_missing_tenant() {
    let server = TestServer::start().await;
    server.loses_its_table();
    for path in ALL {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.error(), "temporarily_unavailable");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
