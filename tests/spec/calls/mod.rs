//! What a request costs: calls to DynamoDB and signatures, once the tenant and the client are in memory. The bill of a
//! deployment is made of these numbers.

mod bound;
mod callers;
mod documents;
mod launches;
mod own_pages;
mod pages;
mod pushed;
mod tokens;

use admin::cost::operations::{self, Operation};
use kit::{
    App, DocumentServer, Ehr, Person, TestServer,
    app::{Proof, assertion_form, introspect, with},
    document_server::taking_documents,
    dpop::DpopKey,
};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const WITHOUT_OPENID: &str = "launch/patient offline_access patient/*.rs";

/// What the last request cost.
struct Meter<'a> {
    server: &'a TestServer,
    signatures: u64,
}

impl<'a> Meter<'a> {
    fn starts(server: &'a TestServer) -> Meter<'a> {
        server.calls.take();
        Meter { server, signatures: server.signatures() }
    }

    /// Exactly what `admit cost` reckons with.
    fn is(self, operation: &Operation) {
        self.reads(&operation.call_names(), operation.signatures.len() as u64);
    }

    fn reads(self, calls: &[&str], signatures: u64) {
        assert_eq!(self.server.calls.take(), calls);
        assert_eq!(self.server.signatures() - self.signatures, signatures, "signatures");
    }
}
