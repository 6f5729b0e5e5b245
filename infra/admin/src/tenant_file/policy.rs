//! `[policy]`: what the tenant allows. Its keys are the members of `rules::tenant::Policy`.

use super::{
    client::is_for_people,
    fields::{Fields, MOST_SECONDS, MOST_TOKEN_SECONDS, Shape, WHY_A_DAY, kind, unknown_key},
    reading::{Reading, Text, quoted},
};
use rules::tenant::{AccessDuration, DpopReplay, GrantType, HTI, Policy, PushedRequests, SecondFactor};
use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

/// The default where the file says nothing, and also where it is wrong, so that the rest can be read.
pub fn policy(root: &Fields<'_>) -> Policy {
    let Some((at, table)) = root.table("policy") else { return Policy::default() };
    let reading = root.reading;
    let names = member_names();
    let keys: Vec<&str> = names.iter().map(String::as_str).collect();
    let shape = Shape { name: "[policy]", keys: &keys };
    let mut good = DeTable::new();
    for (key, value) in table {
        if !keys.contains(&&**key.get_ref()) {
            unknown_key(reading, key.span().start, key.get_ref(), &shape);
        } else if is_readable(reading, key, value) {
            good.insert(key.clone(), value.clone());
        }
    }
    let mut policy = deserialize(at, good).unwrap_or_default();
    check_times(reading, table, &policy);
    check_numbers(reading, table, &policy);
    check_factors(reading, table, &policy);
    check_what_is_offered(root, table, &policy);
    check_scopes(reading, table, &policy);
    check_dpop(reading, table, &policy);
    check_durations(reading, table, &policy);
    policy.brand_bundle = brand_bundle(reading, table);
    policy
}

/// The names that serde knows, so that a new member needs no line here.
fn member_names() -> Vec<String> {
    let members = serde_json::to_value(Policy::default()).ok();
    members.and_then(|members| Some(members.as_object()?.keys().cloned().collect())).unwrap_or_default()
}

/// One key at a time, so that a mistake in one does not hide the next.
fn is_readable<'t>(reading: &Reading<'_>, key: &Spanned<DeString<'t>>, value: &Spanned<DeValue<'t>>) -> bool {
    let alone = DeTable::from_iter([(key.clone(), value.clone())]);
    let Err(error) = deserialize(key.span().start, alone) else { return true };
    let at = error.span().map_or(value.span().start, |span| span.start.max(value.span().start));
    let message = error.message();
    let (found, expected) = match message.split_once(", expected ") {
        Some((found, expected)) => (found, expected),
        None => (value.get_ref().as_str().unwrap_or(kind(value.get_ref())), message),
    };
    let found = ["invalid type: ", "invalid value: ", "unknown variant "]
        .iter()
        .find_map(|prefix| found.strip_prefix(prefix))
        .map_or_else(|| quoted(found), str::to_owned);
    reading.mistake(at, found, in_words_of_the_file(expected));
    false
}

/// The expected value, in the words of a file rather than of its parser.
fn in_words_of_the_file(expected: &str) -> String {
    match expected {
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list of texts in [ ]".to_owned(),
        "wanted string or table" | "a string" => "a text in quotes".to_owned(),
        other => other.replace("i64", "a whole number").replace("u32", "a whole number, 0 or more"),
    }
}

fn deserialize(at: usize, table: DeTable<'_>) -> Result<Policy, toml::de::Error> {
    Policy::deserialize(toml::Deserializer::from(Spanned::new(at..at, table)))
}

/// RFC 6749 §4.1.2 ends a code's life at ten minutes, RFC 9126 §2.2 that of a pushed request. A long grace for a repeated refresh would hide a stolen token.
fn check_times(reading: &Reading<'_>, table: &DeTable<'_>, policy: &Policy) {
    let times = [
        ("code_seconds", policy.code_seconds, 1..=600),
        ("access_token_seconds", policy.access_token_seconds, 1..=MOST_TOKEN_SECONDS),
        ("backend_token_seconds", policy.backend_token_seconds, 1..=MOST_TOKEN_SECONDS),
        ("id_token_seconds", policy.id_token_seconds, 1..=MOST_TOKEN_SECONDS),
        ("refresh_idle_seconds", policy.refresh_idle_seconds, 1..=MOST_SECONDS),
        ("refresh_absolute_seconds", policy.refresh_absolute_seconds.unwrap_or(1), 1..=MOST_SECONDS),
        ("provider_offline_seconds", policy.provider_offline_seconds.unwrap_or(1), 1..=MOST_SECONDS),
        ("session_seconds", policy.session_seconds, 1..=MOST_SECONDS),
        ("session_idle_seconds", policy.session_idle_seconds, 1..=MOST_SECONDS),
        ("refresh_grace_seconds", policy.refresh_grace_seconds, 0..=30),
        ("remember_consent_seconds", policy.remember_consent_seconds, 0..=MOST_SECONDS),
        ("launch_seconds", policy.launch_seconds, 1..=MOST_SECONDS),
        ("interaction_seconds", policy.interaction_seconds, 1..=MOST_SECONDS),
        ("pushed_request_seconds", policy.pushed_request_seconds, 5..=599),
        ("key_published_seconds", policy.key_published_seconds, 0..=MOST_SECONDS),
    ];
    for (name, seconds, allowed) in times {
        let Some(value) = table.get(name) else { continue };
        if !allowed.contains(&seconds) {
            let expected = match *allowed.end() {
                MOST_TOKEN_SECONDS if seconds > 0 => {
                    format!("seconds: at most {MOST_TOKEN_SECONDS}, which are a day: {WHY_A_DAY}")
                }
                _ if seconds > MOST_SECONDS => format!("seconds: at most {MOST_SECONDS}, which are a hundred years"),
                MOST_TOKEN_SECONDS => "seconds: a whole number above 0".to_owned(),
                MOST_SECONDS if *allowed.start() == 0 => "seconds: a whole number, 0 or more".to_owned(),
                MOST_SECONDS => "seconds: a whole number above 0".to_owned(),
                most => format!("seconds: {} to {most}", allowed.start()),
            };
            reading.mistake(value.span().start, quoted(&seconds.to_string()), expected);
        }
    }
}

fn check_numbers(reading: &Reading<'_>, table: &DeTable<'_>, policy: &Policy) {
    let say = |name: &str, good: bool, found: String, expected: &str| {
        if let Some(value) = table.get(name).filter(|_| !good) {
            reading.mistake(value.span().start, quoted(&found), expected);
        }
    };
    let days = policy.key_rotation_days;
    let expected = "days: 1 to 36500, or 0 for a key that stays until an operator says so";
    say("key_rotation_days", (0..=36_500).contains(&days), days.to_string(), expected);
    let failures = policy.address_failures;
    say("address_failures", failures > 0, failures.to_string(), "1 or more: with 0 everybody would wait, always");
}

/// What a person is offered must be what they get.
fn check_durations(reading: &Reading<'_>, table: &DeTable<'_>, policy: &Policy) {
    let Some(listed) = table.get("access_durations").and_then(|value| value.get_ref().as_array()) else { return };
    let mut seen = Vec::new();
    for value in listed.iter() {
        let Some(text) = value.get_ref().as_str() else { continue };
        let Ok(duration) = AccessDuration::parse(text) else { continue };
        let most = policy.refresh_absolute_seconds;
        if seen.contains(&duration) {
            reading.mistake(value.span().start, format!("{} a second time", quoted(text)), "each once");
        } else if duration.seconds().zip(most).is_some_and(|(seconds, most)| seconds > most) {
            let expected = "no longer than `refresh_absolute_seconds`, which ends all access";
            reading.mistake(value.span().start, quoted(text), expected);
        }
        seen.push(duration);
    }
}

/// A setting that no one could use is a mistake.
fn check_what_is_offered(root: &Fields<'_>, table: &DeTable<'_>, policy: &Policy) {
    let reading = root.reading;
    let place = |name: &str| table.get(name).map(|value| value.span().start);
    for (name, is_empty) in [
        ("grant_types", policy.grant_types.is_empty()),
        ("client_authentication_methods", policy.client_authentication_methods.is_empty()),
    ] {
        if let Some(at) = place(name).filter(|_| is_empty) {
            reading.mistake(at, "an empty list", "at least one: without any, no client gets a token");
        }
    }
    if let Some(at) = place("second_factor")
        && policy.second_factor == SecondFactor::Required
        && policy.grant_types.contains(&GrantType::Password)
    {
        let expected = "`optional`, or grant_types without `password`: that grant can't ask for a second factor, so it \
                        would refuse everybody";
        reading.mistake(at, "`required` where the grant type `password` is offered", expected);
    }
    if let Some(at) = place("pushed_authorization_requests")
        && policy.pushed_authorization_requests != PushedRequests::Off
        && !policy.grant_types.contains(&GrantType::AuthorizationCode)
    {
        let expected = "`off`, or grant_types with `authorization_code`: without it there is nothing to push";
        reading.mistake(at, "pushed requests where no app can ask for a code", expected);
    }
    if let Some(value) = table.get("brand_identifier").filter(|value| !value.get_ref().is_table()) {
        let expected = "a FHIR Identifier: { system = \"…\", value = \"…\" }";
        reading.mistake(value.span().start, kind(value.get_ref()), expected);
    }
    let listed = table.get("capabilities").and_then(|value| value.get_ref().as_array());
    for value in listed.into_iter().flatten().filter(|value| value.get_ref().as_str() == Some("")) {
        reading.mistake(value.span().start, "an empty text", "a capability");
    }
    // What is promised must be kept (HTI-20).
    let promised = |value: &&Spanned<DeValue<'_>>| !root.has("hti") && value.get_ref().as_str() == Some(HTI);
    for value in listed.into_iter().flatten().filter(promised) {
        let expected = "a list without it, or [hti]: the tenant takes no HTI tokens as `launch`";
        reading.mistake(value.span().start, format!("the capability `{HTI}`"), expected);
    }
}

/// People whose accounts are elsewhere have their factors there.
fn check_factors(reading: &Reading<'_>, table: &DeTable<'_>, policy: &Policy) {
    let factors = [("second_factor", policy.second_factor != SecondFactor::None), ("passkeys", policy.passkeys)];
    for (name, _) in factors.into_iter().filter(|(_, in_use)| *in_use && policy.local_sign_in == Some(false)) {
        let Some(value) = table.get(name) else { continue };
        let found = format!("`{name}` with `local_sign_in = false`");
        reading.mistake(value.span().start, found, "local sign-in: providers ask for their own factors");
    }
}

/// Each is one scope-token and need not be a scope that anyone can have (RFC 6749 §3.3).
fn check_scopes(reading: &Reading<'_>, table: &DeTable<'_>, policy: &Policy) {
    if let (Some(value), Some(default)) = (table.get("default_scope"), &policy.default_scope) {
        let value = Text { value: value.get_ref().as_str().unwrap_or_default(), at: value.span().start };
        is_for_people(reading, value, default);
    }
    let listed = table.get("scopes_supported").and_then(|value| value.get_ref().as_array());
    for value in listed.into_iter().flatten() {
        let Some(scope) = value.get_ref().as_str() else { continue };
        let allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if scope.is_empty() || !scope.bytes().all(allowed) {
            reading.mistake(
                value.span().start,
                quoted(scope),
                "one scope: printable ASCII without space, `\"` and `\\`",
            );
        }
    }
}

/// A FHIR server that keeps no used proofs relies on nonces, which bound the time in which one is good.
fn check_dpop(reading: &Reading<'_>, table: &DeTable<'_>, policy: &Policy) {
    if let Some(value) = table.get("dpop_replay")
        && policy.dpop_replay == DpopReplay::Nonce
        && !policy.dpop_nonce
    {
        reading.mistake(value.span().start, "`dpop_replay = \"nonce\"`", "`dpop_nonce = true` beside it");
    }
}

fn brand_bundle(reading: &Reading<'_>, table: &DeTable<'_>) -> Option<String> {
    let value = table.get("brand_bundle")?;
    reading.absolute_url(Text { value: value.get_ref().as_str()?, at: value.span().start })
}
