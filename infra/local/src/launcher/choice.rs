//! What somebody chose in the launcher, as it is in the query of the URL.

use crate::site::query;
use rules::oauth::params::Params;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaunchType {
    #[default]
    ProviderEhr,
    PatientPortal,
    ProviderStandalone,
    PatientStandalone,
    Backend,
}

impl LaunchType {
    pub const ALL: [LaunchType; 5] = [
        LaunchType::ProviderEhr,
        LaunchType::PatientPortal,
        LaunchType::ProviderStandalone,
        LaunchType::PatientStandalone,
        LaunchType::Backend,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            LaunchType::ProviderEhr => "provider-ehr",
            LaunchType::PatientPortal => "patient-portal",
            LaunchType::ProviderStandalone => "provider-standalone",
            LaunchType::PatientStandalone => "patient-standalone",
            LaunchType::Backend => "backend",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            LaunchType::ProviderEhr => "Provider, from the EHR",
            LaunchType::PatientPortal => "Patient, from the portal",
            LaunchType::ProviderStandalone => "Provider, standalone",
            LaunchType::PatientStandalone => "Patient, standalone",
            LaunchType::Backend => "Backend service",
        }
    }

    pub fn explanation(self) -> &'static str {
        match self {
            LaunchType::ProviderEhr => "A clinician has a record open and starts the app from there.",
            LaunchType::PatientPortal => "A patient starts the app from the portal of the clinic.",
            LaunchType::ProviderStandalone => "A clinician opens the app itself and picks a patient.",
            LaunchType::PatientStandalone => "A patient opens the app on their own phone.",
            LaunchType::Backend => "A program without a user asks for a token with its key.",
        }
    }

    /// The other launch of the same people: with an EHR, or without.
    pub fn sibling(self) -> Option<LaunchType> {
        match self {
            LaunchType::ProviderEhr => Some(LaunchType::ProviderStandalone),
            LaunchType::PatientPortal => Some(LaunchType::PatientStandalone),
            LaunchType::ProviderStandalone => Some(LaunchType::ProviderEhr),
            LaunchType::PatientStandalone => Some(LaunchType::PatientPortal),
            LaunchType::Backend => None,
        }
    }

    /// With a `launch` value, made at `launchContext`.
    pub fn is_ehr(self) -> bool {
        matches!(self, LaunchType::ProviderEhr | LaunchType::PatientPortal)
    }

    pub fn is_for_patients(self) -> bool {
        matches!(self, LaunchType::PatientPortal | LaunchType::PatientStandalone)
    }
}

/// The names of the fields are the names in the query. What is empty was not chosen; [`NONE`] was chosen to be nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub tenant: String,
    pub launch_type: Option<LaunchType>,
    /// What was given as a type and is none.
    pub unknown_type: String,
    pub app: String,
    pub launch_url: String,
    pub user: String,
    /// Words that narrow the list of patients.
    pub find: String,
    pub patient: String,
    pub encounter: String,
    pub intent: String,
    pub banner: String,
    pub style: String,
    pub context: Vec<ContextItem>,
    /// `yes`: in a frame of the EHR's page, not in its place.
    pub embed: String,
    /// `yes`: the launcher signs the user in, or agrees for them, without their seeing the page.
    pub skip_sign_in: String,
    pub skip_consent: String,
    /// `yes`: the EHR vouches for its clinician, who then signs in nowhere.
    pub vouch: String,
    /// The name of a [`Problem`](crate::simulate::Problem).
    pub simulate: String,
}

/// A member of `fhirContext`; its role may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextItem {
    pub reference: String,
    pub role: String,
}

pub const NONE: &str = "none";
/// The user's own record, or the first of those they act for.
pub const OWN: &str = "own";
/// The encounter of the chosen patient that began last.
pub const LATEST: &str = "latest";

impl Choice {
    pub fn read(params: &Params) -> Choice {
        let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
        let given = text("type");
        let launch_type = LaunchType::ALL.into_iter().find(|candidate| candidate.as_str() == given);
        Choice {
            tenant: text("tenant"),
            unknown_type: if launch_type.is_none() { given } else { String::new() },
            launch_type,
            app: text("app"),
            launch_url: text("launch_url"),
            user: text("user"),
            find: text("find"),
            patient: text("patient"),
            encounter: text("encounter"),
            intent: text("intent"),
            banner: text("banner"),
            style: text("style"),
            context: context(params),
            embed: text("embed"),
            skip_sign_in: text("skip_sign_in"),
            skip_consent: text("skip_consent"),
            vouch: text("vouch"),
            simulate: text("simulate"),
        }
    }

    pub fn query(&self) -> String {
        let context = self.context.iter().enumerate().flat_map(|(index, item)| {
            let (reference_name, role_name) = names(index);
            [(reference_name, item.reference.as_str()), (role_name, item.role.as_str())]
        });
        let context: Vec<(String, &str)> = context.collect();
        let launch_type = self.launch_type.map(LaunchType::as_str).unwrap_or_default();
        let members = [
            ("tenant", self.tenant.as_str()),
            ("type", launch_type),
            ("app", &self.app),
            ("launch_url", &self.launch_url),
            ("user", &self.user),
            ("find", &self.find),
            ("patient", &self.patient),
            ("encounter", &self.encounter),
            ("intent", &self.intent),
            ("banner", &self.banner),
            ("style", &self.style),
            ("embed", &self.embed),
            ("skip_sign_in", &self.skip_sign_in),
            ("skip_consent", &self.skip_consent),
            ("vouch", &self.vouch),
            ("simulate", &self.simulate),
        ];
        let members = members.into_iter().chain(context.iter().map(|(name, value)| (name.as_str(), *value)));
        query(members.filter(|(_, value)| !value.is_empty()))
    }
}

const MOST_CONTEXT: usize = 10;

/// `context` and `role`, then `context2` and `role2`: names in a query come once.
pub fn names(index: usize) -> (String, String) {
    let number = if index == 0 { String::new() } else { (index + 1).to_string() };
    (format!("context{number}"), format!("role{number}"))
}

/// Rows without a reference, and the one that is to be removed, are left out.
fn context(params: &Params) -> Vec<ContextItem> {
    let row = |index: usize| {
        let (reference, role) = names(index);
        let text = |name: &str| params.get(name).unwrap_or_default().trim().to_owned();
        let item = ContextItem { reference: text(&reference), role: text(&role) };
        (params.get("remove") != Some(reference.as_str())).then_some(item)
    };
    (0..MOST_CONTEXT).filter_map(row).filter(|item| !item.reference.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_choice_survives_its_url() {
        let choice = Choice {
            tenant: "riverside".into(),
            launch_type: Some(LaunchType::PatientPortal),
            app: "sample-app".into(),
            launch_url: "https://app.example/launch?a=b&c=d#e".into(),
            unknown_type: String::new(),
            user: "amy".into(),
            find: "van den Berg, A&B".into(),
            patient: "amy-shaw".into(),
            encounter: LATEST.into(),
            intent: "order review é+%".into(),
            banner: "true".into(),
            style: "dark".into(),
            context: [("ImagingStudy/1", "https://role.example/a b"), ("Goal/2", ""), ("Goal/3", "launch")]
                .map(|(reference, role)| ContextItem { reference: reference.into(), role: role.into() })
                .into(),
            embed: "yes".into(),
            skip_sign_in: "yes".into(),
            skip_consent: "yes".into(),
            vouch: "yes".into(),
            simulate: "short_expiry".into(),
        };
        let params = Params::parse(choice.query().as_bytes()).unwrap();
        assert_eq!(Choice::read(&params), choice);
    }

    #[test]
    fn a_row_is_removed_and_the_others_move_up() {
        let params = Params::parse(b"context=A/1&role=x&context2=B/2&context3=&context4=C/3&role4=y&remove=context2");
        let choice = Choice::read(&params.unwrap());
        assert_eq!(choice.query(), "context=A%2F1&role=x&context2=C%2F3&role2=y");
    }

    #[test]
    fn what_was_not_chosen_is_not_in_the_url() {
        assert_eq!(Choice::default().query(), "");
    }
}
