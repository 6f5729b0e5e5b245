//! Who is calling? The only place that makes an `AuthenticatedClient`.

use super::{Client, ClientAuthentication, private_key_jwt::VerifiedAssertion};
use crate::{
    client::presented_credentials::{PresentedCredentials, form_decoded},
    oauth::error::{Challenge, OAuthError},
    secret::ChosenSecretHash,
};
use std::sync::Arc;

/// A client that proved who it is, or a public one that said who it is.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient(Arc<Client>);

impl std::ops::Deref for AuthenticatedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// By a secret, or by nothing for public clients. Unknown clients cost the same time as known ones.
pub fn by_secret(
    presented: &PresentedCredentials,
    client: Option<Arc<Client>>,
) -> Result<AuthenticatedClient, OAuthError> {
    let basic = matches!(presented, PresentedCredentials::Basic { .. });
    let Some(client) = client else {
        compare_with_nothing(presented);
        return Err(refusal("the client is unknown", basic));
    };
    match (presented, &client.authentication) {
        (PresentedCredentials::Nothing { .. }, ClientAuthentication::None) => Ok(AuthenticatedClient(client)),
        (PresentedCredentials::Nothing { .. }, _) => Err(refusal("this client must authenticate and did not", basic)),
        // Some libraries send Basic with an empty password for public clients; the client_id is all it says.
        (PresentedCredentials::Basic { password, .. }, ClientAuthentication::None) if password.expose().is_empty() => {
            Ok(AuthenticatedClient(client))
        }
        (
            PresentedCredentials::Basic { password, .. },
            ClientAuthentication::ClientSecretBasic { secrets } | ClientAuthentication::ClientSecretPost { secrets },
        ) => {
            if basic_matches(secrets, password.expose()) {
                Ok(AuthenticatedClient(client))
            } else {
                Err(refusal("the client secret is wrong", basic))
            }
        }
        (PresentedCredentials::Post { client_secret, .. }, ClientAuthentication::ClientSecretPost { secrets }) => {
            if one_matches(secrets, client_secret.expose()) {
                Ok(AuthenticatedClient(client))
            } else {
                Err(refusal("the client secret is wrong", basic))
            }
        }
        _ => {
            compare_with_nothing(presented);
            Err(refusal("the client is registered for another way of authentication", basic))
        }
    }
}

/// By an assertion that verified and whose `jti` was burned.
pub fn by_assertion(client: Arc<Client>, assertion: VerifiedAssertion) -> Result<AuthenticatedClient, OAuthError> {
    if client.client_id == assertion.client_id {
        Ok(AuthenticatedClient(client))
    } else {
        Err(refusal("the assertion is another client's", false))
    }
}

/// One text for every cause, so that nobody learns which clients exist; the cause goes to the log (ASYM-9).
pub fn refusal(cause: impl Into<String>, basic: bool) -> OAuthError {
    let error = OAuthError::invalid_client("client authentication failed").because(cause);
    if basic { error.challenging(Challenge::Basic) } else { error }
}

/// The password of Basic credentials, as it came or form-decoded (CLI-3). Nobody's secrets, the empty list, take the time
/// of somebody's.
pub fn basic_matches(secrets: &[ChosenSecretHash], presented: &str) -> bool {
    one_matches(secrets, presented)
        || (presented.contains(['%', '+']) && one_matches(secrets, &form_decoded(presented)))
}

fn one_matches(secrets: &[ChosenSecretHash], presented: &str) -> bool {
    // No short cut: each live secret is compared, so time doesn't tell which one matched.
    let found = secrets.iter().fold(false, |found, secret| secret.matches_client_secret(presented) | found);
    if !secrets.iter().any(ChosenSecretHash::is_slow) {
        ChosenSecretHash::client_secret_of_nobody(presented);
    }
    found
}

fn compare_with_nothing(presented: &PresentedCredentials) {
    match presented {
        PresentedCredentials::Basic { password, .. } => drop(basic_matches(&[], password.expose())),
        PresentedCredentials::Post { client_secret, .. } => drop(one_matches(&[], client_secret.expose())),
        _ => {}
    }
}
