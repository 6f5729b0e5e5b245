//! Refresh tokens that are bound to a key, and those that do not rotate for it (DPOP-7, DPOP-9, DPOP-10, FAPI-7).

use super::*;
use rules::tenant::{DpopUse, Profile};

/// DPOP-9. A wrong key or none changes nothing, also where the token was used before.
#[test]
fn a_public_apps_refresh_token_is_bound_to_its_first_key_and_nobody_without_it_changes_anything() {
    let own = thumbprint('k');
    let mut refresh = Refresh::right();
    refresh.tenant.fhir_servers[0].dpop = DpopUse::Accepted;
    refresh.proof = Some(own.clone());
    // Until now it was bound to nothing; from here on it is.
    let issued = refresh.carried_out();
    assert_eq!(issued.confirmation.unwrap().jkt, own);
    assert_eq!(refresh.family().dpop_key, Some(own.clone()));
    let used = refresh.token.clone();
    refresh.token = issued.refresh_token.unwrap();
    refresh.now = refresh.now.plus(3600);
    for (proof, told) in [
        (None, "invalid_grant the refresh token is bound to a key: a DPoP proof by it is missing"),
        (Some(thumbprint('x')), "invalid_grant the refresh token is bound to another key"),
    ] {
        refresh.proof = proof;
        let current = refresh.token.clone();
        for token in [used.clone(), current] {
            refresh.token = token;
            assert_eq!(refresh.decided().refused(), (told.to_owned(), false));
        }
    }
    refresh.proof = Some(own.clone());
    assert_eq!(refresh.carried_out().confirmation.unwrap().jkt, own);
    assert_eq!(refresh.family().dpop_key, Some(own));
}

/// DPOP-10.
#[test]
fn a_confidential_app_may_change_its_key_and_gets_no_bearer_token_any_more() {
    let mut refresh = Refresh::right();
    let secrets = vec![crate::given::hash("secret")];
    refresh.client.authentication = ClientAuthentication::ClientSecretBasic { secrets };
    refresh.tenant.fhir_servers[0].dpop = DpopUse::Accepted;
    for letter in ['k', 'x'] {
        refresh.proof = Some(thumbprint(letter));
        let issued = refresh.carried_out();
        assert_eq!(issued.confirmation.unwrap().jkt, thumbprint(letter));
        (refresh.token, refresh.fresh) = (issued.refresh_token.unwrap(), FreshSecrets::random());
    }
    refresh.proof = None;
    let told = "invalid_dpop_proof the tokens of this grant are bound to a key: a DPoP proof is missing";
    assert_eq!(refresh.decided().refused(), (told.to_owned(), false));
}

/// DPOP-7.
#[test]
fn a_refresh_gets_what_its_fhir_server_asks_for_now() {
    let mut refresh = Refresh::right();
    refresh.tenant.fhir_servers[0].dpop = DpopUse::Required;
    let told = "invalid_dpop_proof the tokens of this FHIR server are bound to a key: a DPoP proof is missing";
    assert_eq!(refresh.decided().refused(), (told.to_owned(), false));
    refresh.tenant.fhir_servers[0].dpop = DpopUse::Off;
    refresh.proof = Some(thumbprint('k'));
    assert_eq!(refresh.carried_out().confirmation, None);
}

/// DPOP-9: what is switched off for a while does not loosen what was bound before.
#[test]
fn a_refresh_token_stays_bound_while_its_fhir_server_takes_no_bound_tokens() {
    let mut refresh = Refresh::right();
    refresh.proof = Some(thumbprint('k'));
    for dpop in [DpopUse::Accepted, DpopUse::Off] {
        refresh.tenant.fhir_servers[0].dpop = dpop;
        refresh.token = refresh.carried_out().refresh_token.unwrap();
        refresh.fresh = FreshSecrets::random();
        assert_eq!(refresh.family().dpop_key, Some(thumbprint('k')), "{dpop:?}");
    }
    refresh.proof = Some(thumbprint('x'));
    let told = "invalid_grant the refresh token is bound to another key";
    assert_eq!(refresh.decided().refused(), (told.to_owned(), false));
}

/// FAPI-7: no rotation, so no reuse either; revocation and the ends stay.
#[test]
fn a_client_held_to_fapi_keeps_its_refresh_token_and_a_grant_of_before_goes_on_as_it_was_issued() {
    let mut refresh = Refresh::right();
    refresh.tenant.fhir_servers[0].dpop = DpopUse::Accepted;
    refresh.client.profile = Profile::Fapi2;
    refresh.proof = Some(thumbprint('k'));
    // This grant was issued before, and rotates.
    let issued = refresh.carried_out();
    assert_ne!(issued.refresh_token.unwrap().expose(), refresh.token.expose());
    let (family, token) = new_family(&refresh.grant, &refresh.client, &refresh.tenant, &fresh(), NOW).unwrap();
    assert!(!family.rotates);
    (refresh.token, *refresh.family()) = (token, family);
    for later in [3600, 7200, 90_000] {
        (refresh.now, refresh.fresh) = (NOW.plus(later), FreshSecrets::random());
        let issued = refresh.carried_out();
        assert_eq!(issued.refresh_token.unwrap().expose(), refresh.token.expose());
        assert_eq!(refresh.family().idle_until, NOW.plus(later + 90 * DAY));
        assert!(refresh.family().previous.is_none());
    }
    // What is no token of it ends nothing.
    let mut other = parse_refresh_token(refresh.token.expose()).unwrap();
    other.rotation = Secret::random();
    refresh.token = rules::grant::token::refresh_token(&refresh.grant.id, &other.family, &other.rotation);
    let told = "invalid_grant the refresh token is unknown, has expired or was revoked";
    assert_eq!(refresh.decided().refused(), (told.to_owned(), false));
}

fn thumbprint(letter: char) -> Thumbprint {
    Thumbprint::parse(&letter.to_string().repeat(43)).unwrap()
}
