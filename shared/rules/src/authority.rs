//! Is what was true when access was given still true? Asked at each use: of a session, a way through the pages, a grant, a token.

use crate::{
    authorize::request::AuthorizationRequest,
    client::Client,
    credentials::{Credentials, methods::is_multi_factor},
    extensions::{carried::Extensions, judge::would_hold},
    grant::{Approval, Grant, Refreshable},
    identity_provider::{
        IdentityProvider,
        mapping::{may_vouch_for, vouched_today},
    },
    launch::Launch,
    oauth::error::{ErrorCode, OAuthError},
    scope::{CREATE_LAUNCHES, ScopeSet, narrow},
    signed_in::SignedIn,
    tenant::{DpopUse, GivenAccess, GrantType, Policy, SecondFactor, Tenant, same_server},
    time::Timestamp,
    token::{AccessTokenClaims, IdTokenClaims},
    user::{Account, FhirUser, FhirUserType, Reach, User, reach},
    vouch::may_vouch_for as may_ehr_vouch_for,
};

/// Why access is over, for the log.
pub type Lapsed = &'static str;

/// What the tenant's configuration says of a grant. Every function has it at hand, so this costs nothing.
pub fn of_tenant(grant: &Grant, tenant: &Tenant) -> Result<(), Lapsed> {
    let Approval { account, .. } = &grant.approval;
    if tenant.has_ended(&GivenAccess {
        client_id: &grant.client_id,
        sub: &grant.approval.sub,
        patient: grant.approval.context.patient.as_deref(),
        at: grant.approval.approved_at,
    }) {
        return Err("all such access was ended since");
    }
    is_guarded(grant.approval.audience(), tenant)?;
    let own = grant.approval.own_resource();
    if let Some(ehr) = &grant.approval.vouched_by {
        may_ehr_vouch_for(ehr, own.as_ref(), tenant)?;
    }
    // A grant of before accounts were written into grants: its tokens run out, and it is not refreshed.
    let Some(account) = account else { return Ok(()) };
    of_account(account, own.as_ref(), tenant).map(drop)
}

/// What the tenant's configuration says of an access token, whether a grant stands behind it or not.
pub fn of_token(claims: &AccessTokenClaims, tenant: &Tenant) -> Result<(), Lapsed> {
    let AccessTokenClaims { client_id, sub, patient, iat, .. } = claims;
    if tenant.has_ended(&GivenAccess { client_id, sub, patient: patient.as_deref(), at: *iat }) {
        return Err("all such access was ended since");
    }
    if is_for_admit(claims, tenant) { Ok(()) } else { is_guarded(&claims.aud, tenant) }
}

fn is_guarded(aud: &str, tenant: &Tenant) -> Result<(), Lapsed> {
    tenant.guarded_at(aud).map(drop).ok_or("what the tokens are for is no longer one of this tenant")
}

/// Whether a token is addressed to this server itself. A person's never is.
fn is_for_admit(claims: &AccessTokenClaims, tenant: &Tenant) -> bool {
    claims.aud == tenant.issuer.as_str() && claims.grant_id.is_none()
}

/// What the app's registration leaves of the scope of its token: an app that is not there, is switched off, or may get no such
/// tokens any more has nothing. The grant is the one that stands behind the token, if one does.
pub fn of_client(
    claims: &AccessTokenClaims,
    grant: Option<&Grant>,
    client: Option<&Client>,
    tenant: &Tenant,
) -> Result<ScopeSet, Lapsed> {
    let client = client.filter(|client| !client.disabled).ok_or("the client was removed or is switched off")?;
    // What was given before it had to be bound is a Bearer token that anybody can use.
    let must_be_bound = client.must_be_bound(tenant) || tenant.dpop_at(&claims.aud) == DpopUse::Required;
    if must_be_bound && claims.cnf.is_none() {
        return Err("its tokens are bound to a key now, and this one is not");
    }
    match grant {
        Some(grant) => {
            of_way(grant.way(), client, tenant)?;
            of_audience(grant, client, tenant)?;
        }
        None => of_service(client, tenant)?,
    }
    of_extensions(claims.extensions.as_ref(), client, tenant)?;
    let scope = ScopeSet::parse(&claims.scope).set;
    // Also of a token that was given when powers could stand beside scopes of a FHIR server.
    let scope = if is_for_admit(claims, tenant) {
        scope.powers()
    } else {
        let guarded = client.guarded_at(tenant, &claims.aud);
        guarded.ok_or("the client may have no tokens for this any more")?.within(scope.without_powers())
    };
    // What a role allows is in the role, which may have changed too.
    let most = match &client.role {
        Some(own) => tenant.roles.iter().find(|role| role.name == own.name).map(|role| role.scope(&own.device)),
        None => Some(client.scope.clone()),
    };
    let most = most.ok_or("the client's role is gone")?;
    let left = if most.covers(&scope) { scope } else { narrow(&scope, &most).granted };
    if left.is_empty() { Err("the client may have none of these scopes any more") } else { Ok(left) }
}

/// What is still true of an id_token: its app is there, and what the app was given with it was not ended.
pub fn of_id_token(claims: &IdTokenClaims, client: Option<&Client>, tenant: &Tenant) -> Result<(), Lapsed> {
    client.filter(|client| !client.disabled).ok_or("the client was removed or is switched off")?;
    let IdTokenClaims { aud, sub, iat, .. } = claims;
    let is_over = tenant.has_ended(&GivenAccess { client_id: aud, sub, patient: None, at: *iat });
    if is_over { Err("all such access was ended since") } else { Ok(()) }
}

/// Whether the app could still get access in this way.
fn of_way(way: GrantType, client: &Client, tenant: &Tenant) -> Result<(), Lapsed> {
    if !client.may_use(way) || !tenant.policy.grant_types.contains(&way) {
        return Err("the client may get no such token any more");
    }
    let method = client.authentication.method();
    let is_offered = tenant.policy.lets_authenticate_by(method);
    is_offered.then_some(()).ok_or("clients may not authenticate in this way any more")
}

/// Whether the client could still speak for whom it spoke then, and for the same purposes.
fn of_extensions(extensions: Option<&Extensions>, client: &Client, tenant: &Tenant) -> Result<(), Lapsed> {
    let holds = extensions.is_none_or(|extensions| would_hold(extensions, client, tenant));
    holds.then_some(()).ok_or("the client may no longer bring the extensions that it was given for")
}

/// Whether a backend service could still get a token for itself.
fn of_service(client: &Client, tenant: &Tenant) -> Result<(), Lapsed> {
    of_way(GrantType::ClientCredentials, client, tenant)?;
    let may = tenant.policy.lets_act_alone(client.authentication.method());
    may.then_some(()).ok_or("services may not get tokens by a secret any more")
}

/// Whether whoever made a launch could still make it: an EHR or a FHIR server of the tenant, or a service with the power to.
pub fn of_launch(launch: &Launch, client: Option<&Client>, tenant: &Tenant) -> Result<(), Lapsed> {
    if launch.vouched.is_some() && tenant.vouching(&launch.ehr).is_none() {
        return Err("the EHR no longer vouches for its users");
    }
    let made_it = |name: &String| *name == launch.ehr;
    let by_ehr = tenant.ehrs.iter().map(|ehr| &ehr.name).any(made_it);
    if by_ehr || tenant.fhir_servers.iter().map(|server| &server.name).any(made_it) {
        return Ok(());
    }
    let client = client.filter(|client| !client.disabled).ok_or("who made the launch is not there any more")?;
    of_service(client, tenant)?;
    let is_there = launch.fhir_server.as_ref().is_none_or(|own| client.fhir_server(tenant, own).is_some());
    let may = client.scope.has_extension(CREATE_LAUNCHES) && is_there;
    may.then_some(()).ok_or("who made the launch may make no such launch any more")
}

/// The provider at which people of this kind still sign in, if they do; none for those who sign in here.
fn of_account<'t>(
    account: &Account,
    fhir_user: Option<&FhirUser>,
    tenant: &'t Tenant,
) -> Result<Option<&'t IdentityProvider>, Lapsed> {
    match &account.provider {
        None if tenant.policy.local_sign_in == Some(false) => {
            Err("passwords of this server are no longer accepted here")
        }
        None => Ok(None),
        Some(id) => {
            let provider = tenant.identity_providers.iter().find(|provider| provider.id == *id);
            let provider = provider.ok_or("the identity provider is no longer one of this tenant")?;
            if !account.issuer.as_ref().is_some_and(|issuer| provider.accepts_issuer(issuer)) {
                return Err("the identity provider has another issuer");
            }
            let may = may_vouch_for(provider, fhir_user);
            may.map(|()| Some(provider)).map_err(|_| "the provider may not sign in such a person any more")
        }
    }
}

/// Somebody who signed in, as they are today, if they would still be let in with what they showed then. A provider's word holds as
/// long as the tenant trusts the provider. A user of the tenant's own must be there, with the same password and factors.
pub fn person_today(was: &SignedIn, found: Option<(&User, &Credentials)>, tenant: &Tenant) -> Option<SignedIn> {
    if let Some(provider) = of_account(&was.account(), was.fhir_user.as_ref(), tenant).ok()? {
        return vouched_today(provider, was);
    }
    // Since then the tenant may have begun to ask for more than a password.
    if tenant.policy.second_factor == SecondFactor::Required && !is_multi_factor(was) {
        return None;
    }
    let (user, credentials) = found.filter(|(user, _)| user.sub == was.sub)?;
    if was.credential != Some(credentials.fingerprint(user)) {
        return None;
    }
    match &was.vouched_by {
        Some(ehr) => may_ehr_vouch_for(ehr, user.fhir_user.as_ref(), tenant).ok()?,
        // Nor does a passkey alone let anybody in any more, where the tenant has no passkeys now.
        None if !tenant.policy.passkeys && !was.amr.iter().any(|method| method == "pwd") => return None,
        None => {}
    }
    let fresh = SignedIn::by_password(user, credentials, tenant, was.auth_time);
    let SignedIn { amr, acr, vouched_by, .. } = was.clone();
    Some(SignedIn { amr, acr, vouched_by, ..fresh })
}

/// Whether the app may still get an answer to its request: judged at each page on the way, and at the last.
pub fn of_request(request: &AuthorizationRequest, client: &Client, tenant: &Tenant) -> Result<(), OAuthError> {
    let way = request.redirect.response.grant_type();
    if !client.may_use(way) || !tenant.policy.grant_types.contains(&way) {
        let why = "this client may not use this response_type any more";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, why));
    }
    if client.guarded_at(tenant, request.audience()).is_none_or(|guarded| guarded.fhir_server() != request.aud) {
        let name = if request.resource.is_some() { "resource" } else { "aud" };
        return Err(OAuthError::invalid_request(format!(
            "{name} is nothing that this app may have tokens for any more"
        )));
    }
    if request.scope.is_empty() {
        return Err(OAuthError::invalid_scope("this app may have none of these scopes any more"));
    }
    Ok(())
}

/// What the app's registration says of a code that it brings: the address that the code went to must still be its own.
pub fn of_redirect(grant: &Grant, client: &Client) -> Result<(), Lapsed> {
    let uri = grant.approval.redirect_uri.as_str();
    client.registers_redirect(uri).then_some(()).ok_or("the redirect URI is no longer registered")
}

/// Whether the app may still have tokens for what the person let it at. A resource that stands before another FHIR server now reads
/// other people's records.
pub fn of_audience(grant: &Grant, client: &Client, tenant: &Tenant) -> Result<(), Lapsed> {
    let guarded = client.guarded_at(tenant, grant.approval.audience());
    let may_have = guarded.is_some_and(|guarded| same_server(guarded.fhir_server(), &grant.approval.aud));
    may_have.then_some(()).ok_or("the client may have no tokens for this any more")
}

/// Whether the tenant still offers, and the app is still registered for, what lets it come back without the person.
pub fn of_return(approval: &Approval, client: &Client, policy: &Policy) -> Result<(), Lapsed> {
    if !policy.grant_types.contains(&GrantType::RefreshToken) {
        return Err("apps may no longer come back without the person here");
    }
    let may = match approval.refresh {
        Refreshable::Never => false,
        Refreshable::Offline => client.scope.offline_access(),
        Refreshable::Online { .. } => client.scope.online_access(),
    };
    (may && client.may_use(GrantType::RefreshToken))
        .then_some(())
        .ok_or("the client may no longer come back without the person")
}

/// What the configuration of the tenant and of the app says of a refresh token, whether it is used or asked about.
pub fn of_refresh_token(grant: &Grant, client: &Client, tenant: &Tenant, now: Timestamp) -> Result<(), Lapsed> {
    of_tenant(grant, tenant)?;
    of_way(grant.way(), client, tenant)?;
    of_audience(grant, client, tenant)?;
    of_return(&grant.approval, client, &tenant.policy)?;
    of_extensions(grant.extensions(), client, tenant)?;
    of_absence(&grant.approval, tenant, now)
}

/// What a user of the tenant's own is today: still there, still themselves at this FHIR server, still somebody who may open the
/// record. The links of a Person resource are followed at sign-in alone.
pub fn of_person(approval: &Approval, today: Option<&User>, tenant: &Tenant) -> Result<(), Lapsed> {
    let user = today.filter(|user| user.sub == approval.sub).ok_or("the person is no longer a user")?;
    let is_known_there = tenant.fhir_server_of(user).is_some_and(|own| same_server(own, &approval.aud));
    if (user.fhir_user.is_some() || !user.patients.is_empty()) && !is_known_there {
        return Err("the person is known at another FHIR server now");
    }
    if user.fhir_user.as_ref().map(|own| own.url(&approval.aud)) != approval.fhir_user {
        return Err("the person is another resource at the FHIR server now");
    }
    let is_person = user.fhir_user.as_ref().is_some_and(|own| own.resource == FhirUserType::Person);
    match (&approval.context.patient, reach(user.fhir_user.as_ref(), &user.patients)) {
        (Some(patient), Reach::Only(patients)) if !is_person && !patients.contains(&patient.as_str()) => {
            Err("the person may no longer open the record")
        }
        _ => Ok(()),
    }
}

/// How long an app goes on without the person by what the tenant says today. Refresh tokens have an end of their own from the
/// day when they began; this is for a tenant that has come to want less. People of identity providers, who are in no file of
/// this server, must also sign in again.
pub fn of_absence(approval: &Approval, tenant: &Tenant, now: Timestamp) -> Result<(), Lapsed> {
    if approval.refresh != Refreshable::Offline {
        return Ok(());
    }
    let away = now.since(approval.approved_at);
    // It counts from the exchange, which may be as long after the yes as a code lives.
    let most = tenant.policy.refresh_absolute_seconds.map(|most| most.saturating_add(tenant.policy.code_seconds));
    if most.is_some_and(|most| away >= most) {
        return Err("the tenant lets no app go on for so long any more");
    }
    let is_providers = approval.account.as_ref().is_some_and(|account| account.provider.is_some());
    match tenant.policy.provider_offline_seconds {
        Some(most) if is_providers && away >= most => Err("the person must sign in at their identity provider again"),
        _ => Ok(()),
    }
}
