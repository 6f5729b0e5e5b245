//! The page on which a person says yes or no.

use super::{Frame, NamedPatient, PersonLinks, rich};
use askama::Template;

/// Who asks, for whose record, for what. `always` is granted without a choice of its own, such as who the app is opened for.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct ConsentPage<'a> {
    pub frame: Frame<'a>,
    pub client_name: &'a str,
    pub client_uri: Option<&'a str>,
    pub logo_uri: Option<&'a str>,
    pub client_verified: bool,
    /// An app without a registration: `client_name` is then the host that its description comes from.
    pub unregistered: Option<&'a UnregisteredApp<'a>>,
    /// What the app's tokens are for, if that is no FHIR server: by its name and its host.
    pub resource: Option<(&'a str, &'a str)>,
    pub user_name: &'a str,
    pub patient: Option<&'a NamedPatient>,
    /// Goes with the answer, which is about this patient and no other.
    pub patient_id: Option<&'a str>,
    pub action: &'a str,
    pub csrf: &'a str,
    pub groups: &'a [ConsentGroup],
    /// What lasts: `offline_access`, `online_access`.
    pub lasting: &'a [ConsentItem],
    /// Where the tenant lets people choose how long.
    pub how_long: Option<&'a HowLong>,
    pub always: &'a [String],
    /// Where they can see what they allowed before, and sign out, without losing this page.
    pub person: &'a PersonLinks,
    pub redirect_host: &'a str,
}

/// What an app says of itself that nobody registered.
pub struct UnregisteredApp<'a> {
    /// By its own word alone.
    pub calls_itself: &'a str,
    /// It takes its answers on the machine of its person, where anything could.
    pub is_local: bool,
    /// Goes with the answer, which is to what the document says now.
    pub document: &'a str,
}

/// What is asked in the same records, or about the person.
pub struct ConsentGroup {
    pub heading: &'static str,
    /// In whose records, said once for all of them.
    pub reach: Option<&'static str>,
    pub sets: Vec<ConsentSet>,
}

/// What the app may do, and with what.
pub struct ConsentSet {
    /// "See and change"; none where each item says it itself.
    pub heading: Option<String>,
    pub items: Vec<ConsentItem>,
}

impl ConsentGroup {
    /// Of items that say all there is to say.
    pub fn of(heading: &'static str, items: Vec<ConsentItem>) -> ConsentGroup {
        let sets = if items.is_empty() { Vec::new() } else { vec![ConsentSet { heading: None, items }] };
        ConsentGroup { heading, reach: None, sets }
    }
}

/// How long the app may come back without its person: one of these, the first unless they choose another.
pub struct HowLong {
    pub title: String,
    pub explanation: String,
    pub choices: Vec<DurationChoice>,
}

pub struct DurationChoice {
    pub value: String,
    pub title: String,
}

/// One box to tick. `value` is the scope's text; a `required` item is sent along whatever is ticked.
pub struct ConsentItem {
    pub value: String,
    pub title: String,
    pub explanation: String,
    pub required: bool,
    pub parts: Vec<ConsentPart>,
}

/// A part of an item, or of the part above it.
pub struct ConsentPart {
    pub value: String,
    pub title: String,
    /// How it is limited, which a title does not say.
    pub explanation: String,
    pub required: bool,
    pub is_nested: bool,
}

impl ConsentPage<'_> {
    fn leaves_a_choice(&self) -> bool {
        let chooses_how_long = self.how_long.is_some_and(|how_long| how_long.choices.len() > 1);
        let sets = self.groups.iter().flat_map(|group| &group.sets);
        sets.flat_map(|set| &set.items).chain(self.lasting).any(|item| !item.required) || chooses_how_long
    }

    /// Escaping does not disarm `javascript:`; only a web address becomes a link.
    fn website(&self) -> Option<&str> {
        self.client_uri.filter(|uri| uri.starts_with("https://") || uri.starts_with("http://"))
    }

    /// What an app looks like is worth something only if the operator has looked at the app.
    pub fn logo(&self) -> Option<&str> {
        self.logo_uri.filter(|uri| self.client_verified && uri.starts_with("https://"))
    }
}
