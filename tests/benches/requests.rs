//! Whole requests through the routers, with the embedded engine in the same process: what one costs from the form to the
//! answer. The engine's own cost stands beside them.

#![expect(clippy::expect_used, reason = "a bench that fails should say where")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

mod codes;

use codes::Codes;
use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use kit::{App, TestServer, Tokens, app::introspect};
use rules::{secret::random_text, tenant::TenantId};
use server::store::{
    Write,
    schema::{self, RevokedAccessToken},
};
use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

fn requests(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("token");
    for format in ["jwt", "reference"] {
        let server = runtime.block_on(start(format));
        group.bench_function(format!("client_credentials/{format}"), |bencher| {
            each(bencher, &runtime, || presigned(&server), async |(form, server)| ask_for_itself(server, &form).await);
        });
    }
    let server = runtime.block_on(start("jwt"));
    group.bench_function("authorization_code", |bencher| {
        each(
            bencher,
            &runtime,
            || code(&server),
            async |code| {
                App::symmetric(&server).exchanges(&code).await;
            },
        );
    });
    group.bench_function("refresh_token", |bencher| {
        each(
            bencher,
            &runtime,
            || tokens(&server),
            async |tokens| {
                App::symmetric(&server).refreshes(tokens.refresh_token()).await;
            },
        );
    });
    group.finish();

    let mut group = criterion.benchmark_group("introspect");
    for format in ["jwt", "reference"] {
        let server = runtime.block_on(start(format));
        let token = runtime.block_on(tokens(&server));
        group.bench_function(format, |bencher| {
            bencher.to_async(&runtime).iter(|| introspect(&server, token.access_token()));
        });
    }
    group.finish();
}

fn engine(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let server = runtime.block_on(start("jwt"));
    let tenant = TenantId::parse("clinic").expect("an id");
    let mut group = criterion.benchmark_group("engine");
    let item = || {
        let token = RevokedAccessToken { tenant: tenant.clone(), jti: random_text::<16>(), expires_at: server.now() };
        Write::create(&token).expect("an item")
    };
    group.bench_function("put", |bencher| {
        bencher.to_async(&runtime).iter(|| async { server.server.store.commit(vec![item()]).await.expect("written") });
    });
    group.bench_function("get", |bencher| {
        let key = || schema::revoked_access_token(&tenant, "none");
        bencher.to_async(&runtime).iter(|| async {
            let found = server.server.store.find::<RevokedAccessToken>(key(), server.now()).await;
            assert!(found.expect("the table answers").is_none());
        });
    });
}

/// Measures `what` alone: what it needs is made before, one for each time.
fn each<T, F: Future<Output = T>>(
    bencher: &mut Bencher<'_>,
    runtime: &Runtime,
    make: impl Fn() -> F + Copy,
    what: impl AsyncFn(T) + Copy,
) {
    bencher.to_async(runtime).iter_custom(async |times| {
        let mut made = Vec::new();
        for _ in 0..times {
            made.push(make().await);
        }
        let start = Instant::now();
        for one in made {
            what(one).await;
        }
        start.elapsed()
    });
}

/// With this format of access tokens for every client that takes part.
async fn start(format: &str) -> TestServer {
    let format = format!("\naccess_token_format = \"{format}\"\n");
    let add = |toml: String| {
        ["backend", "symmetric-app"].iter().fold(toml, |toml, id| {
            let client = format!("client_id = \"{id}\"");
            toml.replace(&client, &format!("{client}{format}"))
        })
    };
    TestServer::start_with(add).await
}

type Form = Vec<(String, String)>;

async fn presigned(server: &TestServer) -> (Form, &TestServer) {
    (App::backend(server).authentication().0, server)
}

async fn ask_for_itself(server: &TestServer, form: &Form) {
    let mut all = vec![("grant_type", "client_credentials"), ("scope", "system/*.rs")];
    all.extend(form.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let answer = server.post("/clinic/token", &all, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn code(server: &TestServer) -> String {
    let TestServer { server: functions, fhir, .. } = server;
    let codes = Codes {
        store: &functions.store,
        tenant: "clinic",
        client_id: "symmetric-app",
        redirect_uri: App::symmetric(server).redirect_uri,
        aud: &fhir.url,
        username: "hannah",
        now: server.now(),
    };
    codes.issue().await
}

async fn tokens(server: &TestServer) -> Tokens {
    let code = code(server).await;
    App::symmetric(server).exchanges(&code).await
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = requests, engine
}
criterion_main!(benches);
