//! What a user does who has Docker: `sam build`, `sam local start-api`, and a launch.

use kit::{
    App, Ehr, Person,
    app::{header, introspect},
    sam_local::SamLocal,
};
use serde_json::json;

#[tokio::test]
#[ignore = "needs Docker and what `sam build` made; tests/run has both"]
async fn an_ehr_launch_from_its_context_to_introspection() {
    let sam = SamLocal::start().await;
    let server = &sam.server;
    let keys = server.get("/clinic/.well-known/jwks.json").await;
    assert_eq!(keys.status, 200, "{}\n{}", keys.body, sam.output());
    let launch = Ehr::of(server).launches_patient("amy-shaw").await;
    let app = App::public(server);
    let url = app.with_launch("launch openid fhirUser offline_access patient/*.rs", &launch);
    let answer = Person::named(server, "hannah").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    assert_eq!(tokens.0["patient"], "amy-shaw");
    let kid = header(tokens.access_token())["kid"].clone();
    assert!(keys.body.contains(kid.as_str().expect("a kid")), "the key that signed is not published");
    let introspected = introspect(server, tokens.access_token()).await;
    assert_eq!((&introspected["active"], &introspected["patient"]), (&json!(true), &json!("amy-shaw")));
    assert_eq!(app.posts("revoke", &[("token", tokens.refresh_token())]).await.status, 200);
    assert_eq!(introspect(server, tokens.access_token()).await, json!({ "active": false }));
}
