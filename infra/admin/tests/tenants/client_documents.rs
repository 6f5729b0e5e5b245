//! `[client_documents]`: whose apps may come that nobody registered (CIMD-3, CIMD-21).

use crate::mistakes::{GOOD, mistakes};
use admin::tenant_file::{export, parse};
use rules::{
    client::document::{
        described::to_switch_off,
        hosts::{ClientDocuments, HostPattern},
    },
    tenant::Tenant,
};
use serde_json::json;

const SECTION: &str =
    "[client_documents]\nhosts = [\"claude.ai\", \"*.example.org\"]\nscope = \"openid launch patient/*.rs\"\n";

fn with(section: &str) -> String {
    GOOD.replace("[[fhir_servers]]", &format!("{section}[[fhir_servers]]"))
}

fn found(text: &str) -> String {
    mistakes(parse("t.toml", text).map(|_| ())).join("\n")
}

fn read(section: &str) -> Tenant {
    parse("clinic.toml", &with(section)).unwrap().resolve("https://auth.example").unwrap().tenant
}

#[test]
fn it_is_off_unless_it_is_there() {
    assert_eq!(read("").client_documents, None);
    let ClientDocuments { hosts, blocked, scope, localhost_any_port } = read(SECTION).client_documents.unwrap();
    assert_eq!(hosts, ["claude.ai", "*.example.org"].map(|host| HostPattern::parse(host).unwrap()));
    assert!(blocked.is_empty() && localhost_any_port);
    assert_eq!(scope.to_string(), "openid launch patient/*.rs");
    assert!(!read(&format!("{SECTION}localhost_any_port = false\n")).client_documents.unwrap().localhost_any_port);
}

#[test]
fn each_mistake_is_told_at_its_line() {
    let pattern = "a host name in lower case such as claude.ai, a name with all below it such as *.example.org, or *";
    let hosts = "hosts = [\"claude.ai\", \"*.example.org\"]";
    let scope = "scope = \"openid launch patient/*.rs\"";
    for (old, new, mistake) in [
        (hosts, "", "no `hosts`".to_owned()),
        (hosts, "hosts = []", "no host, expected at least one, or no [client_documents]".to_owned()),
        (hosts, "hosts = [\"https://claude.ai\"]", format!("`https://claude.ai`, expected {pattern}")),
        (hosts, "hosts = [\"*.org\"]", format!("`*.org`, expected {pattern}")),
        (hosts, "hosts = [\"*\", \"*\"]", "`*` a second time, expected each once".to_owned()),
        (scope, "", "no `scope`".to_owned()),
        (
            scope,
            "scope = \"system/*.rs\"",
            "the scope `system/*.rs`, expected scopes that a person can give to an app".to_owned(),
        ),
        (scope, "scope = \"__introspect\"", "the scope `__introspect`".to_owned()),
        (scope, "scope = \"x/y\"", "the scope `x/y`".to_owned()),
        (
            scope,
            &format!("{scope}\nblocked = [\"https://a.example\"]"),
            "`https://a.example`, expected the address has no path".to_owned(),
        ),
        (scope, &format!("{scope}\nhost = 1"), "the unknown key `host`".to_owned()),
    ] {
        let text = with(&SECTION.replace(old, new));
        let told = found(&text);
        assert!(told.contains(&mistake), "{new}: {told}");
    }
}

#[test]
fn a_switch_that_could_let_nobody_in_is_a_mistake() {
    let policy = |line: &str| with(SECTION).replace("code_seconds = 60", line);
    let told = found(&policy("grant_types = [\"client_credentials\"]"));
    assert!(told.contains("[client_documents] without the grant type `authorization_code`"), "{told}");
    let told = found(&policy("client_authentication_methods = [\"client_secret_basic\"]"));
    assert!(told.contains("[client_documents] with secrets alone"), "{told}");
}

/// CIMD-21: what a command has switched off is blocked in the file.
#[test]
fn what_was_switched_off_by_a_command_is_exported_as_blocked() {
    let file = parse("clinic.toml", &with(&format!("{SECTION}blocked = [\"evil.example.org\"]\n"))).unwrap();
    let mut items = file.resolve("https://auth.example").unwrap();
    let off = to_switch_off("https://claude.ai/oauth/client.json", &items.tenant).unwrap();
    items.clients.push(off);
    // A file names no sub; the table does.
    items.users.clear();
    let exported = export::file(&items).unwrap();
    assert_eq!(
        exported["client_documents"]["blocked"],
        json!(["evil.example.org", "https://claude.ai/oauth/client.json"])
    );
    assert_eq!(exported["clients"].as_array().unwrap().len(), 3);
    let text = export::text(&items).unwrap();
    parse("clinic.toml", &text).unwrap();
}
