//! What another instance writes between a read and the write that relies on it. These branches are seldom gone, so the policies of the
//! functions are judged by them too.

use crate::sessions::session_of;
use kit::{App, Person, TestServer, browser::Place, server::ISSUER};
use local::engine::TABLE;
use rules::{
    grant::Grant,
    session::{PresentedSession, Session},
    time::Timestamp,
};
use server::{
    Server,
    connected_apps::{Person as OfTenant, take_away},
    store::{Commit, List, ListOf, Write, schema},
};
use std::{future::Future, sync::Arc};

const SCOPE: &str = "openid launch/patient offline_access patient/Observation.rs";
const DAY: i64 = 86_400;

/// Of clinic, on the same table and with no faults.
fn another(server: &TestServer) -> Arc<Server> {
    server.at_table(TABLE).server
}

type Change = fn(&Session, Timestamp) -> Session;

fn used(session: &Session, _: Timestamp) -> Session {
    session.setting_up(None)
}

/// Another instance does this with the session of this browser.
fn changed(server: &TestServer, person: &Person<'_>, change: Change) -> impl Future<Output = ()> + Send + use<> {
    let (another, now) = (another(server), server.now());
    let cookie = person.session_cookie().expect("a session");
    let id = PresentedSession::parse(cookie).expect("a cookie of a session").id;
    async move {
        let tenant = another.tenant("clinic", now).await.expect("the table").expect("a tenant").id.clone();
        let found = another.store.find::<Session>(schema::session(&tenant, &id), now).await.expect("the table");
        let found = found.expect("a session");
        let write = Write::update(&found, &change(&found, now)).expect("an item");
        assert_eq!(another.store.commit(vec![write]).await.expect("the table"), Commit::Done);
    }
}

async fn grants(server: &TestServer) -> usize {
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let of = ListOf::all(&tenant.id, List::Grants);
    server.server.store.listed::<Grant>(&of, server.now()).await.expect("the table").len()
}

#[tokio::test]
async fn a_session_that_is_signed_out_is_over_whatever_became_of_it_at_that_moment() {
    let lost = ["BatchGetItem", "PutItem", "BatchGetItem"];
    let won = [&lost[..], &["PutItem"]].concat();
    for (change, cost) in [(used as Change, &won[..]), (Session::ended, &lost[..])] {
        let server = TestServer::start().await;
        let mut amy = Person::named(&server, "amy");
        amy.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
        let cookie = amy.session_cookie().expect("a session").clone();
        let page = amy.opens(&format!("{ISSUER}/logout")).await.page();
        server.faults.meanwhile("PutItem", "SESSION", changed(&server, &amy, change));
        server.calls.take();
        assert_eq!(amy.submits(&page, &[("sign_out", "yes")]).await.end().status, 200);
        assert!(server.faults.has_met());
        assert_eq!(server.calls.take(), cost);
        assert!(!session_of(&server, &cookie).await.is_open(server.now()));
    }
}

/// Amy has said yes for longer than a session goes without a write of its use.
async fn remembered() -> TestServer {
    let policy = format!(
        "[policy]\nremember_consent_seconds = {}\nsession_seconds = {}\nsession_idle_seconds = {DAY}\n[[fhir_servers]]",
        9 * DAY,
        9 * DAY
    );
    TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", &policy, 1)).await
}

async fn comes_back(server: &TestServer) -> Person<'_> {
    let mut amy = Person::named(server, "amy");
    let page = amy.goes_to(&App::public(server).standalone(SCOPE), "decision", None).await;
    assert!(amy.does(&page, None).await.app().query("code").is_some());
    server.passes(DAY / 2);
    amy
}

#[tokio::test]
async fn an_app_has_its_code_though_another_tab_uses_the_session_and_none_if_its_person_signs_out() {
    for (change, error) in [(used as Change, None), (Session::ended, Some("access_denied"))] {
        let server = remembered().await;
        let mut amy = comes_back(&server).await;
        let before = grants(&server).await;
        server.faults.meanwhile("TransactWriteItems", "SESSION", changed(&server, &amy, change));
        let answer = amy.opens(&App::public(&server).standalone(SCOPE)).await.app();
        assert!(server.faults.has_met());
        assert_eq!(answer.query("error").as_deref(), error);
        assert_eq!(answer.query("code").is_some(), error.is_none());
        assert_eq!(grants(&server).await - before, usize::from(error.is_none()));
    }
}

#[tokio::test]
async fn a_remembered_yes_that_is_taken_away_at_that_moment_gives_nothing() {
    let server = remembered().await;
    let mut amy = comes_back(&server).await;
    let before = grants(&server).await;
    let (another, now) = (another(&server), server.now());
    let sub = session_of(&server, amy.session_cookie().expect("a session")).await;
    let sub = sub.user_if_open(now).expect("amy").sub.clone();
    server.faults.meanwhile("TransactWriteItems", "GRANT", async move {
        let tenant = another.tenant("clinic", now).await.expect("the table").expect("a tenant");
        let amy = OfTenant { tenant: &tenant, sub: &sub, now };
        take_away(&another, amy, "public-app").await.expect("the table");
    });
    let answer = amy.opens(&App::public(&server).standalone(SCOPE)).await.app();
    assert!(server.faults.has_met());
    assert_eq!((answer.query("error").as_deref(), answer.query("code")), (Some("access_denied"), None));
    assert_eq!(grants(&server).await, before);
    assert!(amy.opens(&App::public(&server).standalone(SCOPE)).await.page().asks("decision"));
}

/// On the page of apps, and on that of what they sign in with.
#[tokio::test]
async fn who_signs_out_everywhere_else_does_so_though_the_session_is_used_at_that_moment() {
    for (page, field) in [("manage", "decision"), ("account", "do")] {
        let server = TestServer::start().await;
        let (mut amy, mut other) = (Person::named(&server, "amy"), Person::named(&server, "amy"));
        for person in [&mut amy, &mut other] {
            person.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
        }
        let cookie = amy.session_cookie().expect("a session").clone();
        let shown = amy.opens(&format!("{ISSUER}/{page}")).await.page();
        server.faults.meanwhile("TransactWriteItems", "SESSION", changed(&server, &amy, used));
        amy.submits(&shown.with(field, "everywhere"), &[]).await;
        assert!(server.faults.has_met());
        assert_ne!(amy.session_cookie(), Some(&cookie), "{page}");
        assert!(is_signed_in(&mut amy).await && !is_signed_in(&mut other).await, "{page}");
    }
}

async fn is_signed_in(person: &mut Person<'_>) -> bool {
    match person.opens(&format!("{ISSUER}/manage")).await {
        Place::Page(page) => !page.asks("password"),
        Place::End(answer) => answer.status == 200,
        Place::App(_) => false,
    }
}
