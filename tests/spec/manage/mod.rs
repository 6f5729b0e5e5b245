//! The management page: a person sees which apps have access, and takes it away. Refresh and introspection refuse at once
//! (RFR-14).

mod elsewhere;
mod many;
mod records;
mod sessions;

use kit::{
    App, Person, TestServer, Tokens,
    app::introspect,
    browser::{Page, Place},
    server::ISSUER,
};

const SCOPE: &str = "openid launch/patient offline_access patient/Observation.rs patient/Condition.rs";

fn url() -> String {
    format!("{ISSUER}/manage")
}

async fn grants<'a>(app: &App<'a>, person: &mut Person<'a>, scope: &str) -> Tokens {
    let answer = person.goes_through(&app.standalone(scope), None).await;
    app.exchanges(&answer.query("code").expect("a code")).await
}

/// The page after signing in, where that is needed.
async fn manages(person: &mut Person<'_>) -> String {
    match person.opens(&url()).await {
        Place::Page(page) if page.asks("password") => match person.does(&page, None).await {
            Place::Page(page) => page.answer.body,
            Place::End(answer) => answer.body,
            Place::App(answer) => panic!("to an app: {}", answer.location()),
        },
        Place::Page(page) => page.answer.body,
        Place::End(answer) => answer.body,
        Place::App(answer) => panic!("to an app: {}", answer.location()),
    }
}

/// The page with the form of the first app on it.
async fn form(person: &mut Person<'_>) -> Page {
    person.opens(&url()).await.page()
}

async fn takes_away(person: &mut Person<'_>, client_id: &str) -> String {
    let page = form(person).await.with("client_id", client_id);
    match person.submits(&page, &[("decision", "take-away")]).await {
        Place::Page(page) => page.answer.body,
        Place::End(answer) => answer.body,
        Place::App(answer) => panic!("to an app: {}", answer.location()),
    }
}

#[tokio::test]
async fn a_person_takes_access_away_and_at_once_refresh_introspection_and_fhir_refuse() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let tokens = grants(&app, &mut amy, SCOPE).await;
    let before = introspect(&server, tokens.access_token()).await;
    assert_eq!(server.fhir.serves(&before, "/Observation", "patient=amy-shaw").0, 200);

    let after = takes_away(&mut amy, "public-app").await;

    assert!(after.contains("has no access any more"), "{after}");
    assert!(after.contains("No app has access at the moment"), "{after}");
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
    let introspected = introspect(&server, tokens.access_token()).await;
    assert_eq!(introspected, serde_json::json!({ "active": false }));
    assert_eq!(server.fhir.serves(&introspected, "/Observation", "patient=amy-shaw").0, 401);
}

#[tokio::test]
async fn it_says_which_app_since_when_to_what_and_when_it_was_last_used() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let tokens = grants(&app, &mut amy, SCOPE).await;
    server.passes(3 * 86_400);
    app.refreshes(tokens.refresh_token()).await;
    let page = manages(&mut amy).await;
    // The clock of the tests begins at 15 January 2027, 08:00 UTC.
    for text in [
        "Growth Chart",
        "15 January 2027 (UTC)",
        "18 January 2027, 08:00 UTC",
        "See measurements, laboratory results and other observations",
        "See conditions and diagnoses",
        "Keep access when you are not using the app",
        "or later if the app is used before then",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("Second App"));
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_no_app_gets_anything_by_that() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&url()).await.page();
    assert!(sign_in.asks("password"));
    assert!(manages(&mut amy).await.contains("No app has access at the moment"));
    // Nothing comes of an approval that is sent to that sign-in.
    let answer = amy.submits(&sign_in, &[("decision", "allow"), ("scope", "openid")]).await;
    assert!(!matches!(answer, Place::App(_)), "{answer:?}");
    assert!(manages(&mut amy).await.contains("No app has access at the moment"));
}

/// The tenant's own pages are no app that somebody continues to.
#[tokio::test]
async fn the_sign_in_to_ones_own_pages_says_what_it_is_for() {
    let server = TestServer::start().await;
    let sign_in = Person::named(&server, "amy").opens(&url()).await.page();
    assert!(sign_in.answer.body.contains("to see your own pages at"), "{}", sign_in.answer.body);
    assert!(!sign_in.answer.body.contains("to continue to"));
}

#[tokio::test]
async fn the_pages_of_a_person_are_linked_from_each_other_and_from_consent() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let consent = amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    let link = |page: &str| format!("href=\"{ISSUER}/{page}\"");
    for page in ["manage", "account", "logout"] {
        assert!(consent.answer.body.contains(&format!("{} target=\"_blank\" rel=\"noopener\"", link(page))), "{page}");
        let own = amy.asks(&format!("{ISSUER}/{page}")).await.body;
        for other in ["manage", "account", "logout"] {
            assert_eq!(own.contains(&link(other)), other != page, "{page} to {other}: {own}");
        }
    }
    // Looking at them loses nothing.
    amy.does(&consent, None).await.app();
}

#[tokio::test]
async fn the_tenant_says_below_every_page_whom_to_ask() {
    let help = "[pages]\nhelp_text = \"Ask <Ann> at the desk.\"\nsupport = \"mailto:help@clinic.example\"\n\
                privacy_notice = \"https://clinic.example/privacy\"";
    let server = TestServer::start_with(|toml| format!("{toml}\n{help}\n")).await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let consent = amy.does(&sign_in, None).await.page();
    for page in [&sign_in, &consent] {
        let body = &page.answer.body;
        for text in [
            "Ask &#60;Ann&#62; at the desk.",
            "href=\"mailto:help@clinic.example\"",
            "href=\"https://clinic.example/privacy\"",
        ] {
            assert!(body.contains(text), "{text}: {body}");
        }
    }
}

#[tokio::test]
async fn who_does_not_want_to_sign_in_is_not_sent_round_in_circles() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&url()).await.page();
    let Place::End(answer) = amy.submits(&sign_in, &[("cancel", "yes")]).await else { panic!("a page asks again") };
    assert!(answer.body.contains("You are not signed in"), "{}", answer.body);
}

/// The management page's own name opens nothing for anybody else.
#[tokio::test]
async fn no_app_can_come_as_the_management_page() {
    let server = TestServer::start().await;
    let app = App { client_id: "admit", redirect_uri: "https://auth.example/clinic/manage", ..App::public(&server) };
    let Place::End(answer) = Person::named(&server, "amy").opens(&app.standalone("openid")).await else {
        panic!("a request was accepted")
    };
    assert_eq!(answer.status, 400);
    assert_eq!(app.redeems("code").await.refusal(), "400 invalid_client");
}

#[tokio::test]
async fn nobody_sees_or_ends_what_another_person_granted() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let hers = grants(&app, &mut amy, SCOPE).await;
    let mut rosa = Person::named(&server, "rosa");
    let answer =
        rosa.goes_through(&App::second(&server).standalone("launch/patient patient/*.rs"), Some("mia-rivera")).await;
    App::second(&server).exchanges(&answer.query("code").expect("a code")).await;
    assert!(!manages(&mut rosa).await.contains("Growth Chart"));
    let page = takes_away(&mut rosa, "public-app").await;
    assert!(page.contains("Second App"), "hers is untouched: {page}");
    app.refreshes(hers.refresh_token()).await;
    assert!(manages(&mut amy).await.contains("Growth Chart"));
}

#[tokio::test]
async fn only_the_named_app_loses_its_access() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let first = grants(&App::public(&server), &mut amy, SCOPE).await;
    let second = grants(&App::second(&server), &mut amy, "launch/patient offline_access patient/*.rs").await;
    takes_away(&mut amy, "second-app").await;
    assert_eq!(App::second(&server).sends_refresh(second.refresh_token(), None).await.status, 400);
    App::public(&server).refreshes(first.refresh_token()).await;
}

/// Many launches of one app are one app to the person, and all of them end.
#[tokio::test]
async fn all_grants_of_an_app_end_together() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(grants(&app, &mut amy, SCOPE).await);
    }
    assert_eq!(manages(&mut amy).await.matches("aria-labelledby=\"app-").count(), 1);
    takes_away(&mut amy, "public-app").await;
    for tokens in tokens {
        assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.status, 400);
    }
}

#[tokio::test]
async fn a_code_that_was_not_exchanged_yet_is_worth_nothing_afterwards() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let answer = amy.goes_through(&app.standalone(SCOPE), None).await;
    takes_away(&mut amy, "public-app").await;
    assert_eq!(app.redeems(&answer.query("code").expect("a code")).await.refusal(), "400 invalid_grant");
}

/// A request that began in the code's last second, in a function that is slow, still goes by the time at which it began.
#[tokio::test]
async fn a_code_that_has_run_out_is_taken_away_too() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    grants(&app, &mut amy, SCOPE).await;
    let answer = amy.goes_through(&app.standalone(SCOPE), None).await;
    server.passes(60);
    takes_away(&mut amy, "public-app").await;
    server.passes(-60);
    assert_eq!(app.redeems(&answer.query("code").expect("a code")).await.refusal(), "400 invalid_grant");
}

/// AUTHZ-24.
#[tokio::test]
async fn a_form_without_the_token_of_this_session_takes_nothing_away() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let tokens = grants(&app, &mut amy, SCOPE).await;
    let mut rosa = Person::named(&server, "rosa");
    manages(&mut rosa).await;
    let page = form(&mut amy).await;
    for csrf in ["", "x", rosa.cookies.values().next().expect("a cookie")] {
        let place = amy.submits(&page.with("csrf", csrf), &[("decision", "take-away")]).await;
        assert!(matches!(&place, Place::End(answer) if answer.status == 400), "{place:?}");
    }
    // Another browser with the right form has no session.
    let end = Person::named(&server, "amy").submits(&page, &[("decision", "take-away")]).await.end();
    assert!(end.body.contains("You are not signed in"), "{}", end.body);
    app.refreshes(tokens.refresh_token()).await;
}

#[tokio::test]
async fn a_post_is_answered_with_303_and_can_be_sent_twice() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    grants(&app, &mut amy, SCOPE).await;
    let page = form(&mut amy).await;
    let cookies: Vec<String> = amy.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut fields: Vec<(&str, &str)> = page.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.push(("decision", "take-away"));
    for _ in 0..2 {
        let answer = server.post("/clinic/manage", &fields, &[("cookie", &cookies.join("; "))]).await;
        assert_eq!(answer.status, 303);
        assert!(answer.location().starts_with(&url()), "{}", answer.location());
    }
}

/// The list must outlive what it lists, however long that is refreshed.
#[tokio::test]
async fn an_app_that_refreshes_for_years_stays_on_the_list_and_an_app_that_stops_leaves_it() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let mut tokens = grants(&app, &mut amy, SCOPE).await;
    for _ in 0..12 {
        server.passes(80 * 86_400);
        tokens = app.refreshes(tokens.refresh_token()).await;
    }
    assert!(manages(&mut amy).await.contains("Growth Chart"));
    server.passes(91 * 86_400);
    assert!(manages(&mut amy).await.contains("No app has access at the moment"));
}

#[tokio::test]
async fn what_is_remembered_is_on_the_page_and_forgotten_with_the_access() {
    let policy = "[policy]\nremember_consent_seconds = 864000\n[[fhir_servers]]";
    let server = TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", policy, 1)).await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let scope = "launch/patient patient/*.rs";
    grants(&app, &mut amy, scope).await;
    // The access is over after an hour; the app may still come back without asking.
    server.passes(3599);
    server.passes(2);
    let page = manages(&mut amy).await;
    assert!(page.contains("without asking you again until") && page.contains("25 January 2027 (UTC)"), "{page}");
    takes_away(&mut amy, "public-app").await;
    assert!(manages(&mut amy).await.contains("No app has access at the moment"));
    assert!(amy.goes_to(&app.standalone(scope), "decision", None).await.asks("decision"));
}

#[tokio::test]
async fn discovery_names_it() {
    let server = TestServer::start().await;
    let document = server.get("/clinic/.well-known/smart-configuration").await.json();
    assert_eq!(document["management_endpoint"], url());
}

/// The page says what happened, and nobody can make a link that says something else.
#[tokio::test]
async fn a_link_from_elsewhere_does_not_say_that_access_was_taken_away() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    grants(&app, &mut amy, SCOPE).await;
    let page = form(&mut amy).await.with("client_id", "public-app");
    let taken = amy.answers(&page, &[("decision", "take-away")]).await.location().to_owned();
    let body = |place: Place| match place {
        Place::Page(page) => page.answer.body,
        Place::End(answer) => answer.body,
        Place::App(answer) => panic!("to an app: {}", answer.location()),
    };
    assert!(body(amy.opens(&taken).await).contains("has no access any more"));
    let sealed = taken.split_once("seal=").expect("a seal").1.to_owned();
    for link in [
        format!("{}?taken=public-app", url()),
        format!("{}?taken=public-app&seal=", url()),
        format!("{}?taken=second-app&seal={sealed}", url()),
        format!("{}?taken=public-app&seal={}", url(), &sealed[1..]),
    ] {
        assert!(!body(amy.opens(&link).await).contains("has no access any more"), "{link}");
    }
    // Nor does Rosa's page say what happened on Amy's, nor the page of an app that has access again.
    let mut rosa = Person::named(&server, "rosa");
    manages(&mut rosa).await;
    assert!(!body(rosa.opens(&taken).await).contains("has no access any more"));
    grants(&app, &mut amy, SCOPE).await;
    assert!(!body(amy.opens(&taken).await).contains("has no access any more"));
}

#[tokio::test]
async fn what_was_not_there_is_not_taken_away() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    grants(&app, &mut amy, SCOPE).await;
    server.audit.take();
    let page = takes_away(&mut amy, "second-app").await;
    assert!(!page.contains("has no access any more"), "{page}");
    assert!(server.audit.take().is_empty(), "and the trail says nothing of it");
}
