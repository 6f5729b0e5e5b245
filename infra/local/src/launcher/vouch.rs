//! The launcher as an EHR that vouches for its clinician: it signs who they are, so that they need not sign in.

use super::{
    choice::{Choice, LaunchType, NONE},
    offer::Offer,
};
use crate::tenant::LAUNCHER;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rules::{
    secret::random_text,
    signing_keys::{
        Custody, SigningKeyRecord,
        in_process::{InProcessKey, UnusableKey},
    },
    time::Timestamp,
    vouch::{LAUNCH_SECONDS, assertion::TYP},
};
use serde_json::{Value, json};

/// How long ago the clinician signed in at this EHR.
const SINCE: i64 = 300;

/// Whether this launch can bring its clinician along.
pub fn is_possible(offer: &Offer<'_>) -> bool {
    offer.launch_type == LaunchType::ProviderEhr && offer.tenant.items.tenant.vouching(LAUNCHER).is_some()
}

pub fn is_chosen(offer: &Offer<'_>, choice: &Choice) -> bool {
    choice.vouch == "yes" && is_possible(offer)
}

/// The `user_assertion` of this launch, for this app alone; or why there is none.
pub fn word(offer: &Offer<'_>, choice: &Choice, now: Timestamp) -> Result<String, String> {
    let refused = |why: &str| Err(why.to_owned());
    if choice.user.is_empty() || choice.user == NONE {
        return refused("An EHR vouches for one clinician: choose who it is.");
    }
    let Some(app) = offer.apps.iter().find(|app| app.client_id == choice.app && choice.launch_url.is_empty()) else {
        return refused("An EHR vouches for its clinician to one registered app: choose one of the list.");
    };
    if app.kind == "public" && app.launch_url.starts_with("http://") {
        return refused(
            "This app is public and on this machine, where any other program could take its place. An EHR brings its clinician to an \
             app with a secret or a key, or to a public one behind https: choose one of those.",
        );
    }
    let issuer = offer.tenant.items.tenant.issuer.as_str();
    let claims = json!({
        "iss": LAUNCHER, "sub": choice.user, "aud": issuer, "client_id": choice.app, "jti": random_text::<16>(),
        "iat": now.0, "exp": now.plus(LAUNCH_SECONDS).0, "auth_time": now.plus(-SINCE).0, "amr": ["pwd", "otp", "mfa"],
    });
    sign(&offer.tenant.launcher_key, &claims).map_err(|error| format!("Nothing was signed: {error}."))
}

fn sign(key: &SigningKeyRecord, claims: &Value) -> Result<String, UnusableKey> {
    let header = json!({ "alg": key.alg.as_str(), "typ": TYP, "kid": key.public.kid });
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let input = format!("{}.{}", part(&header), part(claims));
    let Custody::InTable { pkcs8 } = &key.custody else { return Err(UnusableKey) };
    let pair = InProcessKey::read(key.alg, &STANDARD.decode(pkcs8).map_err(|_| UnusableKey)?)?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(pair.sign(input.as_bytes())?)))
}
