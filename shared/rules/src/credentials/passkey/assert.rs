//! A sign-in with a passkey (WebAuthn §7.2).

use super::{Ceremony, Passkey, PasskeyRefused, authenticator_data, client_data};
use crate::{
    credentials::{Credentials, CredentialsId},
    oauth::params::Params,
    time::Timestamp,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// What a browser answers to `navigator.credentials.get`.
pub struct Assertion {
    /// Whose passkey it claims to be: the user handle.
    pub of: CredentialsId,
    credential: String,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

/// The passkey is theirs: what they have from now on, and whether the key is of the kind that is copied.
#[derive(Debug)]
pub struct Asserted {
    pub credentials: Credentials,
    pub copied: bool,
}

impl Assertion {
    pub fn read(form: &Params) -> Option<Assertion> {
        let bytes = |name| URL_SAFE_NO_PAD.decode(form.get(name)?).ok();
        Some(Assertion {
            of: CredentialsId::of_handle(form.get("user_handle")?)?,
            credential: form.get("credential")?.to_owned(),
            client_data: bytes("client_data")?,
            authenticator_data: bytes("authenticator_data")?,
            signature: bytes("signature")?,
        })
    }

    pub fn accept(
        &self,
        credentials: &Credentials,
        Ceremony { challenge, rp }: Ceremony<'_>,
        now: Timestamp,
    ) -> Result<Asserted, PasskeyRefused> {
        let mut next = credentials.clone();
        let found = next.passkeys.iter_mut().find(|passkey| passkey.id == self.credential);
        let passkey = found.ok_or(PasskeyRefused("the person has no such passkey"))?;
        let hash = client_data::check(&self.client_data, "webauthn.get", challenge, rp)?;
        let said = authenticator_data::check(&self.authenticator_data, rp)?;
        if said.new_key.is_some() {
            return Err(PasskeyRefused("there is a new key in an assertion"));
        }
        let message = [self.authenticator_data.as_slice(), &hash].concat();
        if !passkey.key.verifies(&message, &self.signature) {
            return Err(PasskeyRefused("the signature is wrong"));
        }
        // "Verify that the BE bit … matches" (step 19): it never changes.
        if said.copyable != passkey.copied {
            return Err(PasskeyRefused("the key has become another kind of key"));
        }
        // Two devices have the key, and one of them should not (§6.1.1).
        if (said.sign_count, passkey.sign_count) != (0, 0) && said.sign_count <= passkey.sign_count {
            return Err(PasskeyRefused("the signature counter went back"));
        }
        *passkey = Passkey { sign_count: said.sign_count, last_used: Some(now), ..passkey.clone() };
        let copied = passkey.copied;
        Ok(Asserted { credentials: next, copied })
    }
}
