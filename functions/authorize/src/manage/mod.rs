//! `/{tenant}/manage`: a person sees which apps have access, and takes it away (SMART App Launch 2.2, `management_endpoint`).

mod everywhere;
mod record_names;
mod sooner;
mod visitor;

use crate::{
    audit,
    http::responses::{PageContext, PageError, again, see_other},
    interaction::post::read_form,
    own_pages::{self, manage_url},
    pages::{
        PersonLinks,
        manage::{ManagePage, ManageSignedOutPage, ManagedApp, SessionLine},
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
    client::Client,
    grant::{Grant, GrantState, Refreshable},
    oauth::params::Params,
    secret::same,
    session::Session,
    tenant::TenantRecord,
    time::Timestamp,
};
use server::{
    Server,
    clients::named,
    connected_apps::{AppAccess, AppsPage, Taken, apps_of, take_away},
    http::answer::Answer,
    sessions::sessions_of,
    store::StoreError,
};
use std::sync::Arc;
use visitor::{Visitor, csrf, find};

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
            let sooner = said_sooner(&params, &visitor);
            let from = params.get("from").and_then(|from| from.parse().ok()).unwrap_or_default();
            let word = params.get("said").unwrap_or_default();
            let said = Said { taken, sooner, signed_out: same(word, &visitor.session.seal(everywhere::WORD)) };
            show(&server, &visitor, &headers, said, from).await.unwrap_or_else(IntoResponse::into_response)
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
    if form.get("decision") == Some("everywhere") {
        return match everywhere::sign_out_elsewhere(&server, &visitor).await {
            Ok(answer) => answer,
            Err(error) => context.outage(&error).into_response(),
        };
    }
    if form.get("decision") == Some("sooner") {
        let answer = sooner::take(&server, &visitor, &form).await;
        return answer.map_or_else(|error| context.outage(&error).into_response(), IntoResponse::into_response);
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

/// What was done a moment ago.
#[derive(Clone, Copy)]
struct Said<'a> {
    taken: Option<&'a str>,
    /// Which app's access ends sooner, and in how many days.
    sooner: Option<(&'a str, i64)>,
    signed_out: bool,
}

/// What the address says of an end that was brought forward, if this server wrote it.
fn said_sooner<'a>(params: &'a Params, visitor: &Visitor) -> Option<(&'a str, i64)> {
    let (client_id, seal) = params.get("sooner").zip(params.get("seal"))?;
    let days = params.get("days")?.parse().ok()?;
    same(seal, &visitor.session.seal(&sooner::word(client_id, days))).then_some((client_id, days))
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
    said: Said<'_>,
    from: usize,
) -> Result<Response, PageError> {
    let context = PageContext::of(&visitor.tenant).speaking(&[], headers);
    let t = context.t;
    let outage = |error: StoreError| context.outage(&error);
    let (apps, sessions) = (apps_of(server, visitor.person(), from), shown_sessions(server, visitor, t, from));
    let (AppsPage { apps, next }, sessions) = tokio::try_join!(apps, sessions).map_err(outage)?;
    let names = RecordNames::find(server, &visitor.tenant, &visitor.user, t, &apps, visitor.now).await;
    let apps: Vec<ManagedApp> = apps.iter().map(|app| managed(app, &names, visitor, t)).collect();
    let taken = match said.taken.filter(|id| !apps.iter().any(|app| app.client_id == *id)) {
        Some(id) => named(server, &visitor.tenant, id, visitor.now).await.map_err(outage)?,
        None => None,
    };
    let sooner = said.sooner.and_then(|(id, days)| {
        let app = apps.iter().find(|app| app.client_id == id)?;
        Some((app.name.as_str(), t.day(visitor.now.plus(days * 86_400))))
    });
    let stylesheet = context.stylesheet();
    let page = ManagePage {
        frame: context.frame(&stylesheet),
        user_name: &visitor.user.name,
        action: &manage_url(&visitor.tenant),
        person: &PersonLinks { manage: None, ..own_pages::links_of(&visitor.tenant, &visitor.user) },
        csrf: &csrf(visitor),
        apps: &apps,
        taken: taken.as_deref().map(name_of),
        sooner: sooner.as_ref().map(|(name, end)| (*name, end.as_str())),
        sessions: sessions.as_deref(),
        signed_out: said.signed_out,
        next: next.map(|next| format!("{}?from={next}", manage_url(&visitor.tenant))),
    };
    Ok(context.page(&page))
}

/// Where they are signed in, on the first page of the list of apps.
async fn shown_sessions(
    server: &Server,
    visitor: &Visitor,
    t: Texts,
    from: usize,
) -> Result<Option<Vec<SessionLine>>, StoreError> {
    if from > 0 {
        return Ok(None);
    }
    let line = |session: &Session| SessionLine {
        is_here: session.id == visitor.session.item.id,
        since: session.since().map(|at| t.moment(at)).unwrap_or_default(),
        until: t.moment(session.ends_at),
    };
    let sessions = sessions_of(server, visitor.person(), &visitor.user).await?;
    Ok(Some(sessions.iter().map(|session| line(session)).collect()))
}

/// A client that nobody registered calls itself what it likes: people know it by its address.
fn name_of(client: &Client) -> &str {
    if client.origin.is_some() { &client.client_id } else { &client.client_name }
}

fn managed(app: &AppAccess, names: &RecordNames, visitor: &Visitor, t: Texts) -> ManagedApp {
    let tenant = &visitor.tenant;
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
    let remembered = app.remembered.iter().map(|consent| consent.holds_until(&tenant.policy));
    ManagedApp {
        client_id: app.client_id.clone(),
        name: app
            .client
            .as_ref()
            .map_or_else(|| t.manage_removed_app(&app.client_id).to_string(), |client| name_of(client).to_owned()),
        since: since.map(|at| t.day(at)).unwrap_or_default(),
        last_used: last_used.map_or_else(|| t.manage_not_used().to_owned(), |at| t.moment(at)),
        ends: ends(app, t),
        at_latest: sooner::at_latest(app, t),
        sooner: sooner::choices(app, tenant, t, visitor.now),
        records,
        may,
        remembered_until: remembered.max().map(|at| t.day(at)),
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
    // Each use of a refresh token restarts its time.
    let renewable = matches!(&last.state, GrantState::Redeemed { refresh: Some(family), .. } if family.ends_at != Some(family.idle_until));
    match last.approval.refresh {
        Refreshable::Offline if renewable => t.manage_ends_unless_used(end).to_string(),
        _ => end,
    }
}
