//! What FAPI 2.0 changes (FAPI-1 to FAPI-11).

use crate::given::{app, backend, tenant};
use rules::{
    client::{Client, own},
    oauth::metadata::{authorization_server, openid_configuration, smart_configuration},
    signing_keys::rotation::{algorithms, id_token_algorithms, usual},
    tenant::{AuthenticationMethod, DpopUse, Profile, SigningAlg, Tenant},
};
use serde_json::json;

fn fapi() -> Tenant {
    let mut tenant = tenant();
    tenant.policy.profile = Profile::Fapi2;
    tenant.fhir_servers[0].dpop = DpopUse::Required;
    tenant
}

#[test]
fn a_client_is_held_to_the_stricter_of_its_own_profile_and_its_tenants() {
    let strict = Client { profile: Profile::Fapi2, ..app() };
    for (client, tenant, expected) in [
        (&app(), tenant(), Profile::Smart),
        (&app(), fapi(), Profile::Fapi2),
        (&strict, tenant(), Profile::Fapi2),
        (&strict, fapi(), Profile::Fapi2),
    ] {
        assert_eq!(client.profile_at(&tenant), expected);
        assert_eq!(client.must_be_bound(&tenant), expected == Profile::Fapi2);
    }
    let bound = Client { dpop_bound_access_tokens: true, ..app() };
    assert!(bound.must_be_bound(&tenant()));
}

/// FAPI-3, FAPI-7.
#[test]
fn each_profile_has_its_algorithms_and_its_refresh_tokens() {
    use SigningAlg::*;
    let of = |profile: Profile| [RS256, RS384, RS512, PS256, ES256, ES384].map(|alg| profile.may_sign_with(alg));
    assert_eq!(of(Profile::Smart), [true; 6]);
    assert_eq!(of(Profile::Fapi2), [false, false, false, true, true, false]);
    assert_eq!(Profile::Fapi2.assertion_algorithms(), ["PS256", "ES256", "EdDSA"]);
    assert_eq!(Profile::Fapi2.proof_algorithms(), ["ES256", "PS256", "EdDSA"]);
    let smart = ["RS384", "ES384", "RS256", "RS512", "PS256", "PS384", "PS512", "ES256"];
    assert_eq!(Profile::Smart.assertion_algorithms(), smart);
    assert_eq!(Profile::Smart.proof_algorithms(), ["ES256", "ES384", "PS256", "EdDSA"]);
    assert!(Profile::Smart.rotates_refresh_tokens() && !Profile::Fapi2.rotates_refresh_tokens());
    assert_eq!([Profile::Smart, Profile::Fapi2].map(Profile::as_str), ["smart", "fapi2"]);
    assert_eq!(json!([Profile::Smart, Profile::Fapi2]), json!(["smart", "fapi2"]));
    assert!(Profile::Smart.is_smart() && !Profile::Fapi2.is_smart());
}

/// FAPI-3: a FAPI tenant has no key that it may not use; another has one of RS256 always.
#[test]
fn a_fapi_tenant_signs_with_what_it_may() {
    use SigningAlg::{ES256, PS256, RS256};
    for (alg, smart) in [(ES256, vec![RS256, ES256]), (PS256, vec![RS256, PS256])] {
        let (mut old, mut new) = (tenant(), fapi());
        (old.policy.access_token_alg, new.policy.access_token_alg) = (alg, alg);
        assert_eq!((algorithms(&old), id_token_algorithms(&old), usual(&old)), (smart.clone(), smart, RS256));
        assert_eq!((algorithms(&new), id_token_algorithms(&new), usual(&new)), (vec![alg], vec![alg], alg));
        assert_eq!(own::management(&new).id_token_signed_response_alg, alg);
        assert_eq!(own::management(&old).id_token_signed_response_alg, RS256);
    }
}

/// FAPI-1.
#[test]
fn clients_of_a_fapi_tenant_authenticate_by_key_alone() {
    let methods = |tenant: &Tenant| tenant.policy.authentication_methods().collect::<Vec<_>>();
    assert_eq!(methods(&fapi()), [AuthenticationMethod::PrivateKeyJwt]);
    for method in AuthenticationMethod::ALL {
        assert!(tenant().policy.lets_authenticate_by(method));
        assert_eq!(fapi().policy.lets_authenticate_by(method), method == AuthenticationMethod::PrivateKeyJwt);
    }
    assert_eq!(methods(&tenant()), tenant().policy.client_authentication_methods.into_iter().collect::<Vec<_>>());
}

/// FAPI-11.
#[test]
fn the_documents_of_a_fapi_tenant_say_what_holds() {
    let fapi = fapi();
    for document in [smart_configuration, openid_configuration, authorization_server].map(|document| document(&fapi)) {
        assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["private_key_jwt"]));
        assert_eq!(document["token_endpoint_auth_signing_alg_values_supported"], json!(["PS256", "ES256", "EdDSA"]));
        assert_eq!(document["dpop_signing_alg_values_supported"], json!(["ES256", "PS256", "EdDSA"]));
    }
    let document = authorization_server(&fapi);
    for endpoint in ["revocation", "introspection"] {
        assert_eq!(document[format!("{endpoint}_endpoint_auth_methods_supported")], json!(["private_key_jwt"]));
        let algorithms = &document[format!("{endpoint}_endpoint_auth_signing_alg_values_supported")];
        assert_eq!(*algorithms, json!(["PS256", "ES256", "EdDSA"]));
    }
    assert_eq!(openid_configuration(&fapi)["id_token_signing_alg_values_supported"], json!(["ES256"]));
    let claims = |tenant: &Tenant, capability: &str| {
        let document = smart_configuration(tenant);
        document["capabilities"].as_array().unwrap().iter().any(|one| one == capability)
    };
    for (capability, both) in [("authorize-post", false), ("client-public", false), ("launch-ehr", true)] {
        assert!(claims(&tenant(), capability));
        assert_eq!(claims(&fapi, capability), both, "{capability}");
    }
}

/// FAPI-3: by whom a proof is, is known after it was judged.
#[test]
fn a_proof_by_an_algorithm_that_fapi_forbids_is_refused_to_its_client() {
    use jsonwebtoken::Algorithm;
    use rules::{
        dpop::{DpopProof, Thumbprint, proof_fits},
        secret::SecretHash,
    };
    let strict = Client { profile: Profile::Fapi2, ..backend() };
    let proof = |alg| DpopProof {
        key: Thumbprint::parse(&"k".repeat(43)).unwrap(),
        alg,
        jti: SecretHash::of("j"),
        refused_from: crate::given::NOW,
    };
    for (alg, fits) in
        [(Algorithm::ES256, true), (Algorithm::PS256, true), (Algorithm::EdDSA, true), (Algorithm::ES384, false)]
    {
        let judged = proof_fits(&strict, &tenant(), &proof(alg)).map_err(|error| error.to_string());
        let why = "invalid_dpop_proof: the DPoP proof is refused: alg must be one of: ES256, PS256, EdDSA";
        assert_eq!(judged, if fits { Ok(()) } else { Err(why.to_owned()) }, "{alg:?}");
        assert!(proof_fits(&backend(), &tenant(), &proof(alg)).is_ok());
    }
}
