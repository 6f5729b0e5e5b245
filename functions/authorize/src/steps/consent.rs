//! The consent page: which app asks, for whose record, for what. The ticked scopes are granted (AUTHZ-20).

use super::patient_name::named_patient;
use crate::{
    interaction::{advance::advance, consent_skip, fact::Fact, visit::Visit},
    own_pages,
    pages::consent::{
        ConsentGroup, ConsentItem, ConsentPage, ConsentPart, ConsentSet, DurationChoice, HowLong, UnregisteredApp,
    },
};
use axum::response::Response;
use rules::{
    authorize::{
        consent::{Choice, Ticks, choices, chosen, is_choice, lasts},
        interaction::Consent,
        lasting::{self, Lasting, durations},
        next_step::Offer,
    },
    oauth::params::Params,
    scope::{Level, Permissions, Scope, ScopeSet},
    tenant::{AccessDuration, Guarded},
};
use server::http::answer::Answer;
use std::collections::HashSet;

/// The page, unless nobody need be asked.
pub async fn page(visit: &Visit, offer: &Offer<'_>) -> Answer {
    match consent_skip::answered_or_page(visit, &visit.interaction).await {
        Some(next) => advance(visit, next).await,
        None => Answer::undecided(ask(visit, offer).await),
    }
}

pub fn take(visit: &Visit, offer: &Offer<'_>, form: &Params) -> Fact {
    // Whose records a person may open can change while the page is before them: their yes was to the patient that it named.
    let is_of_another = form.get("named_patient") != offer.context.patient.as_deref();
    // So can what an app says of itself that nobody registered.
    let document = visit.client.origin.as_ref().map(|origin| origin.hash.as_str());
    let is_of_another = is_of_another || form.get("document") != document;
    let (consent, lasts_until) = match form.get("decision") {
        Some("allow") if is_of_another => return Fact::nothing(visit),
        Some("allow") => match lasting(visit, offer, form) {
            Some(Lasting { scope, until }) => (Consent::Given(scope), until),
            None => return Fact::nothing(visit),
        },
        Some("deny") => (Consent::Denied, None),
        _ => return Fact::nothing(visit),
    };
    Fact::choice(visit, |choosing| {
        choosing.consent = Some(consent);
        choosing.lasts_until = lasts_until;
    })
}

async fn ask(visit: &Visit, offer: &Offer<'_>) -> Response {
    let Offer { user, scope: offered, context } = offer;
    let (client, stylesheet, t) = (&visit.client, visit.context().stylesheet(), visit.t);
    let patient = match &context.patient {
        Some(id) => Some(named_patient(visit, id).await),
        None => None,
    };
    let durations = durations(offered, client, &visit.tenant.policy);
    let asks_how_long = !durations.is_empty();
    let choices = choices(offered, &client.required_scope);
    let is_offline = |choice: &&Choice| choice.scope == Scope::OfflineAccess;
    let how_long = choices.iter().find(is_offline).filter(|_| asks_how_long).map(|choice| HowLong {
        title: t.scope(&choice.scope).title,
        explanation: item(visit, choice).explanation,
        choices: durations.into_iter().map(|one| duration(visit, one)).collect(),
    });
    let items = |which: fn(&Scope) -> bool| -> Vec<ConsentItem> {
        choices.iter().filter(|choice| which(&choice.scope)).map(|choice| item(visit, choice)).collect()
    };
    let always: Vec<String> =
        offered.iter().filter(|scope| !is_choice(scope)).map(|scope| t.scope(scope).title).collect();
    let you = |scope: &Scope| matches!(scope, Scope::OpenId | Scope::FhirUser | Scope::Profile);
    let other = |scope: &Scope| matches!(scope, Scope::Extension(_));
    let mut groups: Vec<ConsentGroup> = LEVELS.into_iter().map(|level| records(visit, level, &choices)).collect();
    groups.push(ConsentGroup::of(t.consent_group_you(), items(you)));
    groups.push(ConsentGroup::of(t.consent_group_other(), items(other)));
    groups.retain(|group| !group.sets.is_empty());
    let redirect_host = host_of(&visit.interaction.request.redirect.redirect_uri);
    let unregistered = client.origin.as_ref().map(|origin| UnregisteredApp {
        calls_itself: &client.client_name,
        is_local: client.is_local(),
        document: origin.hash.as_str(),
    });
    let page = ConsentPage {
        frame: visit.frame(&stylesheet),
        client_name: client.known_as(),
        unregistered: unregistered.as_ref(),
        client_uri: client.client_uri.as_deref(),
        logo_uri: client.logo_uri.as_deref(),
        client_verified: client.verified,
        resource: resource(visit),
        user_name: &user.name,
        patient: patient.as_ref(),
        patient_id: context.patient.as_deref(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        groups: &groups,
        lasting: &items(if asks_how_long { |scope| *scope == Scope::OnlineAccess } else { lasts }),
        how_long: how_long.as_ref(),
        always: &always,
        person: &own_pages::links_of(&visit.tenant, user),
        redirect_host,
    };
    visit.context().page_with_image(&page, page.logo())
}

/// The resource that the app's tokens are for, with its host. A FHIR server goes without saying.
fn resource(visit: &Visit) -> Option<(&str, &str)> {
    let asked = visit.interaction.request.resource.as_deref()?;
    match visit.tenant.guarded_at(asked)? {
        Guarded::FhirServer(_) => None,
        Guarded::Resource(resource) => Some((&resource.name, host_of(&resource.url))),
    }
}

const LEVELS: [Level; 3] = [Level::Patient, Level::User, Level::System];

/// What the app may do in these records: what it may see stands together, and so does what it may see and add.
fn records(visit: &Visit, level: Level, choices: &[Choice]) -> ConsentGroup {
    let t = visit.t;
    let mut sets: Vec<(Permissions, ConsentSet)> = Vec::new();
    for choice in choices {
        let Some(resource) = choice.scope.as_resource().filter(|resource| resource.level == level) else { continue };
        let verbs = t.permissions(resource.permissions);
        match sets.iter_mut().find(|(_, set)| set.heading.as_ref() == Some(&verbs)) {
            Some((_, set)) => set.items.push(item(visit, choice)),
            None => {
                sets.push((resource.permissions, ConsentSet { heading: Some(verbs), items: vec![item(visit, choice)] }))
            }
        }
    }
    // What only shows comes before what changes.
    sets.sort_by_key(|(permissions, _)| permissions.minus(Permissions::READ_SEARCH).is_some());
    let heading = match level {
        Level::Patient => t.consent_group_records(),
        Level::User => t.consent_group_user(),
        Level::System => t.consent_group_system(),
    };
    ConsentGroup { heading, reach: Some(t.level(level)), sets: sets.into_iter().map(|(_, set)| set).collect() }
}

/// What was ticked, with what was chosen for how long.
fn lasting(visit: &Visit, offer: &Offer<'_>, form: &Params) -> Option<Lasting> {
    let durations = durations(&offer.scope, &visit.client, &visit.tenant.policy);
    lasting::chosen(ticked(visit, &offer.scope, form), &durations, form.get("lasts"), visit.now)
}

/// One box of the choices, of which one is taken.
fn duration(visit: &Visit, duration: AccessDuration) -> DurationChoice {
    let t = visit.t;
    let title = match (duration, duration.seconds()) {
        (AccessDuration::Once, _) => t.consent_lasts_once().to_owned(),
        (_, Some(seconds)) => t.consent_lasts_until(t.day(visit.now.plus(seconds))).to_string(),
        (_, None) => t.consent_lasts_until_ended().to_owned(),
    };
    DurationChoice { value: duration.to_string(), title }
}

/// What was ticked of what was offered, and what the app can't run without.
fn ticked(visit: &Visit, offered: &ScopeSet, form: &Params) -> ScopeSet {
    let form = Form { wholes: form.all("scope").collect(), parts: form.all("part").collect() };
    chosen(&choices(offered, &visit.client.required_scope), &form)
}

struct Form<'a> {
    wholes: HashSet<&'a str>,
    parts: HashSet<&'a str>,
}

impl Ticks for Form<'_> {
    fn whole(&self, scope: &Scope) -> bool {
        self.wholes.contains(scope.to_string().as_str())
    }

    fn part(&self, whole: &Scope, part: &Scope) -> bool {
        self.parts.contains(part_value(whole, part).as_str())
    }
}

/// No scope has a space in it.
fn part_value(whole: &Scope, part: &Scope) -> String {
    format!("{whole} {part}")
}

fn item(visit: &Visit, choice: &Choice) -> ConsentItem {
    let words = visit.t.scope_in_group(&choice.scope);
    let until = until(visit, &choice.scope);
    let mut parts = Vec::new();
    for part in &choice.parts {
        add_parts(visit, &choice.scope, part, false, &mut parts);
    }
    ConsentItem {
        value: choice.scope.to_string(),
        title: words.title,
        explanation: [words.explanation, until].join(" ").trim().to_owned(),
        required: choice.required,
        parts,
    }
}

fn add_parts(visit: &Visit, whole: &Scope, part: &Choice, is_nested: bool, parts: &mut Vec<ConsentPart>) {
    let verbs = |scope: &Scope| scope.as_resource().map(|resource| visit.t.permissions(resource.permissions));
    let words = visit.t.scope_in_group(&part.scope);
    // The heading above says what may be done with the whole.
    let title = match verbs(whole) == verbs(&part.scope) {
        true => words.title,
        false => visit.t.scope(&part.scope).title,
    };
    parts.push(ConsentPart {
        value: part_value(whole, &part.scope),
        title,
        explanation: words.explanation,
        required: part.required,
        is_nested,
    });
    for nested in &part.parts {
        add_parts(visit, whole, nested, true, parts);
    }
}

/// When lasting access ends, by the tenant's policy.
fn until(visit: &Visit, scope: &Scope) -> String {
    let (t, policy) = (visit.t, &visit.tenant.policy);
    let by = |seconds: i64| t.consent_until(t.day(visit.now.plus(seconds))).to_string();
    match scope {
        Scope::OfflineAccess => {
            let idle = visit.client.refresh_idle_seconds.unwrap_or(policy.refresh_idle_seconds);
            let idle = t.consent_offline_idle((idle / 86_400).max(1)).to_string();
            [Some(idle), policy.refresh_absolute_seconds.map(by)].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Scope::OnlineAccess => {
            let end = visit.session_ends_at();
            t.consent_until(t.day(end)).to_string()
        }
        _ => String::new(),
    }
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}
