//! Whether the documents of a tenant name anything that the FAPI 2.0 Security Profile forbids.

use super::{
    advertised::texts,
    check::{Check, good, wrong},
    checks::Documents,
};
use rules::tenant::Profile;
use serde_json::Value;
use std::collections::BTreeSet;

/// FAPI 2.0 Security Profile §5.3.2.1: by a key, or by a certificate.
const METHODS: [&str; 3] = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"];

pub fn narrowing(documents: &Documents) -> Check {
    let name = "FAPI 2.0";
    let (smart, server) = (&documents.smart, &documents.authorization_server);
    let algorithms = Profile::Fapi2.proof_algorithms();
    let mut against = Vec::new();
    for (member, allowed) in [
        ("token_endpoint_auth_methods_supported", &METHODS[..]),
        ("token_endpoint_auth_signing_alg_values_supported", algorithms),
        ("id_token_signing_alg_values_supported", algorithms),
        ("dpop_signing_alg_values_supported", algorithms),
        ("response_types_supported", &["code"][..]),
        ("code_challenge_methods_supported", &["S256"][..]),
    ] {
        let named: BTreeSet<&str> =
            [smart, server, &documents.openid].into_iter().flat_map(|document| texts(&document[member])).collect();
        let others: Vec<&str> = named.into_iter().filter(|one| !allowed.contains(one)).collect();
        if !others.is_empty() {
            against.push(format!("{member} has {}", others.join(", ")));
        }
    }
    for forbidden in ["password", "implicit"] {
        if texts(&server["grant_types_supported"]).contains(&forbidden) {
            against.push(format!("grant_types_supported has {forbidden}"));
        }
    }
    let launches = server.get("authorization_endpoint").is_some();
    let mut must = |is_there: bool, what: &str| {
        if !is_there {
            against.push(format!("{what} is missing"));
        }
    };
    must(
        !launches || is_true(server, "require_pushed_authorization_requests"),
        "require_pushed_authorization_requests",
    );
    must(!launches || is_true(server, "authorization_response_iss_parameter_supported"), "iss in the answer");
    // Its other way to bind a token, by a certificate, this server has not.
    must(server.get("dpop_signing_alg_values_supported").is_some(), "dpop_signing_alg_values_supported");
    match against.is_empty() {
        true => good(name, "nothing is named that the profile forbids"),
        false => wrong(name, against.join("; ")),
    }
}

fn is_true(document: &Value, member: &str) -> bool {
    document[member] == true
}
