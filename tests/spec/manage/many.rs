//! A person with thousands of grants: the list costs a call for a hundred of them, and one click takes all of an app's away.

use super::{grants, manages, takes_away, url};
use kit::{App, Person, TestServer, Tokens, app::introspect, browser::Place};
use rules::{
    grant::{Grant, GrantId, GrantState, grant_index::ListedGrant},
    tenant::TenantId,
};
use server::Stopwatch;
use server::{
    connected_apps::MOST_GRANTS,
    store::{Key, Write, allowed::Allowed, schema},
};

const SCOPE: &str = "openid launch/patient offline_access patient/Observation.rs";
const MANY: usize = 2_000;

fn clinic() -> TenantId {
    TenantId::parse("clinic").expect("an id")
}

async fn lines(server: &TestServer, tokens: &Tokens) -> Vec<ListedGrant> {
    let claims = tokens.claims("access_token");
    let sub = claims["sub"].as_str().expect("a subject");
    let all = Allowed::all_of(&server.server.store, &clinic(), sub, server.now()).await.expect("the table");
    let lines = all.into_iter().filter_map(|allowed| match allowed {
        Allowed::Grant(line) => Some(line),
        Allowed::Consent(_) => None,
    });
    lines.collect()
}

/// As many more grants like the one behind these tokens.
async fn multiplies(server: &TestServer, tokens: &Tokens, count: usize) -> Vec<Key> {
    let store = &server.server.store;
    let client = tokens.claims("access_token")["client_id"].as_str().map(str::to_owned);
    let line = lines(server, tokens).await.into_iter().find(|line| line.client_id == client).expect("a line");
    let grant = store.find::<Grant>(schema::grant(&clinic(), &line.grant), server.now()).await.expect("the table");
    let grant = grant.expect("a grant").value;
    let ids: Vec<GrantId> = (0..count).map(|_| GrantId::random()).collect();
    for some in ids.chunks(50) {
        let items = some.iter().flat_map(|id| {
            let grant = Write::create(&Grant { id: id.clone(), ..grant.clone() });
            [grant, Write::create(&ListedGrant { grant: id.clone(), ..line.clone() })]
        });
        store.write_unraced(items.map(|item| item.expect("an item")).collect()).await.expect("written");
    }
    server.calls.take();
    ids.iter().map(|id| schema::grant(&clinic(), id)).collect()
}

async fn alive(server: &TestServer, grants: &[Key]) -> usize {
    let found = server.server.store.find_together(grants, server.now()).await.expect("the table");
    let is_over = |key: &&Key| {
        let grant = found.get::<Grant>(key).expect("readable").expect("a grant");
        matches!(grant.state, GrantState::Revoked { .. })
    };
    grants.len() - grants.iter().filter(is_over).count()
}

#[tokio::test]
async fn a_list_of_thousands_is_read_page_by_page_a_hundred_grants_in_a_call() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let tokens = grants(&App::public(&server), &mut amy, SCOPE).await;
    grants(&App::second(&server), &mut amy, "launch/patient patient/*.rs").await;
    multiplies(&server, &tokens, MANY).await;
    let page = manages(&mut amy).await;
    let calls = server.calls.take();
    let batches = calls.iter().filter(|call| *call == "BatchGetItem").count();
    // The person, five hundreds of grants, and where they are signed in; the list itself is a query for each megabyte.
    assert!(batches == 2 + MOST_GRANTS / 100 && calls.len() <= 12, "{calls:?}");
    assert!(page.contains("Growth Chart") && page.contains("rel=\"next\""), "{page}");
    let last = format!("{}?from={MANY}", url());
    let Place::Page(page) = amy.opens(&last).await else { panic!("no page") };
    assert!(page.answer.body.contains("Second App") && !page.answer.body.contains("rel=\"next\""));
    for odd in ["1000000", "-1", "x", "18446744073709551615", ""] {
        let place = amy.opens(&format!("{}?from={odd}", url())).await;
        assert!(matches!(place, Place::Page(_) | Place::End(_)), "{odd}");
    }
}

#[tokio::test]
async fn one_click_takes_thousands_of_grants_away_and_no_other_apps() {
    let server = TestServer::start().await;
    let (app, mut amy) = (App::public(&server), Person::named(&server, "amy"));
    let tokens = grants(&app, &mut amy, SCOPE).await;
    let other = grants(&App::second(&server), &mut amy, "launch/patient offline_access patient/*.rs").await;
    let many = multiplies(&server, &tokens, MANY).await;
    let page = takes_away(&mut amy, "public-app").await;
    let calls = server.calls.take().len();
    assert!(calls < MANY / 10, "{calls} calls");
    assert!(page.contains("has no access any more") && page.contains("Second App"), "{page}");
    assert_eq!(alive(&server, &many).await, 0);
    assert_eq!(introspect(&server, tokens.access_token()).await["active"], false);
    assert_eq!(introspect(&server, other.access_token()).await["active"], true);
    assert_eq!(lines(&server, &other).await.len(), 1, "the lines went with them");
}

/// What one request has no time for, the browser asks for again by itself: still one click.
#[tokio::test]
async fn where_there_is_no_time_for_all_the_same_click_goes_on() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    let tokens = grants(&App::public(&server), &mut amy, SCOPE).await;
    multiplies(&server, &tokens, MANY / 2).await;
    let began = Stopwatch::start();
    takes_away(&mut amy, "public-app").await;
    // A third of what this machine needs for all of them.
    let time = began.elapsed() / 3;
    let tokens = grants(&App::public(&server), &mut amy, SCOPE).await;
    let many = multiplies(&server, &tokens, MANY / 2).await;
    let page = amy.opens(&url()).await.page();
    let hurried = server.second_instance_within(time);
    let mut amy = amy.at(&hurried);
    let mut clicked = 0;
    let answer = loop {
        let answer = amy.answers(&page, &[("decision", "take-away")]).await;
        clicked += 1;
        if answer.status != 307 {
            break answer;
        }
        assert_eq!(answer.location(), url());
        assert!(clicked < 200, "it does not end");
    };
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(clicked > 1, "there was time for all");
    assert_eq!(alive(&server, &many).await, 0);
}
