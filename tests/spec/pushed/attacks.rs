//! What somebody else can make of an app's pushed request.

use super::{SCOPE, and, reference, server};
use crate::authorize::assert_is_error_page;
use kit::{
    App, Ehr, Person,
    app::{Pairs, with},
    browser::{Page, Place},
};
use std::collections::BTreeSet;

const YES: &[(&str, &str)] = &[("decision", "allow")];

fn browsers(client_id: &str, reference: &str) -> Pairs {
    [("client_id", client_id), ("request_uri", reference)].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()
}

/// PAR-9; RFC 9126 §7.3; FAPI 2.0 Security Profile, browser-swapping attacks: the link is sent to somebody else.
#[tokio::test]
async fn one_link_in_two_browsers_gives_one_code() {
    let server = server().await;
    let app = App::public(&server);
    for yes_first in [true, false] {
        let url = app.pushed(&app.request(SCOPE)).await;
        let (mut amy, mut rosa) = (Person::named(&server, "amy"), Person::named(&server, "rosa"));
        let hers = amy.goes_to(&url, "decision", None).await;
        let theirs = rosa.goes_to(&url, "decision", Some("mia-rivera")).await;
        let first = if yes_first { YES } else { &[("decision", "deny")] };
        let answer = amy.submits(&hers, first).await.app();
        assert_eq!(answer.query("code").is_some(), yes_first);
        for _ in 0..2 {
            let late = rosa.submits(&theirs, YES).await.end();
            assert_is_error_page(&late, "the other browser");
            assert!(late.body.contains("answered already"), "{}", late.body);
        }
    }
}

/// What is pushed at one tenant does not exist at another, where the same app is registered.
#[tokio::test]
async fn a_reference_is_nothing_to_another_tenant() {
    let server = server().await;
    for taken in ["clinic", "other"] {
        let found = server.server.tenant(taken, server.now()).await.expect("the table").expect("a tenant");
        let mut tenant = found.tenant.clone();
        tenant.policy.pushed_authorization_requests = rules::tenant::PushedRequests::Accepted;
        let write = server::store::Write::overwrite(&tenant).expect("an item");
        server.server.store.write_unraced(vec![write]).await.expect("it is written");
    }
    server.server.forget_configuration();
    let app = App::public(&server);
    let own = reference(&app, &app.request(SCOPE)).await;
    let query = crate::authorize::query_of(&browsers(app.client_id, &own));
    assert_is_error_page(&server.get(&format!("/other/authorize?{query}")).await, "another tenant");
    assert_eq!(server.get(&format!("/clinic/authorize?{query}")).await.status, 303);
}

/// A push that nobody opens leaves its launch to be used.
#[tokio::test]
async fn pushing_burns_no_launch() {
    let server = server().await;
    let (app, second) = (App::public(&server), App::second(&server));
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let scope = "launch openid patient/*.rs";
    for _ in 0..3 {
        app.pushed(&and(app.request(scope), "launch", &launch)).await;
        second.pushed(&and(second.request(scope), "launch", &launch)).await;
    }
    let answer = Person::named(&server, "amy").goes_through(&app.with_launch(scope, &launch), None).await;
    assert!(answer.query("code").is_some(), "{}", answer.location());
}

/// PAR-6: the mistakes that RFC 9101 §10.8 warns of. Without the pushed challenge a code would be anybody's.
#[tokio::test]
async fn a_parameter_that_was_not_pushed_is_not_added_by_the_url() {
    let server = server().await;
    let app = App::public(&server);
    let own = reference(&app, &app.request("openid launch/patient patient/*.rs")).await;
    let mut request = browsers(app.client_id, &own);
    for (name, value) in [("nonce", "injected"), ("login_hint", "hannah"), ("max_age", "0"), ("acr_values", "x")] {
        request = and(request, name, value);
    }
    let url = kit::app::authorize_url(&request);
    let answer = Person::named(&server, "amy").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.claims("id_token").get("nonce"), None);
}

/// A thief of the link has no verifier, and the victim's browser is not theirs.
#[tokio::test]
async fn a_code_of_a_push_is_bound_to_its_challenge() {
    let server = server().await;
    let app = App::public(&server);
    let url = app.pushed(&app.request(SCOPE)).await;
    let code = Person::named(&server, "amy").goes_through(&url, None).await.query("code").expect("a code");
    let form = with(app.exchange_form(&code), "code_verifier", Some(&"x".repeat(43)));
    assert_eq!(app.sends("token", &form).await.refusal(), "400 invalid_grant");
}

/// Guessing: nothing tells a near miss from a far one, and none of it is written anywhere.
#[tokio::test]
async fn guesses_cost_a_read_and_tell_nothing() {
    let server = server().await;
    let app = App::public(&server);
    let own = reference(&app, &app.request(SCOPE)).await;
    let mut pages = BTreeSet::new();
    let (all_but_one, last) = own.split_at(own.len() - 1);
    let other = format!("{all_but_one}{}", if last == "A" { "E" } else { "A" });
    for guess in [all_but_one, &other, "urn:ietf:params:oauth:request_uri:"] {
        server.calls.take();
        let answer = server
            .get(&format!("/clinic/authorize?{}", crate::authorize::query_of(&browsers(app.client_id, guess))))
            .await;
        assert_eq!(server.calls.take(), ["BatchGetItem"], "{guess}");
        let mut body = answer.body.clone();
        let at = body.find("<code class=\"reference\">").expect("a reference");
        body.replace_range(at..at + 40, "");
        pages.insert(body);
    }
    assert_eq!(pages.len(), 1);
}

/// Whoever has read the table can't open what was pushed: the reference is kept as a hash, and no credentials are.
#[tokio::test]
async fn the_table_holds_no_reference_and_no_credentials() {
    let server = server().await;
    let app = App::post(&server);
    let own = reference(&app, &app.request("openid patient/*.rs")).await;
    let client = aws_sdk_dynamodb::Client::from_conf(local::engine::config(&server.engine()).build());
    let items = client.scan().table_name(local::engine::TABLE).send().await.expect("the engine").items.expect("items");
    let pushed: Vec<String> =
        items.iter().map(|item| format!("{item:?}")).filter(|item| item.contains("#PUSHED#")).collect();
    assert_eq!(pushed.len(), 1);
    let secret = own.rsplit(':').next().expect("a secret");
    assert!(!pushed[0].contains(secret) && !pushed[0].contains("post-secret"), "{}", pushed[0]);
}

/// Both at their consent page, for races.
pub async fn at_consent<'a>(person: Person<'a>, url: &str) -> (Person<'a>, Page) {
    let mut person = person;
    let page = person.goes_to(url, "decision", None).await;
    (person, page)
}

/// PAR-9: whoever comes first, over two instances that know nothing of each other.
#[tokio::test]
async fn two_browsers_at_the_same_moment_get_one_code() {
    let server = server().await;
    let other = server.second_instance();
    let app = App::public(&server);
    for _ in 0..4 {
        let url = app.pushed(&app.request(SCOPE)).await;
        let (mut one, hers) = at_consent(Person::named(&server, "amy"), &url).await;
        let (mut two, theirs) = at_consent(Person::named(&other, "amy"), &url).await;
        let (first, second) = tokio::join!(one.submits(&hers, YES), two.submits(&theirs, YES));
        let codes = [&first, &second].into_iter().filter(|place| matches!(place, Place::App(_))).count();
        assert_eq!(codes, 1, "{first:?} {second:?}");
    }
}

/// Both open the link for the first time at the same moment: each gets a page.
#[tokio::test]
async fn two_browsers_may_open_it_at_the_same_moment() {
    let server = server().await;
    let other = server.second_instance();
    let app = App::public(&server);
    for _ in 0..4 {
        let url = app.pushed(&app.request(SCOPE)).await;
        let (mut one, mut two) = (Person::named(&server, "amy"), Person::named(&other, "rosa"));
        let (first, second) = tokio::join!(one.opens(&url), two.opens(&url));
        assert!(first.page().asks("password") && second.page().asks("password"));
    }
}
