//! The rules of the authorization server: what an app may ask for, what it is granted, and what ends that. A rule never waits,
//! never asks the time, and knows no AWS, no HTTP framework and no store. This file is the table of contents.

// What an app asks for, and who it is.
pub mod client;
pub mod dpop;
pub mod oauth;
pub mod scope;

// From the app's request to a grant, and what becomes of it.
pub mod authority;
pub mod authorize;
pub mod extensions;
pub mod grant;
pub mod hti;
pub mod launch;
pub mod launch_subject;
pub mod length;
pub mod token;

// Who signs in, here or elsewhere, and in whose record.
pub mod credentials;
pub mod identity_provider;
pub mod patient_record;
pub mod patient_search;
pub mod precis;
pub mod session;
pub mod signed_in;
pub mod user;
pub mod vouch;

// What a FHIR server may let a token do.
pub mod enforcement;

// A tenant, its policy and its keys.
pub mod brands;
pub mod signing_keys;
pub mod tenant;

// What the others are written in.
pub mod fhir_id;
pub mod hash_work;
pub mod json;
pub mod jwa;
pub mod jwk;
pub mod jws;
pub mod secret;
pub mod time;
