//! `[[identity_providers]]`: OpenID Connect providers where people sign in.

use super::{
    fields::{Fields, Shape},
    reading::{Text, is_printable_ascii},
    urls::is_loopback,
    user::named_server,
};
use rules::{
    identity_provider::{
        FhirUserFrom, IdentityProvider, PatientsFrom, ProviderAuthentication, Template, is_provider_id,
        secret::{ProviderSecret, StoredSecret},
    },
    secret::Secret,
    tenant::{FhirServer, Policy, TenantId, below},
    user::FhirUserType,
};
use std::collections::BTreeSet;

pub const IDENTITY_PROVIDER: Shape<'_> = Shape {
    name: "[[identity_providers]]",
    keys: &[
        "id",
        "name",
        "issuer",
        "id_token_issuers",
        "client_id",
        "token_endpoint_auth_method",
        "client_secret",
        "scope",
        "userinfo",
        "name_claim",
        "fhir_server",
        "fhir_user_claim",
        "fhir_user_pattern",
        "fhir_user_identifier",
        "patients_claim",
        "patients_identifier",
        "user_types",
        "acr_values",
        "private_network",
    ],
};
const FHIR_USER: [&str; 3] = ["fhir_user_claim", "fhir_user_pattern", "fhir_user_identifier"];
const PATIENTS: [&str; 2] = ["patients_claim", "patients_identifier"];

/// All of them, each with an id of its own.
pub fn identity_providers(root: &Fields<'_>, policy: &Policy, servers: &[FhirServer]) -> Vec<IdentityProvider> {
    let given = root.tables("identity_providers", &IDENTITY_PROVIDER);
    root.reading.unique("an id of its own", given.iter().filter_map(|fields| fields.text("id")), str::to_owned);
    given.iter().filter_map(|fields| identity_provider(fields, policy, servers)).collect()
}

/// The secrets, which are items of their own.
pub fn provider_secrets(root: &Fields<'_>, tenant: &TenantId) -> Vec<ProviderSecret> {
    let secret = |fields: &Fields<'_>| {
        let text = |name| Some(fields.get(name)?.get_ref().as_str()?.to_owned());
        let secret = StoredSecret(Secret::new(text("client_secret")?));
        Some(ProviderSecret { tenant: tenant.clone(), provider: text("id")?, secret })
    };
    root.tables("identity_providers", &IDENTITY_PROVIDER).iter().filter_map(secret).collect()
}

/// Reads everything before it gives up, so that all mistakes are found.
fn identity_provider(fields: &Fields<'_>, policy: &Policy, servers: &[FhirServer]) -> Option<IdentityProvider> {
    let id = id(fields);
    let name = fields.required("name", "\"what its button says\"");
    let issuer = issuer(fields, policy);
    let id_token_issuers = id_token_issuers(fields, issuer.as_deref(), policy);
    let client_id = fields.required("client_id", "\"what this server is registered as, there\"");
    let authentication = authentication(fields);
    let scope = scope(fields);
    let name_claim = fields.text("name_claim").map_or("name", |claim| claim.value).to_owned();
    let user_types = user_types(fields);
    let fhir_server = named_server(fields, servers);
    let (fhir_user, patients) = (fhir_user(fields, &user_types), patients(fields));
    // A claim may hold whole URLs, which is seen when somebody signs in; a pattern says here what it is.
    if let Some(FhirUserFrom::Pattern(_)) = fhir_user
        && servers.len() > 1
        && fhir_server.is_none()
        && fields.text("fhir_user_pattern").is_some_and(|pattern| below(servers, pattern.value).is_none())
    {
        let expected =
            "the whole URL, or `fhir_server` with the name of one: the same id at another is somebody else's";
        fields.reading.mistake(
            fields.place("fhir_user_pattern"),
            "no FHIR server, where the tenant has several",
            expected,
        );
    }
    let acr_values = acr_values(fields);
    let private_network = private_network(fields, issuer.as_deref());
    Some(IdentityProvider {
        id: id?,
        name: name?.value.to_owned(),
        issuer: issuer?,
        id_token_issuers,
        client_id: client_id?.value.to_owned(),
        authentication: authentication?,
        scope,
        userinfo: fields.flag("userinfo"),
        name_claim,
        fhir_server,
        fhir_user: fhir_user?,
        patients: patients?,
        user_types,
        acr_values,
        private_network,
    })
}

fn id(fields: &Fields<'_>) -> Option<String> {
    let id = fields.required("id", "\"its path segment in the callback URL\"")?;
    if !is_provider_id(id.value) {
        fields.reading.wrong(id, "at most 63 lower-case letters, digits, `-` and `_`");
        return None;
    }
    Some(id.value.to_owned())
}

const ALLOW: &str = "`loopback_key_sets = true` in [policy]";

fn issuer(fields: &Fields<'_>, policy: &Policy) -> Option<String> {
    let issuer = fields.required("issuer", "\"https://…, exactly as its discovery document says it\"")?;
    let url = fields.reading.secure_url(issuer, policy.loopback_key_sets, ALLOW)?;
    if url.contains(['?', '#']) {
        // OpenID Connect Discovery §3.
        fields.reading.wrong_url(issuer, &url, "an issuer without query or fragment");
        return None;
    }
    Some(url)
}

/// The issuer alone, unless one provider speaks for many organisations.
fn id_token_issuers(fields: &Fields<'_>, issuer: Option<&str>, policy: &Policy) -> Vec<String> {
    if !fields.has("id_token_issuers") {
        return issuer.map(str::to_owned).into_iter().collect();
    }
    let given = fields.texts("id_token_issuers");
    if given.is_empty() {
        fields.reading.mistake(fields.place("id_token_issuers"), "no issuer", "the issuers whose people may come in");
    }
    let issuers = given.iter().filter_map(|text| fields.reading.secure_url(*text, policy.loopback_key_sets, ALLOW));
    issuers.collect()
}

fn authentication(fields: &Fields<'_>) -> Option<ProviderAuthentication> {
    let choices = [
        ("client_secret_basic", ProviderAuthentication::ClientSecretBasic),
        ("client_secret_post", ProviderAuthentication::ClientSecretPost),
        ("private_key_jwt", ProviderAuthentication::PrivateKeyJwt),
        ("none", ProviderAuthentication::None),
    ];
    let expected = "\"client_secret_basic\", \"client_secret_post\", \"private_key_jwt\" or \"none\"";
    let method = fields.required("token_endpoint_auth_method", expected)?;
    let method = fields.reading.choice(method, &choices)?;
    match (method.needs_secret(), fields.has("client_secret")) {
        (true, _) => {
            fields.required("client_secret", "\"what the provider gave this server\"")?;
        }
        (false, true) => {
            let expected = "no secret with this token_endpoint_auth_method";
            fields.reading.mistake(fields.place("client_secret"), "`client_secret`", expected);
        }
        (false, false) => {}
    }
    Some(method)
}

fn scope(fields: &Fields<'_>) -> String {
    let Some(scope) = fields.text("scope") else { return "openid profile".to_owned() };
    if !scope.value.split(' ').any(|one| one == "openid") || !is_printable_ascii(scope.value) {
        fields.reading.wrong(scope, "scopes with `openid` among them (OpenID Connect Core §3.1.2.1)");
    }
    scope.value.to_owned()
}

fn user_types(fields: &Fields<'_>) -> BTreeSet<FhirUserType> {
    let all = FhirUserType::ALL.map(|kind| (kind.as_str(), kind));
    if fields.has("user_types") && fields.texts("user_types").is_empty() {
        fields.reading.mistake(fields.place("user_types"), "no type", "at least one, or no `user_types`");
    }
    fields.texts("user_types").into_iter().filter_map(|text| fields.reading.choice(text, &all)).collect()
}

/// Each a word, since a request names several with spaces between them.
fn acr_values(fields: &Fields<'_>) -> Vec<String> {
    let given = fields.texts("acr_values");
    for text in given.iter().filter(|text| !is_printable_ascii(text.value) || text.value.contains(' ')) {
        fields.reading.wrong(*text, "an acr that the provider is trusted to state, without spaces");
    }
    fields.reading.unique("each acr once", given.iter().copied(), str::to_owned);
    given.into_iter().map(|text| text.value.to_owned()).collect()
}

/// By name: an address is nobody's in particular, and no certificate tells who answers there.
fn private_network(fields: &Fields<'_>, issuer: Option<&str>) -> bool {
    let private = fields.flag("private_network");
    let has_name =
        |issuer: &str| matches!(url::Url::parse(issuer).as_ref().map(url::Url::host), Ok(Some(url::Host::Domain(_))));
    if private && issuer.is_some_and(|issuer| !has_name(issuer) || is_loopback(issuer)) {
        let place = fields.place("private_network");
        fields.reading.mistake(
            place,
            "`private_network` for an issuer without a host name",
            "an issuer with a host name",
        );
    }
    private
}

fn fhir_user(fields: &Fields<'_>, user_types: &BTreeSet<FhirUserType>) -> Option<FhirUserFrom> {
    let Some(name) = at_most_one(fields, &FHIR_USER)? else {
        if !user_types.is_empty() {
            let expected = "fhir_user_claim, fhir_user_pattern or fhir_user_identifier with it";
            fields.reading.mistake(fields.place("user_types"), "`user_types` alone", expected);
        }
        return Some(FhirUserFrom::Nothing);
    };
    let text = fields.text(name)?;
    match name {
        "fhir_user_claim" => Some(FhirUserFrom::Claim(claim(fields, text)?)),
        "fhir_user_pattern" => template(fields, text).map(FhirUserFrom::Pattern),
        _ => {
            if user_types.is_empty() {
                fields.reading.mistake(text.at, "no `user_types`", "user_types = [\"Practitioner\"]: where to search");
            }
            identifier(fields, text).map(FhirUserFrom::Identifier)
        }
    }
}

fn patients(fields: &Fields<'_>) -> Option<PatientsFrom> {
    let Some(name) = at_most_one(fields, &PATIENTS)? else { return Some(PatientsFrom::Nothing) };
    let text = fields.text(name)?;
    match name {
        "patients_claim" => Some(PatientsFrom::Claim(claim(fields, text)?)),
        _ => identifier(fields, text).map(PatientsFrom::Identifier),
    }
}

/// Two ways to find the same thing could disagree.
fn at_most_one<'n>(fields: &Fields<'_>, names: &[&'n str]) -> Option<Option<&'n str>> {
    let given: Vec<&str> = names.iter().copied().filter(|name| fields.has(name)).collect();
    match given.as_slice() {
        [] => Some(None),
        [one] => Some(Some(one)),
        [first, second, ..] => {
            fields.reading.mistake(fields.place(second), format!("both `{first}` and `{second}`"), "one of them");
            None
        }
    }
}

fn claim(fields: &Fields<'_>, text: Text<'_>) -> Option<String> {
    if text.value.is_empty() || text.value.contains(['{', '}']) {
        fields.reading.wrong(text, "the name of a claim, without braces");
        return None;
    }
    Some(text.value.to_owned())
}

fn template(fields: &Fields<'_>, text: Text<'_>) -> Option<Template> {
    Template::parse(text.value).map_err(|expected| fields.reading.wrong(text, expected)).ok()
}

pub(super) fn identifier(fields: &Fields<'_>, text: Text<'_>) -> Option<Template> {
    let system = text.value.split_once('|').map(|(system, _)| system);
    if !system.is_some_and(|system| !system.is_empty() && !system.contains('{')) {
        fields.reading.wrong(text, "`system|{claim}`");
        return None;
    }
    template(fields, text)
}
