//! A request at the token endpoint: one variant for each grant type, nothing optional that the grant requires.

use super::{
    error::{ErrorCode, OAuthError},
    params::Params,
};
use crate::{
    grant::{
        authorization_code::AuthorizationCodeRequest, client_credentials::ClientCredentialsRequest,
        password::PasswordRequest, refresh_token::RefreshTokenRequest,
    },
    secret::Secret,
    tenant::GrantType,
};
use std::collections::BTreeSet;

#[derive(Debug)]
pub enum TokenRequest {
    AuthorizationCode(AuthorizationCodeRequest),
    RefreshToken(RefreshTokenRequest),
    ClientCredentials(ClientCredentialsRequest),
    Password(PasswordRequest),
}

impl TokenRequest {
    /// A grant that the tenant does not offer is unsupported, whatever else the form holds.
    pub fn parse(form: &Params, offered: &BTreeSet<GrantType>) -> Result<TokenRequest, OAuthError> {
        let missing = |name: &str| OAuthError::invalid_request(format!("{name} is missing"));
        let scope = form.get("scope").map(str::to_owned);
        // For which FHIR server (RFC 8707 §2.2).
        let resource = form.get("resource").map(str::to_owned);
        let grant_type = form.get("grant_type").ok_or_else(|| missing("grant_type"))?;
        if !offered.iter().any(|offered| offered.as_str() == grant_type) {
            return Err(unsupported(offered));
        }
        match grant_type {
            "authorization_code" => Ok(TokenRequest::AuthorizationCode(AuthorizationCodeRequest {
                code: Secret::new(form.get("code").ok_or_else(|| missing("code"))?),
                redirect_uri: form.get("redirect_uri").map(str::to_owned),
                code_verifier: form.get("code_verifier").map(Secret::new),
                resource,
            })),
            "refresh_token" => Ok(TokenRequest::RefreshToken(RefreshTokenRequest {
                refresh_token: Secret::new(form.get("refresh_token").ok_or_else(|| missing("refresh_token"))?),
                scope,
                resource,
            })),
            "password" => Ok(TokenRequest::Password(PasswordRequest {
                username: form.get("username").ok_or_else(|| missing("username"))?.to_owned(),
                password: Secret::new(form.get("password").ok_or_else(|| missing("password"))?),
                scope,
                resource: resource.or_else(|| form.get("aud").map(str::to_owned)),
            })),
            "client_credentials" => Ok(TokenRequest::ClientCredentials(ClientCredentialsRequest { scope, resource })),
            _ => Err(unsupported(offered)),
        }
    }

    pub fn grant_type(&self) -> GrantType {
        match self {
            TokenRequest::AuthorizationCode(_) => GrantType::AuthorizationCode,
            TokenRequest::RefreshToken(_) => GrantType::RefreshToken,
            TokenRequest::ClientCredentials(_) => GrantType::ClientCredentials,
            TokenRequest::Password(_) => GrantType::Password,
        }
    }
}

fn unsupported(offered: &BTreeSet<GrantType>) -> OAuthError {
    let offered: Vec<&str> = offered.iter().map(|grant_type| grant_type.as_str()).collect();
    OAuthError::new(ErrorCode::UnsupportedGrantType, "this grant_type is not supported")
        .because(format!("another grant_type came than this tenant offers: {}", offered.join(", ")))
}
