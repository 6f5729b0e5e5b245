//! A client's redirect URIs, launch URLs and origins.

use super::{fields::Fields, reading::Text, urls};
use rules::{client::redirect_uri::RedirectUri, tenant::GrantType};
use std::collections::BTreeSet;

const ALLOW: &str = "`allow_loopback = true`";

pub fn redirect_uris(fields: &Fields<'_>, grant_types: &BTreeSet<GrantType>) -> Vec<RedirectUri> {
    let reading = fields.reading;
    let texts = fields.texts("redirect_uris");
    let needed = grant_types.contains(&GrantType::AuthorizationCode) || grant_types.contains(&GrantType::Implicit);
    if needed && !fields.has("redirect_uris") {
        reading.mistake(fields.at, "no `redirect_uris`", "redirect_uris = [\"where it gets its authorization code\"]");
    } else if needed && texts.is_empty() {
        reading.mistake(fields.place("redirect_uris"), "no redirect URI", "at least one for `authorization_code`");
    } else if !needed && fields.has("redirect_uris") {
        let expected = "none without the grant type `authorization_code`";
        reading.mistake(fields.place("redirect_uris"), "`redirect_uris`", expected);
    }
    register_all(fields, texts)
}

/// Held to the same rules, since a browser is sent there too.
pub fn post_logout_redirect_uris(fields: &Fields<'_>) -> Vec<RedirectUri> {
    register_all(fields, fields.texts("post_logout_redirect_uris"))
}

fn register_all(fields: &Fields<'_>, texts: Vec<Text<'_>>) -> Vec<RedirectUri> {
    let (reading, loopback) = (fields.reading, fields.flag("allow_loopback"));
    let register = |text: Text<'_>| {
        let filled = reading.fill(text)?;
        let register = if reading.lan { RedirectUri::register_on_lan } else { RedirectUri::register };
        register(&filled, loopback)
            .map_err(|reason| reading.wrong_url(text, &filled, &format!("another redirect URI: {reason}")))
            .ok()
    };
    texts.into_iter().filter_map(register).collect()
}

pub fn launch_urls(fields: &Fields<'_>) -> Vec<String> {
    let loopback = fields.flag("allow_loopback");
    let texts = fields.texts("launch_urls").into_iter();
    texts.filter_map(|text| fields.reading.secure_url(text, loopback, ALLOW)).collect()
}

/// Those of its redirect and launch URLs, if it names none.
pub fn origins(fields: &Fields<'_>, redirect_uris: &[RedirectUri], launch_urls: &[String]) -> BTreeSet<String> {
    if fields.has("origins") {
        return fields.texts("origins").into_iter().filter_map(|text| origin(fields, text)).collect();
    }
    origins_of(redirect_uris, launch_urls)
}

/// Where its pages are, as far as its URLs say it.
pub fn origins_of(redirect_uris: &[RedirectUri], launch_urls: &[String]) -> BTreeSet<String> {
    let urls = redirect_uris.iter().map(RedirectUri::as_str).chain(launch_urls.iter().map(String::as_str));
    urls.filter_map(urls::origin).collect()
}

fn origin(fields: &Fields<'_>, text: Text<'_>) -> Option<String> {
    const EXPECTED: &str = "an origin as browsers send it: scheme, host and port, as in https://app.example or \
                            capacitor://localhost";
    let filled = fields.reading.fill(text)?;
    if urls::is_origin_of_own_scheme(&filled) {
        return Some(filled);
    }
    if !urls::is_web(&filled) {
        fields.reading.wrong_url(text, &filled, EXPECTED);
        return None;
    }
    let filled = fields.reading.secure_url(text, fields.flag("allow_loopback"), ALLOW)?;
    if urls::origin(&filled).as_ref() != Some(&filled) {
        fields.reading.wrong_url(text, &filled, EXPECTED);
        return None;
    }
    Some(filled)
}
