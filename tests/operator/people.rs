//! What people have made their own: taken from them, forgotten, and left out of what leaves the table.

use kit::{Operator, operator::Folder};
use rules::{
    authorize::remembered::RememberedConsent, credentials::Credentials, scope::ScopeSet, secret::SecretHash,
    tenant::TenantId, user::User,
};
use serde_json::{Value, json};
use server::{
    Server,
    store::{Versioned, Write, allowed::Allowed, schema},
    throttle::{Attempt, CodeAttempt},
};

const TOTP: &str = "[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7]";

fn home() -> TenantId {
    TenantId::parse("home").expect("a tenant")
}

async fn credentials(server: &Server) -> Option<Versioned<Credentials>> {
    let user: Versioned<User> =
        server.store.find(schema::user(&home(), "amy"), server.now()).await.expect("a table").expect("amy");
    let key = schema::credentials(&home(), &Credentials::none_of(&user).id);
    server.store.find(key, server.now()).await.expect("a table")
}

/// Amy of `home` has set up an authenticator app.
async fn with_app(server: &Server) {
    let user: Versioned<User> =
        server.store.find(schema::user(&home(), "amy"), server.now()).await.expect("a table").expect("amy");
    let totp = format!("{{\"secret\":{TOTP},\"last_step\":0,\"since\":0}}");
    let own = Credentials { totp: Some(serde_json::from_str(&totp).expect("an app")), ..Credentials::none_of(&user) };
    server.store.write_unraced(vec![Write::create(&own).expect("an item")]).await.expect("a table");
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_are_taken_from_whoever_has_lost_them_after_a_question_and_once() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let server = &local.server;
    with_app(server).await;
    let words = ["user", "forget-factors", "home", "amy"];
    let refused = admit.runs(&words);
    assert_eq!(refused.exit, 3, "{}", refused.err);
    assert!(credentials(server).await.expect("still there").has_second_factor());

    let yes = ["user", "forget-factors", "home", "AMY", "--yes", "--json"];
    let ran = admit.runs(&yes).good();
    assert_eq!(ran.json()["forgotten"], json!(true));
    assert!(ran.err.contains("admit grants revoke home --user AMY"), "apps keep what they have: {}", ran.err);
    let left = credentials(server).await.expect("an item");
    assert!(!left.has_second_factor());
    // Sessions that were made before are told apart by it.
    assert_eq!(left.generation, 1);

    assert_eq!(admit.runs(&yes).good().json()["forgotten"], json!(false));
    let nobody = admit.runs(&["user", "forget-factors", "home", "nobody", "--yes"]);
    assert_eq!(nobody.exit, 1);
    assert!(nobody.err.contains("nobody"), "{}", nobody.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_says_what_it_leaves_out_and_no_factor_is_in_it() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let server = &local.server;
    let to = folder.0.join("home.toml").display().to_string();
    assert_eq!(admit.runs(&["tenant", "export", "home", &to, "--json"]).good().json()["left_out"], json!([]));

    with_app(server).await;
    admit.runs(&["client", "disable", "home", "symmetric-app", "--yes"]).good();
    let over = admit.runs(&["tenant", "export", "home", &to]);
    assert_eq!(over.exit, 3, "a file is not written over without a word: {}", over.err);
    let said = admit.runs(&["tenant", "export", "home", &to, "--yes", "--json"]).good().json();
    let left_out = said["left_out"].to_string();
    assert!(left_out.contains("of 1 people") && left_out.contains("symmetric-app"), "{said}");
    let text = std::fs::read_to_string(&to).expect("a file");
    assert!(!text.contains("totp") && !text.contains(TOTP));
    // Here nothing is lost.
    admit.runs(&["tenant", "apply", &to]).good();
    assert!(credentials(server).await.expect("still there").has_second_factor());
}

fn consent(server: &Server, sub: &str, client_id: &str) -> RememberedConsent {
    let scope = ScopeSet::parse("patient/*.rs").set;
    RememberedConsent {
        tenant: home(),
        sub: sub.to_owned(),
        client_id: client_id.to_owned(),
        name: SecretHash::of(&format!("{client_id} {sub}")),
        offered: scope.clone(),
        chosen: scope,
        lasts_until: None,
        given_at: server.now(),
        expires_at: server.now().plus(3600),
    }
}

async fn remembers(server: &Server, sub: &str, client_id: &str) {
    let consent = consent(server, sub, client_id);
    server.store.write_unraced(vec![Write::create(&consent).expect("an item")]).await.expect("a table");
}

/// The apps whose next request would be answered without a page.
async fn remembered(server: &Server, sub: &str) -> Vec<String> {
    let all = Allowed::all_of(&server.store, &home(), sub, server.now()).await.expect("a table");
    let consents = all.into_iter().filter_map(|allowed| match allowed {
        Allowed::Consent(consent) => Some(consent.value.client_id),
        Allowed::Grant(_) => None,
    });
    let mut apps: Vec<String> = consents.collect();
    apps.sort();
    apps
}

/// An app that is cut off must not be back without a question.
#[tokio::test(flavor = "multi_thread")]
async fn with_an_apps_grants_what_is_remembered_of_it_ends_for_everybody_and_nothing_else() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let server = &local.server;
    for (sub, app) in [("amy", "bad-app"), ("rosa", "bad-app"), ("amy", "good-app"), ("omar", "good-app")] {
        remembers(server, sub, app).await;
    }
    let words = ["grants", "revoke", "home", "--client", "bad-app"];
    assert_eq!(admit.runs(&words).exit, 3, "what is remembered is worth a question");
    let done = admit.runs(&["grants", "revoke", "home", "--client", "bad-app", "--yes", "--json"]).good().json();
    assert_eq!(done, json!({ "revoked": [], "consents_forgotten": 2 }));
    assert_eq!(remembered(server, "amy").await, ["good-app"]);
    assert_eq!(remembered(server, "rosa").await, Vec::<String>::new());

    let done: Value = admit.runs(&["grants", "revoke", "home", "--user", "amy", "--yes", "--json"]).good().json();
    // By name: of a person of this server whose sub is another.
    assert_eq!(done["consents_forgotten"], json!(0));
    assert_eq!(remembered(server, "amy").await, ["good-app"]);
    let done = admit.runs(&["grants", "revoke", "home", "--all", "--yes", "--json"]).good().json();
    assert_eq!(done["consents_forgotten"], json!(2));
    assert_eq!(remembered(server, "omar").await, Vec::<String>::new());
}

/// A server's clock may be ahead of the operator's, who means all that there is.
#[tokio::test(flavor = "multi_thread")]
async fn signing_somebody_out_ends_what_another_clock_has_dated_later_too() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let server = &local.server;
    let now = server.now();
    let rosa: Versioned<User> =
        server.store.find(schema::user(&home(), "rosa"), now).await.expect("a table").expect("rosa");
    for (app, given_at) in [("app-1", now.plus(-60)), ("app-2", now.plus(600))] {
        let consent = RememberedConsent { given_at, ..consent(server, &rosa.sub, app) };
        server.store.write_unraced(vec![Write::create(&consent).expect("an item")]).await.expect("a table");
    }
    assert_eq!(remembered(server, &rosa.sub).await, ["app-1", "app-2"]);
    admit.runs(&["user", "sign-out", "home", "rosa", "--yes"]).good();
    assert_eq!(remembered(server, &rosa.sub).await, Vec::<String>::new());
}

/// What a command says that it has done is what it has done, and what goes on all the same is said beside it.
#[tokio::test(flavor = "multi_thread")]
async fn unlocking_says_what_is_forgotten_and_which_wait_goes_on() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let apart = "A browser in which they signed in before is counted apart";
    let ran = admit.runs(&["user", "unlock", "home", "AMY"]).good();
    assert_eq!(ran.out.trim(), "what was counted for amy is forgotten");
    assert!(ran.err.contains("say --address for that to end as well") && ran.err.contains(apart), "{}", ran.err);
    for address in ["192.0.2.1", "2001:db8::7"] {
        let ran = admit.runs(&["user", "unlock", "home", "amy", "--address", address]).good();
        assert_eq!(ran.out.trim(), format!("what was counted for amy and at {address} is forgotten"));
        assert!(ran.err.contains("An instance that refused them lately") && ran.err.contains(apart), "{}", ran.err);
        assert!(!ran.err.contains("--address"), "{}", ran.err);
    }
    let said = admit.runs(&["user", "unlock", "home", "amy", "--json"]).good().json();
    assert_eq!(said, json!({ "username": "amy" }));
    assert_eq!(admit.runs(&["user", "unlock", "home", "amy", "--address", "nowhere"]).exit, 2);
    let nobody = admit.runs(&["user", "unlock", "home", "nobody"]);
    assert!(nobody.exit == 1 && nobody.err.contains("home has no user nobody of its own"), "{}", nobody.err);
}

/// Whom somebody guesses at, and whose app is locked; where they tried from is in no item of the table.
#[tokio::test(flavor = "multi_thread")]
async fn lockouts_are_listed_by_the_names_that_are_guessed_at() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let server = &local.server;
    let list = || admit.runs(&["lockouts", "list", "home", "--json"]).good().json();
    assert_eq!(list(), json!([]));
    with_app(server).await;
    let tenant = server.tenant("home", server.now()).await.expect("the table").expect("home");
    for name in ["Amy", "amy", "amy", "nobody"] {
        Attempt::of_password(server, &tenant, name, None, server.now()).wrong().await.expect("counted");
    }
    let own = credentials(server).await.expect("hers");
    let app = own.totp.as_ref().expect("an app");
    for _ in 0..2 {
        let tried = CodeAttempt::new(server, &tenant, (&own.id, &own.sub), app, server.now());
        tried.count_first().await.expect("counted");
    }
    let found = list();
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!((&found[0]["kind"], &found[0]["name"]), (&json!("user"), &json!("amy")));
    assert_eq!((&found[0]["wrong_this_hour"], &found[0]["wrong_codes_in_a_row"]), (&json!(3), &json!(2)));
    assert_eq!((&found[0]["under_attack"], &found[0]["locked"]), (&json!(false), &json!(false)));
    admit.runs(&["user", "unlock", "home", "amy"]).good();
    assert_eq!(list()[0]["wrong_this_hour"], json!(0));
}
