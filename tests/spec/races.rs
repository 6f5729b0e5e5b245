//! 32 at once, one winner. Each of these goes red when the condition is taken out of `shared/server/src/store/write.rs`.

use crate::authority::{applies_to, plan_of, without};
use admin::plan::commit;
use kit::{
    Answer, App, Ehr, Person, TestServer,
    app::{Tokens, assertion_form, tokens},
    browser::{Page, Place},
};
use rules::tenant::CONFIGURATION_AGE;
use serde_json::json;
use server::{keys::make::KeyMaker, store::Commit};
use std::future::Future;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const MANY: usize = 32;

/// A server for tasks, which must own what they use or find it forever.
async fn server() -> &'static TestServer {
    Box::leak(Box::new(TestServer::start().await))
}

async fn at_once<T, F>(task: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..MANY).map(|number| tokio::spawn(task(number))).collect();
    let mut results = Vec::with_capacity(MANY);
    for task in tasks {
        results.push(task.await.expect("nobody panicked"));
    }
    results
}

/// The one good answer; all others are this refusal.
fn the_winner(answers: Vec<Answer>, refusal: &str) -> Answer {
    let (mut good, bad): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(good.len(), 1, "winners");
    for answer in bad {
        assert_eq!(answer.refusal(), refusal);
    }
    good.remove(0)
}

async fn assert_dead(app: &App<'_>, tokens: &Tokens) {
    assert_eq!(app.introspected(tokens.access_token()).await, json!({ "active": false }));
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_is_redeemed_once_and_the_other_31_uses_revoke_it() {
    let app = App::public(server().await);
    let code = app.code("amy", SCOPE, None).await;
    let answers = at_once(|_| {
        let (app, code) = (app.clone(), code.clone());
        async move { app.redeems(&code).await }
    })
    .await;
    let winner = tokens(the_winner(answers, "400 invalid_grant"));
    // They had everything right, so the code had leaked (RFC 6749 §4.1.2).
    assert_dead(&app, &winner).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_a_grace_time_a_refresh_token_is_used_once_and_the_other_31_uses_revoke_its_family() {
    let server = TestServer::start_with(|toml| toml + "\n[policy]\nrefresh_grace_seconds = 0\n").await;
    let app = App::public(Box::leak(Box::new(server)));
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let answers = at_once(|_| {
        let (app, token) = (app.clone(), first.refresh_token().to_owned());
        async move { app.sends_refresh(&token, None).await }
    })
    .await;
    let winner = tokens(the_winner(answers, "400 invalid_grant"));
    assert_dead(&app, &winner).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn within_the_grace_time_all_32_get_the_same_successor() {
    let app = App::public(server().await);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let answers = at_once(|_| {
        let (app, token) = (app.clone(), first.refresh_token().to_owned());
        async move { app.refreshes(&token).await.refresh_token().to_owned() }
    })
    .await;
    assert!(answers.iter().all(|successor| *successor == answers[0]));
    app.refreshes(&answers[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_assertion_is_shown_once() {
    let server = server().await;
    let mut form = assertion_form(&App::backend(server).assertion().sign());
    form.extend([("grant_type", "client_credentials"), ("scope", "system/*.rs")].map(|(n, v)| (n.into(), v.into())));
    let answers = at_once(|_| {
        let form = form.clone();
        async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            server.post("/clinic/token", &form, &[]).await
        }
    })
    .await;
    the_winner(answers, "401 invalid_client");
}

/// A person before the consent page of an app.
async fn before_consent(server: &'static TestServer, url: &str) -> (Person<'static>, Page) {
    let mut person = Person::named(server, "amy");
    let page = person.goes_to(url, "decision", None).await;
    (person, page)
}

/// Where the app hears a code.
fn code(place: &Place) -> Option<String> {
    match place {
        Place::App(answer) => answer.query("code"),
        Place::Page(_) | Place::End(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_consent_that_is_sent_32_times_gives_one_code() {
    let server = server().await;
    let app = App::public(server);
    let (person, page) = before_consent(server, &app.standalone(SCOPE)).await;
    let places = at_once(|_| {
        let (cookies, page) = (person.cookies.clone(), page.clone());
        async move {
            let mut person = Person::named(server, "amy");
            person.cookies = cookies;
            person.submits(&page, &[("decision", "allow")]).await
        }
    })
    .await;
    // Each of them has it: nobody knows which answer the browser will see.
    let codes: Vec<String> = places.iter().filter_map(code).collect();
    assert!(codes.len() == MANY && codes.iter().all(|code| *code == codes[0]), "{codes:?}");
    app.exchanges(&codes[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_launch_that_32_interactions_finish_with_gives_one_code() {
    let server = server().await;
    let app = App::public(server);
    let launch = Ehr::of(server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch patient/*.rs", &launch);
    let mut people = Vec::with_capacity(MANY);
    for _ in 0..MANY {
        let (person, page) = before_consent(server, &url).await;
        people.push((person.cookies, page));
    }
    let places = at_once(|number| {
        let (cookies, page) = people[number].clone();
        async move {
            let mut person = Person::named(server, "amy");
            person.cookies = cookies;
            person.submits(&page, &[("decision", "allow")]).await
        }
    })
    .await;
    let codes: Vec<String> = places.iter().filter_map(code).collect();
    assert_eq!(codes.len(), 1);
    app.redeems(&codes[0]).await;
}

/// PAR-9: 32 browsers were sent to one pushed request, over instances of the functions that know nothing of each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pushed_request_that_32_interactions_finish_gives_one_code() {
    let server: &'static TestServer = Box::leak(Box::new(TestServer::start_with(kit::journeys::pushing).await));
    let other: &'static TestServer = Box::leak(Box::new(server.second_instance()));
    let app = App::public(server);
    let url = app.pushed(&app.request(SCOPE)).await;
    let mut people = Vec::with_capacity(MANY);
    for _ in 0..MANY {
        let (person, page) = before_consent(server, &url).await;
        people.push((person.cookies, page));
    }
    let places = at_once(|number| {
        let (cookies, page) = people[number].clone();
        let instance = if number % 2 == 0 { server } else { other };
        async move {
            let mut person = Person::named(instance, "amy");
            person.cookies = cookies;
            // A no is as final as a yes.
            let answer = if number % 5 == 4 { "deny" } else { "allow" };
            person.submits(&page, &[("decision", answer)]).await
        }
    })
    .await;
    let (answers, pages): (Vec<&Place>, Vec<&Place>) = places.iter().partition(|place| matches!(place, Place::App(_)));
    assert_eq!(answers.len(), 1, "{answers:?}");
    let says_so = |place: &&Place| matches!(place, Place::End(end) if end.body.contains("answered already"));
    assert!(pages.iter().all(says_so), "{pages:?}");
    if let Some(code) = code(answers[0]) {
        app.exchanges(&code).await;
    }
}

/// The same where no page is shown: each is the same browser, so each hears the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pushed_request_that_is_answered_at_once_32_times_gives_one_code() {
    let server = TestServer::start_with(kit::journeys::pushing_and_remembering).await;
    let server: &'static TestServer = Box::leak(Box::new(server));
    let app = App::public(server);
    let mut amy = Person::named(server, "amy");
    amy.goes_through(&app.standalone(SCOPE), None).await;
    let url = app.pushed(&app.request(SCOPE)).await;
    let places = at_once(|_| {
        let (cookies, url) = (amy.cookies.clone(), url.clone());
        async move {
            let mut person = Person::named(server, "amy");
            person.cookies = cookies;
            person.opens(&url).await
        }
    })
    .await;
    let codes: Vec<String> = places.iter().filter_map(code).collect();
    assert!(codes.len() == MANY && codes.iter().all(|code| *code == codes[0]), "{places:?}");
    app.exchanges(&codes[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_revocation_among_refreshes_is_never_lost() {
    let app = App::public(server().await);
    let first = app.gets_tokens("amy", SCOPE, None).await;
    let answers = at_once(|number| {
        let (app, token) = (app.clone(), first.refresh_token().to_owned());
        async move {
            if number == MANY / 2 { app.revokes(&token).await } else { app.sends_refresh(&token, None).await }
        }
    })
    .await;
    assert_eq!(answers[MANY / 2].status, 200);
    assert_dead(&app, &first).await;
    for answer in answers.into_iter().filter(|answer| answer.body.contains("access_token")) {
        assert_dead(&app, &tokens(answer)).await;
    }
}

/// Each row a server of its own: who comes first is another each time.
const ROUNDS: usize = 8;
const AMY: &str = "[[users]]\nusername = \"amy\"";
const ROSA: &str = "[[users]]\nusername = \"rosa\"";

/// The operator's file without these sections.
fn file_without(heads: &[&str]) -> String {
    let clinic = include_str!("../fixtures/clinic.toml").to_owned();
    heads.iter().fold(clinic, |toml, head| without(&toml, head))
}

/// LIVE-7. The removal is known to the functions' memory later, so the table alone says it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_person_who_is_removed_while_their_code_is_exchanged_leaves_no_app_behind() {
    for _ in 0..ROUNDS {
        let server = server().await;
        let app = App::public(server);
        let (code, kept) = (app.code("amy", SCOPE, None).await, app.gets_tokens("amy", SCOPE, None).await);
        let exchange = tokio::spawn(async move { App::public(server).redeems(&code).await });
        let removal = tokio::spawn(async move { applies_to(server, &file_without(&[AMY])).await });
        let answer = exchange.await.expect("nobody panicked");
        removal.await.expect("nobody panicked");
        let mut left = vec![kept];
        match answer.status {
            200 => left.push(tokens(answer)),
            _ => assert_eq!(answer.refusal(), "400 invalid_grant"),
        }
        for tokens in &left {
            assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant");
        }
        server.passes(CONFIGURATION_AGE);
        for tokens in &left {
            assert_dead(&app, tokens).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_person_who_is_removed_while_they_say_yes_gives_no_code_that_is_good() {
    for _ in 0..ROUNDS {
        let server = server().await;
        let app = App::public(server);
        let (mut person, page) = before_consent(server, &app.standalone(SCOPE)).await;
        let yes = tokio::spawn(async move { person.submits(&page, &[("decision", "allow")]).await });
        let removal = tokio::spawn(async move { applies_to(server, &file_without(&[AMY])).await });
        let place = yes.await.expect("nobody panicked");
        removal.await.expect("nobody panicked");
        if let Some(code) = code(&place) {
            assert_eq!(app.redeems(&code).await.refusal(), "400 invalid_grant");
        }
    }
}

/// Two operators have looked at the same tenant, and each removes another person. What the second would write was planned on what
/// is no longer there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_applications_at_once_one_wins_and_nobody_who_was_removed_lives_on() {
    for many in [false, true] {
        // More than one transaction takes: the ends are written apart, before all else.
        let more = if many { clients(130) } else { String::new() };
        for _ in 0..ROUNDS / 2 {
            let server = server().await;
            let app = App::public(server);
            let of_amy = app.gets_tokens("amy", SCOPE, None).await;
            let of_rosa = app.gets_tokens("rosa", SCOPE, Some("mia-rivera")).await;
            let people = [(AMY, &of_amy, "amy"), (ROSA, &of_rosa, "rosa")];
            let mut plans = Vec::new();
            for (head, ..) in people {
                plans.push(plan_of(server, &(file_without(&[head]) + &more)).await);
            }
            let writing = plans.into_iter().map(|plan| {
                tokio::spawn(async move {
                    commit(&server.server.store, &KeyMaker::Laptop, &plan, server.now(), |_, _| ()).await
                })
            });
            let writing: Vec<_> = writing.collect();
            let mut won = Vec::new();
            for one in writing {
                won.push(one.await.expect("nobody panicked").expect("the table") == Commit::Done);
            }
            let winner = won.iter().position(|won| *won).expect("a winner");
            assert!(!won[1 - winner], "both have written");
            let ((_, removed, name), (_, stayed, _)) = (people[winner], people[1 - winner]);
            assert_eq!(app.sends_refresh(removed.refresh_token(), None).await.refusal(), "400 invalid_grant");
            server.passes(CONFIGURATION_AGE);
            assert_dead(&app, removed).await;
            let stayed = app.refreshes(stayed.refresh_token()).await;
            // The other plans again, and their file has the removed one still: a new person, to whom nothing is left.
            applies_to(server, &(file_without(&[people[1 - winner].0]) + &more)).await;
            server.passes(CONFIGURATION_AGE);
            assert_dead(&app, &stayed).await;
            assert_dead(&app, removed).await;
            let next = app.gets_tokens(name, SCOPE, Some("mia-rivera")).await;
            assert_ne!(next.claims("access_token")["sub"], removed.claims("access_token")["sub"]);
        }
    }
}

fn clients(many: usize) -> String {
    let client = |n: usize| {
        format!(
            "\n[[clients]]\nclient_id = \"c{n}\"\nclient_name = \"C\"\ntoken_endpoint_auth_method = \"none\"\n\
             redirect_uris = [\"https://c{n}.example/cb\"]\nscope = \"openid\"\n"
        )
    };
    (0..many).map(client).collect()
}
