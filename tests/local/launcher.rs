//! What the launcher promises.

use crate::launches::{authorize, launch, query};
use axum::http::Method;
use kit::{TestServer, html::elements};

/// LCTX-1, LCTX-2.
#[tokio::test]
async fn one_click_opens_the_sample_app_with_iss_and_launch() {
    let server = TestServer::local().await;
    let there = launch(&server, "").await;
    assert_eq!(there.path(), "/app/riverside/launch");
    assert_eq!(query(&there)["iss"], format!("{}/riverside/fhir", server.base));
    assert!(query(&there)["launch"].len() >= 43);
}

/// LCTX-2: `aud` is the `iss` of the launch.
#[tokio::test]
async fn the_authorization_endpoint_accepts_the_launch() {
    let server = TestServer::local().await;
    let there = launch(&server, "tenant=riverside&type=provider-ehr&patient=wei-chen").await;
    let sign_in = authorize(&server, "sample-app", &query(&there)["launch"]).await;
    assert!(sign_in.path().starts_with("/riverside/authorize/"), "{sign_in}");
}

#[tokio::test]
async fn a_launch_value_that_nobody_made_is_refused() {
    let server = TestServer::local().await;
    let refused = authorize(&server, "sample-app", "made-up").await;
    assert_eq!(query(&refused)["error"], "invalid_request");
}

#[tokio::test]
async fn a_launch_for_a_pasted_url_is_bound_to_no_app() {
    let server = TestServer::local().await;
    let there = launch(&server, "launch_url=http://127.0.0.1:3000/launch").await;
    assert!(authorize(&server, "sample-app", &query(&there)["launch"]).await.path().contains("/authorize/"));
}

#[tokio::test]
async fn a_standalone_launch_has_iss_alone() {
    let server = TestServer::local().await;
    for kind in ["provider-standalone", "patient-standalone"] {
        let there = launch(&server, &format!("type={kind}")).await;
        assert_eq!(query(&there).keys().collect::<Vec<_>>(), ["iss"]);
    }
}

#[tokio::test]
async fn a_pasted_launch_url_keeps_its_own_query() {
    let server = TestServer::local().await;
    let there = launch(&server, "launch_url=https%3A%2F%2Fapp.example%2Fstart%3Fa%3Db").await;
    assert_eq!(there.host_str(), Some("app.example"));
    assert_eq!(query(&there)["a"], "b");
    assert!(query(&there).contains_key("launch"));
}

#[tokio::test]
async fn what_is_no_web_address_is_not_opened() {
    let server = TestServer::local().await;
    for bad in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "app"] {
        let answer = server.get(&format!("/launcher/launch?launch_url={bad}")).await;
        assert_eq!(answer.status, 400, "{bad}");
        assert!(answer.body.contains("id=\"problem\""));
    }
}

#[tokio::test]
async fn the_page_shows_the_choice_that_is_in_its_address() {
    let server = TestServer::local().await;
    let page = server
        .get("/?tenant=riverside&type=provider-ehr&user=lee&patient=noah-kim&intent=order-review&banner=true")
        .await
        .body;
    for selected in ["value=\"lee\" selected", "value=\"noah-kim\" selected", "value=\"order-review\"", "demo-lee"] {
        assert!(page.contains(selected), "{selected}");
    }
}

#[tokio::test]
async fn nothing_that_was_typed_becomes_markup() {
    let server = TestServer::local().await;
    let page = server.get("/?intent=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E").await.body;
    assert!(!page.contains("<script>alert"));
}

#[tokio::test]
async fn an_encounter_of_another_patient_is_not_launched() {
    let server = TestServer::local().await;
    let answer = server.get("/launcher/launch?patient=wei-chen&encounter=leo-shaw-visit").await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("leo-shaw-visit"));
}

#[tokio::test]
async fn what_launch_context_refuses_is_shown_with_its_reason() {
    let server = TestServer::local().await;
    let answer = server.get("/launcher/launch?context=Patient/amy-shaw&role=launch").await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("launchContext answered 400"));
}

#[tokio::test]
async fn a_patient_from_the_portal_gets_their_own_record() {
    let server = TestServer::local().await;
    let page = server.get("/?type=patient-portal&user=wei").await.body;
    assert!(page.contains("wei-chen") && page.contains("demo-wei"));
    assert!(launch(&server, "type=patient-portal&user=wei").await.path().ends_with("/launch"));
}

#[tokio::test]
async fn a_tenant_without_ehr_launches_begins_with_a_patient_on_their_own() {
    let server = TestServer::local().await;
    let page = server.get("/?tenant=home").await.body;
    assert!(!page.contains("data-type=\"provider-ehr\""));
    assert_eq!(query(&launch(&server, "tenant=home").await).keys().collect::<Vec<_>>(), ["iss"]);
}

#[tokio::test]
async fn launches_are_offered_again() {
    let server = TestServer::local().await;
    launch(&server, "type=provider-ehr&patient=noah-kim").await;
    assert!(server.get("/").await.body.contains("/launcher/launch?type=provider-ehr&#38;patient=noah-kim"));
}

#[tokio::test]
async fn discovery_under_the_fhir_base_needs_no_token() {
    let server = TestServer::local().await;
    for tenant in ["riverside", "home"] {
        let answer = server.get(&format!("/{tenant}/fhir/.well-known/smart-configuration")).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn the_sample_app_introspects_for_its_own_page_alone() {
    let server = TestServer::local().await;
    let asked = async |origin: &str| {
        let headers = [("origin", origin), ("content-type", "application/json")];
        let token = serde_json::json!({ "token": "x" }).to_string();
        server.request(Method::POST, "/app/riverside/introspect", &headers, token).await
    };
    assert_eq!(asked("https://elsewhere.example").await.status, 403);
    let own = asked(&server.base).await.json();
    assert_eq!(own["body"], serde_json::json!({ "active": false }));
}

#[tokio::test]
async fn an_embedded_launch_has_the_app_in_a_frame() {
    let server = TestServer::local().await;
    let answer = server.get("/launcher/launch?embed=yes&patient=wei-chen").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-security-policy").unwrap().contains("frame-src"));
    let page = answer.body;
    assert!(page.contains("/app/riverside/launch?iss=") && page.contains("Wei Chen"));
}

#[tokio::test]
async fn several_things_are_open_each_with_its_role_and_the_form_grows_without_a_script() {
    let server = TestServer::local().await;
    let rows =
        "context=DiagnosticReport/amy-shaw-lab-report&context2=Goal/1&role2=https://example.org/roles/background";
    let page = server.get(&format!("/?tenant=riverside&type=provider-ehr&{rows}")).await.body;
    for name in ["context", "role", "context2", "role2", "context3", "role3"] {
        assert!(page.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(!page.contains("name=\"context4\""));
    let (_, request) = page.split_once("fhirContext&#34;: [").expect("the request shows them");
    assert!(request.contains("DiagnosticReport/amy-shaw-lab-report") && request.contains("roles/background"));
    let page = server.get(&format!("/?tenant=riverside&type=provider-ehr&{rows}&remove=context")).await.body;
    assert!(page.contains("value=\"Goal/1\"") && !page.contains("value=\"DiagnosticReport/amy-shaw-lab-report\" p"));
    launch(&server, &format!("tenant=riverside&type=provider-ehr&{rows}")).await;
}

/// Each address leads to a page that can launch something, and says what it has not.
#[tokio::test]
async fn an_address_that_asks_for_what_is_not_here_leads_to_the_nearest_and_says_so() {
    let server = TestServer::local().await;
    for (query, tenant, launch_type, note) in [
        ("", "riverside", "provider-ehr", ""),
        ("tenant=home", "home", "patient-standalone", ""),
        ("tenant=home&type=provider-ehr", "home", "provider-standalone", "has no app for"),
        ("tenant=home&type=patient-portal", "home", "patient-standalone", "has no app for"),
        ("tenant=home&type=patient-portal&launch_url=http://127.0.0.1:3000/launch", "home", "patient-portal", ""),
        ("tenant=nowhere", "riverside", "provider-ehr", "no tenant “nowhere”"),
        ("type=nothing", "riverside", "provider-ehr", "no kind of launch"),
        ("tenant=riverside&app=backend-service", "riverside", "backend", ""),
        ("tenant=riverside&type=provider-ehr&app=nobody", "riverside", "provider-ehr", "“nobody” is no app"),
        ("tenant=riverside&type=provider-ehr&user=nobody", "riverside", "provider-ehr", "“nobody” does not use apps"),
    ] {
        let answer = server.get(&format!("/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        let found = elements(&answer.body);
        let hidden = |name: &str| {
            let input = found.iter().find(|element| element.has("type", "hidden") && element.has("name", name));
            input.and_then(|input| input.attribute("value")).unwrap_or_default().to_owned()
        };
        assert_eq!((hidden("tenant"), hidden("type")), (tenant.to_owned(), launch_type.to_owned()), "{query}");
        assert_eq!(answer.body.contains("id=\"notes\""), !note.is_empty(), "{query}");
        assert!(answer.body.contains(note), "{query}");
        if !query.contains("launch_url") && launch_type != "backend" {
            let chosen =
                found.iter().find(|element| element.name == "option" && element.attribute("selected").is_some());
            assert!(chosen.is_some(), "{query}");
        }
    }
    let refused = server.get("/launcher/launch?tenant=home&type=provider-ehr").await;
    assert!(refused.status == 400 && refused.body.contains("Nothing was launched"), "{}", refused.body);
}

#[tokio::test]
async fn an_issuer_opened_in_a_browser_leads_to_the_launcher() {
    let server = TestServer::local().await;
    let answer = server.get("/home").await;
    assert_eq!((answer.status, answer.location()), (303, "/?tenant=home"));
    assert_eq!(server.get("/launcher").await.location(), "/");
    assert_eq!(server.get("/nowhere").await.status, 404);
}

#[tokio::test]
async fn patients_are_found_by_words_of_their_name_in_any_order() {
    let server = TestServer::local().await;
    let listed = async |find: &str| {
        let page = server.get(&format!("/?tenant=riverside&type=provider-ehr&find={find}")).await.body;
        let found = elements(&page);
        let list = found.iter().position(|element| element.has("id", "patient")).unwrap();
        let options = found[list + 1..].iter().take_while(|element| element.name == "option");
        options
            .filter_map(|option| option.attribute("value"))
            .filter(|id| *id != "none")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("wei+chen").await, ["wei-chen"]);
    assert_eq!(listed("Chen,+Wei").await, ["wei-chen"]);
    assert_eq!(listed("WEI-CH").await, ["wei-chen"]);
    assert!(listed("shaw").await.len() > 1);
    assert_eq!(listed("zzz").await.len(), listed("").await.len(), "nobody is found, and all are listed");
    // Enter in the field presses Launch: what was typed is looked at before somebody else is launched.
    let typed = server.get("/launcher/launch?tenant=riverside&type=provider-ehr&find=wei&patient=amy-shaw").await;
    assert!(typed.status == 200 && typed.body.contains("value=\"wei-chen\" selected"), "{}", typed.body);
    launch(&server, "tenant=riverside&type=provider-ehr&find=wei&patient=wei-chen").await;
}

/// The nth option of the list and the nth entry of the card are one person: the stylesheet lets the card follow.
#[tokio::test]
async fn the_card_has_each_persons_sign_in_in_the_order_of_the_list() {
    let server = TestServer::local().await;
    for kind in ["provider-ehr", "patient-portal", "provider-standalone", "patient-standalone"] {
        let page = server.get(&format!("/?tenant=riverside&type={kind}")).await.body;
        let found = elements(&page);
        let list = found.iter().position(|element| element.has("id", "user")).unwrap();
        let options: Vec<&str> = found[list + 1..]
            .iter()
            .take_while(|element| element.name == "option")
            .filter_map(|option| option.attribute("value"))
            .filter(|value| *value != "none")
            .collect();
        let cards: Vec<&str> = found.iter().filter_map(|element| element.attribute("data-login")).collect();
        assert_eq!(options, cards, "{kind}");
    }
    let style = server.get("/launcher/style.css").await.body;
    assert!(
        style.contains(".bench:has(#user > option:nth-child(2):checked) #login > :nth-child(2) { display: grid; }")
    );
}
