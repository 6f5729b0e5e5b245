//! What is true: the vocabulary and the rules of the authorization server. This file is its table of contents.

// The rules: they never wait for anything and never ask the time.
pub mod appearance;
pub mod authorize;
pub mod client;
pub mod credentials;
pub mod enforcement;
pub mod grant;
pub mod identity_provider;
pub mod jws;
pub mod language;
pub mod launch;
pub mod resource_types;
pub mod role;
pub mod scope;
pub mod session;
pub mod tenant;
pub mod time;
pub mod token;
pub mod user;

// The wire.
pub mod oauth;

// The outside: the only modules that wait.
pub mod access_tokens;
pub mod allowed;
pub mod attempts;
pub mod callers;
pub mod fhir;
pub mod keys;
pub mod online;
pub mod passwords;
pub mod providers;
pub mod store;

// In hand.
pub mod address;
pub mod audit;
pub mod aws;
pub mod deployed;
pub mod lambda;
pub mod log;
pub mod secret;
pub mod server;
pub mod watch;
