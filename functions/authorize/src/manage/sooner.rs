//! A person lets what they allowed an app end sooner (DUR-4). To let it last longer, the app must ask again.

use super::visitor::Visitor;
use crate::{
    audit,
    http::responses::{again, see_other},
    own_pages::manage_url,
    pages::manage::SoonerChoice,
    texts::Texts,
};
use axum::response::Response;
use rules::{
    grant::{Grant, Refreshable, shortened::end_of},
    oauth::params::Params,
    tenant::Tenant,
    time::Timestamp,
};
use server::{
    Server,
    connected_apps::{AppAccess, Taken, shorten},
    http::answer::Answer,
    store::StoreError,
};

/// From now, in days.
const CHOICES: [i64; 5] = [1, 7, 30, 90, 365];

/// What the page said last, in the address that it is opened at.
pub fn word(client_id: &str, days: i64) -> String {
    format!("{days} days of {client_id}")
}

/// The ends that are earlier than the one in sight, where the tenant lets people choose.
pub fn choices(app: &AppAccess, tenant: &Tenant, t: Texts, now: Timestamp) -> Vec<SoonerChoice> {
    let lasting: Vec<&Grant> =
        app.grants.iter().filter(|grant| grant.approval.refresh == Refreshable::Offline).collect();
    if tenant.policy.access_durations.is_empty() || lasting.is_empty() {
        return Vec::new();
    }
    let is_sooner = |end: Timestamp| lasting.iter().any(|grant| end_of(grant).is_none_or(|own| end < own));
    let choice = |days: i64| (days, now.plus(days * 86_400));
    let sooner = CHOICES.into_iter().map(choice).filter(|(_, end)| is_sooner(*end));
    sooner.map(|(days, end)| SoonerChoice { days, end: t.day(end) }).collect()
}

/// The latest of the ends in sight, if each grant has one.
pub fn at_latest(app: &AppAccess, t: Texts) -> Option<String> {
    let ends: Option<Vec<Timestamp>> =
        app.grants.iter().filter(|grant| grant.approval.lasts_until.is_some()).map(end_of).collect();
    ends?.into_iter().max().map(|end| t.day(end))
}

/// The form of the page. What is none of the choices changes nothing.
pub async fn take(server: &Server, visitor: &Visitor, form: &Params) -> Result<Answer, StoreError> {
    let manage = manage_url(&visitor.tenant);
    let is_on = !visitor.tenant.policy.access_durations.is_empty();
    let days = form.get("days").and_then(|days| days.parse().ok()).filter(|days| is_on && CHOICES.contains(days));
    let Some((client_id, days)) = form.get("client_id").zip(days) else {
        return Ok(Answer::undecided(see_other(&manage)));
    };
    let until = visitor.now.plus(days * 86_400);
    let answer: Response = match shorten(server, visitor.person(), client_id, until).await? {
        Taken::Nothing => return Ok(Answer::undecided(see_other(&manage))),
        Taken::All => see_other(&said_url(visitor, client_id, days)),
        Taken::Part => again(&manage),
    };
    tracing::info!(tenant = visitor.tenant.id.as_str(), client_id, days, "a person brought the end of access forward");
    Ok(Answer::deciding(answer, audit::shortened(&visitor.user, client_id, until)))
}

/// The page that says what was done. Nobody else can make a link that says so.
fn said_url(visitor: &Visitor, client_id: &str, days: i64) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("sooner", client_id).append_pair("days", &days.to_string());
    query.append_pair("seal", &visitor.session.seal(&word(client_id, days)));
    format!("{}?{}", manage_url(&visitor.tenant), query.finish())
}
