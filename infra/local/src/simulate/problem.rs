//! What can go wrong: the names of the public SMART launcher, and what real servers do to apps.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    AuthInvalidClientId,
    AuthInvalidRedirectUri,
    AuthInvalidScope,
    AuthInvalidClientSecret,
    TokenInvalidToken,
    TokenExpiredRefreshToken,
    TokenExpiredRegistrationToken,
    TokenInvalidScope,
    TokenInvalidJti,
    RequestInvalidToken,
    RequestExpiredToken,
    NarrowerScopes,
    NoRefreshToken,
    SlowAnswers,
    RotatedKey,
    ShortExpiry,
}

use Problem::{
    AuthInvalidClientId, AuthInvalidClientSecret, AuthInvalidRedirectUri, AuthInvalidScope, NarrowerScopes,
    NoRefreshToken, RequestExpiredToken, RequestInvalidToken, RotatedKey, ShortExpiry, SlowAnswers,
    TokenExpiredRefreshToken, TokenExpiredRegistrationToken, TokenInvalidJti, TokenInvalidScope, TokenInvalidToken,
};

/// Where the app meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Authorizing,
    AskingForTokens,
    AskingForRecords,
    RealLife,
}

impl When {
    pub const ALL: [When; 4] = [When::Authorizing, When::AskingForTokens, When::AskingForRecords, When::RealLife];

    pub fn title(self) -> &'static str {
        match self {
            When::Authorizing => "At the authorization endpoint",
            When::AskingForTokens => "At the token endpoint",
            When::AskingForRecords => "At the FHIR server",
            When::RealLife => "What real servers do",
        }
    }
}

impl Problem {
    pub const ALL: [Problem; 16] = [
        AuthInvalidClientId,
        AuthInvalidRedirectUri,
        AuthInvalidScope,
        AuthInvalidClientSecret,
        TokenInvalidToken,
        TokenExpiredRefreshToken,
        TokenExpiredRegistrationToken,
        TokenInvalidScope,
        TokenInvalidJti,
        RequestInvalidToken,
        RequestExpiredToken,
        NarrowerScopes,
        NoRefreshToken,
        SlowAnswers,
        RotatedKey,
        ShortExpiry,
    ];

    pub fn parse(name: &str) -> Option<Problem> {
        Problem::ALL.into_iter().find(|problem| problem.as_str() == name)
    }

    pub fn as_str(self) -> &'static str {
        let (name, _, _) = self.facts();
        name
    }

    /// In one sentence, what the app sees.
    pub fn sentence(self) -> &'static str {
        let (_, _, sentence) = self.facts();
        sentence
    }

    pub fn when(self) -> When {
        let (_, when, _) = self.facts();
        when
    }

    /// Whether it can happen to a program that has no browser, no user and no refresh token.
    pub fn is_for_backends(self) -> bool {
        !matches!(
            self,
            AuthInvalidClientId | AuthInvalidRedirectUri | AuthInvalidScope | TokenExpiredRefreshToken | NoRefreshToken
        )
    }

    /// Its name, where the app meets it, and what the app sees.
    fn facts(self) -> (&'static str, When, &'static str) {
        use When::{AskingForRecords, AskingForTokens, Authorizing, RealLife};
        match self {
            AuthInvalidClientId => {
                ("auth_invalid_client_id", Authorizing, "The browser stays on an error page; the app hears nothing.")
            }
            AuthInvalidRedirectUri => {
                ("auth_invalid_redirect_uri", Authorizing, "The browser stays on an error page; the app hears nothing.")
            }
            AuthInvalidScope => {
                ("auth_invalid_scope", Authorizing, "The redirect brings error=invalid_scope, no code.")
            }
            AuthInvalidClientSecret => {
                ("auth_invalid_client_secret", AskingForTokens, "invalid_client: the secret is wrong.")
            }
            TokenInvalidToken => (
                "token_invalid_token",
                AskingForTokens,
                "The code is refused: 400 invalid_grant. A backend's assertion: 401.",
            ),
            TokenExpiredRefreshToken => {
                ("token_expired_refresh_token", AskingForTokens, "All is well until the refresh: 400 invalid_grant.")
            }
            TokenExpiredRegistrationToken => {
                ("token_expired_registration_token", AskingForTokens, "invalid_client: the registration has expired.")
            }
            TokenInvalidScope => ("token_invalid_scope", AskingForTokens, "400 invalid_scope instead of a token."),
            TokenInvalidJti => ("token_invalid_jti", AskingForTokens, "invalid_client: the jti was used before."),
            RequestInvalidToken => (
                "request_invalid_token",
                AskingForRecords,
                "Each access token, a refreshed one too, gets 401 invalid_token.",
            ),
            RequestExpiredToken => (
                "request_expired_token",
                AskingForRecords,
                "The first access token gets 401; after a refresh all is well.",
            ),
            NarrowerScopes => ("narrower_scopes", RealLife, "The token has less than was asked, and says so in scope."),
            NoRefreshToken => {
                ("no_refresh_token", RealLife, "offline_access is not granted, and no refresh token comes.")
            }
            SlowAnswers => ("slow_answers", RealLife, "Each answer to the app takes five seconds."),
            RotatedKey => {
                ("rotated_key", RealLife, "New keys sign from the code on: a JWKS kept from before lacks their kid.")
            }
            ShortExpiry => ("short_expiry", RealLife, "Access tokens are good for five seconds."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_found_by_its_name() {
        for problem in Problem::ALL {
            assert_eq!(Problem::parse(problem.as_str()), Some(problem));
        }
    }
}
