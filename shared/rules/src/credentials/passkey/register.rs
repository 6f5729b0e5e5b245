//! A new passkey (WebAuthn §7.1).

use super::{Ceremony, MOST_PASSKEYS, Passkey, PasskeyRefused, authenticator_data, client_data};
use crate::{credentials::Credentials, oauth::params::Params, time::Timestamp};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value;

/// What a browser answers to `navigator.credentials.create`.
pub struct Registration {
    client_data: Vec<u8>,
    attestation: Vec<u8>,
}

impl Registration {
    pub fn read(form: &Params) -> Option<Registration> {
        let bytes = |name| URL_SAFE_NO_PAD.decode(form.get(name)?).ok();
        Some(Registration { client_data: bytes("client_data")?, attestation: bytes("attestation")? })
    }

    /// What the person has from now on.
    pub fn accept(
        &self,
        credentials: &Credentials,
        Ceremony { challenge, rp }: Ceremony<'_>,
        now: Timestamp,
    ) -> Result<Credentials, PasskeyRefused> {
        client_data::check(&self.client_data, "webauthn.create", challenge, rp)?;
        let said = authenticator_data(&self.attestation)?;
        let said = authenticator_data::check(&said, rp)?;
        let (id, key) = said.new_key.ok_or(PasskeyRefused("there is no new key"))?;
        let id = URL_SAFE_NO_PAD.encode(id);
        if credentials.passkeys.iter().any(|passkey| passkey.id == id) {
            return Err(PasskeyRefused("the passkey is here already"));
        }
        if credentials.passkeys.len() >= MOST_PASSKEYS {
            return Err(PasskeyRefused("there are too many passkeys"));
        }
        let (sign_count, copied) = (said.sign_count, said.copyable);
        let mut next = credentials.clone();
        next.passkeys.push(Passkey { id, key, sign_count, copied, created_at: now, last_used: None });
        Ok(next)
    }
}

/// Out of the attestation object (§6.5.4). Its statement is not judged, since none was asked for.
fn authenticator_data(attestation: &[u8]) -> Result<Vec<u8>, PasskeyRefused> {
    let mut rest = attestation;
    let object: Value =
        ciborium::from_reader(&mut rest).map_err(|_| PasskeyRefused("the attestation can't be read"))?;
    let Value::Map(members) = object else { return Err(PasskeyRefused("the attestation is no map")) };
    let found = members.into_iter().find(|(name, _)| name.as_text() == Some("authData"));
    let data = found.and_then(|(_, value)| value.into_bytes().ok());
    data.filter(|_| rest.is_empty())
        .ok_or(PasskeyRefused("the attestation has no authenticator data, or goes on after its end"))
}
