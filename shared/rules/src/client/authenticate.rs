//! Who is calling? The only place that makes an `AuthenticatedClient`.

use super::{Client, ClientAuthentication, private_key_jwt::VerifiedAssertion};
use crate::{
    client::presented_credentials::{PresentedCredentials, form_decoded},
    hash_work::{HashWork, is_client_secret},
    oauth::error::{Challenge, OAuthError},
    secret::ChosenSecretHash,
};
use std::sync::Arc;

/// A client that proved who it is, or a public one that said who it is.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient(Arc<Client>);

impl AuthenticatedClient {
    /// As it is registered.
    pub fn registered(&self) -> &Arc<Client> {
        &self.0
    }
}

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// What a client hears that showed this.
pub fn refusal_to(presented: &PresentedCredentials, cause: &str) -> OAuthError {
    match presented {
        PresentedCredentials::Nothing { .. } => refusal_of_nothing(cause),
        _ => refusal(cause),
    }
}

/// By a secret, or by nothing for public clients. Unknown clients take the same work as known ones: that of every refusal at
/// the tenant.
pub fn by_secret(
    presented: &PresentedCredentials,
    client: Option<Arc<Client>>,
    work: HashWork,
) -> Result<AuthenticatedClient, OAuthError> {
    let refuse = |cause: &str| refusal_to(presented, cause);
    let Some(client) = client else {
        compare_with_nothing(presented, work);
        return Err(refuse("the client is unknown"));
    };
    match (presented, &client.authentication) {
        (PresentedCredentials::Nothing { .. }, ClientAuthentication::None) => Ok(AuthenticatedClient(client)),
        (PresentedCredentials::Nothing { .. }, _) => Err(refuse("this client must authenticate and did not")),
        // Some libraries send Basic with an empty password for public clients; the client_id is all it says.
        (PresentedCredentials::Basic { password, .. }, ClientAuthentication::None) if password.expose().is_empty() => {
            Ok(AuthenticatedClient(client))
        }
        (
            PresentedCredentials::Basic { password, .. },
            ClientAuthentication::ClientSecretBasic { secrets } | ClientAuthentication::ClientSecretPost { secrets },
        ) => {
            if basic_matches(secrets, password.expose(), work) {
                Ok(AuthenticatedClient(client))
            } else {
                Err(refuse("the client secret is wrong"))
            }
        }
        (PresentedCredentials::Post { client_secret, .. }, ClientAuthentication::ClientSecretPost { secrets }) => {
            if is_client_secret(secrets, client_secret.expose(), work) {
                Ok(AuthenticatedClient(client))
            } else {
                Err(refuse("the client secret is wrong"))
            }
        }
        _ => {
            compare_with_nothing(presented, work);
            Err(refuse("the client is registered for another way of authentication"))
        }
    }
}

/// By an assertion that verified and whose `jti` was burned.
pub fn by_assertion(client: Arc<Client>, assertion: VerifiedAssertion) -> Result<AuthenticatedClient, OAuthError> {
    if client.client_id == assertion.client_id {
        Ok(AuthenticatedClient(client))
    } else {
        Err(refusal("the assertion is another client's"))
    }
}

/// One text for every cause, so that nobody learns which clients exist; the cause goes to the log (ASYM-9). A 401, whose challenge
/// names what every endpoint takes, however the client had tried (RFC 9110 §11.6.1).
pub fn refusal(cause: impl Into<String>) -> OAuthError {
    refusal_of_nothing(cause).challenging(Challenge::Basic)
}

/// The same to somebody who showed no credentials: a 400 (RFC 6749 §5.2). That may be an app in a browser, and at a challenge the
/// browser would ask its person for a password.
pub fn refusal_of_nothing(cause: impl Into<String>) -> OAuthError {
    OAuthError::invalid_client("client authentication failed").because(cause)
}

/// To the signer of an assertion that is wrong: what is wrong with it (ASYM-9).
pub fn refusal_of_assertion(what: impl std::fmt::Display) -> OAuthError {
    let told = OAuthError::invalid_client(format!("the client assertion is refused: {what}"));
    told.because(format!("client assertion: {what}")).challenging(Challenge::Basic)
}

/// The password of Basic credentials, as it came or form-decoded (CLI-3). Nobody's secrets, the empty list, take the time
/// of somebody's.
pub fn basic_matches(secrets: &[ChosenSecretHash], presented: &str, work: HashWork) -> bool {
    is_client_secret(secrets, presented, work)
        || (presented.contains(['%', '+']) && is_client_secret(secrets, &form_decoded(presented), work))
}

fn compare_with_nothing(presented: &PresentedCredentials, work: HashWork) {
    let _ = match presented {
        PresentedCredentials::Basic { password, .. } => basic_matches(&[], password.expose(), work),
        PresentedCredentials::Post { client_secret, .. } => is_client_secret(&[], client_secret.expose(), work),
        _ => false,
    };
}
