//! On whose behalf a token was asked for: the organization, the purposes, and the person where the tenant wants them in the trail.

use rules::extensions::b2b::OnBehalf;

/// What the app said of it in `hl7-b2b`, and nobody else.
#[derive(Clone, Debug)]
pub struct Behalf {
    pub organization: String,
    pub purposes: Vec<String>,
    pub subject: Option<Subject>,
}

#[derive(Clone, Debug)]
pub struct Subject {
    pub name: String,
    pub id: Option<String>,
    pub role: Option<String>,
}

impl Behalf {
    pub fn of(said: OnBehalf<'_>, with_subject: bool) -> Option<Behalf> {
        let text = |name: &str| said.text(name).map(str::to_owned);
        let subject = text("subject_name").filter(|_| with_subject);
        Some(Behalf {
            organization: said.organization()?.to_owned(),
            purposes: said.purposes().map(str::to_owned).collect(),
            subject: subject.map(|name| Subject { name, id: text("subject_id"), role: text("subject_role") }),
        })
    }
}
