//! `[[users]]`: people who can sign in, with the patients whose records they may open.

use super::{
    fields::{Fields, Shape},
    items::Login,
    reading::{Text, is_printable_ascii},
    secrets::password_hash,
};
use rules::{
    fhir_id, precis,
    secret::ChosenSecretHash,
    tenant::{FhirServer, Tenant, below},
    user::{FhirUser, Reach, User, reach},
};

pub const USER: Shape<'_> = Shape {
    name: "[[users]]",
    keys: &["username", "password", "password_hash", "name", "fhir_user", "fhir_server", "patients", "sub"],
};

/// An empty `sub` stands for none in the file: a person in the table keeps theirs, and a new one gets one at random (`Plan`).
pub fn user(fields: &Fields<'_>, tenant: Option<&Tenant>) -> Option<User> {
    let username = fields.required("username", "\"what the person types\"");
    let username = username.filter(|name| {
        let is_long = name.value.len() > 255 || precis::username(name.value).len() > 255;
        if is_long || name.value.trim() != name.value {
            fields.reading.wrong(*name, "at most 255 bytes, without spaces at the ends");
            return false;
        }
        if !precis::is_username(name.value) {
            let expected =
                "letters, digits and the signs of ASCII, in parts with one space between them (RFC 8265 §3.1)";
            fields.reading.wrong(*name, expected);
            return false;
        }
        true
    });
    let name = fields.required("name", "\"the person's name\"");
    let password = password(fields);
    let servers = tenant.map(|tenant| tenant.fhir_servers.as_slice()).unwrap_or_default();
    let identity = fields.text("fhir_user").and_then(|text| identity(fields, text, servers));
    let (fhir_user, named_by_url) =
        identity.map_or((None, None), |identity| (identity.fhir_user, identity.fhir_server));
    let patients = patients(fields, fhir_user.as_ref());
    let has_identity = fhir_user.is_some() || !patients.is_empty();
    let fhir_server = fhir_server(fields, servers, named_by_url).filter(|_| has_identity);
    if has_identity && fhir_server.is_none() && servers.len() > 1 {
        let at = if fields.has("fhir_user") { "fhir_user" } else { "patients" };
        let expected =
            "the whole URL, or `fhir_server` with the name of one: the same id at another is somebody else's";
        fields.reading.mistake(fields.place(at), "no FHIR server, where the tenant has several", expected);
    }
    let given_sub = fields.text("sub").filter(|sub| {
        if !is_printable_ascii(sub.value) {
            fields.reading.wrong(*sub, "1 to 255 printable ASCII characters (OpenID Connect Core §2)");
        }
        is_printable_ascii(sub.value)
    });
    let (tenant, username) = (tenant?, username?.value);
    Some(User {
        tenant: tenant.id.clone(),
        username: username.to_owned(),
        sub: given_sub.map(|sub| sub.value.to_owned()).unwrap_or_default(),
        name: name?.value.to_owned(),
        password: password?,
        fhir_server,
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

struct Identity {
    fhir_user: Option<FhirUser>,
    /// Where the reference is an absolute URL.
    fhir_server: Option<String>,
}

fn identity(fields: &Fields<'_>, text: Text<'_>, servers: &[FhirServer]) -> Option<Identity> {
    let filled = fields.reading.fill(text)?;
    let (server, reference) = match below(servers, &filled) {
        Some((server, reference)) => (Some(server.url.clone()), reference),
        None => (None, filled.as_str()),
    };
    let parsed = FhirUser::try_from(reference.to_owned()).ok();
    if parsed.is_none() {
        let expected = "Patient/ID, Practitioner/ID, PractitionerRole/ID, RelatedPerson/ID or Person/ID, alone or below the URL \
                        of one of the tenant's FHIR servers";
        fields.reading.wrong(text, expected);
    }
    Some(Identity { fhir_user: Some(parsed?), fhir_server: server })
}

/// The base URL of the server that the URL or the name says, or of the only one.
fn fhir_server(fields: &Fields<'_>, servers: &[FhirServer], named_by_url: Option<String>) -> Option<String> {
    let named = named_server(fields, servers);
    match (named, named_by_url, servers) {
        (Some(named), Some(url), _) if named != url => {
            let expected = "the FHIR server that `fhir_user` is at, or no `fhir_server`";
            fields.reading.mistake(
                fields.place("fhir_server"),
                "another FHIR server than that of `fhir_user`",
                expected,
            );
            None
        }
        (Some(named), ..) => Some(named),
        (None, Some(url), _) => Some(url),
        (None, None, [only]) => Some(only.url.clone()),
        (None, None, _) => None,
    }
}

/// The base URL of the server whose name `fhir_server` gives.
pub fn named_server(fields: &Fields<'_>, servers: &[FhirServer]) -> Option<String> {
    let name = fields.text("fhir_server")?;
    let found = servers.iter().find(|server| server.name == name.value);
    if found.is_none() && !servers.is_empty() {
        fields.reading.wrong(name, "the `name` of one of the [[fhir_servers]]");
    }
    found.map(|server| server.url.clone())
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
