//! Which tokens are bound to a key (DPOP-7 to DPOP-10).

use super::*;
use crate::given::{FHIR, ISSUER, app, backend, fhir_server, tenant};
use rules::{
    client::Client,
    dpop::{Confirmation, binding, may_ask_with, refresh_key},
    tenant::{DpopUse, Profile, Tenant},
};

fn with(dpop: DpopUse) -> Tenant {
    let mut tenant = tenant();
    tenant.fhir_servers[0].dpop = dpop;
    tenant
}

fn bound(client: &Client, tenant: &Tenant, aud: &str, proof: bool) -> Result<bool, String> {
    let key = thumbprint('k');
    match binding(client, tenant, aud, proof.then_some(&key)) {
        Ok(Some(Confirmation { jkt })) => {
            assert_eq!(jkt, key);
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// DPOP-7, DPOP-8.
#[test]
fn a_proof_binds_where_the_fhir_server_takes_bound_tokens_and_is_missed_where_there_are_no_others() {
    use DpopUse::{Accepted, Off, Required};
    let free = app();
    let must = Client { dpop_bound_access_tokens: true, ..app() };
    let nowhere = "invalid_target: this FHIR server takes no DPoP-bound tokens, and this client may have no others";
    let of_client = "invalid_dpop_proof: the tokens of this client are bound to a key: a DPoP proof is missing";
    let of_server = "invalid_dpop_proof: the tokens of this FHIR server are bound to a key: a DPoP proof is missing";
    for (dpop, client, proof, expected) in [
        (Off, &free, false, Ok(false)),
        (Off, &free, true, Ok(false)),
        (Off, &must, false, Err(nowhere)),
        (Off, &must, true, Err(nowhere)),
        (Accepted, &free, false, Ok(false)),
        (Accepted, &free, true, Ok(true)),
        (Accepted, &must, false, Err(of_client)),
        (Accepted, &must, true, Ok(true)),
        (Required, &free, false, Err(of_server)),
        (Required, &free, true, Ok(true)),
        (Required, &must, false, Err(of_server)),
        (Required, &must, true, Ok(true)),
    ] {
        let expected = expected.map_err(str::to_owned);
        assert_eq!(bound(client, &with(dpop), FHIR, proof), expected, "{dpop:?} {proof}");
    }
}

#[test]
fn a_token_for_this_server_itself_can_be_bound_if_any_can() {
    let (off, accepted) = (with(DpopUse::Off), with(DpopUse::Required));
    assert_eq!(bound(&backend(), &off, ISSUER, true), Ok(false));
    assert_eq!(bound(&backend(), &accepted, ISSUER, true), Ok(true));
    assert_eq!(bound(&backend(), &accepted, ISSUER, false), Ok(false));
    assert_eq!((off.takes_dpop(), accepted.takes_dpop()), (false, true));
    let mut two = with(DpopUse::Off);
    two.fhir_servers.push(fhir_server("https://two.example"));
    two.fhir_servers[1].dpop = DpopUse::Accepted;
    assert!(two.takes_dpop());
    assert_eq!((two.dpop_at(FHIR), two.dpop_at("https://two.example/")), (DpopUse::Off, DpopUse::Accepted));
}

/// DPOP-9, DPOP-10.
#[test]
fn a_public_clients_refresh_token_needs_its_key_and_a_confidential_ones_any_key() {
    let (own, other) = (thumbprint('k'), thumbprint('x'));
    let another = "invalid_grant: the refresh token is bound to another key";
    let missing = "invalid_grant: the refresh token is bound to a key: a DPoP proof by it is missing";
    let bearer = "invalid_dpop_proof: the tokens of this grant are bound to a key: a DPoP proof is missing";
    for (client, bound_to, proof, expected) in [
        (app(), None, None, Ok(())),
        (app(), None, Some(&own), Ok(())),
        (app(), Some(&own), Some(&own), Ok(())),
        (app(), Some(&own), Some(&other), Err(another)),
        (app(), Some(&own), None, Err(missing)),
        (backend(), Some(&own), Some(&own), Ok(())),
        (backend(), Some(&own), Some(&other), Ok(())),
        (backend(), Some(&own), None, Err(bearer)),
    ] {
        let judged = refresh_key(&client, bound_to, proof).map_err(|error| error.to_string());
        assert_eq!(judged, expected.map_err(str::to_owned), "{} {bound_to:?} {proof:?}", client.client_id);
    }
}

#[test]
fn what_is_off_is_written_nowhere() {
    assert!(DpopUse::Off.is_off() && !DpopUse::Accepted.is_off() && !DpopUse::Required.is_off());
    let names = [DpopUse::Off, DpopUse::Accepted, DpopUse::Required].map(DpopUse::as_str);
    assert_eq!(names, ["off", "accepted", "required"]);
    let written = |tenant: &Tenant| serde_json::to_value(tenant).unwrap()["fhir_servers"][0].get("dpop").cloned();
    assert_eq!(written(&with(DpopUse::Off)), None);
    assert_eq!(written(&with(DpopUse::Required)), Some(json!("required")));
}

/// DPOP-12: known before an assertion is used up.
#[test]
fn whether_a_client_may_come_without_a_proof_is_known_once_the_client_is() {
    let must = Client { dpop_bound_access_tokens: true, ..app() };
    let of_client = "invalid_dpop_proof: the tokens of this client are bound to a key: a DPoP proof is missing";
    for (client, dpop, expected) in [
        (&app(), DpopUse::Accepted, Ok(())),
        (&app(), DpopUse::Required, Ok(())),
        (&must, DpopUse::Accepted, Err(of_client.to_owned())),
        // Where no token is bound, its audience is what is wrong.
        (&must, DpopUse::Off, Ok(())),
    ] {
        let judged = may_ask_with(client, &with(dpop), None).map_err(|error| error.to_string());
        assert_eq!(judged, expected, "{dpop:?}");
    }
    let proof = judged(&proof(&Key::ec("ES384"), &[], &[])).unwrap();
    let strict = Client { profile: Profile::Fapi2, ..app() };
    assert!(may_ask_with(&app(), &with(DpopUse::Accepted), Some(&proof)).is_ok());
    assert!(may_ask_with(&strict, &with(DpopUse::Accepted), Some(&proof)).is_err());
}
