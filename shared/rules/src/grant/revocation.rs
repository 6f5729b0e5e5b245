//! What a client's revocation does to a grant (RFC 7009 §2.1).

use super::{Grant, GrantState, RevocationReason, RevokedToken};
use crate::time::Timestamp;

const MOST_REVOKED_TOKENS: usize = 500;

/// A revoked refresh token ends the grant and all its access tokens with it.
pub fn of_refresh_token(grant: &Grant, now: Timestamp) -> Option<GrantState> {
    match &grant.state {
        GrantState::Redeemed { live_until, .. } => {
            Some(GrantState::Revoked { at: now, why: RevocationReason::ByClient, live_until: *live_until })
        }
        GrantState::CodeIssued { .. } | GrantState::Revoked { .. } => None,
    }
}

/// The person takes everything back, also a code that was not exchanged yet.
pub fn by_user(grant: &Grant, now: Timestamp) -> Option<GrantState> {
    let live_until = match &grant.state {
        GrantState::CodeIssued { .. } | GrantState::Redeemed { .. } => grant.forget_at(),
        GrantState::Revoked { .. } => return None,
    };
    Some(GrantState::Revoked { at: now, why: RevocationReason::ByUser, live_until })
}

/// The operator takes it back, whatever its state.
pub fn by_operator(grant: &Grant, now: Timestamp) -> Option<GrantState> {
    match by_user(grant, now)? {
        GrantState::Revoked { at, live_until, .. } => {
            Some(GrantState::Revoked { at, why: RevocationReason::ByOperator, live_until })
        }
        GrantState::CodeIssued { .. } | GrantState::Redeemed { .. } => None,
    }
}

/// A revoked access token dies alone; the app may still refresh.
pub fn of_access_token(grant: &Grant, token: RevokedToken, now: Timestamp) -> Option<GrantState> {
    match &grant.state {
        GrantState::Redeemed { code, refresh, revoked_tokens, last_used, live_until, extensions }
            if grant.honours(&token.jti) =>
        {
            let mut revoked: Vec<RevokedToken> =
                revoked_tokens.iter().filter(|token| !token.expires_at.is_past(now)).cloned().collect();
            revoked.push(token);
            // The list must fit into one item of the table; nobody revokes so many tokens in good faith.
            if revoked.len() > MOST_REVOKED_TOKENS {
                return of_refresh_token(grant, now);
            }
            Some(GrantState::Redeemed {
                code: code.clone(),
                refresh: refresh.clone(),
                revoked_tokens: revoked,
                last_used: *last_used,
                live_until: *live_until,
                extensions: extensions.clone(),
            })
        }
        _ => None,
    }
}
