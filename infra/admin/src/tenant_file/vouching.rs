//! `vouches` of `[[ehrs]]`: an EHR that says who its user is. A contradiction is a mistake here, not a surprise at sign-in.

use super::{client_keys::registered_keys, fields::Fields};
use rules::{
    jwk::RegisteredKeys,
    tenant::{AssertionAudience, Policy, Vouching},
    user::FhirUserType,
};
use std::collections::BTreeSet;

/// What says more of it.
pub const KEYS: [&str; 4] = ["jwks", "jwks_uri", "vouches_for", "vouch_offline"];

pub fn vouching(fields: &Fields<'_>, policy: &Policy, takes_hti: bool) -> Option<Vouching> {
    if !fields.flag("vouches") {
        for name in KEYS.iter().filter(|name| fields.has(name)) {
            let found = format!("`{name}` of an EHR that vouches for nobody");
            fields.reading.mistake(fields.place(name), found, "`vouches = true` beside it, or neither");
        }
        return None;
    }
    check_policy(fields, policy, takes_hti);
    let (keys, user_types) = (keys(fields, policy), user_types(fields));
    Some(Vouching { keys: keys?, user_types, offline: fields.flag("vouch_offline") })
}

/// One way in where the tenant promises another, or none where it takes none.
fn check_policy(fields: &Fields<'_>, policy: &Policy, takes_hti: bool) {
    let says = |wrong: bool, found: &str, expected: &str| {
        if wrong {
            fields.reading.mistake(fields.place("vouches"), format!("`vouches = true` {found}"), expected);
        }
    };
    let koppeltaal = policy.assertion_audience == AssertionAudience::Koppeltaal;
    let expected = "no vouching there: such a launch says itself who its user is, and there is no other way in";
    says(takes_hti, "beside `[hti]`", "no vouching there: an HTI token names its user, and there is no other way in");
    says(koppeltaal, "beside `assertion_audience = \"koppeltaal\"`", expected);
    let expected = "people with an account of this server's own: an EHR can vouch for nobody else, and when an app asks for more \
                    than its word they sign in here";
    says(policy.local_sign_in == Some(false), "beside `local_sign_in = false`", expected);
}

fn keys(fields: &Fields<'_>, policy: &Policy) -> Option<RegisteredKeys> {
    registered_keys(fields, policy, || {
        let expected = "jwks_uri = \"https://…\" or jwks = { keys = […] }: its secret alone vouches for nobody";
        fields.reading.mistake(fields.place("vouches"), "`vouches = true` without the EHR's keys", expected);
    })
}

/// Named one by one. Patients come in only where the file says so: an EHR's screen is a clinician's.
fn user_types(fields: &Fields<'_>) -> BTreeSet<FhirUserType> {
    let all = FhirUserType::ALL.map(|kind| (kind.as_str(), kind));
    if fields.texts("vouches_for").is_empty() {
        let at = if fields.has("vouches_for") { fields.place("vouches_for") } else { fields.place("vouches") };
        fields.reading.mistake(at, "nobody to vouch for", "vouches_for = [\"Practitioner\"], or whoever its users are");
    }
    fields.texts("vouches_for").into_iter().filter_map(|text| fields.reading.choice(text, &all)).collect()
}
