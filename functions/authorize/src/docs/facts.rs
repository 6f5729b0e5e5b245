//! What follows from the tenant's policy: scopes, how long things live, and what is done otherwise than a developer may expect.

use crate::texts::Texts;
use rules::{
    oauth::metadata::authorization_server,
    scope::Scope,
    tenant::{GrantType, Language, Tenant},
};

/// Each scope that discovery names, and what it gives.
pub fn scopes(tenant: &Tenant) -> Vec<(String, String)> {
    let documents = authorization_server(tenant);
    let named = documents["scopes_supported"].as_array().into_iter().flatten().filter_map(|scope| scope.as_str());
    named.map(|scope| (scope.to_owned(), meaning(scope))).collect()
}

fn meaning(text: &str) -> String {
    let own = match text {
        "launch" => "For an EHR launch: the context of the EHR's screen comes with the token.",
        "launch/patient" => "A patient is chosen before the app gets its token; their id comes as patient beside it.",
        "launch/encounter" => "An encounter is chosen likewise, and comes as encounter.",
        "openid" => "An id_token that says who signed in.",
        "fhirUser" => "The claim fhirUser: the person's own FHIR resource. Asked for with openid.",
        "profile" => "The same claims as fhirUser, and the person's name.",
        "offline_access" => {
            "A refresh token that outlives the person's sign-in. The consent page says so before they agree."
        }
        "online_access" => "A refresh token for as long as the person is signed in.",
        _ => "",
    };
    if !own.is_empty() {
        return own.to_owned();
    }
    match text.parse::<Scope>() {
        Ok(scope @ Scope::Resource(_)) => {
            let words = Texts::of(Language::En).scope(&scope);
            format!("{}. {}", words.title, words.explanation)
        }
        _ => "As this server's ecosystem defines it.".to_owned(),
    }
}

pub struct Lifetime {
    pub what: &'static str,
    pub seconds: i64,
    pub words: String,
}

/// As the policy has them, all of them.
pub fn lifetimes(tenant: &Tenant) -> Vec<Lifetime> {
    let policy = &tenant.policy;
    let always = [
        ("An authorization code, which is good once", policy.code_seconds),
        ("An access token of a person's app; expires_in says how long it is good", policy.access_token_seconds),
        ("An access token of a backend service", policy.backend_token_seconds),
        ("An id_token", policy.id_token_seconds),
        ("A refresh token that is not used; each use starts the time again", policy.refresh_idle_seconds),
        (
            "A repeat of the last refresh gets the same answer, in case it was lost on the way; later, it ends the access",
            policy.refresh_grace_seconds,
        ),
        ("A person's sign-in, and online_access with it", policy.session_seconds),
        ("A browser in which nobody opened a page here must sign in again", policy.session_idle_seconds),
        ("A launch value waits for its app", policy.launch_seconds),
        ("A person may take from the app's request to the answer", policy.interaction_seconds),
        ("A pushed request waits for its user's browser", policy.pushed_request_seconds),
        ("A person's yes to an app is remembered (0: they are asked each time)", policy.remember_consent_seconds),
        ("A new signing key is published before it signs", policy.key_published_seconds),
    ];
    let sometimes = [
        ("Access without the person ends, however often it is refreshed", policy.refresh_absolute_seconds),
        (
            "offline_access of people of an identity provider ends, and they sign in again",
            policy.provider_offline_seconds,
        ),
    ];
    let set = sometimes.into_iter().filter_map(|(what, seconds)| Some((what, seconds?)));
    let all = always.into_iter().chain(set);
    all.map(|(what, seconds)| Lifetime { what, seconds, words: words(seconds) }).collect()
}

/// In the largest unit that has no rest.
pub fn words(seconds: i64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let unit = units.into_iter().find(|(size, _)| seconds > 0 && seconds % size == 0).unwrap_or((1, "second"));
    let many = seconds / unit.0;
    format!("{many} {}{}", unit.1, if many == 1 { "" } else { "s" })
}

/// DOC-7: what differs from what a specification, or a developer, may expect.
pub fn deviations(tenant: &Tenant) -> Vec<&'static str> {
    let policy = &tenant.policy;
    let always = [
        "An access token that is a JWT is good at a FHIR server that judges it alone until its exp, also after it was revoked, its person signed out, or its app was switched off. Introspection says active: false at once, and refresh tokens end at once.",
        "People sign in with a password of this server or at an OpenID Connect provider. There is no SAML.",
        "Apps are registered by the operator. There is no dynamic client registration (RFC 7591), and registration_endpoint is absent.",
        "Request objects (request, request_uri of an app's own) and the claims parameter of OpenID Connect are not supported.",
        "Every code needs PKCE with S256, also that of a confidential app; plain is refused. An app that the operator has marked as one of SMART 1.0 is excepted.",
        "Patient.link is not followed: a linked record is another record.",
    ];
    let sometimes = [
        (
            policy.grant_types.contains(&GrantType::Implicit) || policy.grant_types.contains(&GrantType::Password),
            "The grants implicit or password are offered for apps that know nothing better. RFC 9700 advises against both; don't build on them.",
        ),
        (policy.client_credentials_by_secret, "Backend services may use a secret, where SMART has keys alone."),
        (
            !policy.unlisted_endpoints.is_empty(),
            "Some endpoints of this page are not named in the discovery documents. They answer all the same.",
        ),
        (
            policy.profile.is_smart() && policy.grant_types.contains(&GrantType::RefreshToken),
            "Each refresh gives a new refresh token, and the one before is over. One that comes again after the grace period ends the whole access.",
        ),
        (
            policy.capabilities.is_some(),
            "The list of capabilities is the ecosystem's own, and not computed of what is offered.",
        ),
        (policy.introspect_id_tokens, "Clients may introspect id_tokens too."),
        (
            !policy.profile.is_smart(),
            "This server is held to the FAPI 2.0 Security Profile: requests are pushed, tokens are bound to a key, and refresh tokens are not replaced.",
        ),
    ];
    let these = sometimes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text);
    always.into_iter().chain(these).collect()
}
