//! An EHR's word for its user: it has signed them in, so the app that it opens need not ask them again.

pub mod assertion;

use crate::{
    credentials::Credentials,
    precis,
    signed_in::SignedIn,
    tenant::Tenant,
    time::Timestamp,
    user::{FhirUser, User},
};
use serde::{Deserialize, Serialize};

/// Seconds that a launch waits for its app when it brings its person with it.
pub const LAUNCH_SECONDS: i64 = 60;

/// How a person signed in whom an EHR vouched for, among the methods of their id_token (VOUCH-12).
pub const METHOD: &str = "ehr";

/// Whom an EHR vouched for, and what it said of their sign-in there. Part of a launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    pub username: String,
    /// Of the account as it was then: a name may be given to somebody else.
    pub sub: String,
    pub auth_time: Timestamp,
    pub amr: Vec<String>,
    pub acr: Option<String>,
}

impl Vouched {
    /// The person as they are today, as this EHR has signed them in.
    pub fn person(&self, ehr: &str, user: &User, credentials: &Credentials, tenant: &Tenant) -> SignedIn {
        SignedIn {
            amr: self.amr.iter().cloned().chain([METHOD.to_owned()]).collect(),
            acr: self.acr.clone(),
            vouched_by: Some(ehr.to_owned()),
            ..SignedIn::by_password(user, credentials, tenant, self.auth_time)
        }
    }
}

/// Whether this EHR may still say who such a person is.
pub fn may_vouch_for(ehr: &str, fhir_user: Option<&FhirUser>, tenant: &Tenant) -> Result<(), &'static str> {
    let vouching = tenant.vouching(ehr).ok_or("the EHR no longer vouches for its users")?;
    let may = vouching.is_for(fhir_user);
    may.then_some(()).ok_or("the EHR may not vouch for such a person")
}

/// Whether a username or a `fhirUser` reference is this person's.
pub fn is_name_of(name: &str, user: &User) -> bool {
    let own = user.fhir_user.clone().map(String::from);
    precis::username(name) == precis::username(&user.username) || own.as_deref() == Some(name)
}

/// Under which name the account is looked for: the one that was signed, or the one beside it where a `fhirUser` was signed. Whose it is
/// is asked of the account.
pub fn account_name<'a>(signed: &'a str, beside: Option<&'a str>) -> &'a str {
    match FhirUser::try_from(signed.to_owned()) {
        Ok(_) => beside.unwrap_or(signed),
        Err(_) => signed,
    }
}
