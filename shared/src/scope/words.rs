//! A scope in plain English, for the page on which a person agrees to it.

use super::Scope;
use super::categories::Category;
use super::launch::LaunchScope;
use super::permissions::Permissions;
use super::query::{Parameter, Query};
use super::resource::{Level, ResourceScope, ResourceType};
use super::resource_names;

/// Plain text: it may quote what an app sent, so a page must escape it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What the app may do, in a few words: "See laboratory results".
    pub title: String,
    /// What follows from it, in one to three sentences.
    pub explanation: String,
}

impl Scope {
    pub fn words(&self) -> Words {
        match self {
            Scope::Resource(resource) => of_resource(resource),
            Scope::Launch(launch) => of_launch(launch),
            Scope::OpenId => words(
                "Confirm who you are",
                "The app learns that you signed in, and an identifier that stands for you.",
            ),
            Scope::FhirUser => words(
                "Know who you are in the health record",
                "The app learns which patient, practitioner or related person in the health record you are.",
            ),
            Scope::Profile => words("Know your basic profile", "The app learns your name and which record is yours."),
            Scope::OfflineAccess => words(
                "Keep access when you are not using the app",
                "The app can use what you allow here also after you close it, until you take it back or it expires.",
            ),
            Scope::OnlineAccess => words(
                "Stay connected while you are signed in",
                "The app can use what you allow here for as long as you are signed in.",
            ),
            Scope::Extension(name) => Words {
                title: format!("Use the permission {name}"),
                explanation: "This permission is specific to this service.".to_owned(),
            },
        }
    }
}

fn of_resource(scope: &ResourceScope) -> Words {
    let category = Category::of(&scope.resource, &scope.query);
    let things = match (&scope.resource, category) {
        (_, Some(category)) => category.name.to_owned(),
        (ResourceType::Any, None) => "all health information".to_owned(),
        (ResourceType::Named(name), None) => resource_names::name_of(name),
    };
    let limited = category.is_none() && !scope.query.is_unlimited();
    let mut explanation = vec![whose(scope.level).to_owned()];
    if scope.resource == ResourceType::Any {
        explanation
            .push("This includes every kind of data there is now and any that will be added in the future.".into());
    }
    if limited {
        explanation.push(format!("Only where {}.", limits(&scope.query)));
    }
    if scope.permissions.contains(Permissions::DELETE) {
        explanation.push("The app can also remove such records.".into());
    }
    let title = format!("{} {}{things}", verbs(scope.permissions), if limited { "some " } else { "" });
    Words { title, explanation: explanation.join(" ") }
}

fn of_launch(scope: &LaunchScope) -> Words {
    match scope {
        LaunchScope::Ehr => {
            words("Know what you have open", "The app learns what was open in the record it was started from.")
        }
        LaunchScope::Context { resource, .. } if resource == "patient" => {
            words("Know which patient is selected", "The app learns which patient's record it is working with.")
        }
        LaunchScope::Context { resource, .. } if resource == "encounter" => {
            words("Know which visit is selected", "The app learns which visit or hospital stay it is working with.")
        }
        LaunchScope::Context { resource, .. } => Words {
            title: format!("Know which {resource} is selected"),
            explanation: "The app learns which record of this kind it is working with.".to_owned(),
        },
    }
}

/// "See, add and change". Searching shows what is found, so it is seeing too.
fn verbs(permissions: Permissions) -> String {
    let sees = permissions.and(Permissions::READ_SEARCH).is_some();
    let verbs = [
        ("see", sees),
        ("add", permissions.contains(Permissions::CREATE)),
        ("change", permissions.contains(Permissions::UPDATE)),
        ("delete", permissions.contains(Permissions::DELETE)),
    ];
    let verbs: Vec<&str> = verbs.into_iter().filter(|(_, may)| *may).map(|(verb, _)| verb).collect();
    let text = match verbs.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    };
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn whose(level: Level) -> &'static str {
    match level {
        Level::Patient => "For the one patient whose record is open in the app, and no other.",
        Level::User => "For everyone whose records you may work with yourself, and no more than you may do yourself.",
        Level::System => "For everyone, also when nobody is signed in.",
    }
}

fn limits(query: &Query) -> String {
    let limit = |parameter: &Parameter| {
        let alternatives: Vec<&str> = parameter.alternatives().collect();
        let modifier = parameter.modifier().map(|modifier| format!(" ({modifier})")).unwrap_or_default();
        format!("{}{modifier} is {}", parameter.name(), alternatives.join(" or "))
    };
    query.parameters().iter().map(limit).collect::<Vec<_>>().join(" and ")
}

fn words(title: &str, explanation: &str) -> Words {
    Words { title: title.to_owned(), explanation: explanation.to_owned() }
}
