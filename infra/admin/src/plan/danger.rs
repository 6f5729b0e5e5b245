//! Changes that would lock people out: refused unless the operator names them.

use super::{build::Plan, tenant_in_table::TenantInTable};
use rules::{
    secret::ChosenSecretHash,
    tenant::{AccessOf, DpopUse, GrantType, Guarded, Tenant, same_server},
};
use serde::Serialize;

/// The values of `--allow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Danger {
    /// Nobody could sign in
    NoSignIn,
    /// Another issuer while grants of the old one are alive
    Issuer,
    /// The algorithm that signs access tokens changes or is removed
    SigningAlgorithm,
    /// A FHIR server for which apps have tokens is removed
    FhirServer,
    /// A grant type that the tenant offered is removed
    GrantType,
    /// A person may open fewer records than before, and apps lose their access to those
    Reach,
    /// An EHR or a FHIR server loses a secret that it may still use
    Secret,
    /// An identity provider is removed or gets another issuer: its people can't sign in, or are new people to every
    /// app
    IdentityProvider,
    /// Access tokens end or can't be used: a FHIR server would take only bound tokens, or no bound ones any more
    BoundTokens,
}

#[derive(Clone, Debug, Serialize)]
pub struct DangerousChange {
    pub danger: Danger,
    pub why: String,
}

impl Danger {
    pub fn as_str(self) -> &'static str {
        match self {
            Danger::NoSignIn => "no-sign-in",
            Danger::Issuer => "issuer",
            Danger::SigningAlgorithm => "signing-algorithm",
            Danger::FhirServer => "fhir-server",
            Danger::GrantType => "grant-type",
            Danger::Reach => "reach",
            Danger::Secret => "secret",
            Danger::IdentityProvider => "identity-provider",
            Danger::BoundTokens => "bound-tokens",
        }
    }
}

/// `users` is how many there will be. A change of issuer counts whether grants are alive or not: to know that, the caller
/// reads the table.
pub fn dangers(before: &TenantInTable, plan: &Plan, users: usize) -> Vec<DangerousChange> {
    let Some(old) = before.tenant.as_ref().map(|tenant| &tenant.value) else { return Vec::new() };
    let new = &plan.tenant;
    let mut dangers = Vec::new();
    let mut add = |danger, why: String| dangers.push(DangerousChange { danger, why });
    let users_before = before.users.len();
    if ways_to_sign_in(old, users_before) > 0 && ways_to_sign_in(new, users) == 0 && has_user_grants(old) {
        add(Danger::NoSignIn, "nobody could sign in: no user, no identity provider".to_owned());
    } else if has_local_sign_in(old) && !has_local_sign_in(new) && users > 0 {
        add(
            Danger::NoSignIn,
            format!("{users} people with a password here could sign in no more: local_sign_in is off"),
        );
    }
    for (gone, id) in old.identity_providers.iter().map(|one| (one, &one.id)) {
        // A person's `sub` is derived from the provider's issuer.
        let why = match new.identity_providers.iter().find(|one| one.id == *id) {
            None => format!("people of the identity provider {id} could sign in no more"),
            Some(next) if next.issuer != gone.issuer => {
                format!(
                    "the issuer of the identity provider {id} changes: all its people become others, with another sub"
                )
            }
            Some(_) => continue,
        };
        add(Danger::IdentityProvider, why);
    }
    if old.issuer != new.issuer {
        add(
            Danger::Issuer,
            format!(
                "the issuer changes from {} to {}: every token, and every app and FHIR server that trusts it, names the old one",
                old.issuer.as_str(),
                new.issuer.as_str()
            ),
        );
    }
    let (alg, next) = (old.policy.access_token_alg, new.policy.access_token_alg);
    if alg != next {
        add(
            Danger::SigningAlgorithm,
            format!(
                "access tokens are signed {} and would be signed {}: a FHIR server that verifies the old one alone refuses them",
                alg.as_str(),
                next.as_str()
            ),
        );
    }
    for why in lost_audiences(old, new) {
        add(Danger::FhirServer, why);
    }
    for why in lost_tokens(old, new) {
        add(Danger::BoundTokens, why);
    }
    for why in lost_secrets(old, new) {
        add(Danger::Secret, why);
    }
    let name = |sub: &str| {
        let user = before.users.values().find(|user| user.sub == sub);
        user.map_or_else(|| sub.to_owned(), |user| user.username.clone())
    };
    for ended in &plan.ended {
        match ended {
            AccessOf::PersonAt { sub, patient } => {
                let why = format!("{} may no longer open Patient/{patient}: what apps have of it ends", name(sub));
                add(Danger::Reach, why);
            }
            AccessOf::Person(sub) if !plan.removed_users.iter().any(|user| user.sub == *sub) => {
                let why =
                    format!("{} becomes another person or another resource: all access of their apps ends", name(sub));
                add(Danger::Reach, why);
            }
            _ => {}
        }
    }
    for gone in old.policy.grant_types.difference(&new.policy.grant_types) {
        add(Danger::GrantType, format!("{} is no longer offered", gone.as_str()));
    }
    dangers
}

/// What tokens were for, and are no longer: all of them end.
fn lost_audiences(old: &Tenant, new: &Tenant) -> Vec<String> {
    let lost = old.guarded().filter_map(|gone| match (gone, new.guarded_at(gone.url())) {
        (Guarded::FhirServer(_), Some(Guarded::FhirServer(_))) => None,
        (Guarded::FhirServer(_), _) => Some(format!("{} is no longer a FHIR server of this tenant", gone.url())),
        (Guarded::Resource(before), Some(Guarded::Resource(after))) => {
            let is_other = !same_server(&before.fhir_server, &after.fhir_server);
            is_other.then(|| format!("{} is before another FHIR server: what was given for it ends", gone.url()))
        }
        (Guarded::Resource(_), _) => Some(format!("{} is no longer a resource of this tenant", gone.url())),
    });
    lost.collect()
}

/// What apps hold that a FHIR server or a resource would take no more (RFC 9449).
fn lost_tokens(old: &Tenant, new: &Tenant) -> Vec<String> {
    let both = old.guarded().filter_map(|before| Some((before, new.guarded_at(before.url())?)));
    let lost = both.filter_map(|(before, after)| match (before.dpop(), after.dpop()) {
        (DpopUse::Off | DpopUse::Accepted, DpopUse::Required) => Some(format!(
            "{} would take tokens alone that are bound to a key: every Bearer token for it ends",
            after.url()
        )),
        (DpopUse::Accepted | DpopUse::Required, DpopUse::Off) => Some(format!(
            "{} would take no tokens that are bound to a key: apps that have them are refused",
            after.url()
        )),
        _ => None,
    });
    lost.collect()
}

/// Who of those that call with a secret could do so no more, or only with another of theirs. A FHIR server that goes is named apart.
fn lost_secrets(old: &Tenant, new: &Tenant) -> Vec<String> {
    let mut lost = Vec::new();
    let mut judge = |who: String, before: &[ChosenSecretHash], after: Option<&[ChosenSecretHash]>| match after {
        None => lost.push(format!("{who} goes: it can start no launch any more")),
        Some(after) => {
            let gone = before.iter().filter(|secret| !after.contains(secret)).count();
            if gone > 0 {
                let many = before.len();
                lost.push(format!("{who} loses {gone} of its {many} secrets: where it has no other, it is refused"));
            }
        }
    };
    for ehr in &old.ehrs {
        let after = new.ehrs.iter().find(|other| other.name == ehr.name).map(|other| other.secrets.as_slice());
        judge(format!("the EHR {}", ehr.name), &ehr.secrets, after);
    }
    for before in old.guarded() {
        let what = match before {
            Guarded::FhirServer(_) => "FHIR server",
            Guarded::Resource(_) => "resource",
        };
        if let Some(after) = new.guarded().find(|other| other.name() == before.name()) {
            judge(format!("the {what} {}", before.name()), before.secrets(), Some(after.secrets()));
        }
    }
    lost
}

/// How many ways there are for a person to sign in.
fn ways_to_sign_in(tenant: &Tenant, users: usize) -> usize {
    let here = if has_local_sign_in(tenant) { users } else { 0 };
    here + tenant.identity_providers.len()
}

/// Whether people sign in with a password here.
pub fn has_local_sign_in(tenant: &Tenant) -> bool {
    tenant.policy.local_sign_in.unwrap_or(true)
}

/// A tenant of backend services alone has nobody to lock out.
fn has_user_grants(tenant: &Tenant) -> bool {
    [GrantType::AuthorizationCode, GrantType::Password, GrantType::Implicit]
        .iter()
        .any(|grant_type| tenant.policy.grant_types.contains(grant_type))
}
