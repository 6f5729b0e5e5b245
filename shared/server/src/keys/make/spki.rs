//! A public key as KMS hands it out (DER SubjectPublicKeyInfo, RFC 5280 §4.1) as the numbers of a JWK.

use aws_lc_rs::{
    encoding::AsDer,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, ParsedPublicKey},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{jwk::KeyNumbers, tenant::SigningAlg};

/// `None` if it is not a key for this algorithm.
pub fn numbers(alg: SigningAlg, der: &[u8]) -> Option<KeyNumbers> {
    match alg {
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 | SigningAlg::PS256 => rsa_numbers(der),
        SigningAlg::ES256 => point(&ECDSA_P256_SHA256_FIXED, "P-256", 32, der),
        SigningAlg::ES384 => point(&ECDSA_P384_SHA384_FIXED, "P-384", 48, der),
    }
}

fn rsa_numbers(der: &[u8]) -> Option<KeyNumbers> {
    let key = rsa::PublicKey::from_der(der).ok()?;
    let text = |number: &[u8]| URL_SAFE_NO_PAD.encode(number);
    Some(KeyNumbers::Rsa {
        n: text(key.modulus().big_endian_without_leading_zero()),
        e: text(key.exponent().big_endian_without_leading_zero()),
    })
}

fn point(curve: &'static EcdsaVerificationAlgorithm, name: &str, width: usize, der: &[u8]) -> Option<KeyNumbers> {
    // Parsing checks that the point lies on the curve; written out anew it is uncompressed, and the last thing in the DER:
    // 0x04, x, y (SEC 1 §2.3.3).
    let der = ParsedPublicKey::new(curve, der).ok()?.as_der().ok()?;
    let start = der.as_ref().len().checked_sub(2 * width + 1)?;
    let [0x04, xy @ ..] = der.as_ref().get(start..)? else { return None };
    let (x, y) = xy.split_at_checked(width)?;
    Some(KeyNumbers::Ec { crv: name.to_owned(), x: URL_SAFE_NO_PAD.encode(x), y: URL_SAFE_NO_PAD.encode(y) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        encoding::PublicKeyX509Der,
        signature::{
            ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RsaKeyPair,
        },
    };
    use base64::engine::general_purpose::STANDARD;
    use rules::signing_keys::in_process::generate;
    use rules::{signing_keys::Custody, tenant::TenantId, time::Timestamp};

    #[test]
    fn the_der_of_a_key_has_the_numbers_that_are_published_for_it() {
        for alg in [SigningAlg::RS256, SigningAlg::ES256, SigningAlg::ES384] {
            let (der, published) = key(alg);
            assert_eq!(numbers(alg, &der), Some(published), "{alg:?}");
        }
    }

    #[test]
    fn a_key_of_another_kind_or_curve_is_refused() {
        let (p256, _) = key(SigningAlg::ES256);
        let (p384, _) = key(SigningAlg::ES384);
        assert_eq!(numbers(SigningAlg::ES384, &p256), None);
        assert_eq!(numbers(SigningAlg::ES256, &p384), None);
        assert_eq!(numbers(SigningAlg::RS256, &p256), None);
    }

    #[test]
    fn what_is_not_der_is_refused() {
        let (der, _) = key(SigningAlg::ES256);
        for broken in [&der[..der.len() - 1], &[], b"-----BEGIN PUBLIC KEY-----"] {
            assert_eq!(numbers(SigningAlg::ES256, broken), None);
            assert_eq!(numbers(SigningAlg::RS256, broken), None);
        }
    }

    /// A new key as SubjectPublicKeyInfo, and as the server publishes it.
    fn key(alg: SigningAlg) -> (Vec<u8>, KeyNumbers) {
        let record = generate(&TenantId::parse("t").unwrap(), alg, Timestamp(0)).unwrap();
        let Custody::InTable { pkcs8 } = record.custody else { panic!("made in process") };
        let pkcs8 = STANDARD.decode(pkcs8).unwrap();
        let der: PublicKeyX509Der<'_> = match alg {
            SigningAlg::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap().public_key().as_der()
            }
            SigningAlg::ES384 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &pkcs8).unwrap().public_key().as_der()
            }
            _ => RsaKeyPair::from_pkcs8(&pkcs8).unwrap().public_key().as_der(),
        }
        .unwrap();
        (der.as_ref().to_vec(), record.public.numbers)
    }
}
