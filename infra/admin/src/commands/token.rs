//! `admit token`: ends one token.

use super::grants::{change_grant, revoke_together};
use crate::{
    failure::Failure,
    out::Out,
    target::{OperatorAction, Target},
};
use rules::{
    grant::{Grant, GrantState, RevokedToken, revocation, token::parse_refresh_token},
    tenant::TenantRecord,
    token::AccessTokenClaims,
};
use serde_json::json;
use server::{
    access_tokens::find_claims,
    store::{
        Commit, Write,
        schema::{self, RevokedAccessToken},
    },
};
use std::path::PathBuf;

#[derive(clap::Subcommand, Debug)]
pub enum Tokens {
    /// Ends one access token, or a refresh token with its whole grant. A FHIR server that asks Admit knows it at
    /// once; one that judges a JWT alone, when it expires
    End {
        tenant: String,
        /// A file with the token in it. Without one it is read from standard input: a token on the command line stays in the shell's
        /// history
        file: Option<PathBuf>,
    },
}

impl Tokens {
    pub fn operation(&self) -> Option<OperatorAction> {
        let Tokens::End { tenant, .. } = self;
        OperatorAction::new(tenant, "token end", "one token")
    }

    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        let Tokens::End { tenant, file } = self;
        let tenant = target.tenant(&tenant).await?;
        let text = match &file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?,
            None => std::io::read_to_string(std::io::stdin()).map_err(Failure::failed)?,
        };
        let record = target.server.tenant(tenant.id.as_str(), target.now()).await?;
        let record = record.ok_or_else(|| Failure::failed("the tenant is gone"))?;
        match end(target, &record, text.trim()).await? {
            Some(ended) => {
                let (what, id) = ended.words();
                target.changed(&tenant.id, format!("ended {what} {id}"));
                out.answer(&json!({ "ended": what, "id": id }), format!("ended: {what} {id}"));
                Ok(())
            }
            None => Err(Failure::failed(
                "this is no token of the tenant that is good still: unknown, expired, or ended before",
            )),
        }
    }
}

/// What came to its end.
enum Ended {
    /// By its `jti`.
    AccessToken(String),
    Grant(String),
}

impl Ended {
    fn words(&self) -> (&'static str, &str) {
        match self {
            Ended::AccessToken(jti) => ("access token", jti),
            Ended::Grant(id) => ("grant", id),
        }
    }
}

async fn end(target: &Target, tenant: &TenantRecord, text: &str) -> Result<Option<Ended>, Failure> {
    if let Some(presented) = parse_refresh_token(text) {
        let key = schema::grant(&tenant.id, &presented.grant);
        let grant = target.server.store.find::<Grant>(key, target.now()).await?;
        let own = grant.is_some_and(|grant| match &grant.state {
            GrantState::Redeemed { refresh: Some(family), .. } => family.family.matches(presented.family.expose()),
            _ => false,
        });
        let ended = own && revoke_together(target, &tenant.id, std::slice::from_ref(&presented.grant)).await? > 0;
        return Ok(ended.then_some(Ended::Grant(presented.grant.0)));
    }
    let Some(claims) = find_claims(&target.server, tenant, text, target.now()).await? else { return Ok(None) };
    end_access_token(target, tenant, claims).await
}

async fn end_access_token(
    target: &Target,
    tenant: &TenantRecord,
    claims: AccessTokenClaims,
) -> Result<Option<Ended>, Failure> {
    let AccessTokenClaims { jti, exp, grant_id, .. } = claims;
    let Some(id) = grant_id else {
        let revoked = RevokedAccessToken { tenant: tenant.id.clone(), jti: jti.clone(), expires_at: exp };
        // One that is there already says that somebody has ended it before.
        let write = Write::create_or_outlive(&revoked, target.now())?;
        let is_done = target.server.store.commit(vec![write]).await? == Commit::Done;
        return Ok(is_done.then_some(Ended::AccessToken(jti)));
    };
    let token = RevokedToken { jti: jti.clone(), expires_at: exp };
    let decide = |grant: &Grant| revocation::of_access_token(grant, token.clone(), target.now());
    let ended = change_grant(target, &tenant.id, &id, decide).await?;
    Ok(ended.then_some(Ended::AccessToken(jti)))
}
