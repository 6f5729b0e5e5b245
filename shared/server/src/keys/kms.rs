//! Signing by AWS KMS: the private key never leaves it.

use aws_lc_rs::digest;
use aws_sdk_kms::{
    Client,
    error::ProvideErrorMetadata,
    primitives::Blob,
    types::{MessageType, SigningAlgorithmSpec},
};
use rules::tenant::SigningAlg;

/// Signs a digest, since KMS takes messages of 4096 bytes at most (OIDC-8).
pub async fn sign(client: &Client, key_id: &str, alg: SigningAlg, message: &[u8]) -> Result<Vec<u8>, String> {
    let (hash, spec) = match alg {
        SigningAlg::RS256 => (&digest::SHA256, SigningAlgorithmSpec::RsassaPkcs1V15Sha256),
        SigningAlg::RS384 => (&digest::SHA384, SigningAlgorithmSpec::RsassaPkcs1V15Sha384),
        SigningAlg::RS512 => (&digest::SHA512, SigningAlgorithmSpec::RsassaPkcs1V15Sha512),
        SigningAlg::PS256 => (&digest::SHA256, SigningAlgorithmSpec::RsassaPssSha256),
        SigningAlg::ES256 => (&digest::SHA256, SigningAlgorithmSpec::EcdsaSha256),
        SigningAlg::ES384 => (&digest::SHA384, SigningAlgorithmSpec::EcdsaSha384),
    };
    let answer = client
        .sign()
        .key_id(key_id)
        .message_type(MessageType::Digest)
        .message(Blob::new(digest::digest(hash, message).as_ref()))
        .signing_algorithm(spec)
        .send()
        .await
        .map_err(|error| error.code().unwrap_or("KMS gave no answer").to_owned())?;
    let signature = answer.signature.ok_or("KMS answered without a signature")?.into_inner();
    match alg {
        SigningAlg::ES256 => raw_signature(&signature, 32),
        SigningAlg::ES384 => raw_signature(&signature, 48),
        SigningAlg::RS256 | SigningAlg::RS384 | SigningAlg::RS512 | SigningAlg::PS256 => Some(signature),
    }
    .ok_or_else(|| "KMS answered with a signature that is not DER".to_owned())
}

/// KMS answers ECDSA in DER, a JWS wants r and s side by side, each as long as the curve's order (RFC 7518 §3.4).
fn raw_signature(der: &[u8], width: usize) -> Option<Vec<u8>> {
    let [0x30, length, body @ ..] = der else { return None };
    if *length as usize != body.len() {
        return None;
    }
    let (r, rest) = integer(body)?;
    let (s, []) = integer(rest)? else { return None };
    let mut raw = vec![0; 2 * width];
    raw.get_mut(width.checked_sub(r.len())?..width)?.copy_from_slice(r);
    raw.get_mut((2 * width).checked_sub(s.len())?..)?.copy_from_slice(s);
    Some(raw)
}

/// One DER INTEGER without its sign byte, and what follows it.
fn integer(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x02, length, rest @ ..] = der else { return None };
    let (digits, rest) = rest.split_at_checked(*length as usize)?;
    let leading = digits.iter().take_while(|byte| **byte == 0).count();
    Some((&digits[leading..], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_integers_lose_their_sign_byte_and_gain_their_width() {
        let der = [0x30, 8, 0x02, 2, 0x00, 0xff, 0x02, 2, 0x12, 0x34];
        assert_eq!(raw_signature(&der, 4), Some(vec![0, 0, 0, 0xff, 0, 0, 0x12, 0x34]));
    }

    #[test]
    fn what_is_not_der_is_refused() {
        for broken in [&[0x30u8, 3, 0x02, 1][..], &[], &[0x31, 0], &[0x30, 6, 0x02, 9, 1, 2, 3, 4]] {
            assert_eq!(raw_signature(broken, 4), None);
        }
    }
}
