//! Apps that nobody registered: their `client_id` is the address of a document (draft-ietf-oauth-client-id-metadata-document-02).

mod addresses;
mod changes;
mod content;
mod fetching;
mod flows;
mod hostile;
mod last_good;
mod shown;
mod switched_off;

use kit::{
    Answer, App, DocumentServer, Person, TestServer, Tokens,
    document_server::taking_documents,
    log::{Log, assert_explained},
};
use rules::{
    client::document::{
        address::DocumentAddress,
        read::{ClientDocument, read},
    },
    secret::SecretHash,
};
use serde_json::Value;
use server::store::{Write, schema::FetchedDocument};

const CEILING: &str = "openid fhirUser launch launch/patient offline_access patient/*.rs";
const SCOPE: &str = "openid launch/patient offline_access patient/Observation.rs";

/// Clinic, which takes documents of everybody.
async fn clinic() -> TestServer {
    clinic_of("[\"*\"]").await
}

async fn clinic_of(hosts: &'static str) -> TestServer {
    TestServer::start_with(move |toml| taking_documents(&toml, hosts, CEILING)).await
}

/// What a browser gets that is sent to the authorization endpoint, without going on.
async fn asks(app: &App<'_>) -> Answer {
    app.server.get(&app.standalone(SCOPE)).await
}

/// A page, and never a redirect to an address that nobody vouches for.
fn assert_page(answer: &Answer, status: u16, case: &str) {
    assert_eq!(answer.status, status, "{case}: {}", answer.body);
    assert!(answer.header("location").is_none(), "{case}");
    assert!(answer.body.contains("<h1"), "{case}");
    assert_explained(answer, case);
}

/// The app is let on to its person's sign-in.
fn assert_goes_on(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 303, "{case}: {}", answer.body);
    assert!(answer.location().contains("/authorize/"), "{case}: {}", answer.location());
}

async fn tokens(app: &App<'_>) -> Tokens {
    app.gets_tokens("amy", SCOPE, None).await
}

/// As if the document at this address had been fetched: for addresses that no test can have a server at.
async fn has_fetched(server: &TestServer, client_id: &str, document: &Value) {
    let address = DocumentAddress::parse(client_id, false).expect("an address");
    let document: ClientDocument = read(document.to_string().as_bytes(), address, false).expect("a document");
    let tenant = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant").id.clone();
    let fetched =
        FetchedDocument { tenant, address: SecretHash::of(client_id), document, fresh_until: server.now().plus(3600) };
    server.server.store.write_unraced(vec![Write::overwrite(&fetched).expect("an item")]).await.expect("it is written");
}
