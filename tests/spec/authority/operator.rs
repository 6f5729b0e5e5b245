//! What the operator changes beside the running functions.

use admin::{
    plan::{Plan, TenantInTable, commit},
    tenant_file,
};
use kit::{TestServer, server::BASE};
use rules::{
    client::Client,
    tenant::{Tenant, TenantId},
};
use server::{
    keys::make::KeyMaker,
    store::{Commit, Write, schema},
};

pub async fn tenant_id(server: &TestServer) -> TenantId {
    server.server.tenant("clinic", server.now()).await.expect("the table").expect("clinic").id.clone()
}

pub async fn writes(server: &TestServer, write: Write) {
    assert_eq!(server.server.store.commit(vec![write]).await.expect("the table"), Commit::Done);
}

/// Changed in the table, and not known to the functions before they read it again.
pub async fn client_becomes(server: &TestServer, id: &str, change: impl FnOnce(&mut Client)) {
    let key = schema::client(&tenant_id(server).await, id);
    let found = server.server.store.find::<Client>(key, server.now()).await.expect("the table").expect("the app");
    let mut next = found.value.clone();
    change(&mut next);
    writes(server, Write::update(&found, &next).expect("an item")).await;
}

pub async fn server_becomes(server: &TestServer, change: impl FnOnce(&mut Tenant)) {
    let mut next =
        server.server.tenant("clinic", server.now()).await.expect("the table").expect("clinic").tenant.clone();
    change(&mut next);
    writes(server, Write::overwrite(&next).expect("an item")).await;
}

/// The operator's file is applied, and nothing after that is done: as if the command was killed there.
pub async fn applies(server: &TestServer, change: impl FnOnce(String) -> String) {
    applies_to(server, &change(with_roles(include_str!("../../fixtures/clinic.toml")))).await;
}

/// The same with a whole file.
pub async fn applies_to(server: &TestServer, text: &str) {
    let plan = plan_of(server, text).await;
    let done = commit(&server.server.store, &KeyMaker::Laptop, &plan, server.now(), |_, _| ()).await;
    assert_eq!(done.unwrap_or_else(|error| panic!("{error}")), Commit::Done);
}

/// What that file would change of what the table has now.
pub async fn plan_of(server: &TestServer, text: &str) -> Plan {
    let text = kit::server::fill(text, &server.fhir.url);
    let file = tenant_file::parse("clinic.toml", &text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let named = file.resolve(BASE).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let before = TenantInTable::of(&server.server.store, &named, server.now()).await.expect("the table answers");
    let items = file.resolve_reusing(BASE, &before.stored_hashes()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    Plan::new(&before, &items).expect("a plan")
}

pub fn without(toml: &str, head: &str) -> String {
    let (before, after) = toml.split_once(head).unwrap_or_else(|| panic!("{head}"));
    let rest = after.find("\n[[").map_or("", |next| &after[next..]);
    format!("{before}{rest}")
}

/// HealthLake needs to know in which role it reads.
pub fn with_roles(toml: &str) -> String {
    let role = "healthlake_read_role = \"arn:aws:iam::111122223333:role/read\"";
    toml.replacen("[[fhir_servers]]", &format!("[[fhir_servers]]\n{role}"), 1)
}
