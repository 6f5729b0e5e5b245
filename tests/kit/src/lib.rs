//! The kit: a server to start, an app, an EHR, a person with a browser, a clock to turn. Actors are types with verbs, so
//! that a test reads as given, when, then.

#![expect(clippy::expect_used, clippy::panic, reason = "a kit that fails should say where")]

// Who acts
pub mod app;
pub mod assertion;
pub mod authenticator;
pub mod browser;
pub mod document_server;
pub mod dpop;
pub mod ehr;
pub mod journeys;
pub mod operator;
pub mod verified;

// The server: in this process, over HTTP, for clients outside this process
pub mod http;
pub mod in_table;
pub mod live;
pub mod over_http;
pub mod patience;
pub mod server;

// The server as it is deployed
pub mod binaries;
pub mod deployed;
pub mod door;
pub mod emulator;
pub mod function;
pub mod gateway_event;
pub mod outcome;
pub mod runtime_api;
pub mod sam_local;
pub mod tls;

// What its template says, and whether it is kept to
pub mod asked;
pub mod gate;
pub mod people;
pub mod policies;
pub mod stack_keys;
pub mod statement;
pub mod template;

// What stands around it, and what can go wrong there
pub mod faults;
pub mod fhir;
pub mod hapi;
pub mod key_server;
pub mod keycloak;
pub mod kms;
pub mod ministack;
pub mod moto;
pub mod outage;
pub mod provider;
pub mod real_provider;
pub mod signing_keys;

// What it leaves behind
pub mod audit;
pub mod calls;
pub mod log;

pub use app::{App, Tokens};
pub use assertion::Assertion;
pub use authenticator::Authenticator;
pub use browser::Person;
pub use deployed::Deployed;
pub use document_server::DocumentServer;
pub use ehr::Ehr;
pub use fhir::Fhir;
pub use http::Answer;
pub use live::Live;
pub use local::html;
pub use operator::Operator;
pub use provider::Provider;
pub use server::TestServer;
