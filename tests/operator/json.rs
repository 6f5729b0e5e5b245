//! For scripts: every command answers in JSON, and shells complete every command.

use admin::commands::Options;
use clap::CommandFactory;
use kit::{
    Operator,
    operator::{Folder, Ran, admit, ran},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, process::Command};

/// The commands at the leaves, as in `user list`.
fn all(command: &clap::Command, before: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = format!("{before} {}", sub.get_name()).trim().to_owned();
        let below = all(sub, &name);
        found.extend(if below.is_empty() { BTreeSet::from([name]) } else { below });
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_answers_in_json() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    let path = |name: &str| folder.0.join(name).display().to_string();
    let provider = "[[identity_providers]]\nid = \"okta\"\nname = \"Okta\"\nissuer = \"https://okta.example\"\nclient_id = \
                    \"admit\"\ntoken_endpoint_auth_method = \"client_secret_basic\"\nclient_secret = \"given\"\n\
                    fhir_user_claim = \"fhirUser\"\n";
    let file = folder.file("mine.toml", &format!("id = \"mine\"\nname = \"Mine\"\n{provider}"));
    let line = "{\"fields\":{\"refusal\":\"abcdEF12\",\"code\":\"invalid_client\",\"route\":\"/token\"}}";
    let (log, issuer) = (folder.file("some.log", line), format!("{}/home", server.base));
    crate::ended::gets_opaque_token(&server.server).await;
    let token = folder.file("token.txt", crate::ended::TOKEN);
    let (key, export, dir) = (path("new.key.json"), path("export.toml"), folder.0.display().to_string());
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:admit-healthlake";
    // The one after the other, as the state of the table wants it.
    let commands: Vec<Vec<&str>> = vec![
        vec!["init", "first", "--name", "First", "--dir", &dir],
        vec!["tenant", "list"],
        vec!["tenant", "plan", &file],
        vec!["tenant", "apply", &file],
        vec!["tenant", "export", "home"],
        vec!["tenant", "export", "home", &export],
        vec!["tenant", "resource-metadata", "home"],
        vec!["tenant", "resource-metadata", "home", "home-fhir", "--gateway-responses"],
        vec!["client", "list", "home"],
        vec!["client", "show", "home", "symmetric-app"],
        vec!["client", "rotate-secret", "home", "symmetric-app"],
        vec!["client", "forget-secrets", "home", "symmetric-app"],
        vec![
            "client",
            "add",
            "home",
            "one-more",
            "token_endpoint_auth_method=none",
            "scope=openid",
            "redirect_uris=https://one.example/cb",
        ],
        vec!["client", "set", "home", "one-more", "client_name=One more"],
        vec!["user", "add", "home", "one-more", "name=One More", "--generate"],
        vec!["user", "set", "home", "one-more", "name=Another Name"],
        vec!["ehr", "rotate-secret", "riverside", "riverside-ehr"],
        vec!["ehr", "forget-secrets", "riverside", "riverside-ehr"],
        vec!["fhir-server", "rotate-secret", "riverside", "riverside-fhir"],
        vec!["fhir-server", "forget-secrets", "riverside", "riverside-fhir"],
        vec!["client", "disable", "home", "symmetric-app"],
        vec!["client", "enable", "home", "symmetric-app"],
        vec!["client", "end-tokens", "home", "symmetric-app"],
        vec!["client", "key", &key],
        vec!["token", "end", "home", &token],
        vec!["user", "list", "home"],
        vec!["user", "set-password", "home", "amy", "--generate"],
        vec!["user", "unlock", "home", "amy"],
        vec!["user", "forget-factors", "home", "amy"],
        vec!["user", "sign-out", "home", "amy"],
        vec!["keys", "show", "home"],
        vec!["keys", "rotate", "home"],
        vec!["sessions", "list", "home"],
        vec!["sessions", "end", "home", "--user", "omar"],
        vec!["lockouts", "list", "home"],
        vec!["user", "erase", "home", "omar"],
        vec!["grants", "list", "home"],
        vec!["grants", "revoke", "home", "--all"],
        vec!["why", "abcdEF12", "--log", &log],
        vec!["doctor", &issuer],
        vec!["healthlake", "home", "--lambda-arn", arn],
        vec!["migrate"],
        vec!["provider", "set-secret", "mine", "okta"],
        vec!["tenant", "delete", "mine"],
        vec!["cost"],
        vec!["completion", "bash"],
    ];
    for words in &commands {
        let words: Vec<&str> = words.iter().copied().chain(["--json", "--yes"]).collect();
        let ran: Ran = admit.types("a new secret\n", &words).good();
        assert!(ran.json().is_object() || ran.json().is_array(), "{words:?}: {}", ran.out);
    }
    let tried = commands.iter().map(|words| words.join(" "));
    let tried: Vec<String> = tried.collect();
    let untried: Vec<String> = all(&Options::command(), "")
        .into_iter()
        .filter(|name| !tried.iter().any(|words| words == name || words.starts_with(&format!("{name} "))))
        // They need a trail, and have one in `audit_trail`.
        .filter(|name| !name.starts_with("audit "))
        .collect();
    assert_eq!(untried, Vec::<String>::new(), "commands that are not tried here");
}

#[test]
fn a_failure_is_json_too() {
    let ran = ran(Command::new(admit()).args(["tenant", "list", "--json"]));
    let said: serde_json::Value = serde_json::from_str(&ran.err).expect("JSON");
    assert_eq!((ran.exit, said["exit"].as_i64()), (2, Some(2)), "{said}");
}

/// Not that words are in a script, but what the shell makes of it.
#[test]
fn bash_completes_commands_that_came_late() {
    let completes = |words: &str, expected: &str| {
        let script = format!(
            "source <(\"$BINARY\" completion bash); COMP_WORDS=(admit {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _admit admit \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let mut command = Command::new("bash");
        let ran = ran(command.args(["-c", &script]).env("BINARY", admit()));
        assert!(ran.out.split_whitespace().any(|word| word == expected), "{words}: {}{}", ran.out, ran.err);
    };
    completes("user forg", "forget-factors");
    completes("tenant exp", "export");
    completes("tenant apply --allow identity", "identity-provider");
    completes("heal", "healthlake");
}

/// HL-9: `aws healthlake create-fhir-datastore --cli-input-json` takes `Metadata` as a text, and HealthLake publishes what it holds.
#[tokio::test(flavor = "multi_thread")]
async fn healthlake_gets_the_tenants_metadata_as_a_text_that_holds_json() {
    let folder = Folder::new();
    let (admit, server) = Operator::of_local(&folder).await;
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:admit-healthlake";
    let input = admit.runs(&["healthlake", "home", "--lambda-arn", arn, "--fine-grained", "--json"]).good().json();
    assert_eq!((&input["DatastoreName"], &input["DatastoreTypeVersion"]), (&json!("home"), &json!("R4")));
    let provider = &input["IdentityProviderConfiguration"];
    assert_eq!(provider["AuthorizationStrategy"], "SMART_ON_FHIR");
    assert_eq!(provider["FineGrainedAuthorizationEnabled"], true);
    assert_eq!(provider["IdpLambdaArn"], arn);
    let metadata: Value = serde_json::from_str(provider["Metadata"].as_str().expect("a text")).expect("JSON in it");
    assert_eq!(metadata["issuer"], format!("{}/home", server.base));
    assert_eq!(metadata["token_endpoint"], format!("{}/home/token", server.base));
    let capabilities = metadata["capabilities"].as_array().expect("capabilities");
    assert!(capabilities.contains(&json!("permission-v2")), "{capabilities:?}");
    let input = admit.runs(&["healthlake", "home", "--lambda-arn", arn, "--v1", "--json"]).good().json();
    assert_eq!(input["IdentityProviderConfiguration"]["AuthorizationStrategy"], "SMART_ON_FHIR_V1");
}
