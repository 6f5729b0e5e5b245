//! Prints how long each function takes to its first answer. Measures and asserts nothing:
//! `cargo test --release -p tests --test lambda -- --ignored --nocapture first_answer`

use axum::http::Request;
use std::time::Duration;
use tests::{
    Deployed,
    deployed::answered,
    gateway_event::{Front, event},
    runtime_api, template,
};
use tokio::time::Instant;

#[tokio::test]
#[ignore = "a measurement"]
async fn first_answer() {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    runtime_api::binaries();
    println!("\n{:<16}{:>10}{:>14}{:>14}   (ms)", "function", "start", "first answer", "second answer");
    for function in template::functions() {
        let deployed = Deployed::start().await;
        let path = function.routes[0].replace("{tenant}", "clinic");
        let request = Request::get(path).body(()).expect("a request").into_parts().0;
        let event = event(Front::HttpApi, &request, b"");
        let started = Instant::now();
        let process = deployed.function(&function.binary).await;
        let ready = Instant::now();
        answered(process.invoke(&event).await);
        let first = Instant::now();
        answered(process.invoke(&event).await);
        let (start, one, two) = (ready - started, first - ready, first.elapsed());
        println!("{:<16}{:>10.1}{:>14.1}{:>14.1}", function.binary, ms(start), ms(one), ms(two));
    }
}
