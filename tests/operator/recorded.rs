//! What an operator changes is in the audit trail, with who did it (LIVE-8).

use crate::ended::{TOKEN, gets_opaque_token};
use kit::{
    Operator, TestServer,
    audit::{agent, detail},
    operator::Folder,
};
use local::options::Options;
use serde_json::Value;
use std::{fs, path::Path, process::Command};

async fn with_trail(folder: &Folder) -> (Operator, TestServer) {
    let audit = Some(folder.0.join("trail.ndjson"));
    let options = Options { port: 0, data: folder.0.clone(), audit, ..Options::default() };
    (Operator::of_data(&folder.0), TestServer::local_with(options).await)
}

fn trail(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("trail.ndjson")).unwrap_or_default();
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
    events.filter(|event| event["subtype"][0]["code"] == "110129").collect()
}

fn me() -> String {
    let output = Command::new("id").arg("-un").output().expect("a name");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_changes_something_is_recorded_with_who_ran_it() {
    let folder = Folder::new();
    let (admit, local) = with_trail(&folder).await;
    let token = folder.file("token.txt", TOKEN);
    gets_opaque_token(&local.server).await;
    for (words, command, about) in [
        (vec!["token", "end", "home", &token], "admit token end", "one token"),
        (vec!["client", "end-tokens", "home", "backend-service"], "admit client end-tokens", "backend-service"),
        (vec!["client", "rotate-secret", "home", "symmetric-app"], "admit client rotate-secret", "symmetric-app"),
        (vec!["client", "forget-secrets", "home", "symmetric-app"], "admit client forget-secrets", "symmetric-app"),
        (vec!["client", "disable", "home", "symmetric-app"], "admit client disable", "symmetric-app"),
        (vec!["client", "enable", "home", "symmetric-app"], "admit client enable", "symmetric-app"),
        (vec!["user", "set-password", "home", "amy", "--generate"], "admit user set-password", "amy"),
        (vec!["user", "unlock", "home", "amy"], "admit user unlock", "amy"),
        (vec!["user", "forget-factors", "home", "amy"], "admit user forget-factors", "amy"),
        (vec!["user", "sign-out", "home", "amy"], "admit user sign-out", "amy"),
        (vec!["grants", "revoke", "home", "--client", "symmetric-app"], "admit grants revoke", "client symmetric-app"),
        (vec!["keys", "rotate", "home"], "admit keys rotate", ""),
    ] {
        let before = trail(&folder.0).len();
        let ran = admit.runs(&[&words[..], &["--yes", "--json"]].concat()).good();
        let events = trail(&folder.0);
        assert_eq!(events.len(), before + 1, "{command}: {}", ran.err);
        let event = events.last().expect("an event");
        assert_eq!(detail(event, "command"), Some(command));
        assert_eq!(detail(event, "about").unwrap_or_default(), about);
        assert!(!event.to_string().contains(TOKEN), "{event:#}");
        assert_eq!((event["outcome"].as_str(), event["source"]["site"].as_str()), (Some("0"), Some("home")));
        let who = agent(event, "humanuser").expect("somebody");
        assert_eq!(
            (who["who"]["identifier"]["value"].as_str(), &who["requestor"]),
            (Some(me().as_str()), &true.into())
        );
        assert_eq!(sample_fhir::mistakes(event), Vec::<String>::new(), "{event:#}");
        // What the command shows this once is a secret.
        for secret in
            ["password", "client_secret"].iter().filter_map(|name| ran.json()[*name].as_str().map(str::to_owned))
        {
            assert!(!event.to_string().contains(&secret));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_is_not_recorded() {
    let folder = Folder::new();
    let (admit, _server) = with_trail(&folder).await;
    for words in [
        &["tenant", "list"][..],
        &["client", "list", "home"],
        &["client", "show", "home", "symmetric-app"],
        &["user", "list", "home"],
        &["keys", "show", "home"],
        &["grants", "list", "home"],
        &["tenant", "export", "home"],
        &["tenant", "resource-metadata", "home"],
    ] {
        admit.runs(words).good();
    }
    // Somebody said no, or there is no such person to change.
    assert_eq!(admit.runs(&["client", "disable", "home", "symmetric-app"]).exit, 3);
    assert_eq!(admit.runs(&["client", "disable", "nowhere", "x", "--yes"]).exit, 1);
    assert_eq!(trail(&folder.0), Vec::<Value>::new());
    // Who is not there was asked for, and that is said.
    assert_eq!(admit.runs(&["user", "sign-out", "home", "nobody", "--yes"]).exit, 0);
    assert_eq!(admit.runs(&["client", "enable", "home", "nobody"]).exit, 1);
    let outcomes: Vec<_> =
        trail(&folder.0).iter().filter_map(|event| event["outcome"].as_str().map(str::to_owned)).collect();
    assert_eq!(outcomes, ["0", "4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_says_what_it_changed_and_a_second_one_nothing() {
    let folder = Folder::new();
    let (admit, _server) = with_trail(&folder).await;
    let file = folder.file("fresh.toml", "id = \"fresh\"\nname = \"Fresh\"\n\n[[users]]\nusername = \"kim\"\nname = \"Kim\"\npassword = \"a lantern in the long grass\"\n");
    for _ in 0..2 {
        admit.runs(&["tenant", "apply", &file, "--yes"]).good();
    }
    let events = trail(&folder.0);
    assert_eq!(events.len(), 1, "{events:#?}");
    let changes = detail(&events[0], "changes").expect("changes");
    assert!(changes.contains("added user kim") && changes.contains("added tenant fresh"), "{changes}");
    assert!(!events[0].to_string().contains("lantern"));
}

/// Which token it was, by what its FHIR server's log has of it, and never the token.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_an_ended_token_names_it_and_one_that_was_none_is_a_failure() {
    let folder = Folder::new();
    let (admit, local) = with_trail(&folder).await;
    gets_opaque_token(&local.server).await;
    let words = ["token", "end", "home", &folder.file("token.txt", TOKEN), "--json"];
    let id = admit.runs(&words).good().json()["id"].as_str().expect("an id").to_owned();
    let event = trail(&folder.0).pop().expect("an event");
    assert_eq!(detail(&event, "changes"), Some(format!("ended access token {id}").as_str()));
    assert_eq!(admit.runs(&words).exit, 1, "it has ended");
    let event = trail(&folder.0).pop().expect("an event");
    assert_eq!((event["outcome"].as_str(), detail(&event, "changes").unwrap_or_default()), (Some("4"), ""));
}
