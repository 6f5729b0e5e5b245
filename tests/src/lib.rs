//! The kit: a server to start, an app, an EHR, a person with a browser, a clock to turn. Actors are types with verbs, so
//! that a test reads as given, when, then.

#![expect(clippy::expect_used, clippy::panic, reason = "a kit that fails should say where")]

pub mod app;
pub mod asked;
pub mod assertion;
pub mod audit;
pub mod authenticator;
pub mod browser;
pub mod calls;
pub mod deployed;
pub mod door;
pub mod ehr;
pub mod emulator;
pub mod faults;
pub mod fhir;
pub mod function;
pub mod gateway_event;
pub mod http;
pub mod journeys;
pub mod key_server;
pub mod live;
pub mod log;
pub mod ministack;
pub mod outage;
pub mod patience;
pub mod policies;
pub mod provider;
pub mod real_provider;
pub mod runtime_api;
pub mod sam_local;
pub mod server;
pub mod signing_keys;
pub mod template;
pub mod tls;
pub mod verified;
pub mod yaml;

pub use app::{App, Tokens};
pub use assertion::Assertion;
pub use authenticator::Authenticator;
pub use browser::Person;
pub use deployed::Deployed;
pub use ehr::Ehr;
pub use http::Answer;
pub use live::Live;
pub use provider::Provider;
pub use server::TestServer;
