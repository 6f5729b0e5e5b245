//! The public half of a passkey: from COSE (RFC 9052), and to verify with.

use super::PasskeyRefused;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ciborium::Value;
use serde::{Deserialize, Serialize};

/// What authenticators know: ES256 all of them, the others some of Apple's, Google's and Windows'.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CredentialPublicKey {
    /// The uncompressed point.
    ES256(Vec<u8>),
    EdDSA(Vec<u8>),
    RS256 {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

// Labels of RFC 9052 §7.1, and the types of keys (RFC 9053 §7, RFC 8230 §4).
const KTY: i128 = 1;
const ALG: i128 = 3;
const OKP: i128 = 1;
const EC2: i128 = 2;
const RSA: i128 = 3;

impl CredentialPublicKey {
    /// The best first (IANA COSE Algorithms).
    pub const ALGORITHMS: [i32; 3] = [-8, -7, -257];

    pub fn of_cose(key: Value) -> Result<CredentialPublicKey, PasskeyRefused> {
        let Value::Map(members) = key else { return Err(PasskeyRefused("the new key is no map")) };
        let member = |label: i128| {
            let is = |name: &Value| name.as_integer().map(i128::from) == Some(label);
            members.iter().find(|(name, _)| is(name)).map(|(_, value)| value)
        };
        let number = |label| member(label).and_then(Value::as_integer).map(i128::from);
        let bytes = |label| member(label).and_then(Value::as_bytes).cloned();
        let key = match (number(KTY), number(ALG), number(-1)) {
            (Some(EC2), Some(-7), Some(1)) => {
                let (x, y) = bytes(-2).zip(bytes(-3)).ok_or(PasskeyRefused("the new key has no point"))?;
                (x.len() == 32 && y.len() == 32).then(|| CredentialPublicKey::ES256([vec![4], x, y].concat()))
            }
            (Some(OKP), Some(-8), Some(6)) => bytes(-2).filter(|x| x.len() == 32).map(CredentialPublicKey::EdDSA),
            (Some(RSA), Some(-257), _) => bytes(-1).zip(bytes(-2)).map(|(n, e)| CredentialPublicKey::RS256 { n, e }),
            _ => return Err(PasskeyRefused("the new key is of an algorithm that was not asked for")),
        };
        key.ok_or(PasskeyRefused("the new key has a wrong length"))
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            CredentialPublicKey::ES256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            CredentialPublicKey::EdDSA(x) => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
            CredentialPublicKey::RS256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.is_ok()
    }
}
