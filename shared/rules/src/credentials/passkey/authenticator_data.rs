//! What the authenticator says and signs (WebAuthn §6.1): for whom, whether its holder was there, and a new key.

use super::{CredentialPublicKey, PasskeyRefused, RelyingParty};
use sha2::{Digest, Sha256};

pub struct AuthenticatorData<'a> {
    pub copyable: bool,
    pub sign_count: u32,
    pub new_key: Option<(&'a [u8], CredentialPublicKey)>,
}

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const NEW_KEY: u8 = 0x40;
const EXTENSIONS: u8 = 0x80;

/// Reads it to the last byte, and refuses what is for another site or was done without its holder.
pub fn check<'a>(bytes: &'a [u8], rp: &RelyingParty) -> Result<AuthenticatorData<'a>, PasskeyRefused> {
    let short = PasskeyRefused("the authenticator data is too short");
    let mut rest = bytes;
    if take(&mut rest, 32).ok_or(short)? != Sha256::digest(rp.id.as_bytes()).as_slice() {
        return Err(PasskeyRefused("the rpId is another"));
    }
    let flags = *take(&mut rest, 1).and_then(<[u8]>::first).ok_or(short)?;
    let is_set = |flag: u8| flags & flag != 0;
    let sign_count = u32::from_be_bytes(take(&mut rest, 4).and_then(|bytes| bytes.try_into().ok()).ok_or(short)?);
    if !is_set(USER_PRESENT) {
        return Err(PasskeyRefused("nobody was there"));
    }
    if !is_set(USER_VERIFIED) {
        return Err(PasskeyRefused("the authenticator has not checked who holds it"));
    }
    if is_set(BACKED_UP) && !is_set(BACKUP_ELIGIBLE) {
        return Err(PasskeyRefused("the key is copied and can't be copied"));
    }
    let new_key = if is_set(NEW_KEY) { Some(new_key(&mut rest)?) } else { None };
    if is_set(EXTENSIONS) {
        // None is asked for, and what comes all the same is read over.
        ciborium::from_reader::<ciborium::Value, _>(&mut rest)
            .map_err(|_| PasskeyRefused("the extensions can't be read"))?;
    }
    if !rest.is_empty() {
        return Err(PasskeyRefused("the authenticator data goes on after its end"));
    }
    Ok(AuthenticatorData { copyable: is_set(BACKUP_ELIGIBLE), sign_count, new_key })
}

/// Attested credential data (§6.5.1).
fn new_key<'a>(rest: &mut &'a [u8]) -> Result<(&'a [u8], CredentialPublicKey), PasskeyRefused> {
    let short = PasskeyRefused("the new key is cut off");
    let _model = take(rest, 16).ok_or(short)?;
    let length = u16::from_be_bytes(take(rest, 2).and_then(|bytes| bytes.try_into().ok()).ok_or(short)?);
    let id = take(rest, usize::from(length)).ok_or(short)?;
    // "Verify that the credentialId is ≤ 1023 bytes" (§7.1).
    if id.is_empty() || id.len() > 1023 {
        return Err(PasskeyRefused("the credential id has a wrong length"));
    }
    let key = ciborium::from_reader(&mut *rest).map_err(|_| PasskeyRefused("the new key can't be read"))?;
    Ok((id, CredentialPublicKey::of_cose(key)?))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}
