//! Whether a request costs more where the table has grown: the calls of each operation and its time, with 10, 1,000 and 10,000 tenants,
//! and where one person has given 1 and 5,000 apps access. Then what an instance that has served all of these tenants keeps in memory,
//! and what the embedded engine's transactions cost after so many of them.

#![expect(clippy::expect_used, reason = "a bench that fails should say where")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stdout, reason = "a bench prints")]

mod codes;
mod filled;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, TransactWriteItem},
};
use codes::Codes;
use filled::{Size, fill};
use kit::{App, Person, TestServer, app::introspect};
use local::engine::{self, Place, TABLE};
use std::time::{Duration, Instant};

const SCOPE: &str = "openid fhirUser offline_access user/*.rs";
const TIMES: u32 = 200;

#[tokio::main]
async fn main() {
    println!(
        "microseconds and table calls, engine and client in one process, {TIMES} times each, one after the other\n"
    );
    println!("{:<32} {:>16} {:>16} {:>16} {:>16}", "", "login at once", "its code", "refresh", "introspection");
    for tenants in [10, 1_000, 10_000] {
        let server = start().await;
        fill(&server, "clinic", Size { tenants, clients_each: 0, grants_each: 0 }).await;
        measure(&format!("{tenants} tenants"), &server).await;
        if tenants == 10_000 {
            remembers(&server, tenants).await;
        }
    }
    for grants in [1, 5_000] {
        let server = start().await;
        for _ in 0..grants {
            code_of_hannah(&server).await;
        }
        measure(&format!("{grants} grants of one person"), &server).await;
    }
    transactions().await;
}

async fn start() -> TestServer {
    let policy = "[policy]\nremember_consent_seconds = 86400\n[[fhir_servers]]";
    TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", policy, 1)).await
}

async fn code_of_hannah(server: &TestServer) -> String {
    let app = app(server);
    let codes = Codes {
        store: &server.server.store,
        tenant: "clinic",
        client_id: app.client_id,
        redirect_uri: app.redirect_uri,
        aud: &server.fhir.url,
        username: "hannah",
        now: server.now(),
    };
    codes.issue().await
}

fn app(server: &TestServer) -> App<'_> {
    App::symmetric(server)
}

/// One row of the table.
async fn measure(name: &str, server: &TestServer) {
    let app = app(server);
    let mut hannah = Person::named(server, "hannah");
    hannah.goes_through(&app.standalone(SCOPE), None).await;
    let (mut at_once, mut code, mut refresh, mut introspection) = Default::default();
    let mut calls = [0; 4];
    for _ in 0..TIMES {
        let answer = timed(&mut at_once, &mut calls[0], server, hannah.asks(&app.standalone(SCOPE))).await;
        let answer = answer.query("code").expect("at once");
        let tokens = timed(&mut code, &mut calls[1], server, app.exchanges(&answer)).await;
        let tokens = timed(&mut refresh, &mut calls[2], server, app.refreshes(tokens.refresh_token())).await;
        timed(&mut introspection, &mut calls[3], server, introspect(server, tokens.access_token())).await;
    }
    let spent = [at_once, code, refresh, introspection].map(|time: Duration| (time / TIMES).as_micros());
    print!("{name:<32}");
    for (micros, calls) in spent.iter().zip(calls) {
        print!(" {micros:>10} ({:>3})", f64::from(calls) / f64::from(TIMES));
    }
    println!();
}

async fn timed<T>(spent: &mut Duration, calls: &mut u32, server: &TestServer, request: impl Future<Output = T>) -> T {
    server.calls.take();
    let begun = Instant::now();
    let answer = request.await;
    *spent += begun.elapsed();
    *calls += u32::try_from(server.calls.take().len()).expect("a few");
    answer
}

/// Each tenant is asked for twice.
async fn remembers(server: &TestServer, tenants: usize) {
    let before = resident_megabytes();
    let mut after = Vec::new();
    for _ in 0..2 {
        for number in 0..tenants {
            let answer = server.get(&format!("/t{number}/.well-known/smart-configuration")).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        after.push(resident_megabytes());
    }
    println!(
        "  {before} MB before all of them were asked for, {} MB after, {} MB after the second time",
        after[0], after[1]
    );
}

/// Of this process, engine included (proc(5)).
fn resident_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// The engine alone, with the tokens that the SDK gives each transaction and without.
async fn transactions() {
    println!("\nmicroseconds for a transaction of the embedded engine, after so many others in the last ten minutes\n");
    println!("{:<32} {:>8} {:>8} {:>8} {:>8}", "", "0", "10,000", "20,000", "30,000");
    let with = Client::from_conf(engine::config(&engine::serve_in_memory().await.expect("the engine")).build());
    engine::create_table(&with).await.expect("a table");
    let without = engine::open(Place::Memory).await.expect("the engine");
    for (name, client) in [("with request tokens", with), ("without, as the local server", without)] {
        print!("{name:<32}");
        for round in 0..4 {
            let begun = Instant::now();
            for number in 0..TIMES {
                transaction(&client, round * 10_000 + number).await;
            }
            print!(" {:>8}", (begun.elapsed() / TIMES).as_micros());
            for number in TIMES..if round == 3 { TIMES } else { 10_000 } {
                transaction(&client, round * 10_000 + number).await;
            }
        }
        println!();
    }
}

async fn transaction(client: &Client, number: u32) {
    let item = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let item = [item("pk", format!("p{number}")), item("sk", "s".to_owned())].into();
    let put = Put::builder().table_name(TABLE).set_item(Some(item)).build().expect("a put");
    let transaction = client.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
    transaction.send().await.expect("written");
}
