//! What a vendor must publish (45 CFR 170.315(g)(10)(viii), 170.404): one page a tenant, made of its configuration.

use crate::discovery::{OAUTH, OPENID, SMART, document};
use axum::{body::Body, http::Method};
use kit::{TestServer, http::Answer};
use rules::{
    oauth::error::ErrorCode,
    scope::ScopeSet,
    tenant::{AccessDuration, DpopUse, ProtectedResource},
};
use serde_json::Value;

const PAGE: &str = "/clinic/docs";

const DOCS: &str = r#"
[docs]
contact = "mailto:developers@clinic.example"
registration = "Write to us <b>first</b>."
verification = "We look you up in the register of companies."
fees = "Nothing."
terms = "https://clinic.example/terms"
data_use = "https://clinic.example/data-use"
verification_days = 7
production_days = 3
"#;

async fn server(policy: &'static str) -> TestServer {
    TestServer::start_with(move |toml| {
        toml.replacen("[[fhir_servers]]", &format!("{DOCS}{policy}\n[[fhir_servers]]"), 1)
    })
    .await
}

/// The page as its reader sees it: without tags, and with characters in place of references.
fn read(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
        text.push(' ');
    }
    let references = [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    references.iter().fold(text, |text, (reference, character)| text.replace(reference, character))
}

/// DOC-6, ALL-1.
#[tokio::test]
async fn without_it_there_is_no_page_and_no_document_names_one() {
    let server = TestServer::start().await;
    for path in [PAGE, "/nobody/docs"] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    for path in [SMART, OPENID, OAUTH] {
        let document = document(&server, path).await;
        for member in ["service_documentation", "op_policy_uri", "op_tos_uri"] {
            assert!(document.get(member).is_none(), "{path}: {member}");
        }
    }
}

/// DOC-6, RFC 8414 §2.
#[tokio::test]
async fn the_metadata_names_the_page_the_terms_and_the_policy() {
    let server = server("").await;
    for path in [OPENID, OAUTH] {
        let document = document(&server, path).await;
        assert_eq!(document["service_documentation"], "https://auth.example/clinic/docs");
        assert_eq!(document["op_tos_uri"], "https://clinic.example/terms");
        assert_eq!(document["op_policy_uri"], "https://clinic.example/data-use");
    }
}

/// DOC-1: no login, fee or form; and no script.
#[tokio::test]
async fn it_is_open_to_everyone_and_runs_nothing() {
    let server = server("").await;
    for headers in
        [vec![], vec![("authorization", "Bearer nonsense")], vec![("cookie", "x=y")], vec![("accept-language", "de")]]
    {
        let answer = server.request(Method::GET, PAGE, &headers, Body::empty()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert_eq!(answer.header("set-cookie"), None);
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        for no in ["<script", "<form", "<input", "style=", " on"] {
            assert!(!answer.body.contains(&format!("{no}click")) && (no == " on" || !answer.body.contains(no)), "{no}");
        }
        assert!(answer.body.contains("<html lang=\"en\""), "the page is English, whatever the browser speaks");
    }
    let style = page(&server).await.body.split("/clinic/docs/style.css").nth(1).map(|rest| rest[..3].to_owned());
    assert_eq!(style.as_deref(), Some("?v="));
    let css = server.get("/clinic/docs/style.css").await;
    assert_eq!((css.status, css.header("content-type")), (200, Some("text/css; charset=utf-8")));
}

async fn page(server: &TestServer) -> Answer {
    let answer = server.get(PAGE).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

/// Tenants that offer much, and little.
const POLICIES: [&str; 5] = [
    "",
    "[policy]\ngrant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\", \"implicit\", \"password\"]\n\
     refresh_absolute_seconds = 7777777\nprovider_offline_seconds = 5555555\ncode_seconds = 59\naccess_token_seconds = 1799",
    "[policy]\npushed_authorization_requests = \"accepted\"\npasskeys = true\npushed_request_seconds = 91",
    "[policy]\nunlisted_endpoints = [\"management_endpoint\"]\nscopes_supported = [\"openid\", \"urn:x:scope\", \"system/*.cruds?resource-origin=\"]",
    "[policy]\ncapabilities = [\"launch-ehr\"]\nintrospect_id_tokens = true\nremember_consent_seconds = 86400",
];

/// DOC-6: each member of each discovery document, with its value.
#[tokio::test]
async fn each_member_of_the_discovery_documents_is_on_it_with_its_value() {
    for policy in POLICIES {
        let server = server(policy).await;
        let text = read(&page(&server).await.body);
        for path in [SMART, OPENID, OAUTH] {
            for (name, value) in document(&server, path).await.as_object().expect("an object") {
                assert!(text.contains(&format!(" {name} ")), "{policy} {path}: {name}");
                for shown in values(value) {
                    assert!(text.contains(&shown), "{policy} {path}: {name} is {shown}");
                }
            }
        }
        assert!(!text.contains("As its specification says"), "a member that nobody has explained: {policy}");
    }
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// DOC-6: each scope in its table, and each error code.
#[tokio::test]
async fn each_scope_and_each_error_is_explained() {
    for policy in POLICIES {
        let server = server(policy).await;
        let body = page(&server).await.body;
        let scopes = &document(&server, OAUTH).await["scopes_supported"];
        let rows =
            read(body.split("id=\"scopes\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("scopes"));
        for scope in scopes.as_array().expect("scopes") {
            assert!(rows.contains(&format!(" {} ", scope.as_str().expect("a scope"))), "{policy}: {scope}");
        }
        for code in ErrorCode::ALL {
            let row = body
                .split(&format!("id=\"error-{}\"", code.as_str()))
                .nth(1)
                .and_then(|rest| rest.split("</tr>").next());
            assert!(read(row.expect("a row")).split_whitespace().count() > 6, "{}", code.as_str());
        }
        // No link leads to a place that the page does not have.
        for link in body.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(body.contains(&format!("id=\"{link}\"")), "{link}");
        }
    }
}

/// DOC-6, DOC-5: each time of the policy.
#[tokio::test]
async fn each_lifetime_of_the_policy_is_on_it() {
    for policy in POLICIES {
        let server = server(policy).await;
        let body = page(&server).await.body;
        let rows = read(
            body.split("id=\"lifetimes\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("times"),
        );
        let tenant = server.server.tenant("clinic", server.now()).await.expect("an answer").expect("clinic");
        let policy = serde_json::to_value(&tenant.policy).expect("JSON");
        let times = policy.as_object().expect("a policy").iter().filter(|(name, _)| name.ends_with("_seconds"));
        let mut many = 0;
        for (name, seconds) in times.filter_map(|(name, value)| Some((name, value.as_i64()?))) {
            assert!(rows.contains(&format!("({seconds} s)")), "{name} = {seconds}: {rows}");
            many += 1;
        }
        assert!(many >= 13);
    }
}

/// What tokens can be for beside FHIR servers, and what people choose from.
#[tokio::test]
async fn resources_and_choices_of_how_long_are_on_it_where_there_are_some() {
    let server = server("").await;
    let without = read(&page(&server).await.body);
    assert!(
        !without.contains("no FHIR server. Send the URL as resource") && !without.contains("They choose for how long")
    );
    server
        .tenant_becomes(|tenant| {
            tenant.policy.access_durations =
                ["once", "90 days"].map(|text| AccessDuration::parse(text).expect("one")).into();
            tenant.resources.push(ProtectedResource {
                name: "tools".into(),
                url: "https://mcp.example/tools".into(),
                fhir_server: tenant.fhir_servers[0].url.clone(),
                scope: ScopeSet::strict("patient/*.rs __tools").expect("scopes"),
                secrets: Vec::new(),
                dpop: DpopUse::Off,
            });
        })
        .await;
    let text = read(&page(&server).await.body);
    for said in ["https://mcp.example/tools", "patient/*.rs __tools", "They choose for how long: once, 90 days."] {
        assert!(text.contains(said), "{said}");
    }
}

/// DOC-1: every endpoint that discovery names, and those that it does not, with its method and what it takes.
#[tokio::test]
async fn each_endpoint_is_on_it_with_its_method_and_parameters() {
    let server = server(POLICIES[2]).await;
    let text = read(&page(&server).await.body);
    for (path, method) in [
        ("authorize", "GET or POST"),
        ("par", "POST"),
        ("token", "POST"),
        ("introspect", "POST"),
        ("revoke", "POST"),
        ("userinfo", "GET or POST"),
        ("logout", "GET or POST"),
        ("launchContext", "POST"),
        ("manage", "GET"),
        (".well-known/jwks.json", "GET"),
    ] {
        let url = format!("https://auth.example/clinic/{path} ");
        assert!(text.split(&url).skip(1).any(|rest| rest.trim_start().starts_with(method)), "{path}");
    }
    for parameter in [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "aud",
        "code_challenge",
        "code_challenge_method",
        "launch",
        "nonce",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "ui_locales",
        "acr_values",
        "request_uri",
        "grant_type",
        "code",
        "code_verifier",
        "refresh_token",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "resource",
        "token",
        "token_type_hint",
        "post_logout_redirect_uri",
        "patient",
        "encounter",
        "fhirContext",
    ] {
        assert!(text.contains(&format!(" {parameter} ")), "{parameter}");
    }
}

/// DOC-2, DOC-3, DOC-4, DOC-5, DOC-7.
#[tokio::test]
async fn it_says_what_the_law_wants_said() {
    let server = server("").await;
    let answer = page(&server).await;
    let text = read(&answer.body);
    for said in [
        "within 7 business days",
        "within 3 business days",
        "Apps for one patient at a time",
        "Apps for many patients",
        "mailto:developers@clinic.example",
        "https://clinic.example/terms",
        "https://clinic.example/data-use",
        "Nothing.",
        "We look you up in the register of companies.",
        "TLS 1.2 or later",
        "as long as their Cache-Control says",
        "90 days after its last use",
        "native ones included",
        "The consent page tells the person, before they agree, that the app keeps access while they are away.",
        "active: false",
        "There is no SAML",
        "until its exp",
        &server.fhir.url,
    ] {
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(squeezed.contains(said), "{said}");
    }
    assert!(answer.body.contains("Write to us &#60;b&#62;first&#60;/b&#62;."), "what an operator writes is text");
}

/// DOC-4: where the tenant publishes brands, the page leads to them, and they lead here.
#[tokio::test]
async fn the_page_and_the_bundle_of_base_urls_lead_to_each_other() {
    let brands = "[user_access]\n[[user_access.brands]]\nname = \"A\"\nidentifiers = [{ system = \"urn:x\", value = \"a\" }]\n\
                  website = \"https://a.example\"\nportals = [{ name = \"B\", url = \"https://b.example\" }]\n";
    let server = server(brands).await;
    assert!(page(&server).await.body.contains("href=\"https://auth.example/clinic/brands.json\""));
    let bundle = server.get("/clinic/brands.json").await.body;
    assert!(bundle.contains("https://auth.example/clinic/docs"), "{bundle}");
}

/// A tenant for backend services alone tells nobody of launches.
#[tokio::test]
async fn what_is_not_offered_is_not_described() {
    let server = server("").await;
    server
        .tenant_becomes(|tenant| tenant.policy.grant_types = [rules::tenant::GrantType::ClientCredentials].into())
        .await;
    let text = read(&page(&server).await.body);
    for no in ["Apps for one patient at a time", "PKCE (S256)", "/clinic/authorize"] {
        assert!(!text.contains(no), "{no}");
    }
    assert!(text.contains("Apps for many patients"));
}

/// Headings in order, and a caption and heads for each table: for whoever listens to the page.
#[tokio::test]
async fn it_can_be_read_without_being_seen() {
    let server = server(POLICIES[2]).await;
    let body = page(&server).await.body;
    let (tables, captions) = (body.matches("<table>").count(), body.matches("<caption>").count());
    assert!(tables > 15 && tables == captions);
    assert_eq!(body.matches("<h1>").count(), 1);
    let mut levels = body.match_indices("<h").filter_map(|(at, _)| body[at + 2..].chars().next()?.to_digit(10));
    let mut before = levels.next().expect("a heading");
    for level in levels {
        assert!(level <= before + 1, "h{level} after h{before}");
        before = level;
    }
    assert_eq!(body.matches("<th>").count(), 0, "each head says what it heads");
}
