//! Whether a code is exchanged (TOK-3 to TOK-7).

use super::*;
use crate::given::{app, tenant};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    client::Client,
    dpop::Thumbprint,
    grant::{
        RevocationReason,
        authorization_code::{AuthorizationCodeRequest, Redemption, redeem},
        token::PresentedCode,
    },
    oauth::error::ErrorCode,
    tenant::{DpopUse, Tenant},
    time::Timestamp,
};
use sha2::{Digest, Sha256};

const VERIFIER: &str = "a-verifier-of-43-characters-with-all-4.kinds_of~signs";

/// One thing done otherwise.
type Change = fn(&mut Exchange);

/// An exchange that is right in every way.
struct Exchange {
    grant: Grant,
    request: AuthorizationCodeRequest,
    presented: PresentedCode,
    client: Client,
    tenant: Tenant,
    proof: Option<Thumbprint>,
    now: Timestamp,
}

impl Exchange {
    fn right() -> Exchange {
        let secret = Secret::new("the secret of the code");
        let mut grant = grant(Refreshable::Offline, code_issued(&secret));
        grant.approval.code_challenge = Some(challenge(VERIFIER));
        Exchange {
            request: AuthorizationCodeRequest {
                code: Secret::new("as it was sent"),
                redirect_uri: Some(REDIRECT_URI.into()),
                code_verifier: Some(Secret::new(VERIFIER)),
                resource: None,
            },
            presented: PresentedCode { grant: grant.id.clone(), secret },
            grant,
            client: with_redirect(app()),
            tenant: tenant(),
            proof: None,
            now: NOW,
        }
    }

    /// After it was carried out once.
    fn again() -> Exchange {
        let mut exchange = Exchange::right();
        exchange.grant.state = exchange.decided().next.unwrap();
        exchange
    }

    fn with(change: impl FnOnce(&mut Exchange)) -> Exchange {
        let mut exchange = Exchange::right();
        change(&mut exchange);
        exchange
    }

    fn decided(&self) -> Decided {
        let redemption = Redemption {
            request: &self.request,
            presented: &self.presented,
            client: &self.client,
            tenant: &self.tenant,
            fresh: &fresh(),
            proof: self.proof.as_ref(),
            extensions: None,
            now: self.now,
        };
        redeem(&self.grant, &redemption).into()
    }

    fn verifies(verifier: &str) -> Exchange {
        Exchange::with(|it| {
            it.grant.approval.code_challenge = Some(challenge(verifier));
            it.request.code_verifier = Some(Secret::new(verifier));
        })
    }
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// What the client is told, and that nothing changes.
fn refused(exchange: &Exchange) -> String {
    let Decided { outcome, next } = exchange.decided();
    assert!(next.is_none(), "a refusal changed the grant");
    let error = outcome.unwrap_err();
    format!("{} {}", error.code.as_str(), error.description)
}

#[test]
fn a_code_is_exchanged_for_what_was_approved() {
    let exchange = Exchange::right();
    let issued = exchange.decided().outcome.unwrap();
    assert_eq!(issued.scope, exchange.grant.approval.scope);
    assert_eq!(issued.nonce.as_deref(), Some("nonce"));
    assert_eq!(issued.access_token_seconds, 3600);
    assert!(issued.refresh_token.unwrap().expose().starts_with(&format!("{}.", exchange.grant.id.0)));
}

/// What the operator has taken from the app since the person's yes is gone.
#[test]
fn a_code_is_worth_what_the_app_is_still_registered_for() {
    let with_scope = |scope: &str| Exchange::with(|it| it.client.scope = scope.parse_set()).decided();
    let left = with_scope("openid offline_access patient/Patient.rs").outcome.unwrap();
    assert_eq!(left.scope, "openid patient/Patient.rs".parse_set());
    assert!(left.refresh_token.is_some());
    assert!(with_scope("openid patient/*.rs").outcome.unwrap().refresh_token.is_none(), "it may not come back");
    let Decided { outcome, next } = with_scope("user/*.rs");
    assert_eq!((outcome.unwrap_err().code, next.is_none()), (ErrorCode::InvalidScope, true));
}

#[test]
fn an_app_may_have_a_lifetime_of_its_own() {
    let exchange = Exchange::with(|it| it.client.access_token_seconds = Some(60));
    assert_eq!(exchange.decided().outcome.unwrap().access_token_seconds, 60);
}

/// TOK-7: the record outlives every token of the grant.
#[test]
fn the_grant_lives_as_long_as_the_longer_of_its_tokens() {
    for (idle, lives) in [(60, 3600), (7200, 7200)] {
        let exchange = Exchange::with(|it| it.tenant.policy.refresh_idle_seconds = idle);
        let grant = Grant { state: exchange.decided().next.unwrap(), ..exchange.grant };
        assert_eq!(grant.forget_at(), NOW.plus(lives));
    }
}

/// TOK-5.
#[test]
fn a_code_is_good_until_its_last_second() {
    assert!(Exchange::with(|it| it.now = NOW.plus(59)).decided().outcome.is_ok());
    let late = Exchange::with(|it| it.now = NOW.plus(60));
    assert_eq!(refused(&late), "invalid_grant the authorization code is unknown or has expired");
}

/// Without the right secret, client, redirect_uri, verifier and resource there is no token, and nothing changes (TOK-6).
#[test]
fn a_request_that_is_wrong_in_one_way_gets_nothing_and_changes_nothing() {
    const UNKNOWN: &str = "invalid_grant the authorization code is unknown or has expired";
    let wrong: [(Change, &str); 9] = [
        (|it| it.presented.secret = Secret::new("guessed"), UNKNOWN),
        (|it| it.client.client_id = "other".into(), UNKNOWN),
        (|it| it.request.redirect_uri = None, "invalid_grant redirect_uri is missing"),
        (
            |it| it.request.redirect_uri = Some(format!("{REDIRECT_URI}/")),
            "invalid_grant redirect_uri differs from the one of the authorization request",
        ),
        (|it| it.request.code_verifier = None, "invalid_grant code_verifier is missing"),
        (
            |it| it.request.code_verifier = Some(Secret::new("x".repeat(43))),
            "invalid_grant code_verifier does not match code_challenge",
        ),
        // TOK-4: somebody has taken the challenge out of the request.
        (
            |it| it.grant.approval.code_challenge = None,
            "invalid_grant a code_verifier came for a code without code_challenge",
        ),
        (
            |it| it.request.resource = Some("https://other.example/r4".into()),
            "invalid_target resource is not the server that the user approved",
        ),
        (|it| it.grant.state = rules::grant::revocation::by_user(&it.grant, NOW).unwrap(), UNKNOWN),
    ];
    for (change, answer) in wrong {
        assert_eq!(refused(&Exchange::with(change)), answer);
        let mut again = Exchange::again();
        change(&mut again);
        assert_eq!(refused(&again), answer, "of a code that was used");
    }
}

#[test]
fn the_resource_may_be_said_again_with_or_without_its_last_slash() {
    for resource in [FHIR.to_owned(), format!("{FHIR}/")] {
        assert!(Exchange::with(|it| it.request.resource = Some(resource)).decided().outcome.is_ok());
    }
}

#[test]
fn a_code_without_a_challenge_needs_no_verifier() {
    let exchange = Exchange::with(|it| {
        it.grant.approval.code_challenge = None;
        it.request.code_verifier = None;
    });
    assert!(exchange.decided().outcome.is_ok());
}

/// RFC 7636 §4.1; TOK-3.
#[test]
fn a_verifier_has_43_to_128_characters_of_its_alphabet() {
    for good in ["A".repeat(43), "z".repeat(128), format!("{}-._~09", "a".repeat(40))] {
        assert!(Exchange::verifies(&good).decided().outcome.is_ok(), "{good}");
    }
    for bad in ["A".repeat(42), "z".repeat(129), format!("{}+", "a".repeat(42)), format!("{} ", "a".repeat(42))] {
        assert_eq!(
            refused(&Exchange::verifies(&bad)),
            "invalid_grant code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~",
            "{bad}"
        );
    }
}

/// TOK-6.
#[test]
fn a_second_use_that_is_right_in_every_way_ends_the_grant() {
    for later in [0, 3000] {
        let mut again = Exchange::again();
        let lives = again.grant.forget_at();
        again.now = NOW.plus(later);
        let Decided { outcome, next } = again.decided();
        assert_eq!(outcome.unwrap_err().code, ErrorCode::InvalidGrant);
        let Some(GrantState::Revoked { at, why, live_until }) = next else { panic!("not revoked") };
        assert_eq!((at, why, live_until), (NOW.plus(later), RevocationReason::CodeReplayed, lives));
    }
}

/// DPOP-11: whoever lacks the key learns nothing and changes nothing, so a thief of a code can't end its grant.
#[test]
fn a_code_that_was_asked_for_with_a_key_needs_a_proof_by_it() {
    let key = |letter: char| Thumbprint::parse(&letter.to_string().repeat(43)).unwrap();
    for (proof, told) in [
        (None, "invalid_grant a DPoP proof is missing: the code is bound to a key"),
        (Some(key('x')), "invalid_grant the DPoP proof is by another key than the authorization request named"),
    ] {
        for mut exchange in [Exchange::right(), Exchange::again()] {
            exchange.grant.approval.dpop_jkt = Some(key('k'));
            exchange.proof = proof.clone();
            assert_eq!(exchange.decided().refused(), (told.to_owned(), false));
        }
    }
    let own = Exchange::with(|it| {
        it.tenant.fhir_servers[0].dpop = DpopUse::Accepted;
        it.grant.approval.dpop_jkt = Some(key('k'));
        it.proof = Some(key('k'));
    });
    assert_eq!(own.decided().outcome.unwrap().confirmation.unwrap().jkt, key('k'));
}

/// DPOP-6, DPOP-7, DPOP-9.
#[test]
fn a_proof_binds_the_tokens_of_a_code_and_what_must_be_bound_is_not_issued_without() {
    let key = Thumbprint::parse(&"k".repeat(43)).unwrap();
    let decided = |dpop: DpopUse, proof: Option<&Thumbprint>| {
        Exchange::with(|it| {
            it.tenant.fhir_servers[0].dpop = dpop;
            it.proof = proof.cloned();
        })
        .decided()
    };
    let bound = decided(DpopUse::Accepted, Some(&key));
    let Some(GrantState::Redeemed { refresh: Some(family), .. }) = bound.next else { panic!("no family") };
    assert_eq!(family.dpop_key, Some(key.clone()));
    assert_eq!(bound.outcome.unwrap().confirmation.unwrap().jkt, key);
    assert_eq!(decided(DpopUse::Accepted, None).outcome.unwrap().confirmation, None);
    assert_eq!(decided(DpopUse::Off, Some(&key)).outcome.unwrap().confirmation, None);
    let told = "invalid_dpop_proof the tokens of this FHIR server are bound to a key: a DPoP proof is missing";
    assert_eq!(decided(DpopUse::Required, None).refused(), (told.to_owned(), false));
}

/// CIMD-17.
#[test]
fn a_code_of_an_app_whose_document_has_it_prove_itself_no_more_ends_its_grant() {
    let exchange = Exchange::with(|it| of_another_document(&mut it.grant, &mut it.client));
    let lives = exchange.grant.forget_at();
    let Decided { outcome, next } = exchange.decided();
    assert_eq!(outcome.unwrap_err().detail, "the client's document has it prove itself no more");
    let Some(GrantState::Revoked { at, why, live_until }) = next else { panic!("not revoked") };
    assert_eq!((at, why, live_until), (exchange.now, RevocationReason::DocumentChanged, lives));
}
