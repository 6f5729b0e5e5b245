//! `[[clients]]`: registered apps, by the names of RFC 7591 §2.

use super::{
    client_authentication::authentication,
    client_extensions::{ClientExtensions, client_extensions},
    client_urls::{launch_urls, origins, post_logout_redirect_uris, redirect_uris},
    fields::{Fields, Shape},
    hti::{Launches, check_format, launches},
    profile,
    reading::{Reading, Text, is_printable_ascii_of, quoted},
};
use rules::{
    client::{
        AccessTokenFormat, AsksConsent, Client, ClientAuthentication, FhirContextForm, LONGEST_CLIENT_ID, Pkce,
        RoleOfClient, own::OWN_CLIENT_ID,
    },
    fhir_id,
    scope::{LaunchScope, Level, Scope, ScopeSet},
    signing_keys::rotation::{id_token_algorithms, usual},
    tenant::{AuthenticationMethod, DpopUse, GrantType, Policy, PushedRequests, SigningAlg, Tenant, role::Role},
};
use std::collections::BTreeSet;

pub const CLIENT: Shape<'_> = Shape {
    name: "[[clients]]",
    keys: &[
        "client_id",
        "client_name",
        "client_uri",
        "logo_uri",
        "verified",
        "token_endpoint_auth_method",
        "client_secret",
        "client_secrets",
        "client_secret_hashes",
        "jwks",
        "jwks_uri",
        "grant_types",
        "redirect_uris",
        "post_logout_redirect_uris",
        "launch_urls",
        "origins",
        "scope",
        "required_scope",
        "default_scope",
        "consent",
        "allow_loopback",
        "pkce",
        "fhir_context",
        "without_answer_iss",
        "require_pushed_authorization_requests",
        "access_token_format",
        "id_token_signed_response_alg",
        "role",
        "device",
        "may_launch",
        "hti_sign_in",
        "access_token_seconds",
        "refresh_idle_seconds",
        "fhir_servers",
        "dpop_bound_access_tokens",
        "profile",
        "extensions",
        "required_extensions",
        "organization_ids",
    ],
};

/// Reads everything before it gives up, so that all mistakes are found.
pub fn client(fields: &Fields<'_>, tenant: Option<&Tenant>, policy: &Policy) -> Option<Client> {
    let client_id = client_id(fields);
    let client_name = fields.required("client_name", "\"what people see on the consent page\"");
    let client_uri = fields.text("client_uri").and_then(|url| fields.reading.absolute_url(url));
    let logo_uri = fields.text("logo_uri").and_then(|url| fields.reading.absolute_url(url));
    let authentication = authentication(fields, policy);
    let Scopes { scope, required_scope, default_scope } = scopes(fields);
    let grant_types = grant_types(fields, policy, scope.as_ref(), authentication.as_ref());
    let redirect_uris = redirect_uris(fields, &grant_types);
    let post_logout_redirect_uris = post_logout_redirect_uris(fields);
    let launch_urls = launch_urls(fields);
    let origins = origins(fields, &redirect_uris, &launch_urls);
    let (verified, pkce) = (fields.flag("verified"), pkce(fields, authentication.as_ref()));
    let forms = [("objects", FhirContextForm::Objects), ("strings", FhirContextForm::Strings)];
    let fhir_context = fields.choice("fhir_context", &forms).unwrap_or_default();
    let without_answer_iss = fields.flag("without_answer_iss");
    let require_pushed_authorization_requests = must_push(fields, policy);
    let Launches { may_launch, hti_sign_in, device } = launches(fields, authentication.as_ref(), tenant);
    let formats = [AccessTokenFormat::Jwt, AccessTokenFormat::Reference, AccessTokenFormat::Noop];
    let access_token_format =
        fields.choice("access_token_format", &formats.map(|format| (format.as_str(), format))).unwrap_or_default();
    check_format(fields, access_token_format, tenant);
    let id_token_signed_response_alg = id_token_alg(fields, tenant);
    let consents = [("ask", AsksConsent::Ask), ("never", AsksConsent::Never)];
    let consent = fields.choice("consent", &consents).unwrap_or_default();
    let role = role(fields, tenant.map(|tenant| tenant.roles.as_slice()).unwrap_or_default());
    let fhir_servers = fhir_servers(fields, tenant);
    let dpop_bound_access_tokens = bound(fields, &grant_types, fhir_servers.as_ref(), tenant);
    let profile = fields.choice("profile", &profile::PROFILES).unwrap_or_default();
    let ClientExtensions { extensions, required_extensions, organization_ids } =
        client_extensions(fields, &grant_types, authentication.as_ref(), tenant);
    let (access_token_seconds, refresh_idle_seconds) =
        (fields.token_seconds("access_token_seconds"), fields.seconds("refresh_idle_seconds"));
    let client = Client {
        tenant: tenant?.id.clone(),
        client_id: client_id?.value.to_owned(),
        client_name: client_name?.value.to_owned(),
        client_uri,
        logo_uri,
        verified,
        authentication: authentication?,
        grant_types,
        redirect_uris,
        post_logout_redirect_uris,
        launch_urls,
        origins,
        scope: scope?,
        required_scope,
        default_scope,
        consent,
        pkce,
        fhir_context,
        without_answer_iss,
        require_pushed_authorization_requests,
        access_token_format,
        id_token_signed_response_alg,
        may_launch,
        hti_sign_in,
        device,
        role,
        access_token_seconds,
        refresh_idle_seconds,
        fhir_servers,
        profile,
        dpop_bound_access_tokens,
        extensions,
        required_extensions,
        organization_ids,
        // Only a command sets it, and `apply` keeps it.
        disabled: false,
        origin: None,
    };
    profile::check_client(fields, &client, tenant?);
    Some(client)
}

/// RFC 9126 §6.
fn must_push(fields: &Fields<'_>, policy: &Policy) -> bool {
    let key = "require_pushed_authorization_requests";
    let must = fields.flag(key);
    if must && policy.pushed_authorization_requests == PushedRequests::Off {
        let found = format!("`{key}`, where the tenant takes no pushed requests");
        let expected = "`pushed_authorization_requests = \"accepted\"` or `\"required\"` in [policy] with it";
        fields.reading.mistake(fields.place(key), found, expected);
    }
    must
}

/// One that the tenant has keys of.
fn id_token_alg(fields: &Fields<'_>, tenant: Option<&Tenant>) -> SigningAlg {
    let choices = [SigningAlg::RS256, SigningAlg::ES256, SigningAlg::PS256].map(|alg| (alg.as_str(), alg));
    // One that is held to FAPI says which: SMART's usual one is forbidden to it.
    let usual = tenant.map_or(SigningAlg::RS256, usual);
    let alg = fields.choice("id_token_signed_response_alg", &choices).unwrap_or(usual);
    if let (Some(text), Some(tenant)) = (fields.text("id_token_signed_response_alg"), tenant)
        && !id_token_algorithms(tenant).contains(&alg)
    {
        let expected = format!(
            "\"RS256\", or `access_token_alg = \"{}\"` in [policy]: the tenant has no other keys",
            alg.as_str()
        );
        fields.reading.wrong(text, expected);
    }
    alg
}

/// A role of this file, and the id of the client's `Device`, which is practically always its client_id.
fn role(fields: &Fields<'_>, roles: &[Role]) -> Option<RoleOfClient> {
    let name = fields.text("role")?;
    if !roles.iter().any(|role| role.name == name.value) {
        fields.reading.wrong(name, "the name of one of the [[roles]]");
    }
    let device = fields.text("device").or(fields.text("client_id"))?;
    if !fhir_id::is_id(device.value) {
        fields.reading.wrong(device, "the id of a Device: letters, digits, `-` and `.`, at most 64");
    }
    Some(RoleOfClient { name: name.value.to_owned(), device: device.value.to_owned() })
}

/// The names of some of this file's FHIR servers. Absent: all of them.
fn fhir_servers(fields: &Fields<'_>, tenant: Option<&Tenant>) -> Option<BTreeSet<String>> {
    let value = fields.get("fhir_servers")?;
    let names = fields.texts("fhir_servers");
    if names.is_empty() && value.get_ref().is_array() {
        let expected = "at least one name, or no `fhir_servers` for all of the tenant's";
        fields.reading.mistake(value.span().start, "an empty list", expected);
    }
    let known = |name: &Text<'_>| {
        tenant.is_none_or(|tenant| tenant.fhir_servers.iter().any(|server| server.name == name.value))
    };
    for name in names.iter().filter(|name| !known(name)) {
        fields.reading.wrong(*name, "the name of one of the [[fhir_servers]]");
    }
    Some(names.iter().map(|name| name.value.to_owned()).collect())
}

/// Whether it may have bound tokens alone (RFC 9449 §5.2): then there is somewhere to use them, and a way to get them.
fn bound(
    fields: &Fields<'_>,
    grant_types: &BTreeSet<GrantType>,
    own: Option<&BTreeSet<String>>,
    tenant: Option<&Tenant>,
) -> bool {
    let is_bound = fields.flag("dpop_bound_access_tokens");
    let Some(tenant) = tenant else { return is_bound };
    let servers = || tenant.fhir_servers.iter().filter(|server| own.is_none_or(|own| own.contains(&server.name)));
    let at = fields.place("dpop_bound_access_tokens");
    if is_bound && servers().all(|server| server.dpop.is_off()) {
        let expected =
            "`dpop = \"accepted\"` or \"required\" at one of its [[fhir_servers]]: none of them takes bound tokens";
        fields.reading.mistake(at, "`dpop_bound_access_tokens = true`", expected);
    }
    let needs_proof = is_bound || servers().all(|server| server.dpop == DpopUse::Required);
    if needs_proof && grant_types.contains(&GrantType::Implicit) && tenant.takes_dpop() {
        let expected = "grant_types without it: its tokens are bound to a key, and a redirect brings no proof";
        fields.reading.mistake(fields.place("grant_types"), "the grant type `implicit`", expected);
    }
    is_bound
}

fn client_id<'a>(fields: &Fields<'a>) -> Option<Text<'a>> {
    let id = fields.required("client_id", "\"the app's id\"")?;
    let expected = if id.value == OWN_CLIENT_ID {
        "another one: this is the server's own"
    } else if !is_printable_ascii_of(1..=LONGEST_CLIENT_ID, id.value) {
        "1 to 1024 printable ASCII characters"
    } else if id.value.contains(':') && is_symmetric(fields) {
        "no colon, since it ends the user name in Basic (RFC 7617 §2)"
    } else {
        return Some(id);
    };
    fields.reading.wrong(id, expected);
    None
}

fn is_symmetric(fields: &Fields<'_>) -> bool {
    let method = fields.get("token_endpoint_auth_method").and_then(|method| method.get_ref().as_str());
    method.is_some_and(|method| method.starts_with("client_secret"))
}

struct Scopes {
    scope: Option<ScopeSet>,
    required_scope: ScopeSet,
    default_scope: Option<ScopeSet>,
}

fn scopes(fields: &Fields<'_>) -> Scopes {
    let read = |text: Text<'_>| scope_set(fields.reading, text);
    let scope = fields.required("scope", "\"what it may ask for\"").and_then(read);
    // A part of what it may ask for.
    let part = |key: &str, what: &str| {
        let text = fields.text(key)?;
        let part = read(text)?;
        if let Some(beyond) = scope.as_ref().and_then(|scope| part.iter().find(|one| !scope.contains(one))) {
            let found = format!("the {what} scope {}", quoted(&beyond.to_string()));
            fields.reading.mistake(text.at, found, "scopes that `scope` allows");
        }
        Some(part)
    };
    let required_scope = part("required_scope", "required").unwrap_or_default();
    let default_scope = part("default_scope", "default");
    if let (Some(text), Some(default)) = (fields.text("default_scope"), &default_scope) {
        is_for_people(fields.reading, text, default);
    }
    Scopes { scope, required_scope, default_scope }
}

pub(super) fn scope_set(reading: &Reading<'_>, text: Text<'_>) -> Option<ScopeSet> {
    match ScopeSet::strict(text.value) {
        Ok(set) => Some(set),
        Err(unusable) => {
            let found = match unusable.text.as_str() {
                "" => quoted(text.value),
                piece => format!("the scope {}", quoted(piece)),
            };
            reading.mistake(text.at, found, expected_scope(unusable.reason.as_str()));
            None
        }
    }
}

/// Of a request that names no scope, a person decides; what only a backend service or an EHR can ask for would be left out each time.
pub(super) fn is_for_people(reading: &Reading<'_>, text: Text<'_>, default: &ScopeSet) {
    let is_for_others = |scope: &&Scope| match scope {
        Scope::Resource(resource) => resource.level == Level::System,
        Scope::Launch(LaunchScope::Ehr) | Scope::OnlineAccess => true,
        _ => scope.is_power(),
    };
    if let Some(other) = default.iter().find(is_for_others) {
        let found = format!("the scope {}", quoted(&other.to_string()));
        reading.mistake(text.at, found, "scopes that a person can give to an app that no EHR has launched");
    } else if default.is_empty() {
        reading.mistake(text.at, "no scope", "at least one, or no `default_scope`");
    }
}

/// What an app may have that nobody registered: an EHR may launch it by its address, but it is no service.
pub(super) fn is_for_unregistered(reading: &Reading<'_>, text: Text<'_>, most: &ScopeSet) {
    let is_for_others = |scope: &&Scope| match scope {
        Scope::Resource(resource) => resource.level == Level::System,
        Scope::Extension(name) => name.starts_with("__"),
        _ => false,
    };
    if let Some(other) = most.iter().find(is_for_others) {
        let found = format!("the scope {}", quoted(&other.to_string()));
        reading.mistake(text.at, found, "scopes that a person can give to an app");
    } else if most.is_empty() {
        reading.mistake(text.at, "no scope", "at least one, or no [client_documents]");
    }
}

/// A reason names either what is expected or what is wrong.
fn expected_scope(reason: &str) -> String {
    match reason.strip_prefix("expected ") {
        Some(expected) => expected.to_owned(),
        None => format!("another ({reason})"),
    }
}

fn grant_types(
    fields: &Fields<'_>,
    policy: &Policy,
    scope: Option<&ScopeSet>,
    authentication: Option<&ClientAuthentication>,
) -> BTreeSet<GrantType> {
    let reading = fields.reading;
    if !fields.has("grant_types") {
        let refreshes = scope.is_some_and(|scope| scope.offline_access() || scope.online_access());
        let usual = [Some(GrantType::AuthorizationCode), refreshes.then_some(GrantType::RefreshToken)];
        let usual: BTreeSet<GrantType> = usual.into_iter().flatten().collect();
        if !policy.grant_types.contains(&GrantType::AuthorizationCode) {
            let expected = "grant_types = [\"…\"], of those that [policy] offers: without it, it is `authorization_code`, \
                            which is not among them";
            reading.mistake(fields.at, "no `grant_types`", expected);
            return usual;
        }
        return usual.intersection(&policy.grant_types).copied().collect();
    }
    let all = GrantType::ALL.map(|grant_type| (grant_type.as_str(), grant_type));
    let mut chosen = BTreeSet::new();
    for text in fields.texts("grant_types") {
        let Some(grant_type) = reading.choice(text, &all) else { continue };
        // Without an authentication there is a mistake already.
        let method = authentication.map(ClientAuthentication::method);
        let may_not = method.filter(|method| !policy.lets_act_alone(*method));
        if let Some(method) = may_not.filter(|_| grant_type == GrantType::ClientCredentials) {
            let expected = match method {
                AuthenticationMethod::None => "a client that authenticates: a public one is nobody on its own",
                _ => {
                    "token_endpoint_auth_method = \"private_key_jwt\" with it, as SMART backend services have it, or \
                      `client_credentials_by_secret = true` in [policy]"
                }
            };
            reading.wrong(text, expected);
        }
        if !policy.grant_types.contains(&grant_type) {
            reading.wrong(text, "a grant type that this tenant's [policy] allows");
        }
        chosen.insert(grant_type);
    }
    let at = fields.place("grant_types");
    if chosen.is_empty() {
        reading.mistake(at, "no usable grant type", "at least one");
    } else if chosen.contains(&GrantType::RefreshToken) && chosen.is_disjoint(&REFRESHABLE.into()) {
        reading.mistake(at, "`refresh_token` alone", "`authorization_code` with it");
    }
    chosen
}

/// The grants that can be followed by a refresh.
const REFRESHABLE: [GrantType; 2] = [GrantType::AuthorizationCode, GrantType::Password];

/// AUTHZ-10: only a client that proves itself otherwise may do without.
fn pkce(fields: &Fields<'_>, authentication: Option<&ClientAuthentication>) -> Pkce {
    let choices = [("required", Pkce::Required), ("optional_for_smart_v1", Pkce::OptionalForSmartV1)];
    let pkce = fields.choice("pkce", &choices).unwrap_or_default();
    if pkce == Pkce::OptionalForSmartV1 && matches!(authentication, Some(ClientAuthentication::None)) {
        fields.reading.mistake(fields.place("pkce"), "`optional_for_smart_v1`", "\"required\" for a public client");
    }
    pkce
}
