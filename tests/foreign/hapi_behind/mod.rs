//! HAPI FHIR behind the local server's door (`--fhir`), where it judges nothing itself: the tests of who may see what that the sample
//! server passes, with HAPI in its place, and then the door itself.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the finding")]

#[path = "../../../infra/fhir/tests/sample/bounds.rs"]
mod bounds;
#[path = "../../../infra/fhir/tests/sample/constraints.rs"]
mod constraints;
mod door;
#[path = "../../../infra/fhir/tests/proxied/forwarding.rs"]
mod forwarding;
mod kit;
#[path = "../../../infra/fhir/tests/sample/leaks.rs"]
mod leaks;
#[path = "../../../infra/fhir/tests/proxied/refusals.rs"]
mod refusals;
