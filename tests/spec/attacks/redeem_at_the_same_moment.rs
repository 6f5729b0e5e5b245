//! He sends the same single-use thing many times at once, hoping that two requests both find it unused. What stops him is
//! the table: each write names the version it read, so of any number of redeemers one wins.

use super::*;
use kit::{Ehr, Person, app::assertion_form};
use std::sync::Arc;

const MANY: usize = 32;

/// Sends the same form to the token endpoint from many tasks at once.
async fn all_at_once(server: &Arc<TestServer>, form: Vec<(String, String)>) -> Vec<Answer> {
    let mut sending = Vec::new();
    for _ in 0..MANY {
        let (server, form) = (server.clone(), form.clone());
        sending.push(tokio::spawn(async move {
            let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            server.post("/clinic/token", &pairs, &[]).await
        }));
    }
    let mut answers = Vec::new();
    for sent in sending {
        answers.push(sent.await.expect("no panic"));
    }
    answers
}

fn winners(answers: &[Answer]) -> Vec<&Answer> {
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 400 || answer.status == 401));
    answers.iter().filter(|answer| answer.status == 200).collect()
}

fn owned(form: &[(&str, &str)]) -> Vec<(String, String)> {
    form.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_redeemers_of_a_code_one_wins_and_its_tokens_end() {
    let server = Arc::new(TestServer::start().await);
    let app = App::public(&server);
    let code = app.code("amy", SCOPE, None).await;
    let mut form = owned(&exchange_form(&app, &code, kit::app::VERIFIER));
    form.push(("client_id".into(), app.client_id.into()));
    let answers = all_at_once(&server, form).await;
    let winners = winners(&answers);
    assert_eq!(winners.len(), 1);
    // The others were replays with everything right, and so they end what the first one got.
    let token = winners[0].json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(app.introspected(&token).await["active"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grace_time_one_of_many_users_of_a_refresh_token_wins() {
    let server = Arc::new(TestServer::start_with(|toml| toml + "\n[policy]\nrefresh_grace_seconds = 0\n").await);
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh_token()), ("client_id", app.client_id)];
    let answers = all_at_once(&server, owned(&form)).await;
    assert_eq!(winners(&answers).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_users_of_an_assertion_one_wins() {
    let server = Arc::new(TestServer::start().await);
    let mut form = assertion_form(&App::backend(&server).assertion().sign());
    form.extend(owned(&[("grant_type", "client_credentials"), ("scope", "system/*.rs")]));
    let answers = all_at_once(&server, form).await;
    assert_eq!(winners(&answers).len(), 1);
}

/// Two browsers come to the end of the same launch.
#[tokio::test]
async fn of_two_users_of_a_launch_one_wins() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch patient/*.rs", &launch);
    let (mut one, mut two) = (Person::named(&server, "hannah"), Person::named(&server, "hannah"));
    let pages = (one.goes_to(&url, "decision", None).await, two.goes_to(&url, "decision", None).await);
    let allow = [("decision", "allow")];
    let (a, b) = tokio::join!(one.submits(&pages.0, &allow), two.submits(&pages.1, &allow));
    let codes =
        [a, b].into_iter().filter(|place| matches!(place, kit::browser::Place::App(a) if a.query("code").is_some()));
    assert_eq!(codes.count(), 1);
}

/// A double click on Allow.
#[tokio::test]
async fn two_approvals_of_one_page_at_once_get_one_code() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let page = person.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let mut same = Person::named(&server, "amy");
    same.cookies = person.cookies.clone();
    let allow = [("decision", "allow")];
    let (a, b) = tokio::join!(person.submits(&page, &allow), same.submits(&page, &allow));
    assert_eq!(a.app().location(), b.app().location());
}
