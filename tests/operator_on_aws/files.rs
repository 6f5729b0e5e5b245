//! Files that must not be applied: nothing of them is.

use kit::{
    Operator,
    operator::{Folder, Ran, admit, ran},
};
use serde_json::json;
use std::process::Command;

const GOOD: &str = r#"id = "clinic"
name = "Clinic"
[[fhir_servers]]
name = "fhir"
url = "https://fhir.example/r4"
[[clients]]
client_id = "app"
client_name = "App"
token_endpoint_auth_method = "client_secret_basic"
client_secret = "short"
redirect_uris = ["https://app.example/callback"]
scope = "openid patient/*.rs"
[[users]]
username = "amy"
name = "Amy"
password = "amy's password"
"#;

/// A table of its own in the emulator, with the tenant in it.
async fn applied(folder: &Folder) -> (Operator, String) {
    let (admit, _) = Operator::on_aws().await;
    let file = folder.file("clinic.toml", GOOD);
    admit.runs(&["tenant", "apply", &file]).good();
    (admit, file)
}

fn changes(plan: &Ran) -> serde_json::Value {
    plan.json()[0]["changes"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_applied_once_and_then_changes_nothing() {
    let folder = Folder::new();
    let (admit, file) = applied(&folder).await;
    for _ in 0..2 {
        let plan = admit.runs(&["tenant", "plan", &file, "--json", "--exit-code"]).good();
        assert_eq!(changes(&plan), json!([]));
        admit.runs(&["tenant", "apply", &file]).good();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_file_changes_nothing_at_all() {
    let folder = Folder::new();
    let (admit, good) = applied(&folder).await;
    let before = admit.runs(&["tenant", "export", "clinic"]).good().out;
    // Good at its beginning, wrong at its end; and a good file beside a wrong one.
    let wrong = GOOD.replace("\"App\"", "\"Another name\"").replace("patient/*.rs", "patient/*.nonsense");
    let wrong = folder.file("wrong.toml", &wrong);
    let other = folder.file("other.toml", "id = \"other\"\nname = \"Other\"\n");
    for files in [vec![wrong.as_str()], vec![other.as_str(), wrong.as_str()]] {
        let words: Vec<&str> = ["tenant", "apply", "--yes"].into_iter().chain(files).collect();
        let refused = admit.runs(&words);
        assert_eq!(refused.exit, 2, "{}", refused.err);
        assert!(refused.err.contains("wrong.toml:"), "{}", refused.err);
    }
    assert_eq!(admit.runs(&["tenant", "export", "clinic"]).good().out, before);
    assert_eq!(admit.runs(&["tenant", "list", "--json"]).good().json().as_array().map(Vec::len), Some(1));
    assert_eq!(changes(&admit.runs(&["tenant", "plan", &good, "--json"]).good()), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_lock_people_out_needs_its_own_word() {
    let folder = Folder::new();
    let (admit, _) = applied(&folder).await;
    let before = admit.runs(&["tenant", "export", "clinic"]).good().out;
    let without_users = GOOD.split("[[users]]").next().expect("a part").to_owned();
    let policy = |policy: &str| GOOD.replacen("[[fhir_servers]]", &format!("[policy]\n{policy}\n[[fhir_servers]]"), 1);
    for (danger, text) in [
        ("no-sign-in", without_users.clone()),
        ("signing-algorithm", policy("access_token_alg = \"ES384\"")),
        ("fhir-server", GOOD.replace("fhir.example", "elsewhere.example")),
        ("grant-type", policy("grant_types = [\"authorization_code\"]")),
        ("bound-tokens", GOOD.replacen("[[fhir_servers]]", "[[fhir_servers]]\ndpop = \"required\"", 1)),
    ] {
        let file = folder.file("harm.toml", &text);
        let refused = admit.runs(&["tenant", "apply", &file, "--yes"]);
        assert_eq!(refused.exit, 3, "{danger}: {}", refused.err);
        assert!(refused.err.contains(&format!("--allow {danger}")), "{}", refused.err);
        assert_eq!(admit.runs(&["tenant", "export", "clinic"]).good().out, before, "{danger}");
    }
    let file = folder.file("harm.toml", &without_users);
    admit.runs(&["tenant", "apply", &file, "--yes", "--allow", "no-sign-in"]).good();
    assert_eq!(admit.runs(&["user", "list", "clinic", "--json"]).good().json(), json!([]));
}

/// Whoever has their account at a provider is known by the provider's issuer.
#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_provider_and_people_with_a_password_are_not_locked_out_without_a_word() {
    let folder = Folder::new();
    let (admit, file) = applied(&folder).await;
    let provider = "[[identity_providers]]\nid = \"staff\"\nname = \"Staff\"\nissuer = \"https://login.example\"\n\
        client_id = \"admit\"\ntoken_endpoint_auth_method = \"none\"\n[[users]]";
    let with_provider = GOOD.replace("[[users]]", provider);
    folder.file("clinic.toml", &with_provider);
    admit.runs(&["tenant", "apply", &file]).good();
    let before = admit.runs(&["tenant", "export", "clinic"]).good().out;
    let off = "[policy]\nlocal_sign_in = false\n[[fhir_servers]]";
    for (danger, text) in [
        ("identity-provider", GOOD.to_owned()),
        ("identity-provider", with_provider.replace("login.example", "other.example")),
        ("identity-provider", with_provider.replace("id = \"staff\"", "id = \"people\"")),
        ("no-sign-in", with_provider.replacen("[[fhir_servers]]", off, 1)),
    ] {
        let file = folder.file("harm.toml", &text);
        let refused = admit.runs(&["tenant", "apply", &file, "--yes"]);
        assert_eq!(refused.exit, 3, "{danger}: {}", refused.err);
        assert!(refused.err.contains(&format!("--allow {danger}")), "{}", refused.err);
        assert_eq!(admit.runs(&["tenant", "export", "clinic"]).good().out, before, "{danger}");
        admit.runs(&["tenant", "apply", &file, "--yes", "--allow", danger]).good();
        let file = folder.file("clinic.toml", &with_provider);
        let allowed = ["--allow", "identity-provider", "--allow", "no-sign-in"];
        let back: Vec<&str> = ["tenant", "apply", &file, "--yes"].into_iter().chain(allowed).collect();
        admit.runs(&back).good();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_tenants_it_is_said_which_are_written() {
    let folder = Folder::new();
    let (admit, _) = applied(&folder).await;
    let one =
        |id: &str, policy: &str| folder.file(&format!("{id}.toml"), &format!("id = \"{id}\"\nname = \"N\"\n{policy}"));
    // No key seals here, which shows only when one is needed.
    let (a, b, c) = (one("a", ""), one("b", "[policy]\nsigning_keys = \"sealed\"\n"), one("c", ""));
    let ran = admit.runs(&["tenant", "apply", &a, &b, &c]);
    assert_eq!(ran.exit, 1, "{}", ran.err);
    for part in ["admit: b: ", "Applied: a", "Not tried: c", "--sealing-key"] {
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    let there = admit.runs(&["tenant", "list"]).good().out;
    assert!(there.contains("\na ") && !there.contains("\nb ") && !there.contains("\nc "), "{there}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_file_leaves_the_table_and_what_came_otherwise_stays() {
    let folder = Folder::new();
    let (admit, file) = applied(&folder).await;
    let second = GOOD.replace("[[users]]", "[[clients]]\nclient_id = \"second\"\nclient_name = \"S\"\n\
        token_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://s.example/cb\"]\nscope = \"openid\"\n[[users]]");
    folder.file("clinic.toml", &second);
    admit.runs(&["tenant", "apply", &file]).good();
    folder.file("clinic.toml", GOOD);
    let refused = admit.runs(&["tenant", "apply", &file]);
    assert_eq!(refused.exit, 3, "{}", refused.err);
    admit.runs(&["tenant", "apply", &file, "--yes"]).good();
    let left = admit.runs(&["client", "list", "clinic", "--json"]).good().json();
    assert_eq!(left.as_array().map(Vec::len), Some(1), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_a_command_made_is_kept_by_the_next_apply() {
    let folder = Folder::new();
    let (admit, file) = applied(&folder).await;
    admit.runs(&["client", "rotate-secret", "clinic", "app"]).good();
    admit.runs(&["client", "disable", "clinic", "app", "--yes"]).good();
    admit.runs(&["tenant", "apply", &file]).good();
    let shown = admit.runs(&["client", "show", "clinic", "app", "--json"]).good().json();
    assert_eq!(shown["authentication"]["client_secret_basic"]["secrets"], json!(2));
    assert_eq!(shown["disabled"], json!(true));
}

#[test]
fn a_command_without_a_server_says_what_is_missing() {
    let ran = ran(Command::new(admit()).args(["tenant", "list"]));
    assert_eq!(ran.exit, 2);
    assert!(ran.err.contains("--stack"), "{}", ran.err);
}
