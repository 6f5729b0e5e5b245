//! The commands against a local server that runs, with its own embedded table.

use kit::{
    Operator, binaries,
    operator::{Folder, ran},
};
use serde_json::json;
use std::process::Command;

/// A command waits for its process, and the server must go on meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_there_can_be_listed_and_changed() {
    let folder = Folder::new();
    let (admit, _server) = Operator::of_local(&folder).await;
    let tenants = admit.runs(&["tenant", "list", "--json"]).good().json();
    assert_eq!(tenants.as_array().map(Vec::len), Some(3));
    let clients = admit.runs(&["client", "list", "home"]).good().out;
    assert!(clients.contains("backend-service") && clients.contains("symmetric-app"), "{clients}");
    let users = admit.runs(&["user", "list", "home"]).good().out;
    assert!(!users.contains("argon2"), "{users}");
    let keys = admit.runs(&["keys", "show", "home", "--json"]).good().json();
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(2));

    // Harm needs a yes, and nobody is at this terminal.
    let refused = admit.runs(&["client", "disable", "home", "symmetric-app"]);
    assert_eq!(refused.exit, 3, "{}", refused.err);
    admit.runs(&["client", "disable", "home", "symmetric-app", "--yes"]).good();
    let shown = admit.runs(&["client", "show", "home", "symmetric-app", "--json"]).good();
    assert_eq!(shown.json()["disabled"], json!(true));
    assert!(!shown.out.contains("argon2") && !shown.out.contains("sha256"), "{}", shown.out);
    admit.runs(&["client", "enable", "home", "symmetric-app"]).good();

    let secret = admit.runs(&["client", "rotate-secret", "home", "symmetric-app", "--json"]).good().json();
    assert_eq!(secret["client_secret"].as_str().map(str::len), Some(43));
    let unknown = admit.runs(&["client", "show", "home", "nobody"]);
    assert_eq!((unknown.exit, unknown.out.as_str()), (1, ""));
    assert_eq!(admit.runs(&["grants", "list", "home", "--json"]).good().json(), json!([]));
    // A key that was taken into use in this very second is not replaced.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let rotated = admit.runs(&["keys", "rotate", "home", "--compromised", "--yes", "--json"]).good().json();
    assert_ne!(rotated["keys"], keys["keys"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_nothing_wrong_with_the_samples_and_says_what_is_wrong_with_others() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    let base = &server.base;
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/local/tenants/keys/home-backend-service.json");
    let issuer = format!("{base}/home");
    let doctor = ["doctor", &issuer, "--client-id", "backend-service", "--key", key, "--json"];
    let seen = admit.runs(&doctor).json();
    assert_eq!(seen["healthy"], json!(true), "{seen}");
    let names: Vec<&str> =
        seen["checks"].as_array().expect("checks").iter().filter_map(|c| c["name"].as_str()).collect();
    for name in ["clock", "keys", "CORS of discovery", "token", "token's signature", "revocation"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let nowhere = admit.runs(&["doctor", &format!("{base}/nowhere")]);
    assert_eq!(nowhere.exit, 1);
    assert!(nowhere.out.contains("WRONG") && nowhere.out.contains("no tenant nowhere"), "{}", nowhere.out);
    let wrong_key = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/local/tenants/keys/riverside-backend-service.json");
    let refused = admit.runs(&["doctor", &issuer, "--client-id", "backend-service", "--key", wrong_key]);
    assert_eq!(refused.exit, 1);
    assert!(refused.out.contains("invalid_client"), "{}", refused.out);
}

/// No document says which `aud` a tenant takes; the doctor's client must get in whichever it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_gets_a_token_under_each_audience_policy_and_where_revocation_is_not_listed() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    let base = &server.base;
    let key = folder.0.join("svc.key.json").display().to_string();
    let jwks = admit.runs(&["client", "key", &key]).good().out;
    for (audience, unlisted) in
        [("smart", "[]"), ("koppeltaal", "[]"), ("rfc7523bis-strict", "[\"revocation_endpoint\"]")]
    {
        let id = format!("t-{audience}");
        let text = format!(
            "id = \"{id}\"\nname = \"T\"\n[policy]\nassertion_audience = \"{audience}\"\nunlisted_endpoints = {unlisted}\n\
             [[clients]]\nclient_id = \"svc\"\nclient_name = \"S\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n\
             grant_types = [\"client_credentials\"]\nscope = \"system/*.rs\"\n{jwks}"
        );
        let file = folder.file(&format!("{id}.toml"), &text);
        admit.runs(&["tenant", "apply", &file]).good();
        let issuer = format!("{base}/{id}");
        let seen = admit.runs(&["doctor", &issuer, "--client-id", "svc", "--key", &key, "--json"]).good().json();
        assert_eq!(seen["healthy"], json!(true), "{audience}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_set_survives_a_restart_and_goes_with_a_new_one_in_the_file() {
    let folder = Folder::new();
    let file = |password: &str| {
        format!(
            "id = \"mine\"\nname = \"Mine\"\n[[users]]\nusername = \"Amy\"\nname = \"Amy\"\npassword = \"{password}\"\n"
        )
    };
    let (admit, _server) = Operator::of_local(&folder).await;
    let path = folder.file("mine.toml", &file("first"));
    let added = admit.runs(&["tenant", "apply", &path]).good().out;
    assert!(added.contains("+ user Amy") && !added.contains("argon2"), "{added}");
    let again = admit.runs(&["tenant", "plan", &path, "--exit-code"]).good().out;
    assert!(again.contains("nothing to change"), "{again}");
    admit.runs(&["user", "set-password", "mine", "amy", "--generate"]).good();
    let kept = admit.runs(&["tenant", "plan", &path, "--exit-code"]).good().out;
    assert!(kept.contains("nothing to change"), "{kept}");
    folder.file("mine.toml", &file("second"));
    let changed = admit.runs(&["tenant", "plan", &path, "--exit-code"]);
    assert_eq!(changed.exit, 4, "{}", changed.out);
    assert!(changed.out.contains("password: (secret) -> (secret)"), "{}", changed.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_a_file_that_changes_nothing() {
    let folder = Folder::new();
    let (admit, _server) = Operator::of_local(&folder).await;
    for tenant in ["home", "riverside"] {
        let path = folder.0.join(format!("{tenant}.toml")).display().to_string();
        admit.runs(&["tenant", "export", tenant, &path]).good();
        let plan = admit.runs(&["tenant", "plan", &path, "--json"]).good().json();
        assert_eq!(plan[0]["changes"], json!([]), "{plan}");
    }
}

/// It has no data folder, so its own description and its log lie in a folder of the run.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_memory_is_found_by_the_folder_of_its_run() {
    let folder = Folder::new();
    let run_folder = Some(folder.0.clone());
    let options = local::options::Options { port: 0, in_memory: true, run_folder, ..Default::default() };
    assert_eq!(options.log_file(), Some(folder.0.join("log.jsonl")));
    let _server = kit::TestServer::local_with(options).await;
    let admit = Operator::of_data(&folder.0);
    assert!(admit.runs(&["client", "list", "home"]).good().out.contains("symmetric-app"));
    std::fs::write(folder.0.join("log.jsonl"), kit::operator::refusal_line("AbCd_123")).expect("the log is written");
    admit.runs(&["why", "AbCd_123"]).good();
    let unknown = admit.runs(&["why", "AbCd_124"]);
    assert!(unknown.exit == 1 && unknown.err.contains("--in-memory"), "{}", unknown.err);
    let nowhere = Operator::of_data(&folder.0.join("nowhere")).runs(&["why", "AbCd_123"]);
    assert!(nowhere.exit == 1 && nowhere.err.contains("--in-memory"), "{}", nowhere.err);
}

#[test]
fn a_server_that_can_not_start_leaves_no_folder_of_its_run_behind() {
    let folder = Folder::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let mut local = Command::new(binaries::of_workspace().join("local"));
    let ran = ran(local.args(["--in-memory", "--port", &port]).env("TMPDIR", &folder.0));
    assert!(ran.exit == 1 && ran.err.contains("can't be used"), "{} {}", ran.exit, ran.err);
    assert_eq!(std::fs::read_dir(&folder.0).expect("a folder").count(), 0);
}
