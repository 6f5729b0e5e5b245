//! Reads a document, and names its faults (draft-ietf-oauth-client-id-metadata-document-02 §4, §4.1).

use super::address::{DocumentAddress, is_this_machine};
use crate::{
    client::redirect_uri::RedirectUri, json, jwk::KeySet, scope::ScopeSet, secret::SecretHash,
    tenant::AuthenticationMethod,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use url::Url;

/// What of a document is used here; the rest is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDocument {
    /// What the client calls itself, fit to be shown.
    pub name: String,
    /// Those that can be used here, one at least.
    pub redirect_uris: Vec<RedirectUri>,
    pub proof: DocumentProof,
    /// What it may ask for by its own word. Absent: whatever its tenant allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeSet>,
    /// Whether it wants no access token that is not bound to a key (RFC 9449 §5.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
}

/// How it proves who it is. No secret can be in a public document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentProof {
    None,
    Jwks(KeySet),
    JwksUri(String),
}

/// Why a document is none, for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadDocument(pub Cow<'static, str>);

impl From<&'static str> for BadDocument {
    fn from(why: &'static str) -> BadDocument {
        BadDocument(Cow::Borrowed(why))
    }
}

/// RFC 7591 has no bound; nobody needs more.
const MOST_REDIRECT_URIS: usize = 20;
/// In characters, as shown to a person.
const LONGEST_NAME: usize = 80;

/// Members that are secrets (§4.1), or of use with one alone.
const SECRETS: [&str; 2] = ["client_secret", "client_secret_expires_at"];

/// `near`: see [`DocumentAddress::parse`].
pub fn read(body: &[u8], address: DocumentAddress<'_>, near: bool) -> Result<ClientDocument, BadDocument> {
    let members = members(body)?;
    is_at(&members, address)?;
    has_no_secret(&members)?;
    Ok(ClientDocument {
        name: name(&members)?,
        redirect_uris: redirect_uris(&members)?,
        proof: proof(&members, near)?,
        scope: scope(&members)?,
        dpop_bound_access_tokens: bound(&members)?,
    })
}

/// All faults of a document, for its author. There is nothing exactly where [`read`] reads it.
pub fn faults(body: &[u8], address: DocumentAddress<'_>, near: bool) -> Vec<BadDocument> {
    let members = match members(body) {
        Ok(members) => members,
        Err(fault) => return vec![fault],
    };
    let faults = [
        is_at(&members, address).err(),
        has_no_secret(&members).err(),
        name(&members).err(),
        redirect_uris(&members).err(),
        proof(&members, near).err(),
        scope(&members).err(),
    ];
    faults.into_iter().flatten().collect()
}

fn members(body: &[u8]) -> Result<Map<String, Value>, BadDocument> {
    // The parser alone would take an array for a struct too.
    if !json::is_object(body) {
        return Err("the document is no JSON object".into());
    }
    serde_json::from_slice(body).map_err(|_| "the document is not JSON".into())
}

/// Character by character (RFC 3986 §6.2.1).
fn is_at(members: &Map<String, Value>, address: DocumentAddress<'_>) -> Result<(), BadDocument> {
    match members.get("client_id").and_then(Value::as_str) == Some(address.as_str()) {
        true => Ok(()),
        false => Err("the client_id in the document is not the address that it was fetched from".into()),
    }
}

fn has_no_secret(members: &Map<String, Value>) -> Result<(), BadDocument> {
    match SECRETS.iter().any(|name| members.contains_key(*name)) {
        true => Err("the document holds a client secret".into()),
        false => Ok(()),
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, BadDocument> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(BadDocument(Cow::Owned(format!("{name} in the document is no text")))),
    }
}

fn name(members: &Map<String, Value>) -> Result<String, BadDocument> {
    let name = shown_name(text(members, "client_name")?.unwrap_or_default());
    if name.is_empty() { Err("the document has no client_name".into()) } else { Ok(name) }
}

/// A name as a person may be shown it: without what is not seen, or turns round what is, on one line and not long.
pub fn shown_name(claimed: &str) -> String {
    let visible: String =
        claimed.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_mark(*c)).collect();
    let words = visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST_NAME) {
        None => words,
        Some(_) => words.chars().take(LONGEST_NAME - 1).chain(['…']).collect(),
    }
}

/// Controls, marks of direction (UAX #9), joiners and other characters that nobody sees, and those without a meaning of their own.
fn is_mark(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}')
}

/// What can't be used here is passed over (a scheme of the app's own, say), so that it keeps nobody from the others.
fn redirect_uris(members: &Map<String, Value>) -> Result<Vec<RedirectUri>, BadDocument> {
    let listed = members.get("redirect_uris").and_then(Value::as_array).ok_or("the document has no redirect_uris")?;
    if !(1..=MOST_REDIRECT_URIS).contains(&listed.len()) {
        return Err("the document has no redirect_uris, or more than 20".into());
    }
    let listed: Option<Vec<&str>> = listed.iter().map(Value::as_str).collect();
    let listed = listed.ok_or("the redirect_uris in the document are not all texts")?;
    let usable: Vec<RedirectUri> = listed.into_iter().filter_map(redirect_uri).collect();
    if usable.is_empty() {
        return Err("none of the redirect_uris in the document is https or on this machine".into());
    }
    Ok(usable)
}

/// https, or http on the machine of its person.
fn redirect_uri(text: &str) -> Option<RedirectUri> {
    let url = Url::parse(text).ok()?;
    let is_good = match url.scheme() {
        "https" => true,
        "http" => url.host_str().is_some_and(is_this_machine),
        _ => false,
    };
    RedirectUri::register(text, true).ok().filter(|_| is_good)
}

fn proof(members: &Map<String, Value>, near: bool) -> Result<DocumentProof, BadDocument> {
    let jwks = members.get("jwks").map(key_set).transpose()?;
    let jwks_uri = text(members, "jwks_uri")?;
    match text(members, "token_endpoint_auth_method")? {
        None | Some("none") => Ok(DocumentProof::None),
        Some("private_key_jwt") => match (jwks, jwks_uri) {
            (Some(keys), None) => Ok(DocumentProof::Jwks(keys)),
            (None, Some(url)) if is_good_place(url, near) => Ok(DocumentProof::JwksUri(url.to_owned())),
            (None, Some(_)) => Err("the jwks_uri in the document is not https".into()),
            _ => Err("private_key_jwt needs one of jwks and jwks_uri in the document".into()),
        },
        Some(_) => Err("the token_endpoint_auth_method in the document is neither none nor private_key_jwt".into()),
    }
}

/// Looked at even where it is not used: a private key that is published is everybody's.
fn key_set(value: &Value) -> Result<KeySet, BadDocument> {
    let is_symmetric = |key: &Value| key.get("kty").and_then(Value::as_str) == Some("oct");
    if value.get("keys").and_then(Value::as_array).is_some_and(|keys| keys.iter().any(is_symmetric)) {
        return Err("the jwks in the document holds a symmetric key".into());
    }
    let keys = KeySet::parse(value.to_string().as_bytes());
    keys.map_err(|error| BadDocument(Cow::Owned(format!("the jwks in the document can't be used: {error}"))))
}

fn is_good_place(text: &str, near: bool) -> bool {
    Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => url.username().is_empty() && url.password().is_none(),
        "http" => near && url.host_str().is_some_and(is_this_machine),
        _ => false,
    })
}

fn scope(members: &Map<String, Value>) -> Result<Option<ScopeSet>, BadDocument> {
    Ok(text(members, "scope")?.map(|scope| ScopeSet::parse(scope).set))
}

fn bound(members: &Map<String, Value>) -> Result<bool, BadDocument> {
    match members.get("dpop_bound_access_tokens") {
        None => Ok(false),
        Some(Value::Bool(bound)) => Ok(*bound),
        Some(_) => Err("dpop_bound_access_tokens in the document is neither true nor false".into()),
    }
}

impl ClientDocument {
    pub fn method(&self) -> AuthenticationMethod {
        match self.proof {
            DocumentProof::None => AuthenticationMethod::None,
            DocumentProof::Jwks(_) | DocumentProof::JwksUri(_) => AuthenticationMethod::PrivateKeyJwt,
        }
    }

    /// Of what a person sees, and of where answers and trust go. The keys themselves may be rotated (§8.4.1).
    pub fn hash(&self) -> SecretHash {
        let keys_at = match &self.proof {
            DocumentProof::JwksUri(url) => Some(url),
            DocumentProof::None | DocumentProof::Jwks(_) => None,
        };
        let said = serde_json::json!([self.name, self.redirect_uris, self.method(), keys_at, self.scope]);
        SecretHash::of(&said.to_string())
    }
}
