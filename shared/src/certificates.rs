//! The certificates that a deployed function trusts, read once. The SDK's own way reads the system's file, and then each of them
//! again from a folder of hundreds: most of what a function did before its first request.

use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{env, fs};
use webpki::anchor_from_trusted_cert;

/// Amazon Linux has the first, Debian the second.
const FILES: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// One client for all of AWS. None where there is no such file, or where somebody says which they want: then the SDK looks for itself.
pub fn http_client() -> Option<SharedHttpClient> {
    if ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| env::var_os(name).is_some()) {
        return None;
    }
    let trusted = FILES.iter().find_map(|file| fs::read(file).ok()).map(|pem| understood(&pem));
    let trusted = TrustStore::empty().with_pem_certificate(trusted.filter(|pem| !pem.is_empty())?);
    let context = TlsContext::builder().with_trust_store(trusted).build().ok()?;
    Some(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https())
}

/// The SDK would panic over any other.
fn understood(pem: &[u8]) -> String {
    let all = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
    let good = all.filter(|certificate| anchor_from_trusted_cert(certificate).is_ok());
    let pem = |certificate: CertificateDer<'_>| {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(certificate))
    };
    good.map(pem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "-----BEGIN CERTIFICATE-----\n\
                       MIIBbzCCARWgAwIBAgIUM5L1La6NHlLC3EKybPGlRH/g+vkwCgYIKoZIzj0EAwIw\n\
                       DDEKMAgGA1UEAwwBYTAgFw0yNjExMjIwOTUwMzlaGA8yMTI2MTAyOTA5NTAzOVow\n\
                       DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKxPwbQJWYoh\n\
                       L9jsGZ45rgGtKoSg1xAlEA+CIb8w3q0DJzH+SMNJgiuJcpoZP0UXgiHnf2x/FRJe\n\
                       /xg3KLSR8kyjUzBRMB0GA1UdDgQWBBRJXPlv9/e8aq/eVF5/1fYMdIqTXDAfBgNV\n\
                       HSMEGDAWgBRJXPlv9/e8aq/eVF5/1fYMdIqTXDAPBgNVHRMBAf8EBTADAQH/MAoG\n\
                       CCqGSM49BAMCA0gAMEUCICIMuE0aNdtBXxC8HR/wG0bbBKQtXJqe293Xc0c5Hy+c\n\
                       AiEA//7zws8lIhe2o8SDxSEwMBR04AUGcureDsHMvz9QRn4=\n\
                       -----END CERTIFICATE-----\n";

    #[test]
    fn what_can_not_be_understood_is_left_out_and_the_rest_is_kept() {
        let broken = OWN.replacen("MII", "AAA", 1);
        let not_base64 = "-----BEGIN CERTIFICATE-----\n***\n-----END CERTIFICATE-----\n";
        let kept = understood(format!("# a name\n{OWN}{broken}{not_base64}{OWN}").as_bytes());
        assert_eq!(kept.matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(understood(kept.as_bytes()), kept);
        assert_eq!(understood(b"nothing of the kind"), "");
    }
}
