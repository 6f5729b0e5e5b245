//! A key set: each key, whether the server would take it, and why not.

use super::{
    EnclosingTenant,
    page::{Finding, Mark, Report, Verdict},
    parse_clients,
};
use admin::tenant_file::Mistake;
use serde_json::Value;

pub fn judge(text: &str) -> Report {
    let set: Value = match serde_json::from_str(text) {
        Ok(set) => set,
        Err(error) => return Report::unreadable(format!("This is not JSON: {error}.")),
    };
    let Some(keys) = set["keys"].as_array() else {
        let alone = set["kty"].is_string();
        let hint = if alone { " This is one key: put it into { \"keys\": [ … ] }." } else { "" };
        return Report::unreadable(format!("A JWK set is an object with a list `keys` (RFC 7517 §5).{hint}"));
    };
    let mut report =
        Report::of(keys.iter().map(finding).collect(), "The server takes every key.", "Not every key can be used");
    if keys.is_empty() {
        report.verdict = Some(Verdict::bad("There is no key in it."));
    }
    if keys.iter().any(|key| key["d"].is_string() || key["k"].is_string()) {
        report.verdict =
            Some(Verdict::bad("A private key is in it: the server refuses the whole set, and the key has leaked now."));
    }
    report
}

fn finding(key: &Value) -> Finding {
    let text = |name: &str| key[name].as_str().unwrap_or_default();
    let about = if text("kid").is_empty() { "a key without kid" } else { text("kid") };
    let kind =
        [text("kty"), text("crv"), text("alg")].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
    match mistake(key) {
        None => Finding::new(Mark::Good, about, kind.join(" "), "Assertions with this kid are verified with it."),
        Some(Mistake { found, expected, .. }) => {
            Finding::new(Mark::Bad, about, format!("{}: {found}", kind.join(" ")), format!("Expected {expected}."))
        }
    }
}

/// Asks the reader of tenant files, with a client that has this key and no other.
fn mistake(key: &Value) -> Option<Mistake> {
    let Some(toml) = in_toml(key) else {
        let (found, expected) = ("no JSON object".to_owned(), "a JWK".to_owned());
        return Some(Mistake { file: String::new(), place: None, found, expected });
    };
    let lines = format!(
        "client_id = \"check\"\nclient_name = \"check\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\n\
         grant_types = [\"client_credentials\"]\nscope = \"system/*.rs\"\njwks = {{ keys = [{toml}] }}"
    );
    let mistakes =
        parse_clients(&EnclosingTenant { id: "check", base: "https://check.invalid", lan: false }, &lines).err()?;
    mistakes.into_iter().next()
}

/// A JSON text is a TOML text too, as long as it holds texts, numbers and lists.
fn in_toml(key: &Value) -> Option<String> {
    let members = key.as_object()?;
    let representable = members.iter().filter(|(_, value)| !value.is_null() && !value.is_object());
    let pairs = representable.map(|(name, value)| format!("{} = {value}", Value::from(name.as_str())));
    Some(format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", ")))
}
