//! Codes that are bound to a key from the beginning (RFC 9449 §10).

use super::*;
use kit::{
    Person,
    app::{authorize_url, with},
    dpop::DpopKey,
};

async fn code_for(app: &App<'_>, jkt: &str) -> String {
    let request = with(app.request(SCOPE), "dpop_jkt", Some(jkt));
    let answer = Person::named(app.server, "amy").goes_through(&authorize_url(&request), None).await;
    answer.query("code").expect("a code")
}

/// DPOP-11: a code that was stolen on its way is nothing without the key, and its grant stays.
#[tokio::test]
async fn a_code_that_was_asked_for_with_a_key_is_for_its_holder() {
    let server = start().await;
    let (app, key, thief) = (App::public(&server), DpopKey::new(), DpopKey::new());
    let code = code_for(&app, &key.jkt()).await;
    for stolen in [app.clone(), app.clone().with_key(&thief)] {
        assert_eq!(stolen.redeems(&code).await.refusal(), "400 invalid_grant");
    }
    let own = app.clone().with_key(&key);
    let tokens = own.exchanges(&code).await;
    for stolen in [app.clone(), app.clone().with_key(&thief)] {
        assert_eq!(stolen.redeems(&code).await.refusal(), "400 invalid_grant");
    }
    assert_eq!(app.introspected(tokens.access_token()).await["active"], true, "a thief ends nothing");
}

#[tokio::test]
async fn what_is_no_thumbprint_is_told_to_the_app() {
    let server = start().await;
    let app = App::public(&server);
    for wrong in ["x", &"+".repeat(43), &"A".repeat(44)] {
        let answer = server.get(&authorize_url(&with(app.request(SCOPE), "dpop_jkt", Some(wrong)))).await;
        assert_eq!(answer.query("error").as_deref(), Some("invalid_request"), "{wrong}");
    }
}
