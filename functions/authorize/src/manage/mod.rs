//! `/{tenant}/manage`: a person sees which apps have access, and takes it away (SMART App Launch 2.2, `management_endpoint`).

mod record_names;

use crate::{
    audit,
    http::{
        responses::{PageContext, PageError, again, see_other, tenant_of},
        session::BrowserSession,
    },
    interaction::post::read_form,
    own_pages::{self, manage_url},
    pages::{
        PersonLinks,
        manage::{ManagePage, ManageSignedOutPage, ManagedApp},
    },
    texts::Texts,
};
use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use record_names::RecordNames;
use rules::{
    grant::{Grant, GrantState, Refreshable},
    oauth::params::Params,
    secret::{Secret, same},
    signed_in::SignedIn,
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    connected_apps::{AppAccess, AppsPage, Person, Taken, apps_of, take_away},
    http::answer::Answer,
    store::StoreError,
};
use std::sync::Arc;

/// Somebody signed in, their session, and the tenant it is at.
struct Visitor {
    tenant: Arc<TenantRecord>,
    session: BrowserSession,
    user: SignedIn,
    now: Timestamp,
}

pub async fn page(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    match find(&server, &tenant, &headers).await {
        Ok(Ok(visitor)) => {
            let taken = params.get("taken").zip(params.get("seal"));
            let taken = taken.filter(|(id, seal)| same(seal, &visitor.session.seal(&taken_word(id)))).map(|(id, _)| id);
            let from = params.get("from").and_then(|from| from.parse().ok()).unwrap_or_default();
            show(&server, &visitor, &headers, taken, from).await.unwrap_or_else(IntoResponse::into_response)
        }
        Ok(Err(tenant)) if params.has("error") => signed_out(&tenant, &headers),
        Ok(Err(tenant)) => own_pages::sign_in(&server, &tenant, &headers, manage_url(&tenant), &[]).await,
        Err(error) => error.into_response(),
    }
}

pub async fn post(
    State(server): State<Arc<Server>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let visitor = match find(&server, &tenant, &headers).await {
        Ok(Ok(visitor)) => visitor,
        // A page with a link: what they sent was not done, and they should see that before they sign in.
        Ok(Err(tenant)) => return see_other(&format!("{}?error=login_required", manage_url(&tenant))),
        Err(error) => return error.into_response(),
    };
    let context = PageContext::of(&visitor.tenant).speaking(&[], &headers);
    if let Err(error) = context.own_form(&headers, &visitor.tenant.issuer) {
        return error.into_response();
    }
    let Some(form) = read_form(&headers, body) else {
        return context.bad_request("the form can't be read").into_response();
    };
    let sent = form.get("csrf").unwrap_or_default();
    if !same(sent, &csrf(&visitor)) {
        return context.expired("the form's csrf token is wrong").into_response();
    }
    let Some(client_id) = form.get("client_id").filter(|_| form.get("decision") == Some("take-away")) else {
        return see_other(&manage_url(&visitor.tenant));
    };
    let answer = match take_away(&server, visitor.person(), client_id).await {
        // The app never had anything, or another tab was faster.
        Ok(Taken::Nothing) => return see_other(&manage_url(&visitor.tenant)),
        Ok(Taken::All) => see_other(&taken_url(&visitor, client_id)),
        // The browser sends the same form again, by itself: one click takes away however much there is.
        Ok(Taken::Part) => again(&manage_url(&visitor.tenant)),
        Err(error) => return context.outage(&error).into_response(),
    };
    let record = audit::taken_back(&visitor.user, client_id);
    tracing::info!(tenant = visitor.tenant.id.as_str(), client_id, "a person took access away");
    Answer::deciding(answer, record).into_response()
}

/// The page that says what was done. Nobody else can make a link that says so.
fn taken_url(visitor: &Visitor, client_id: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("taken", client_id).append_pair("seal", &visitor.session.seal(&taken_word(client_id)));
    format!("{}?{}", manage_url(&visitor.tenant), query.finish())
}

fn taken_word(client_id: &str) -> String {
    format!("taken {client_id}")
}

impl Visitor {
    fn person(&self) -> Person<'_> {
        Person { tenant: &self.tenant, sub: &self.user.sub, now: self.now }
    }
}

fn csrf(visitor: &Visitor) -> String {
    Secret::new(visitor.session.csrf()).successor("manage").expose().to_owned()
}

/// Whoever is signed in at this browser, or the tenant to sign in at.
async fn find(
    server: &Server,
    tenant: &str,
    headers: &HeaderMap,
) -> Result<Result<Visitor, Arc<TenantRecord>>, PageError> {
    let now = server.now();
    let tenant = tenant_of(server, tenant, headers, now).await?;
    let outage = |error: StoreError| PageContext::of(&tenant).outage(&error);
    let (session, mut known) = BrowserSession::find(server, &tenant, headers, now).await.map_err(outage)?;
    let Some(mut session) = session else { return Ok(Err(tenant)) };
    let user = session.user_today(server, &tenant, &mut known).await.map_err(outage)?;
    let Some(user) = user else { return Ok(Err(tenant)) };
    session.use_it(server, &tenant, now).await.map_err(outage)?;
    Ok(Ok(Visitor { tenant, session, user, now }))
}

fn signed_out(tenant: &TenantRecord, headers: &HeaderMap) -> Response {
    let (context, action) = (PageContext::of(tenant).speaking(&[], headers), manage_url(tenant));
    let stylesheet = context.stylesheet();
    context.page(&ManageSignedOutPage { frame: context.frame(&stylesheet), action: &action })
}

async fn show(
    server: &Server,
    visitor: &Visitor,
    headers: &HeaderMap,
    taken: Option<&str>,
    from: usize,
) -> Result<Response, PageError> {
    let context = PageContext::of(&visitor.tenant).speaking(&[], headers);
    let t = context.t;
    let outage = |error: StoreError| context.outage(&error);
    let AppsPage { apps, next } = apps_of(server, visitor.person(), from).await.map_err(outage)?;
    let names = RecordNames::find(server, &visitor.tenant, &visitor.user, t, &apps, visitor.now).await;
    let apps: Vec<ManagedApp> = apps.iter().map(|app| managed(app, &names, t)).collect();
    let taken = match taken.filter(|id| !apps.iter().any(|app| app.client_id == *id)) {
        Some(id) => server.client(&visitor.tenant.id, id, visitor.now).await.map_err(outage)?,
        None => None,
    };
    let stylesheet = context.stylesheet();
    let page = ManagePage {
        frame: context.frame(&stylesheet),
        user_name: &visitor.user.name,
        action: &manage_url(&visitor.tenant),
        person: &PersonLinks { manage: None, ..own_pages::links_of(&visitor.tenant, &visitor.user) },
        csrf: &csrf(visitor),
        apps: &apps,
        taken: taken.as_ref().map(|client| client.client_name.as_str()),
        next: next.map(|next| format!("{}?from={next}", manage_url(&visitor.tenant))),
    };
    Ok(context.page(&page))
}

fn managed(app: &AppAccess, names: &RecordNames, t: Texts) -> ManagedApp {
    let since = app.grants.iter().map(|grant| grant.approval.approved_at).min();
    let last_used = app.grants.iter().filter_map(last_used).max();
    let mut may: Vec<String> = Vec::new();
    for scope in app.grants.iter().flat_map(|grant| grant.approval.scope.iter()).filter(|s| s.as_launch().is_none()) {
        let title = t.scope(scope).title;
        if !may.contains(&title) {
            may.push(title);
        }
    }
    let approvals = app.grants.iter().map(|grant| &grant.approval);
    let mut records: Vec<String> =
        approvals.filter_map(|of| Some(names.of(&of.aud, of.record_of_another()?))).collect();
    records.sort();
    records.dedup();
    ManagedApp {
        client_id: app.client_id.clone(),
        name: app
            .client
            .as_ref()
            .map_or_else(|| t.manage_removed_app(&app.client_id).to_string(), |client| client.client_name.clone()),
        since: since.map(|at| t.day(at)).unwrap_or_default(),
        last_used: last_used.map_or_else(|| t.manage_not_used().to_owned(), |at| t.moment(at)),
        ends: ends(app, t),
        records,
        may,
        remembered_until: app.remembered.iter().map(|consent| consent.expires_at).max().map(|at| t.day(at)),
    }
}

/// When the app last came for tokens.
fn last_used(grant: &Grant) -> Option<Timestamp> {
    match &grant.state {
        GrantState::Redeemed { last_used, .. } => Some(*last_used),
        GrantState::CodeIssued { .. } | GrantState::Revoked { .. } => None,
    }
}

fn ends(app: &AppAccess, t: Texts) -> String {
    let Some(last) = app.grants.iter().max_by_key(|grant| grant.forget_at()) else { return String::new() };
    let end = t.moment(last.forget_at());
    // Each use of a refresh token begins its time anew.
    let renewable = matches!(&last.state, GrantState::Redeemed { refresh: Some(family), .. } if family.ends_at != Some(family.idle_until));
    match last.approval.refresh {
        Refreshable::Offline if renewable => t.manage_ends_unless_used(end).to_string(),
        _ => end,
    }
}
