//! What the account page shows: what there is, or the step of what is being added.

use super::owner::Owner;
use crate::{
    http::responses::PageContext,
    own_pages::{account_url, links_of, manage_url},
    pages::{
        PersonLinks,
        account::{AccountPage, Passkey, PasskeySetupPage},
        factors::{AppSetupPage, CodesPage, PasskeyForm},
        qr,
    },
    texts::Texts,
};
use axum::{http::HeaderMap, response::Response};
use rules::{
    credentials::{Setup, chosen_password::LEAST_CHARACTERS},
    secret::same,
};

pub fn show(owner: &Owner, headers: &HeaderMap, said: Option<&str>) -> Response {
    let context = PageContext::of(&owner.tenant).speaking(&[], headers);
    let (stylesheet, action, csrf) = (context.stylesheet(), account_url(&owner.tenant), owner.csrf());
    let (frame, script) = (context.frame(&stylesheet), context.script());
    let (credentials, t) = (&owner.local.credentials, context.t);
    let (action, csrf) = (action.as_str(), csrf.as_str());
    match (owner.setup(), owner.passkeys()) {
        (Some(Setup::App(secret)), _) => {
            let uri = secret.uri(&owner.tenant.name, &owner.local.user.username);
            let failed = word_of(owner, said) == Some("code");
            let (picture, key) = (qr::data_uri(&uri), secret.text());
            let (required, hidden, cancel) = (false, Some("app"), ("do", "leave"));
            let page =
                AppSetupPage { frame, action, csrf, picture, key, failed, required, hidden, cancel, passkey: None };
            context.page(&page)
        }
        (Some(Setup::Codes(salt)), _) => {
            let codes = owner.session.recovery_codes(salt);
            context.page(&CodesPage { frame, action, csrf, codes: &codes, kept: ("do", "leave") })
        }
        (Some(Setup::Passkey(challenge)), Some(rp)) => {
            let person = (&**credentials, owner.local.user.name.as_str());
            let options = rp.creation_options(&owner.tenant.name, person, challenge).to_string();
            let failed = word_of(owner, said) == Some("no-passkey");
            let passkey = PasskeyForm { ceremony: "create", options, failed, script: &script };
            context.page_with_script(&PasskeySetupPage { frame, action, csrf, passkey })
        }
        _ => {
            let word = word_of(owner, said);
            let page = AccountPage {
                frame,
                action,
                csrf,
                manage: &manage_url(&owner.tenant),
                person: &PersonLinks { account: None, ..links_of(&owner.tenant, &owner.local.signed_in) },
                user_name: &owner.local.user.name,
                username: &owner.local.user.username,
                least: LEAST_CHARACTERS,
                done: word.and_then(|word| done(word, t)),
                apps_keep: word
                    .is_some_and(|word| matches!(word, "changed" | "everywhere" | "removed" | "passkey-removed")),
                problem: word.and_then(|word| problem(word, t)),
                since: t.moment(owner.session.user.auth_time),
                until: t.moment(owner.session.item.ends_at),
                password_since: credentials.chosen_since().map(|since| t.day(since)),
                app: owner.may_add_app(),
                app_since: credentials.totp.as_ref().map(|app| t.day(app.since)),
                passkeys: owner.passkeys().is_some(),
                keys: &credentials.passkeys.iter().map(|passkey| Passkey::of(passkey, t)).collect::<Vec<_>>(),
                codes: credentials.has_second_factor().then(|| owner.may_add_app()).filter(|may| *may).map(|_| {
                    t.own_codes_left(i64::try_from(credentials.recovery.len()).unwrap_or_default()).to_string()
                }),
            };
            context.page(&page)
        }
    }
}

fn word_of<'a>(owner: &Owner, said: Option<&'a str>) -> Option<&'a str> {
    let (word, sealed) = said?.split_once('.')?;
    same(sealed, &owner.session.seal(word)).then_some(word)
}

fn done(word: &str, t: Texts) -> Option<String> {
    Some(match word {
        "changed" => t.own_changed().to_owned(),
        "everywhere" => t.own_signed_out_everywhere().to_owned(),
        "added" => t.own_app_added().to_owned(),
        "removed" => t.own_app_removed().to_owned(),
        "passkey" => t.own_passkey_added().to_owned(),
        "passkey-removed" => t.own_passkey_removed().to_owned(),
        _ => return None,
    })
}

fn problem(word: &str, t: Texts) -> Option<String> {
    Some(match word {
        "wrong" => t.own_wrong().to_owned(),
        "short" => t.own_short(LEAST_CHARACTERS).to_string(),
        "long" => t.own_long().to_owned(),
        "easy" => t.own_easy().to_owned(),
        "differ" => t.own_differ().to_owned(),
        "last" => t.own_last().to_owned(),
        _ => return None,
    })
}
