//! What an address asks for and this server has not: the launcher says so, and shows what comes nearest.

use super::{
    choice::{Choice, LaunchType, NONE},
    offer::Offer,
};
use crate::site::Site;

pub fn notes(site: &Site, offer: &Offer<'_>, choice: &Choice) -> Vec<String> {
    let mut notes = Vec::new();
    let name = &offer.tenant.items.tenant.name;
    if !choice.tenant.is_empty() && site.tenant(&choice.tenant).is_none() {
        notes.push(format!("There is no tenant “{}” here. This is {name}.", choice.tenant));
    }
    if !choice.unknown_type.is_empty() {
        let known = LaunchType::ALL.map(LaunchType::as_str).join(", ");
        notes.push(format!("“{}” is no kind of launch. The kinds are {known}.", choice.unknown_type));
    }
    if let Some(why) = impossible_type(offer, choice) {
        notes.push(format!(
            "{why} This is “{}”. With a launch URL of your own any kind of launch can be tried.",
            offer.launch_type.title()
        ));
    }
    if !choice.app.is_empty() && choice.launch_url.is_empty() && !has_app(offer, &choice.app) {
        notes.push(format!("“{}” is no app that {name} launches in this way. Another one is chosen.", choice.app));
    }
    if !choice.user.is_empty() && choice.user != NONE && !has_user(offer, &choice.user) {
        notes.push(format!("“{}” does not use apps in this way at {name}. Somebody else is chosen.", choice.user));
    }
    if !choice.find.is_empty() && offer.launch_type.is_ehr() && offer.matching(&choice.find).is_empty() {
        notes.push(format!("No patient matches “{}”. All are listed.", choice.find));
    }
    notes
}

/// Why the type that was chosen is not the one that is offered.
pub fn impossible_type(offer: &Offer<'_>, choice: &Choice) -> Option<String> {
    let chosen = choice.launch_type.filter(|chosen| *chosen != offer.launch_type)?;
    let name = &offer.tenant.items.tenant.name;
    Some(format!("{name} has no app for “{}”.", chosen.title()))
}

/// The choice without what is not offered, so that the usual is taken instead.
pub fn offered(offer: &Offer<'_>, choice: &Choice) -> Choice {
    let mut offered = choice.clone();
    if !has_app(offer, &choice.app) {
        offered.app.clear();
    }
    if choice.user != NONE && !has_user(offer, &choice.user) {
        offered.user.clear();
    }
    let found = offer.matching(&choice.find);
    let is_found = found.iter().any(|record| record.id == choice.patient);
    if !choice.find.is_empty()
        && !is_found
        && let Some(first) = found.first()
    {
        offered.patient.clone_from(&first.id);
    }
    offered
}

/// Whether the search, which was typed and not yet looked at, leads to another patient than the one that is chosen.
pub fn search_is_open(offer: &Offer<'_>, choice: &Choice) -> bool {
    let is_search = offer.launch_type.is_ehr() && !choice.find.is_empty();
    is_search && offer.matching(&choice.find).iter().all(|record| record.id != choice.patient)
}

fn has_app(offer: &Offer<'_>, client_id: &str) -> bool {
    offer.apps.iter().any(|app| app.client_id == client_id)
}

fn has_user(offer: &Offer<'_>, username: &str) -> bool {
    offer.people.iter().any(|person| person.username == username)
}
