//! What an app wants shown, how fresh a sign-in, and whom it expects (OpenID Connect Core §3.1.2.1).

use crate::oauth::{error::OAuthError, params::Params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
}

/// Whom the app expects, by an id_token it was given earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    Sub(String),
    /// Not ours, or of a key that is no more: nobody can be told from it.
    Unreadable,
}

/// Values nobody has defined are passed over, as the specification leaves to us; `none` stands alone.
pub fn prompt(params: &Params) -> Result<BTreeSet<Prompt>, OAuthError> {
    let words: Vec<&str> =
        params.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    if words.contains(&"none") && words.iter().any(|word| *word != "none") {
        return Err(OAuthError::invalid_request("prompt=none can't be combined"));
    }
    let known = |word: &&str| match *word {
        "none" => Some(Prompt::None),
        "login" => Some(Prompt::Login),
        "consent" => Some(Prompt::Consent),
        "select_account" => Some(Prompt::SelectAccount),
        _ => None,
    };
    Ok(words.iter().filter_map(known).collect())
}

pub fn max_age(params: &Params) -> Result<Option<i64>, OAuthError> {
    let Some(text) = params.get("max_age") else { return Ok(None) };
    match text.parse::<u64>() {
        Ok(seconds) => Ok(Some(i64::try_from(seconds).unwrap_or(i64::MAX))),
        Err(_) => Err(OAuthError::invalid_request("max_age must be a number of seconds")),
    }
}

/// A list such as `ui_locales`, the best first.
pub fn words(params: &Params, name: &str) -> Vec<String> {
    params.get(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}
