//! What the commands say that they end has ended.

use kit::{Operator, operator::Folder};
use rules::{secret::Secret, tenant::TenantId};
use serde_json::json;
use server::{
    Server,
    access_tokens::find_live,
    store::{Write, schema::ReferenceToken},
};

pub const TOKEN: &str = "at_an-opaque-token-of-a-backend-service";

/// Given at this moment, and signed by no key.
pub async fn gets_opaque_token(server: &Server) {
    let (tenant, now) = (TenantId::parse("home").expect("a tenant"), server.now());
    let record = server.tenant("home", now).await.expect("the table").expect("home");
    let claims = json!({
        "iss": record.issuer, "sub": "backend-service", "aud": record.fhir_servers[0].url, "client_id": "backend-service",
        "azp": "backend-service", "iat": now, "exp": now.plus(300), "jti": format!("j{}", rules::secret::random_text::<8>()),
        "scope": "system/*.rs",
    });
    let claims = serde_json::from_value(claims).expect("claims");
    let kept = ReferenceToken { tenant, token: Secret::new(TOKEN.to_owned()).hash(), claims };
    server.store.write_unraced(vec![Write::overwrite(&kept).expect("an item")]).await.expect("the table");
}

async fn is_good(server: &Server) -> bool {
    server.forget_configuration();
    let record = server.tenant("home", server.now()).await.expect("the table").expect("home");
    find_live(server, &record, TOKEN, server.now()).await.expect("the table").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_of_a_service_ends_by_each_command_that_says_so() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let server = &local.server;
    let file = folder.file("token.txt", &format!("{TOKEN}\n"));
    for words in [
        vec!["token", "end", "home", &file],
        vec!["client", "end-tokens", "home", "backend-service"],
        vec!["grants", "revoke", "home", "--client", "backend-service"],
        vec!["grants", "revoke", "home", "--all"],
        vec!["keys", "rotate", "home", "--compromised"],
        vec!["client", "disable", "home", "backend-service"],
    ] {
        // What was ended in this second is ended for all of it.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        gets_opaque_token(server).await;
        assert!(is_good(server).await, "before {words:?}");
        if words[0] != "token" {
            assert_eq!(admit.runs(&words).exit, 3, "{words:?} is worth a question");
            assert!(is_good(server).await, "a question ends nothing: {words:?}");
        }
        let words: Vec<&str> = words.iter().copied().chain(["--yes"]).collect();
        admit.runs(&words).good();
        assert!(!is_good(server).await, "after {words:?}");
    }
    admit.runs(&["client", "enable", "home", "backend-service"]).good();
    assert!(is_good(server).await, "`disable` is undone by `enable`");
    let unknown = admit.runs(&["token", "end", "home", &folder.file("other.txt", "at_unknown"), "--yes"]);
    assert_eq!(unknown.exit, 1, "{}", unknown.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_warns_of_tokens_that_live_longer_than_smart_has_it() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let text = "id = \"long\"\nname = \"Long\"\n[policy]\naccess_token_seconds = 7200\nbackend_token_seconds = 301\n";
    let file = folder.file("long.toml", text);
    let planned = admit.runs(&["tenant", "plan", &file, "--json"]).good().json();
    assert_eq!(planned[0]["warnings"].as_array().map(Vec::len), Some(2), "{planned}");
    let shown = admit.runs(&["tenant", "apply", &file]).good();
    assert!(shown.out.contains("warning: [policy]: access_token_seconds = 7200"), "{}", shown.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn key_sets_on_loopback_addresses_are_refused_where_people_come_from_elsewhere() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let text =
        "id = \"out\"\nname = \"Out\"\nissuer = \"https://auth.example/out\"\n[policy]\nloopback_key_sets = true\n";
    let file = folder.file("out.toml", text);
    let refused = admit.runs(&["tenant", "plan", &file]);
    assert_eq!(refused.exit, 2, "{}", refused.err);
    assert!(refused.err.contains("out.toml:5:21") && refused.err.contains("loopback_key_sets"), "{}", refused.err);
    let near = folder.file("near.toml", &text.replace("https://auth.example/out", "{base}/{id}"));
    admit.runs(&["tenant", "plan", &near]).good();
}
