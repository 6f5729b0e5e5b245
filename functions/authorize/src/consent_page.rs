//! The consent page: who asks, on whose record, for what. What is ticked is what is granted (AUTHZ-20).

use crate::{
    pages::{ConsentGroup, ConsentItem, ConsentPage},
    picker_page::reader,
    show::{frame, respond},
    visit::Visit,
};
use axum::response::Response;
use shared::{
    authorize::{interaction::SignedIn, next_step::is_choice},
    oauth::params::Params,
    scope::{Scope, ScopeSet},
    user::Reach,
};

pub async fn consent(visit: &Visit, user: &SignedIn, offered: &ScopeSet) -> Response {
    let patient_name = patient_name(visit, user).await;
    let groups = groups(visit, offered);
    let (client, stylesheet) = (&visit.client, visit.shell().stylesheet());
    let offline = offered.iter().find(|scope| matches!(scope, Scope::OfflineAccess | Scope::OnlineAccess));
    let always: Vec<String> =
        offered.iter().filter(|scope| !is_choice(scope)).map(|scope| scope.words().title).collect();
    let page = ConsentPage {
        frame: frame(visit, &stylesheet),
        client_name: &client.client_name,
        client_uri: client.client_uri.as_deref(),
        client_verified: client.verified,
        user_name: &user.name,
        patient_name: patient_name.as_deref(),
        action: &visit.url,
        csrf: &visit.browser.csrf(),
        groups: &groups,
        offline: offline.map(|scope| item(visit, scope)),
        always: &always,
        redirect_host: redirect_host(&visit.interaction.request.redirect.redirect_uri),
    };
    respond(visit, &page)
}

/// Whose record it is: the picked one, the user's own, or the one the EHR launched, read from the FHIR server.
async fn patient_name(visit: &Visit, user: &SignedIn) -> Option<String> {
    if let Some(picked) = &visit.interaction.patient {
        return picked.name.clone();
    }
    let launched = visit.interaction.launch.as_ref().and_then(|launch| launch.context.patient.as_deref());
    let own = user.fhir_user.as_ref().map(|reference| reference.id.as_str());
    let only = match shared::user::reach(user.fhir_user.as_ref(), &user.patients) {
        Reach::Only(patients) if launched.is_none() => patients.first().copied(),
        _ => None,
    };
    let id = launched.or(only)?;
    if Some(id) == own {
        return Some(user.name.clone());
    }
    // Without the name the page still says what is asked; it must not fail because the record system is slow.
    match reader(visit).await {
        Ok(reader) => reader.read(id).await.ok().map(|patient| patient.label()),
        Err(_) => None,
    }
}

fn groups(visit: &Visit, offered: &ScopeSet) -> Vec<ConsentGroup> {
    let mut about_you = Vec::new();
    let mut records = Vec::new();
    let mut others = Vec::new();
    for scope in offered.iter().filter(|scope| is_choice(scope)) {
        match scope {
            Scope::OfflineAccess | Scope::OnlineAccess => {}
            Scope::OpenId | Scope::FhirUser | Scope::Profile => about_you.push(item(visit, scope)),
            Scope::Resource(_) => records.push(item(visit, scope)),
            Scope::Launch(_) | Scope::Extension(_) => others.push(item(visit, scope)),
        }
    }
    let group = |heading: &str, items| ConsentGroup { heading: heading.to_owned(), items };
    let groups = [group("Health records", records), group("About you", about_you), group("Other", others)];
    groups.into_iter().filter(|group| !group.items.is_empty()).collect()
}

fn item(visit: &Visit, scope: &Scope) -> ConsentItem {
    let words = scope.words();
    ConsentItem {
        value: scope.to_string(),
        title: words.title,
        explanation: words.explanation,
        checked: true,
        required: visit.client.required_scope.iter().any(|required| required == scope),
    }
}

fn redirect_host(redirect_uri: &str) -> &str {
    let rest = redirect_uri.split_once("://").map_or(redirect_uri, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

/// What was ticked of what was offered, and what the app can't run without.
pub fn chosen(visit: &Visit, offered: &ScopeSet, form: &Params) -> ScopeSet {
    let ticked: Vec<&str> = form.all("scope").collect();
    let required = &visit.client.required_scope;
    offered.without(|scope| !ticked.contains(&scope.to_string().as_str()) && !required.iter().any(|r| r == scope))
}
