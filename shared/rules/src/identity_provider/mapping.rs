//! From what a provider says of a person to who they are at the FHIR server, as the tenant configured it.

use super::{FhirUserFrom, IdentityProvider, PatientsFrom, id_token::Identity, verified::unverified};
use crate::{
    fhir_id,
    signed_in::SignedIn,
    tenant::{FhirServer, Tenant, below, same_server},
    time::Timestamp,
    user::{FhirUser, FhirUserType},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What must be asked of the FHIR server: in these types, who has this identifier?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    pub types: Vec<FhirUserType>,
    pub system: String,
    pub value: String,
}

/// As far as the claims alone say it.
#[derive(Debug, PartialEq, Eq)]
pub struct Mapped {
    pub fhir_user: Wanted,
    pub patients: Vec<Wanted>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    Nothing,
    /// Named by a claim, which does not make them exist: the FHIR server must know them.
    Named(FhirUser),
    ToFind(Search),
}

/// Signed in there, and nobody here. The text is for the log and holds no value of a claim.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotMapped(pub String);

/// Where a reference in a claim is looked for: at the FHIR server that an app asks for.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub aud: &'a str,
    pub servers: &'a [FhirServer],
}

/// What the claims say of the person at this FHIR server, and what is still to be searched for there.
pub fn map(provider: &IdentityProvider, at: At<'_>, claims: &Value) -> Result<Mapped, NotMapped> {
    if let Some(claim) = unverified(provider, claims) {
        return Err(NotMapped(format!("the provider has not verified the {claim} that finds a person")));
    }
    let reference = |text: &str, name: &str| {
        let relative = match at.relative(provider, text)? {
            Reference::Here(relative) => relative,
            Reference::Elsewhere => return Err(NotMapped(format!("{name} is of another FHIR server"))),
        };
        let parsed = FhirUser::try_from(relative.to_owned());
        parsed.map(Wanted::Named).map_err(|_| NotMapped(format!("{name} gives no reference to a person")))
    };
    let fhir_user = match &provider.fhir_user {
        FhirUserFrom::Nothing => Wanted::Nothing,
        FhirUserFrom::Claim(name) => match &claims[name.as_str()] {
            Value::Null => Wanted::Nothing,
            Value::String(text) => reference(text, "fhir_user_claim")?,
            _ => return Err(NotMapped("fhir_user_claim is no text".into())),
        },
        FhirUserFrom::Pattern(pattern) => match pattern.fill(claims) {
            Some(text) => reference(&text, "fhir_user_pattern")?,
            None => Wanted::Nothing,
        },
        FhirUserFrom::Identifier(identifier) => match identifier.fill(claims) {
            Some(text) => Wanted::ToFind(search(&text, provider.user_types.iter().copied().collect())?),
            None => Wanted::Nothing,
        },
    };
    Ok(Mapped { fhir_user, patients: patients(provider, at, claims)? })
}

fn patients(provider: &IdentityProvider, at: At<'_>, claims: &Value) -> Result<Vec<Wanted>, NotMapped> {
    let not_mapped = |what: &str| NotMapped(what.to_owned());
    match &provider.patients {
        PatientsFrom::Nothing => Ok(Vec::new()),
        PatientsFrom::Claim(name) => {
            let ids: Vec<&str> = match &claims[name.as_str()] {
                Value::Null => Vec::new(),
                Value::String(text) => text.split_whitespace().collect(),
                Value::Array(values) => {
                    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
                    texts.ok_or_else(|| not_mapped("patients_claim holds something else than texts"))?
                }
                _ => return Err(not_mapped("patients_claim is neither a list nor a text")),
            };
            if ids.len() > MOST_NAMED {
                return Err(not_mapped("patients_claim names too many patients to look up"));
            }
            let mut patients = Vec::new();
            for id in ids {
                if let Reference::Here(relative) = at.relative(provider, id)? {
                    patients.push(patient(relative)?);
                }
            }
            Ok(patients)
        }
        PatientsFrom::Identifier(identifier) => {
            let texts = identifier.fill_each(claims).ok_or_else(|| not_mapped("patients_identifier has a gap"))?;
            if texts.len() > MOST_SEARCHES {
                return Err(not_mapped("patients_identifier gives too many patients to search for"));
            }
            texts.iter().map(|text| search(text, vec![FhirUserType::Patient]).map(Wanted::ToFind)).collect()
        }
    }
}

/// A person waits while they are searched for, one after the other.
const MOST_SEARCHES: usize = 10;
/// Those who are named are read several at a time.
const MOST_NAMED: usize = 100;

fn patient(text: &str) -> Result<Wanted, NotMapped> {
    let id = text.strip_prefix("Patient/").unwrap_or(text);
    if !fhir_id::is_id(id) {
        return Err(NotMapped("patients_claim holds something else than ids".into()));
    }
    Ok(Wanted::Named(FhirUser { resource: FhirUserType::Patient, id: id.to_owned() }))
}

enum Reference<'t> {
    Here(&'t str),
    Elsewhere,
}

impl At<'_> {
    /// An absolute URL counts at its own server alone. A bare reference is one of the provider's FHIR server, or of the only one
    /// that there is; with several it could be anybody's.
    fn relative<'t>(self, provider: &IdentityProvider, text: &'t str) -> Result<Reference<'t>, NotMapped> {
        let here = match (below(self.servers, text), &provider.fhir_server, self.servers) {
            (Some((server, relative)), ..) if same_server(&server.url, self.aud) => {
                return Ok(Reference::Here(relative));
            }
            (Some(_), ..) => false,
            (None, Some(own), _) => same_server(own, self.aud),
            (None, None, [_]) => true,
            (None, None, _) => {
                return Err(NotMapped("a reference without a base URL, where there are several FHIR servers".into()));
            }
        };
        Ok(if here { Reference::Here(text) } else { Reference::Elsewhere })
    }
}

/// `system|value`: the first bar ends the system, which is a URI and has none (FHIR R4 §3.1.1.4.10, token).
fn search(text: &str, types: Vec<FhirUserType>) -> Result<Search, NotMapped> {
    match text.split_once('|') {
        Some((system, value)) if !system.is_empty() && !value.is_empty() && value.len() <= 256 => {
            Ok(Search { types, system: system.to_owned(), value: value.to_owned() })
        }
        _ => Err(NotMapped("the identifier is not system|value".into())),
    }
}

/// Everything that was found out about one person.
pub struct Found {
    pub identity: Identity,
    /// The FHIR server where the rest was found.
    pub fhir_server: String,
    pub fhir_user: Option<FhirUser>,
    pub patients: Vec<String>,
}

/// The person as this server knows people, if the provider may sign in their kind.
pub fn signed_in(
    tenant: &Tenant,
    provider: &IdentityProvider,
    found: Found,
    now: Timestamp,
) -> Result<SignedIn, NotMapped> {
    let Found { identity, fhir_server, fhir_user, patients } = found;
    may_vouch_for(provider, fhir_user.as_ref())?;
    let sub = sub(tenant, &identity);
    Ok(SignedIn {
        // Nothing that a person can choose at their provider may read as the name of somebody here.
        username: format!("{}#{sub}", provider.id),
        name: display_name(provider, &identity.claims),
        sub,
        fhir_server: Some(fhir_server),
        fhir_user,
        patients,
        auth_time: identity.auth_time.map_or(now, |at| at.min(now)),
        provider: Some(provider.id.clone()),
        issuer: Some(identity.iss.clone()),
        amr: methods(&identity.claims),
        acr: agreed_acr(provider, identity.acr.as_deref()),
        credential: None,
        vouched_by: None,
    })
}

/// Whether the provider may sign in this kind of person. Asked at sign-in, and again whenever their session is used.
pub fn may_vouch_for(provider: &IdentityProvider, fhir_user: Option<&FhirUser>) -> Result<(), NotMapped> {
    if provider.user_types.is_empty() {
        return Ok(());
    }
    let user = fhir_user.ok_or_else(|| NotMapped("no claim says who this is at the FHIR server".into()))?;
    if !provider.user_types.contains(&user.resource) {
        return Err(NotMapped(format!("a {} may not sign in with this provider", user.resource.as_str())));
    }
    Ok(())
}

/// Somebody whom this provider signed in earlier, as it may vouch for them today.
pub fn vouched_today(provider: &IdentityProvider, user: &SignedIn) -> Option<SignedIn> {
    may_vouch_for(provider, user.fhir_user.as_ref()).ok()?;
    Some(SignedIn { acr: agreed_acr(provider, user.acr.as_deref()), ..user.clone() })
}

/// What a provider's `acr` is worth is an agreement with that provider (OpenID Connect Core §2: "Parties using this claim
/// will need to agree upon the meanings of the values used"). Without one it says nothing to our own clients.
fn agreed_acr(provider: &IdentityProvider, acr: Option<&str>) -> Option<String> {
    acr.filter(|acr| provider.acr_values.iter().any(|agreed| agreed == acr)).map(str::to_owned)
}

/// A provider's `sub` is unique to its issuer alone (OpenID Connect Core §2), so both are in ours, each with its length.
fn sub(tenant: &Tenant, identity: &Identity) -> String {
    let mut hash = Sha256::new();
    for part in [tenant.id.as_str(), &identity.iss, &identity.sub] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// RFC 8176 names them; others are expected to be short too.
fn methods(claims: &Value) -> Vec<String> {
    let given = claims["amr"].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    given.filter(|method| (1..=40).contains(&method.len())).take(10).map(str::to_owned).collect()
}

/// What the pages call them.
fn display_name(provider: &IdentityProvider, claims: &Value) -> String {
    let named = [provider.name_claim.as_str(), "name", "preferred_username", "email"];
    let name = named.iter().find_map(|name| claims[*name].as_str().filter(|text| !text.trim().is_empty()));
    name.unwrap_or(&provider.name).chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests;
