//! DPoP proofs (RFC 9449): judged before anything is spent, and used once, whichever instance they come to.

use crate::{
    Server,
    access_tokens::LiveToken,
    audit::AuditRecord,
    http::{answer::Refusal, form_post::FormPost},
    store::{Commit, Item, Key, StoreError, Write},
};
use rules::{
    dpop::{Asked, Confirmation, DpopProof, NonceFor, NotHeld, ProofRefused, TokenScheme, held, verify},
    oauth::error::{Challenge, ErrorCode, OAuthError},
    secret::SecretHash,
    tenant::{DpopReplay, TenantId, TenantRecord},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A proof that was used.
#[derive(Debug, Serialize, Deserialize)]
pub struct UsedProof {
    pub tenant: TenantId,
    /// The thumbprint of its key.
    pub jkt: String,
    pub jti: SecretHash,
    pub expires_at: Timestamp,
}

impl UsedProof {
    fn of(tenant: &TenantId, proof: &DpopProof) -> UsedProof {
        let (jkt, jti) = (proof.key.as_str().to_owned(), proof.jti.clone());
        UsedProof { tenant: tenant.clone(), jkt, jti, expires_at: proof.refused_from }
    }
}

impl Item for UsedProof {
    fn key(&self) -> Key {
        // A client's assertion begins with its hash, so none of them has such a name.
        Key::new(&self.tenant, "JTI", &format!("DPOP#{}#{}", self.jti.as_str(), self.jkt))
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// The proof that came with a form, if its tenant binds tokens to keys. It is not noted as used yet.
pub fn of_form(post: &FormPost) -> Result<Option<DpopProof>, OAuthError> {
    if !post.tenant.takes_dpop() {
        return Ok(None);
    }
    let proofs: Vec<&str> = post.proofs.iter().map(String::as_str).collect();
    let asked = Asked {
        method: "POST",
        url: &post.endpoint,
        access_token: None,
        nonces: post.tenant.dpop_nonces(NonceFor::AuthorizationServer, post.now),
        algorithms: post.tenant.policy.profile.proof_algorithms(),
        now: post.now,
    };
    verify(&proofs, &asked).map_err(refused)
}

/// Notes a proof as used. It belongs into the commit of what it was used for.
pub fn note(tenant: &TenantId, proof: &DpopProof, now: Timestamp) -> Result<Write, StoreError> {
    Write::create_or_outlive(&UsedProof::of(tenant, proof), now)
}

/// Whether a lost race was lost to another use of the same proof.
pub async fn was_used(
    server: &Server,
    tenant: &TenantId,
    proof: &DpopProof,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(server.store.find::<UsedProof>(UsedProof::of(tenant, proof).key(), now).await?.is_some())
}

/// A commit was lost to another use of the same proof.
pub fn replayed() -> Refusal {
    Refusal::of(used_before(), AuditRecord::replay("a DPoP proof was used before"))
}

fn used_before() -> OAuthError {
    refused(ProofRefused::Bad("its jti was used before".to_owned()))
}

fn refused(why: ProofRefused) -> OAuthError {
    match why {
        ProofRefused::Bad(why) => {
            OAuthError::new(ErrorCode::InvalidDpopProof, format!("the DPoP proof is refused: {why}"))
        }
        ProofRefused::NeedsNonce => OAuthError::new(ErrorCode::UseDpopNonce, why.to_string()),
    }
}

/// An access token as it came to a resource.
pub struct Presented<'a> {
    pub scheme: TokenScheme,
    pub token: &'a str,
    /// The values of the header `DPoP`.
    pub proofs: &'a [&'a str],
    pub method: &'a str,
    /// The public URL.
    pub url: &'a str,
}

/// Where a token is presented: at this server, or at a FHIR server that it guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Here,
    FhirServer,
    /// Behind a gateway that hands on no nonce.
    FhirServerWithoutNonces,
}

impl Presented<'_> {
    /// Judges whether the caller that presents it is its holder, and records the proof: nothing is written for a token that is
    /// bound to no key.
    pub async fn judge(
        &self,
        server: &Server,
        tenant: &TenantRecord,
        cnf: Option<&Confirmation>,
        place: Place,
        now: Timestamp,
    ) -> Result<(), OAuthError> {
        let (nonces, keeps) = match place {
            Place::Here => (tenant.dpop_nonces(NonceFor::AuthorizationServer, now), true),
            Place::FhirServer => {
                let nonces = tenant.dpop_nonces(NonceFor::ResourceServer, now);
                (nonces, nonces.is_none() || tenant.policy.dpop_replay == DpopReplay::Store)
            }
            Place::FhirServerWithoutNonces => (None, true),
        };
        let (access_token, algorithms) = (Some(self.token), tenant.policy.profile.proof_algorithms());
        let asked = Asked { method: self.method, url: self.url, access_token, nonces, algorithms, now };
        let proof = held(cnf, self.scheme, self.proofs, &asked).map_err(|why| not_held(why, algorithms))?;
        let Some(proof) = proof.filter(|_| keeps) else { return Ok(()) };
        match server.store.commit(vec![note(&tenant.id, &proof, now)?]).await? {
            Commit::Done => Ok(()),
            Commit::LostRace => Err(used_before().challenging(Challenge::Dpop(algorithms))),
        }
    }
}

/// That the caller of an endpoint, who shows an access token for it, is its holder.
pub async fn of_caller(post: &FormPost, scheme: TokenScheme, token: &str, live: &LiveToken) -> Result<(), OAuthError> {
    let proofs: Vec<&str> = post.proofs.iter().map(String::as_str).collect();
    let presented = Presented { scheme, token, proofs: &proofs, method: "POST", url: &post.endpoint };
    presented.judge(&post.server, &post.tenant, live.claims.cnf.as_ref(), Place::Here, post.now).await
}

/// RFC 9449 §7.1.
fn not_held(why: NotHeld, algorithms: &'static [&'static str]) -> OAuthError {
    let challenge = Challenge::Dpop(algorithms);
    let text = why.to_string();
    match why {
        NotHeld::Proof(why) => refused(why).challenging(challenge),
        NotHeld::NoProof => OAuthError::new(ErrorCode::InvalidDpopProof, text).challenging(challenge),
        NotHeld::IsBound | NotHeld::AnotherKey => OAuthError::new(ErrorCode::InvalidToken, text).challenging(challenge),
        NotHeld::IsUnbound => OAuthError::new(ErrorCode::InvalidToken, text).challenging(Challenge::Bearer),
    }
}
