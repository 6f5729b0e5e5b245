//! The reference at `/authorize`: what counts, how long it is good, and that it is good for one answer (RFC 9126 §4).

use super::{PREFIX, SCOPE, and, reference, requiring_server, server, server_with};
use crate::authorize::{asks, assert_is_error_page, by_get, by_post, is_accepted, refusal};
use kit::{
    App, Ehr, Person, TestServer,
    app::{Pairs, STATE, with},
    browser::Place,
    http::encode,
    journeys::legacy,
    server::ISSUER,
};
use rules::{
    client::Client,
    tenant::{PushedRequests, SigningAlg},
};
use server::store::{Write, schema};

const YES: &[(&str, &str)] = &[("decision", "allow")];

fn browsers(app: &App<'_>, reference: &str) -> Pairs {
    [("client_id", app.client_id), ("request_uri", reference)].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()
}

fn is_used(place: Place) {
    let end = place.end();
    assert_is_error_page(&end, "used");
    assert!(end.body.contains("answered already"), "{}", end.body);
}

/// The operator changes an app, and the functions hear of it.
async fn app_becomes(server: &TestServer, id: &str, change: impl FnOnce(&mut Client)) {
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant").id.clone();
    let found = server.server.store.find::<Client>(schema::client(&tenant, id), server.now()).await;
    let mut client = found.expect("the table").expect("a client").value;
    change(&mut client);
    let write = Write::overwrite(&client).expect("an item");
    server.server.store.write_unraced(vec![write]).await.expect("it is written");
    server.server.forget_configuration();
}

/// PAR-6: by GET and by POST, and the state that comes back is the pushed one.
#[tokio::test]
async fn only_what_was_pushed_counts() {
    let server = server().await;
    let app = App::public(&server);
    let reference = reference(&app, &app.request("openid launch/patient patient/Observation.rs")).await;
    let mut request = browsers(&app, &reference);
    for (name, value) in [
        ("scope", "openid offline_access patient/*.cruds"),
        ("state", "another"),
        ("redirect_uri", "https://app.example/other?keep=1"),
        ("redirect_uri", "https://evil.example/"),
        ("response_type", "token"),
        ("prompt", "none"),
        ("code_challenge", "x"),
        ("aud", "https://elsewhere.example/fhir"),
        ("nonce", "other"),
        ("launch", "unknown"),
        ("request", "a.b.c"),
        ("ui_locales", "de"),
        ("dpop_jkt", "other"),
    ] {
        request = and(request, name, value);
    }
    assert!(is_accepted(&server, &request).await);
    let url = format!("{ISSUER}/authorize?{}", encode(&crate::authorize::borrowed(&request)));
    let answer = Person::named(&server, "amy").goes_through(&url, None).await;
    assert!(answer.location().starts_with("https://app.example/callback?"), "{}", answer.location());
    assert_eq!(answer.query("state").as_deref(), Some(STATE));
    assert_eq!(answer.query("iss").as_deref(), Some(ISSUER));
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.scope(), "openid launch/patient patient/Observation.rs");
}

/// PAR-7.
#[tokio::test]
async fn a_reference_that_is_unknown_or_another_apps_gets_a_page() {
    let server = server().await;
    let (app, second) = (App::public(&server), App::second(&server));
    let own = reference(&app, &app.request(SCOPE)).await;
    let guess = format!("{PREFIX}{}", "A".repeat(43));
    for (request, case) in [
        (browsers(&second, &own), "another app's"),
        (browsers(&App { client_id: "nobody", ..app.clone() }, &own), "of an app that is unknown"),
        (browsers(&app, &guess), "unknown"),
        (browsers(&app, PREFIX), "empty"),
        (browsers(&app, &format!("{own}x")), "longer"),
        (browsers(&app, &own[..own.len() - 1]), "shorter"),
        (browsers(&app, &own)[1..].to_vec(), "without a client_id"),
        (with(browsers(&app, &own), "client_id", Some("")), "with an empty client_id"),
        (and(browsers(&app, &own), "client_id", "public-app"), "with two"),
        (and(browsers(&app, &own), "request_uri", &guess), "with two references"),
    ] {
        // Where to go, the browser says too; it doesn't count.
        for request in [request.clone(), and(request, "redirect_uri", app.redirect_uri)] {
            assert_is_error_page(&asks(&server, &request).await, case);
        }
    }
    // Nothing was spent by it.
    assert!(is_accepted(&server, &browsers(&app, &own)).await);
}

#[tokio::test]
async fn a_request_uri_of_another_kind_is_not_supported() {
    let server = server().await;
    for uri in ["https://app.example/request.jwt", "urn:ietf:params:oauth:request", "x"] {
        let request = and(App::public(&server).request(SCOPE), "request_uri", uri);
        assert_eq!(refusal(&server, &request).await, "request_uri_not_supported", "{uri}");
    }
}

/// PAR-7, R9126-3.
#[tokio::test]
async fn a_reference_that_nobody_opened_in_time_is_over() {
    let server = server_with("pushed_request_seconds = 60").await;
    let app = App::public(&server);
    let own = reference(&app, &app.request(SCOPE)).await;
    server.passes(59);
    assert_eq!(by_get(&server, &browsers(&app, &own)).await.status, 303);
    let own = reference(&app, &app.request(SCOPE)).await;
    server.passes(60);
    assert_is_error_page(&asks(&server, &browsers(&app, &own)).await, "expired");
}

/// PAR-8: whoever was in time has the time of an interaction, and no more of it by opening the page again.
#[tokio::test]
async fn the_first_opening_begins_the_time_of_the_person() {
    let server = server().await;
    let app = App::public(&server);
    let url = app.pushed(&app.request(SCOPE)).await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&url).await.page();
    server.passes(800);
    let consent = amy.does(&sign_in, None).await.page();
    // A reload of the link, long after its own time.
    let reloaded = Person::named(&server, "amy").opens(&url).await.page();
    assert!(reloaded.asks("password"));
    server.passes(99);
    assert!(amy.does(&consent, None).await.app().query("code").is_some());

    let url = app.pushed(&app.request(SCOPE)).await;
    amy.opens(&url).await.page();
    server.passes(899);
    let late = Person::named(&server, "amy").opens(&url).await.page();
    server.passes(1);
    assert_is_error_page(&Person::named(&server, "amy").opens(&url).await.end(), "the link");
    assert_is_error_page(&Person::named(&server, "amy").does(&late, None).await.end(), "the page that was opened last");
}

/// PAR-9: loading pages spends nothing.
#[tokio::test]
async fn reloads_previews_and_the_back_button_are_harmless() {
    let server = server().await;
    let app = App::public(&server);
    let url = app.pushed(&app.request(SCOPE)).await;
    for _ in 0..3 {
        server.get(url.strip_prefix(&server.base).expect("a URL of this server")).await;
    }
    let mut amy = Person::named(&server, "amy");
    amy.opens(&url).await.page();
    let sign_in = amy.opens(&url).await.page();
    amy.does(&sign_in, None).await.page();
    // Back to the very beginning, signed in by now.
    let consent = amy.opens(&url).await.page();
    assert!(consent.asks("decision"));
    let answer = amy.submits(&consent, YES).await.app();
    // The same yes gets the same answer, as ever (AUTHZ-27).
    assert_eq!(amy.submits(&consent, YES).await.app().location(), answer.location());
    app.exchanges(&answer.query("code").expect("a code")).await;
    is_used(amy.opens(&url).await);
    is_used(Person::named(&server, "hannah").opens(&url).await);
}

/// PAR-9: a no is an answer too.
#[tokio::test]
async fn a_no_spends_it() {
    let server = server().await;
    let app = App::public(&server);
    for no in [&[("decision", "deny")][..], &[("cancel", "yes")]] {
        let url = app.pushed(&app.request(SCOPE)).await;
        let mut amy = Person::named(&server, "amy");
        let page = amy.goes_to(&url, "decision", None).await;
        let second = amy.opens(&url).await.page();
        let answer = amy.submits(&page, no).await.app();
        assert_eq!(answer.query("error").as_deref(), Some("access_denied"));
        assert_eq!(answer.query("state").as_deref(), Some(STATE));
        // The same no, sent twice.
        assert_eq!(amy.submits(&page, no).await.app().location(), answer.location());
        is_used(amy.opens(&url).await);
        // In another tab that was open, neither a yes nor a no comes of it.
        is_used(amy.submits(&second, YES).await);
        is_used(amy.submits(&second, no).await);
    }
}

/// PAR-9: an error that comes at once is an answer; an outage is none.
#[tokio::test]
async fn an_error_at_once_spends_it_and_an_outage_does_not() {
    let server = server().await;
    let app = App::public(&server);
    let own = reference(&app, &with(app.request(SCOPE), "prompt", Some("none"))).await;
    server.loses_its_table();
    let outage = by_get(&server, &browsers(&app, &own)).await;
    assert!(outage.status == 503 && outage.header("location").is_none(), "{}", outage.body);
    server.finds_its_table();
    let answer = by_get(&server, &browsers(&app, &own)).await;
    assert_eq!(answer.query("error").as_deref(), Some("login_required"));
    assert_is_error_page(&by_get(&server, &browsers(&app, &own)).await, "used");
}

/// PAR-9: no page, and the push is spent with the code. The same browser hears it again, and nobody else does.
#[tokio::test]
async fn a_remembered_yes_answers_a_push_at_once() {
    let server = server_with("remember_consent_seconds = 86400").await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&app.pushed(&app.request(SCOPE)).await, None).await;
    for prompt in [None, Some("none")] {
        let url = app.pushed(&with(app.request(SCOPE), "prompt", prompt)).await;
        let answer = amy.asks(&url).await;
        let code = answer.query("code").expect("a code, at once");
        assert_eq!(amy.asks(&url).await.location(), answer.location(), "a reload");
        assert_is_error_page(&Person::named(&server, "amy").asks(&url).await, "another browser");
        app.exchanges(&code).await;
        assert_is_error_page(&amy.asks(&url).await, "the code was used");
    }
}

/// PAR-10, R9126-6.
#[tokio::test]
async fn where_pushing_is_required_a_direct_request_is_refused() {
    let server = requiring_server().await;
    let app = App::public(&server);
    assert_eq!(refusal(&server, &app.request(SCOPE)).await, "invalid_request");
    // What can't be redirected is not.
    let bad = with(app.request(SCOPE), "redirect_uri", Some("https://evil.example/"));
    assert_is_error_page(&asks(&server, &bad).await, "redirect_uri");
    let code = Person::named(&server, "amy").goes_through(&app.pushed(&app.request(SCOPE)).await, None).await;
    app.exchanges(&code.query("code").expect("a code")).await;
    // A person's own page is no app's.
    assert!(Person::named(&server, "amy").opens(&format!("{ISSUER}/manage")).await.page().asks("password"));
}

/// PAR-10, R9126-6: of one app alone.
#[tokio::test]
async fn an_app_can_be_held_to_pushing() {
    let server = server().await;
    let (app, second) = (App::public(&server), App::second(&server));
    app_becomes(&server, app.client_id, |client| client.require_pushed_authorization_requests = true).await;
    assert_eq!(refusal(&server, &app.request(SCOPE)).await, "invalid_request");
    assert!(is_accepted(&server, &second.request(SCOPE)).await);
    let own = reference(&app, &app.request(SCOPE)).await;
    assert!(is_accepted(&server, &browsers(&app, &own)).await);
}

/// PAR-11: what the operator has changed since the push counts.
#[tokio::test]
async fn the_client_is_judged_again() {
    let server = server().await;
    let app = App::public(&server);
    let push = async || browsers(&app, &reference(&app, &app.request(SCOPE)).await);
    let (gone, moved, poorer) = (push().await, push().await, push().await);
    let before = app.pushed(&app.request(SCOPE)).await;
    let mut amy = Person::named(&server, "amy");
    let page = amy.goes_to(&before, "decision", None).await;
    app_becomes(&server, app.client_id, |client| client.scope = rules::scope::ScopeSet::parse("openid").set).await;
    let answer = by_get(&server, &with(poorer, "x", None)).await;
    assert!(answer.location().starts_with(ISSUER), "openid is left: {}", answer.location());
    // Whoever is at a page already gets what is left, or the app hears why not.
    let answer = amy.submits(&page, YES).await;
    assert!(!matches!(&answer, Place::App(answer) if answer.query("code").is_some()), "{answer:?}");
    app_becomes(&server, app.client_id, |client| client.redirect_uris.clear()).await;
    assert_is_error_page(&asks(&server, &moved).await, "redirect_uri");
    app_becomes(&server, app.client_id, |client| client.disabled = true).await;
    assert_is_error_page(&asks(&server, &gone).await, "disabled");
}

/// The tenant's switch counts when the browser comes.
#[tokio::test]
async fn a_tenant_that_takes_no_pushes_any_more_knows_no_references() {
    let server = server().await;
    let app = App::public(&server);
    let own = reference(&app, &app.request(SCOPE)).await;
    server.tenant_becomes(|tenant| tenant.policy.pushed_authorization_requests = PushedRequests::Off).await;
    assert_is_error_page(&asks(&server, &browsers(&app, &own)).await, "off");
    let url = app.standalone(SCOPE);
    assert!(Person::named(&server, "amy").goes_through(&url, None).await.query("code").is_some());
}

/// LCTX-4: the launch travels in the push, and is used up with the code.
#[tokio::test]
async fn an_ehrs_launch_is_pushed() {
    let server = requiring_server().await;
    for app in [App::public(&server), App::symmetric(&server), App::asymmetric(&server, SigningAlg::ES384)] {
        let launch = Ehr::of(&server).launches_patient("wei-chen").await;
        let request = and(app.request("launch openid fhirUser patient/*.rs"), "launch", &launch);
        let (url, other) = (app.pushed(&request).await, app.pushed(&request).await);
        let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
        let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
        assert_eq!(tokens.0["patient"], "wei-chen");
        // Another push with the same launch finds it used, and so does a new one.
        let answer = Person::named(&server, "hannah").asks(&other).await;
        assert_eq!(answer.query("error").as_deref(), Some("invalid_request"));
        assert_eq!(app.pushes(&request).await.refusal(), "400 invalid_request");
    }
}

/// RFC 6749 §4.2: what the implicit grant gives can't be made again.
#[tokio::test]
async fn the_implicit_grant_is_pushed_and_answers_once() {
    let policy = "[policy]\npushed_authorization_requests = \"accepted\"\nremember_consent_seconds = 86400";
    let server = TestServer::start_with(|toml| legacy(toml).replacen("[policy]", policy, 1)).await;
    let app = App::public(&server);
    let request = with(app.request("launch/patient patient/*.rs"), "response_type", Some("token"));
    let mut amy = Person::named(&server, "amy");
    for _ in 0..2 {
        let url = app.pushed(&request).await;
        let answer = amy.goes_through(&url, None).await;
        assert!(answer.location().contains("#access_token="), "{}", answer.location());
        is_used(amy.opens(&url).await);
    }
}

/// The parameters of a push may be longer than a URL, which is what POST was for (AUTHZ-19).
#[tokio::test]
async fn a_push_holds_what_no_url_does() {
    let server = server().await;
    let app = App::public(&server);
    let scopes: Vec<String> =
        (0..60).map(|n| format!("patient/Observation.rs?category=c{n}|{}", "x".repeat(100))).collect();
    let request = with(app.request(&scopes.join(" ")), "nonce", Some(&"n".repeat(2000)));
    let direct = by_post(&server, &request).await;
    let pushed = app.pushes(&request).await;
    assert_eq!(pushed.status == 201, direct.location().starts_with(ISSUER), "{} {}", pushed.body, direct.location());
}
