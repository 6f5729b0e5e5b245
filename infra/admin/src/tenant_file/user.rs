//! `[[users]]`: people who can sign in, with the patients whose records they may open.

use super::{
    fields::{Fields, Shape},
    items::Login,
    reading::{Text, is_printable_ascii},
    secrets::password_hash,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    fhir_id,
    secret::ChosenSecretHash,
    tenant::TenantId,
    user::{FhirUser, Reach, User, reach},
};
use sha2::{Digest, Sha256};

pub const USER: Shape<'_> = Shape {
    name: "[[users]]",
    keys: &["username", "password", "password_hash", "name", "fhir_user", "patients", "sub"],
};

pub fn user(fields: &Fields<'_>, tenant: Option<&TenantId>) -> Option<User> {
    let username = fields.required("username", "\"what the person types\"");
    let username = username.filter(|name| {
        let good = name.value.len() <= 255 && name.value.trim() == name.value && !name.value.contains(char::is_control);
        if !good {
            fields.reading.wrong(*name, "at most 255 bytes, without spaces at the ends");
        }
        good
    });
    let name = fields.required("name", "\"the person's name\"");
    let password = password(fields);
    let fhir_user = fields.text("fhir_user").and_then(|text| fhir_user(fields, text));
    let patients = patients(fields, fhir_user.as_ref());
    let given_sub = fields.text("sub").filter(|sub| {
        if !is_printable_ascii(sub.value) {
            fields.reading.wrong(*sub, "1 to 255 printable ASCII characters (OpenID Connect Core §2)");
        }
        is_printable_ascii(sub.value)
    });
    let (tenant, username) = (tenant?, username?.value);
    Some(User {
        tenant: tenant.clone(),
        username: username.to_owned(),
        sub: given_sub.map_or_else(|| derived_sub(tenant, username), |sub| sub.value.to_owned()),
        name: name?.value.to_owned(),
        password: password?,
        fhir_user,
        patients,
    })
}

/// The login of a user whose password is in the file in the clear.
pub fn login(fields: &Fields<'_>) -> Option<Login> {
    let text = |name| Some(fields.get(name)?.get_ref().as_str()?.to_owned());
    Some(Login {
        username: text("username")?,
        password: text("password")?,
        name: text("name")?,
        fhir_user: text("fhir_user"),
    })
}

/// Stable for a tenant and username. A tenant's id has no `#`, so no two pairs read the same.
fn derived_sub(tenant: &TenantId, username: &str) -> String {
    let digest = Sha256::digest(format!("{}#{}", tenant.as_str(), username.to_lowercase()));
    let mut sub = URL_SAFE_NO_PAD.encode(digest);
    sub.truncate(22);
    sub
}

fn password(fields: &Fields<'_>) -> Option<ChosenSecretHash> {
    match (fields.has("password"), fields.has("password_hash")) {
        (true, true) => {
            let at = fields.place("password_hash");
            fields.reading.mistake(at, "both `password` and `password_hash`", "one of them");
            None
        }
        (false, true) => password_hash(fields.reading, fields.text("password_hash")?),
        (_, false) => fields.reading.hash_password(fields.required("password", "\"…\", or password_hash")?),
    }
}

fn fhir_user(fields: &Fields<'_>, text: Text<'_>) -> Option<FhirUser> {
    let parsed = FhirUser::try_from(text.value.to_owned()).ok();
    if parsed.is_none() {
        let expected = "Patient/ID, Practitioner/ID, PractitionerRole/ID, RelatedPerson/ID or Person/ID";
        fields.reading.wrong(text, expected);
    }
    parsed
}

fn patients(fields: &Fields<'_>, fhir_user: Option<&FhirUser>) -> Vec<String> {
    let listed = fields.texts("patients");
    fields.reading.unique("each patient once", listed.iter().copied(), str::to_owned);
    if !listed.is_empty() && reach(fhir_user, &[]) == Reach::Any {
        let expected = "no list: which patients a clinician reaches is the FHIR server's decision";
        fields.reading.mistake(fields.place("patients"), "patients of a clinician", expected);
    }
    for id in listed.iter().filter(|id| !fhir_id::is_id(id.value)) {
        fields.reading.wrong(*id, "the bare id of a Patient: 1 to 64 letters, digits, `-` and `.`");
    }
    listed.into_iter().map(|id| id.value.to_owned()).collect()
}
