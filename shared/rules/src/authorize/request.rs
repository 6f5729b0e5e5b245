//! What the app asks for, judged without asking anyone: from here on, errors go back to the app (RFC 6749 §4.1.2.1).

use super::redirect_target::{RedirectTarget, ResponseType, is_too_long};
use crate::{
    authorize::oidc_params::{self, Hint, Prompt},
    client::{Client, Pkce},
    dpop::Thumbprint,
    length::{self, MOST_NONCE_BYTES, MOST_STATE_BYTES, bounded, bounded_by_address, grantable, in_json, in_url},
    oauth::{
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    scope::{LaunchScope, Level, Scope, ScopeSet},
    secret::SecretHash,
    tenant::{DpopUse, GrantType, Guarded, Tenant, same_server},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A request that can be answered once the user has done their part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    pub client_id: String,
    pub redirect: RedirectTarget,
    /// As the app wrote it, or what stands for it where it wrote nothing: to explain what became of it.
    pub asked_scope: String,
    /// Asked ∩ allowed for the client.
    pub scope: ScopeSet,
    /// The FHIR base URL as the tenant writes it.
    pub aud: String,
    /// What the token is for, where that is no FHIR server: the URL of a resource that stands before the one above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    pub code_challenge: Option<String>,
    /// The key that must be proven where the code is exchanged (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Thumbprint>,
    pub nonce: Option<String>,
    /// Present in an EHR launch.
    pub launch: Option<SecretHash>,
    pub login_hint: Option<String>,
    /// The id of an identity provider; what names none is passed over.
    #[serde(default)]
    pub idp_hint: Option<String>,
    pub prompt: BTreeSet<Prompt>,
    /// Seconds since sign-in, at most.
    pub max_age: Option<i64>,
    pub id_token_hint: Option<Hint>,
    /// Languages, the best first (RFC 5646), as the app asked for them.
    pub ui_locales: Vec<String>,
    /// Wishes, which need not be met (OIDC Core §3.1.2.1); for providers that can.
    pub acr_values: Vec<String>,
}

impl AuthorizationRequest {
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }

    /// Whom the token is for.
    pub fn audience(&self) -> &str {
        self.resource.as_deref().unwrap_or(&self.aud)
    }

    /// Stands for the whole of it, the `state` and the challenge of PKCE included.
    pub fn digest(&self) -> SecretHash {
        SecretHash::of(&serde_json::json!(self).to_string())
    }
}

/// Judges everything that can be judged without asking anyone.
pub fn parse(
    params: &Params,
    redirect: RedirectTarget,
    client: &Client,
    tenant: &Tenant,
) -> Result<AuthorizationRequest, OAuthError> {
    no_repetition(params)?;
    no_request_objects(params)?;
    response_type(params, redirect.response, client, tenant)?;
    within_bounds(params)?;
    // A client of the Model Context Protocol may leave it out: PKCE, which every client from a document has, protects as well.
    if redirect.state.is_none() && client.origin.is_none() {
        return Err(OAuthError::invalid_request("state is missing"));
    }
    let guarded = audience(params, client, tenant)?;
    let aud = guarded.url();
    let code_challenge = match redirect.response {
        ResponseType::Code => challenge(params, client)?,
        ResponseType::Token => None,
    };
    binding(redirect.response, client, tenant, aud)?;
    let launch = params.get("launch").map(SecretHash::of);
    let asked_scope = asked_scope(params, client, tenant)?;
    let scope = scope(&asked_scope, client, redirect.response, launch.is_some())?;
    let scope = useful(guarded.within(scope), client, guarded)?;
    let scope = match redirect.response {
        ResponseType::Code => bounded(scope, client, tenant, aud)?,
        ResponseType::Token => {
            // The names of the other members, and the ids of patient and encounter, have 400 bytes.
            let state = redirect.state.as_deref().map_or(0, in_url);
            let around = redirect.redirect_uri.len() + state + in_url(tenant.issuer.as_str()) + 400;
            bounded_by_address(scope, client, tenant, aud, around)?
        }
    };
    Ok(AuthorizationRequest {
        client_id: client.client_id.clone(),
        redirect,
        asked_scope,
        scope,
        aud: guarded.fhir_server().to_owned(),
        resource: matches!(guarded, Guarded::Resource(_)).then(|| aud.to_owned()),
        code_challenge,
        dpop_jkt: dpop_jkt(params, tenant)?,
        nonce: params.get("nonce").map(str::to_owned),
        launch,
        login_hint: params.get("login_hint").map(str::to_owned),
        idp_hint: params.get("idp_hint").map(str::to_owned),
        prompt: oidc_params::prompt(params)?,
        max_age: oidc_params::max_age(params)?,
        // Code that knows the tenant's keys reads it.
        id_token_hint: params.has("id_token_hint").then_some(Hint::Unreadable),
        ui_locales: oidc_params::words(params, "ui_locales"),
        acr_values: oidc_params::words(params, "acr_values"),
    })
}

/// RFC 6749 §3.1. `resource` alone may be repeated, and then names several servers, which a code can't be for.
fn no_repetition(params: &Params) -> Result<(), OAuthError> {
    match params.repeated() {
        Some("resource") => Err(OAuthError::new(ErrorCode::InvalidTarget, "resource must name one FHIR server")),
        Some(_) => Err(OAuthError::invalid_request("a parameter came twice")),
        None => Ok(()),
    }
}

/// Of what comes back to the app in a header or a token. The scope has bounds of its own.
fn within_bounds(params: &Params) -> Result<(), OAuthError> {
    if params.get("state").is_some_and(is_too_long) {
        return Err(OAuthError::invalid_request(format!("state is longer than {MOST_STATE_BYTES} bytes")));
    }
    if params.get("nonce").is_some_and(|nonce| in_json(nonce) > MOST_NONCE_BYTES) {
        return Err(OAuthError::invalid_request(format!("nonce is longer than {MOST_NONCE_BYTES} bytes")));
    }
    Ok(())
}

/// OIDC Core §3.1.2.6.
fn no_request_objects(params: &Params) -> Result<(), OAuthError> {
    for (name, code) in [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ] {
        if params.has(name) {
            return Err(OAuthError::new(code, format!("the parameter {name} is not supported")));
        }
    }
    Ok(())
}

/// A response type that nobody has here is unsupported; one that only this client may not use is another error (RFC 6749
/// §4.1.2.1, §4.2.2.1).
fn response_type(params: &Params, response: ResponseType, client: &Client, tenant: &Tenant) -> Result<(), OAuthError> {
    let (grant_type, mode) = match (params.get("response_type"), response) {
        (None, _) => return Err(OAuthError::invalid_request("response_type is missing")),
        (Some("code"), _) => (GrantType::AuthorizationCode, "query"),
        (Some(_), ResponseType::Token) => (GrantType::Implicit, "fragment"),
        (Some(_), ResponseType::Code) => {
            return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "this response_type is not supported")
                .because("expected code, and another came"));
        }
    };
    // A client that can keep a secret has no need of the implicit grant (RFC 6749 §2.1, §4.2).
    let unfit = grant_type == GrantType::Implicit && !client.is_public();
    if unfit || !client.may_use(grant_type) || !tenant.policy.grant_types.contains(&grant_type) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this app may not use this response_type")
            .because(why_not(grant_type, unfit, client, tenant)));
    }
    match params.get("response_mode") {
        None => Ok(()),
        Some(asked) if asked == mode => Ok(()),
        Some(_) => Err(OAuthError::invalid_request(format!("response_mode must be {mode}"))),
    }
}

fn why_not(grant_type: GrantType, unfit: bool, client: &Client, tenant: &Tenant) -> String {
    let list = |of: &BTreeSet<GrantType>| of.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
    let needs = format!("it needs the grant type {}", grant_type.as_str());
    match (unfit, client.may_use(grant_type)) {
        (true, _) => format!("{needs}, which is for public clients alone"),
        (false, false) => format!("{needs}; the client is registered for: {}", list(&client.grant_types)),
        (false, true) => format!("{needs}; the tenant offers: {}", list(&tenant.policy.grant_types)),
    }
}

/// `aud` is a FHIR server of this tenant (AUTHZ-7, AUTHZ-8), and one that the client may have tokens for. So is `resource` (RFC 8707), or
/// it is what stands before one; beside such a one, `aud` may say which FHIR server that is.
fn audience<'t>(params: &Params, client: &'t Client, tenant: &'t Tenant) -> Result<Guarded<'t>, OAuthError> {
    let known = |url: &str| client.fhir_server(tenant, url).map(Guarded::FhirServer);
    let known_resource = |url: &str| client.resource(tenant, url);
    let foreign = |name: &str, code| {
        let servers: Vec<&str> = client.fhir_servers(tenant).map(|server| server.url.as_str()).collect();
        let expected = format!("expected one of [[fhir_servers]], and another URL came: {}", servers.join(", "));
        let is = |what: fn(&Tenant, &str) -> bool| params.get(name).is_some_and(|url| what(tenant, url));
        let text = if is(|tenant, url| tenant.fhir_server(url).is_some()) {
            format!("{name} is a FHIR server that this app may not have tokens for")
        } else if is(|tenant, url| same_server(url, tenant.issuer.as_str())) {
            // fhirclient sends it when its callback address, with the iss of RFC 9207 in it, is opened once more.
            let use_instead = servers.first().copied().unwrap_or("the base URL of the FHIR server");
            format!("{name} is this authorization server itself: use {use_instead}, or open the app again")
        } else {
            format!("{name} is not a FHIR server of this authorization server")
        };
        OAuthError::new(code, text).because(expected)
    };
    match (params.get("aud"), params.get("resource")) {
        (None, None) => Err(OAuthError::invalid_request("aud is missing")),
        (Some(aud), None) => known(aud).ok_or_else(|| foreign("aud", ErrorCode::InvalidRequest)),
        (None, Some(resource)) => known_resource(resource).ok_or_else(|| foreign("resource", ErrorCode::InvalidTarget)),
        (Some(aud), Some(resource)) => match (known(aud), known_resource(resource)) {
            (Some(a), Some(r)) if a.url() == r.fhir_server() => Ok(r),
            (None, _) => Err(foreign("aud", ErrorCode::InvalidRequest)),
            _ => Err(OAuthError::new(ErrorCode::InvalidTarget, "aud and resource name different servers")),
        },
    }
}

/// S256 and nothing else (SMART 2.2, considerations for PKCE support; RFC 7636 §4.3).
fn challenge(params: &Params, client: &Client) -> Result<Option<String>, OAuthError> {
    let Some(challenge) = params.get("code_challenge") else {
        return match client.pkce {
            Pkce::OptionalForSmartV1 if !client.is_public() && !params.has("code_challenge_method") => Ok(None),
            _ => Err(OAuthError::invalid_request("code_challenge is missing: PKCE with S256 is required")),
        };
    };
    match params.get("code_challenge_method") {
        Some("S256") => {}
        Some(_) => return Err(OAuthError::invalid_request("code_challenge_method must be S256")),
        // The default of RFC 7636 is `plain`, which SMART forbids.
        None => return Err(OAuthError::invalid_request("code_challenge_method is missing: it must be S256")),
    }
    let base64url = challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if challenge.len() == 43 && base64url {
        Ok(Some(challenge.to_owned()))
    } else {
        Err(OAuthError::invalid_request("code_challenge must be 43 characters of base64url"))
    }
}

/// Where no token can be bound to a key, the parameter is one that nobody knows (RFC 6749 §3.1).
fn dpop_jkt(params: &Params, tenant: &Tenant) -> Result<Option<Thumbprint>, OAuthError> {
    let Some(text) = params.get("dpop_jkt").filter(|_| tenant.takes_dpop()) else { return Ok(None) };
    let wrong = || OAuthError::invalid_request("dpop_jkt must be the SHA-256 thumbprint of a key (RFC 7638)");
    Thumbprint::parse(text).map(Some).ok_or_else(wrong)
}

/// Whether the token can be bound that must be: before anybody is asked and anything is spent. One in a redirect comes without a proof
/// (RFC 6749 §4.2).
fn binding(response: ResponseType, client: &Client, tenant: &Tenant, aud: &str) -> Result<(), OAuthError> {
    match (tenant.dpop_at(aud), response, client.must_be_bound(tenant)) {
        (DpopUse::Off, _, true) => Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "this FHIR server takes no DPoP-bound tokens, and this client may have no others",
        )),
        (_, ResponseType::Token, true) | (DpopUse::Required, ResponseType::Token, _) => {
            Err(OAuthError::invalid_request("tokens that are bound to a key need response_type=code"))
        }
        _ => Ok(()),
    }
}

/// A request without a scope asks for the default, if there is one (RFC 6749 §3.3). An EHR's launch is of an app that knows what it wants.
fn asked_scope(params: &Params, client: &Client, tenant: &Tenant) -> Result<String, OAuthError> {
    if let Some(asked) = params.get("scope") {
        return Ok(asked.to_owned());
    }
    let default = client.default_scope.as_ref().or(tenant.policy.default_scope.as_ref());
    let default = default.filter(|_| !params.has("launch"));
    default
        .map(ScopeSet::to_string)
        .ok_or_else(|| OAuthError::invalid_scope("scope is missing").because(registered(client)))
}

fn registered(client: &Client) -> String {
    format!("what it is registered for, of which system/… is for backend services alone: {}", client.scope)
}

/// What of the asked scope this client may have in a flow with a user (SCP-11, SCP-13, RFR-11). Powers over
/// this server are for backend services alone.
fn scope(asked: &str, client: &Client, response: ResponseType, is_ehr_launch: bool) -> Result<ScopeSet, OAuthError> {
    let asked = length::read(asked)?.set;
    let implicit = response == ResponseType::Token;
    // Nothing of the implicit grant can be refreshed, and no id_token comes with it (RFC 6749 §4.2.2).
    let may_refresh = client.may_use(GrantType::RefreshToken) && !implicit;
    let granted = grantable(&asked, &client.scope)?.without(|scope| match scope {
        Scope::Resource(resource) => resource.level == Level::System,
        Scope::OpenId | Scope::FhirUser | Scope::Profile => implicit,
        Scope::OfflineAccess => !may_refresh,
        // Experimental and for EHR launches alone (SMART 2.2, scopes for requesting a refresh token).
        Scope::OnlineAccess => !may_refresh || !is_ehr_launch,
        Scope::Extension(_) => scope.is_power(),
        // It says that the EHR knows what is in view (LCTX-7).
        Scope::Launch(LaunchScope::Ehr) => !is_ehr_launch,
        _ => false,
    });
    if is_ehr_launch && asked.launch() && !granted.launch() {
        return Err(
            OAuthError::invalid_scope("this app is not registered for the scope launch").because(registered(client))
        );
    }
    Ok(granted)
}

/// The scope, if there is something in it that an app can begin with.
fn useful(granted: ScopeSet, client: &Client, guarded: Guarded<'_>) -> Result<ScopeSet, OAuthError> {
    if granted.iter().any(|scope| !matches!(scope, Scope::OfflineAccess | Scope::OnlineAccess)) {
        return Ok(granted);
    }
    Err(OAuthError::invalid_scope("none of the scopes asked for can be granted to this app").because(match guarded {
        Guarded::FhirServer(_) => registered(client),
        Guarded::Resource(resource) => {
            format!("{}; the scopes of {}: {}", registered(client), resource.name, resource.scope)
        }
    }))
}
