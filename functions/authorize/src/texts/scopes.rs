//! A scope in plain language, for the page on which a person agrees to it. The texts are in `texts/`.

use super::Texts;
use rules::scope::{Category, LaunchScope, Level, Parameter, Permissions, Query, ResourceScope, ResourceType, Scope};

/// Plain text: it may quote what an app sent, so a page must escape it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeWords {
    /// What the app may do, in a few words: "See laboratory results".
    pub title: String,
    /// What follows from it, in one to three sentences.
    pub explanation: String,
}

impl Texts {
    pub fn scope(self, scope: &Scope) -> ScopeWords {
        let t = self;
        match scope {
            Scope::Resource(resource) => of_resource(resource, t),
            Scope::Launch(launch) => of_launch(launch, t),
            Scope::OpenId => words(t.scope_openid(), t.scope_openid_more()),
            Scope::FhirUser => words(t.scope_fhir_user(), t.scope_fhir_user_more()),
            Scope::Profile => words(t.scope_profile(), t.scope_profile_more()),
            Scope::OfflineAccess => words(t.scope_offline(), t.scope_offline_more()),
            Scope::OnlineAccess => words(t.scope_online(), t.scope_online_more()),
            Scope::Extension(name) => ScopeWords {
                title: t.scope_extension(name).to_string(),
                explanation: t.scope_extension_more().to_owned(),
            },
        }
    }

    /// The same under a heading that says what the app may do, and a line that says in whose records.
    pub fn scope_in_group(self, scope: &Scope) -> ScopeWords {
        match scope {
            Scope::Resource(resource) => {
                let words = ResourceWords::of(resource, self);
                // Where the verb comes last, a subordinate clause ends in a comma before it. Here no verb follows.
                let things = words.things.trim_end_matches(',');
                let title = match words.limits.is_some() {
                    true => capitalised(&self.scope_things_limited(things).to_string()),
                    false => capitalised(things),
                };
                ScopeWords { title, explanation: words.beyond().join(" ") }
            }
            other => self.scope(other),
        }
    }

    /// "See, add and change".
    pub fn permissions(self, permissions: Permissions) -> String {
        capitalised(&verbs(permissions, self))
    }

    /// In whose records.
    pub fn level(self, level: Level) -> &'static str {
        whose(level, self)
    }

    /// Fit to follow "See". Its text is named after its code.
    fn category(self, category: &Category) -> &'static str {
        let code = category.token.rsplit_once('|').map_or(category.token, |(_, code)| code);
        self.find(&format!("category_{}", code.replace('-', "_"))).unwrap_or(category.name)
    }
}

/// What a resource scope is about, piece by piece.
struct ResourceWords {
    things: String,
    /// What the future brings of it.
    future: Option<&'static str>,
    limits: Option<String>,
}

impl ResourceWords {
    fn of(scope: &ResourceScope, t: Texts) -> ResourceWords {
        let category = Category::of(&scope.resource, &scope.query);
        let things = match (&scope.resource, category) {
            (_, Some(category)) => t.category(category).to_owned(),
            (ResourceType::Any, None) => t.scope_everything().to_owned(),
            (ResourceType::Named(name), None) => t.resource_name(name),
        };
        let limited = category.is_none() && !scope.query.is_unlimited();
        ResourceWords {
            things,
            future: (scope.resource == ResourceType::Any).then(|| t.scope_future()),
            limits: limited.then(|| t.scope_limited(limits(&scope.query, t)).to_string()),
        }
    }

    fn beyond(&self) -> Vec<&str> {
        self.future.into_iter().chain(self.limits.as_deref()).collect()
    }
}

fn of_resource(scope: &ResourceScope, t: Texts) -> ScopeWords {
    let (words, verbs) = (ResourceWords::of(scope, t), verbs(scope.permissions, t));
    let deletes = scope.permissions.contains(Permissions::DELETE).then(|| t.scope_deletes());
    let explanation: Vec<&str> = [whose(scope.level, t)].into_iter().chain(words.beyond()).chain(deletes).collect();
    let title = match words.limits.is_some() {
        true => t.scope_title_limited(verbs, &words.things),
        false => t.scope_title(verbs, &words.things),
    };
    ScopeWords { title: capitalised(&title.to_string()), explanation: explanation.join(" ") }
}

fn of_launch(scope: &LaunchScope, t: Texts) -> ScopeWords {
    match scope {
        LaunchScope::Ehr => words(t.scope_launch(), t.scope_launch_more()),
        LaunchScope::Context { resource, .. } => match resource.as_str() {
            "patient" => words(t.scope_launch_patient(), t.scope_launch_patient_more()),
            "encounter" => words(t.scope_launch_encounter(), t.scope_launch_encounter_more()),
            other => ScopeWords {
                title: t.scope_launch_other(other).to_string(),
                explanation: t.scope_launch_other_more().to_owned(),
            },
        },
    }
}

/// "see, add and change". Searching shows what is found, so it is seeing too.
fn verbs(permissions: Permissions, t: Texts) -> String {
    let verbs = [
        (t.scope_see(), permissions.and(Permissions::READ_SEARCH).is_some()),
        (t.scope_add(), permissions.contains(Permissions::CREATE)),
        (t.scope_change(), permissions.contains(Permissions::UPDATE)),
        (t.scope_delete(), permissions.contains(Permissions::DELETE)),
    ];
    let verbs: Vec<&str> = verbs.into_iter().filter(|(_, may)| *may).map(|(verb, _)| verb).collect();
    t.and(&verbs)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn whose(level: Level, t: Texts) -> &'static str {
    match level {
        Level::Patient => t.scope_patient_level(),
        Level::User => t.scope_user_level(),
        Level::System => t.scope_system_level(),
    }
}

fn limits(query: &Query, t: Texts) -> String {
    let limit = |parameter: &Parameter| {
        let alternatives: Vec<&str> = parameter.alternatives().collect();
        // "a or b or c", however many there are.
        let values = alternatives.join(&t.list_or("", "").to_string());
        match parameter.modifier() {
            Some(modifier) => t.scope_limit_modified(parameter.name(), modifier, values).to_string(),
            None => t.scope_limit(parameter.name(), values).to_string(),
        }
    };
    let limits: Vec<String> = query.parameters().iter().map(limit).collect();
    t.and(&limits.iter().map(String::as_str).collect::<Vec<_>>())
}

fn words(title: &str, explanation: &str) -> ScopeWords {
    ScopeWords { title: title.to_owned(), explanation: explanation.to_owned() }
}
