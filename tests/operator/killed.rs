//! An `apply` that the table fails half way, or that is killed: what it was to end has ended, the trail says what may be done, and the
//! same file finishes it (LIVE-6, 8).

use admin::target::LocalServer;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use kit::{
    App, Operator, Person, TestServer, Tokens,
    app::tokens,
    audit::detail,
    operator::{Folder, Ran},
    over_http::passing_on,
};
use local::options::Options;
use rules::{
    grant::{Grant, GrantId},
    tenant::{AccessOf, Tenant, TenantId},
};
use serde_json::{Value, json};
use server::store::schema;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A local server with an audit trail, and an operator beside it.
struct Desk {
    folder: Folder,
    admit: Operator,
    local: TestServer,
}

impl Desk {
    async fn new() -> Desk {
        let folder = Folder::new();
        let audit = Some(folder.0.join("trail.ndjson"));
        let options = Options { port: 0, data: folder.0.clone(), audit, ..Options::default() };
        let local = TestServer::local_with(options).await;
        Desk { admit: Operator::of_data(&folder.0), folder, local }
    }

    /// Runs where the table does so many transactions, and nothing after them.
    async fn runs_for(&self, transactions: usize, words: &[&str]) -> Ran {
        let running = LocalServer::read(&self.folder.0).expect("it runs");
        let done = Arc::new(AtomicUsize::new(0));
        let guard = from_fn(move |request: Request, next: Next| {
            let done = done.clone();
            async move { if may_pass(&request, &done, transactions) { next.run(request).await } else { failure() } }
        });
        let router = passing_on(running.dynamodb.clone()).layer(guard);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let dynamodb = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let beside = Folder::new();
        LocalServer { dynamodb, ..running }.write(&beside.0).expect("a file");
        Operator::of_data(&beside.0).runs(words)
    }

    /// The last record of an operator's command, of how many.
    fn last_record(&self) -> (usize, Value) {
        let text = std::fs::read_to_string(self.folder.0.join("trail.ndjson")).unwrap_or_default();
        let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        let events: Vec<Value> = events.filter(|event| event["subtype"][0]["code"] == "110129").collect();
        (events.len(), events.last().cloned().unwrap_or_default())
    }

    async fn ended(&self, tenant: &str) -> Vec<AccessOf> {
        let id = TenantId::parse(tenant).expect("an id");
        let (tenant, _) =
            self.local.server.store.tenant_with_keys(&id, self.local.server.now()).await.expect("the table");
        let Tenant { ended, .. } = tenant.expect("a tenant");
        ended.into_iter().map(|ended| ended.whose).collect()
    }
}

/// Once the transactions are used up, neither reads nor writes come through; the trail's own file is no table.
fn may_pass(request: &Request, done: &AtomicUsize, most: usize) -> bool {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    // One write alone is a transaction, too.
    match ["TransactWriteItems", "PutItem"].iter().any(|write| target.ends_with(write)) {
        true => done.fetch_add(1, Ordering::SeqCst) < most,
        // What the record needs of the tenant is read all the same.
        false => done.load(Ordering::SeqCst) < most || target.ends_with("Query"),
    }
}

fn failure() -> Response {
    let body = json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "message": "no more" });
    (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}

/// Of two transactions and more.
fn many(clients: std::ops::Range<usize>, people: &str) -> String {
    let client = |n: usize| {
        format!(
            "[[clients]]\nclient_id = \"c{n}\"\nclient_name = \"C\"\ntoken_endpoint_auth_method = \"none\"\n\
             redirect_uris = [\"https://c{n}.example/cb\"]\nscope = \"openid\"\n"
        )
    };
    format!("id = \"many\"\nname = \"M\"\n{}{people}", clients.map(client).collect::<String>())
}

const AMY: &str =
    "[[users]]\nusername = \"amy\"\nsub = \"s1\"\nname = \"Amy\"\npassword = \"a lantern in the long grass\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_that_is_cut_short_has_ended_what_it_ends_says_what_it_changes_and_is_finished_by_the_same_file() {
    for transactions in [0, 1, 2] {
        let desk = Desk::new().await;
        let file = desk.folder.file("many.toml", &many(0..130, AMY));
        desk.admit.runs(&["tenant", "apply", &file]).good();
        desk.folder.file("many.toml", &many(60..190, ""));
        let words = ["tenant", "apply", &file, "--yes", "--allow", "no-sign-in"];
        let (records, _) = desk.last_record();
        let ran = desk.runs_for(transactions, &words).await;
        assert_eq!(ran.exit, 1, "{}", ran.err);
        let ended = desk.ended("many").await;
        if transactions == 0 {
            assert_eq!((ended.len(), desk.last_record().0), (0, records), "nothing was done, and nothing is recorded");
        } else {
            let said = format!("{transactions} of ");
            assert!(ran.err.contains(&said) && ran.err.contains("apply the file again to finish"), "{}", ran.err);
            for whose in [AccessOf::Person("s1".into()), AccessOf::Client("c0".into()), AccessOf::Client("c59".into())]
            {
                assert!(ended.contains(&whose), "{whose:?} after {transactions}");
            }
            let (after, record) = desk.last_record();
            assert_eq!((after, record["outcome"].as_str()), (records + 1, Some("4")), "{record:#}");
            let changes = detail(&record, "changes").expect("changes");
            for change in ["removed user amy", "removed client c0", "added client c189"] {
                assert!(changes.split("; ").any(|one| one == change), "{change}: {changes}");
            }
            let users = desk.admit.runs(&["user", "list", "many"]).good().out;
            assert!(users.contains("amy"), "removals come last: {users}");
        }
        desk.admit.runs(&words).good();
        assert_eq!(desk.last_record().1["outcome"], "0");
        assert!(!desk.admit.runs(&["user", "list", "many"]).good().out.contains("amy"));
        desk.admit.runs(&["tenant", "plan", &file, "--exit-code"]).good();
        let left = desk.ended("many").await;
        assert!(left.contains(&AccessOf::Client("c0".into())), "of a client nobody lists what it has");
        assert!(!left.contains(&AccessOf::Person("s1".into())), "all that she allowed is revoked by then");
    }
}

/// Omar of `home` lets an app in.
async fn of_omar(local: &TestServer) -> Tokens {
    let app = App::sample(local).at("home");
    let mut omar = Person::named(local, "omar");
    omar.password = "demo-omar".to_owned();
    let url = app.standalone("launch/patient offline_access patient/*.rs");
    let answer = omar.goes_through(&url, None).await;
    tokens(app.redeems(&answer.query("code").expect("a code")).await)
}

/// The change is written, and then the process is gone before it has revoked one grant.
#[tokio::test(flavor = "multi_thread")]
async fn an_apply_that_is_killed_before_it_revokes_leaves_nothing_alive_and_the_same_file_revokes_it() {
    let desk = Desk::new().await;
    let tokens = of_omar(&desk.local).await;
    let app = App::sample(&desk.local).at("home");
    let listed = || desk.admit.runs(&["grants", "list", "home", "--json"]).good().json().as_array().map(Vec::len);
    assert_eq!(listed(), Some(1));
    let file = desk.folder.0.join("home.toml").display().to_string();
    desk.admit.runs(&["tenant", "export", "home", &file]).good();
    let text = std::fs::read_to_string(&file).expect("a file");
    let sections: Vec<&str> = text.split("\n[[").collect();
    let others: Vec<&str> = sections.iter().copied().filter(|one| !one.contains("username = \"omar\"")).collect();
    assert_eq!(others.len() + 1, sections.len(), "{text}");
    desk.folder.file("home.toml", &others.join("\n[["));
    let words = ["tenant", "apply", &file, "--yes"];
    let ran = desk.runs_for(1, &words).await;
    assert!(ran.exit == 1 && ran.err.contains("Apply the file again to finish"), "{}", ran.err);
    let record = desk.last_record().1;
    assert_eq!((record["outcome"].as_str(), detail(&record, "changes")), (Some("4"), Some("removed user omar")));

    assert!(desk.ended("home").await.iter().any(|whose| matches!(whose, AccessOf::Person(_))));
    assert_eq!(listed(), Some(0), "what has ended is no grant that is alive");
    assert_eq!(app.sends_refresh(tokens.refresh_token(), None).await.refusal(), "400 invalid_grant", "at once");
    let grant = tokens.refresh_token().split('.').next().expect("a grant").to_owned();
    let key = schema::grant(&TenantId::parse("home").expect("an id"), &GrantId(grant));
    let find = async || {
        let store = &desk.local.server.store;
        store.find::<Grant>(key.clone(), desk.local.server.now()).await.expect("the table")
    };
    assert!(find().await.is_some_and(|grant| grant.is_live(desk.local.server.now())), "not revoked yet");

    let again = desk.admit.runs(&words).good();
    assert!(find().await.is_none_or(|grant| !grant.is_live(desk.local.server.now())), "{}", again.out);
    assert!(desk.ended("home").await.is_empty());
    desk.admit.runs(&["tenant", "plan", &file, "--exit-code"]).good();
}
