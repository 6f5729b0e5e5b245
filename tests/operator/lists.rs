//! Commands ask for what one tenant has, and not for what the table has.

use kit::{
    Operator, TestServer,
    gate::Gate,
    in_table,
    operator::{Folder, Ran},
};
use rules::{
    client::Client,
    grant::{Grant, GrantId},
    session::Session,
    tenant::{Tenant, TenantId},
};
use server::store::{
    Item, Key, List, ListOf, Versioned, Write,
    schema::{self, KnownTenant, ListsComplete},
};

fn home() -> TenantId {
    TenantId::parse("home").expect("an id")
}

async fn listed<T: Item>(local: &TestServer, of: ListOf<'_>) -> Vec<Versioned<T>> {
    local.server.store.listed(&of, local.server.now()).await.expect("the table answers")
}

/// Amy has let an app in.
async fn a_grant(local: &TestServer) -> Grant {
    in_table::grant(local, "home", "amy", "symmetric-app").await
}

async fn write(local: &TestServer, writes: Vec<Write>) {
    for some in writes.chunks(100) {
        local.server.store.write_unraced(some.to_vec()).await.expect("written");
    }
}

fn create<T: Item>(item: &T) -> Write {
    Write::create(item).expect("an item")
}

/// Grants of one client, of another, and other tenants that have as much.
async fn others(local: &TestServer, grant: &Grant, many: usize) {
    let (tenant, now) = (local.server.tenant("home", local.server.now()).await, local.server.now());
    let tenant = tenant.expect("the table").expect("home").tenant.clone();
    let client = local.server.client(&home(), "symmetric-app", now).await.expect("the table").expect("a client");
    let mut writes = Vec::new();
    for number in 0..many {
        let id = TenantId::parse(&format!("other-{number}")).expect("an id");
        writes.push(create(&Tenant { id: id.clone(), ..tenant.clone() }));
        writes.push(create(&KnownTenant { tenant: id.clone() }));
        writes.push(create(&ListsComplete { tenant: id.clone() }));
        writes.push(create(&Client { tenant: id.clone(), ..Client::clone(&client) }));
        writes.extend((0..20).map(|_| create(&Grant { tenant: id.clone(), id: GrantId::random(), ..grant.clone() })));
    }
    write(local, writes).await;
}

const ASKING: [&[&str]; 7] = [
    &["client", "list", "home"],
    &["user", "list", "home"],
    &["grants", "list", "home"],
    &["grants", "list", "home", "--client", "symmetric-app"],
    &["tenant", "export", "home"],
    &["user", "sign-out", "home", "omar"],
    &["grants", "revoke", "home", "--client", "nobody"],
];

/// Each command, and what it asked of the table.
async fn counted(admit: &Operator, gate: &Gate) -> Vec<(String, Vec<String>)> {
    let mut counted = Vec::new();
    for words in ASKING {
        gate.take();
        runs(admit, words).good();
        counted.push((words.join(" "), gate.take()));
    }
    counted
}

fn runs(admit: &Operator, words: &[&str]) -> Ran {
    admit.runs(&words.iter().copied().chain(["--yes", "--json"]).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_commands_calls_grow_with_other_tenants_and_none_reads_the_table() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let grant = a_grant(&local).await;
    let gate = Gate::of_local(&folder.0).await;
    // What the first round leaves behind, as the mark that somebody has signed out, is there in both of the next.
    counted(&admit, &gate).await;
    let alone = counted(&admit, &gate).await;
    others(&local, &grant, 60).await;
    let among_many = counted(&admit, &gate).await;
    assert_eq!(alone, among_many);
    for (command, calls) in &alone {
        assert!(!calls.iter().any(|call| call == "Scan") && calls.len() < 20, "{command}: {calls:?}");
    }
    gate.take();
    let tenants = runs(&admit, &["tenant", "list"]).good().json();
    assert!(tenants.as_array().is_some_and(|tenants| tenants.len() > 60), "{tenants}");
    assert_eq!(gate.take(), ["Query", "BatchGetItem"], "a hundred tenants in a call");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_grants_end_twenty_five_at_a_time_and_those_of_others_are_not_read() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let grant = a_grant(&local).await;
    // A client whose id begins like the other's, and is not it.
    let of = |client: &str, many: usize| -> Vec<Write> {
        let grants = (0..many).map(|_| Grant { id: GrantId::random(), client_id: client.into(), ..grant.clone() });
        grants.map(|grant| create(&grant)).collect()
    };
    write(&local, of("app", 60)).await;
    write(&local, of("app#2", 70)).await;
    write(&local, of("app-2", 70)).await;
    assert_eq!(listed::<Grant>(&local, ListOf::of(&home(), List::Grants, "app")).await.len(), 60);
    let gate = Gate::of_local(&folder.0).await;
    let done = runs(&admit, &["grants", "revoke", "home", "--client", "app"]).good().json();
    assert_eq!(done["revoked"].as_array().map(Vec::len), Some(60), "{done}");
    let calls = gate.take();
    let count = |name: &str| calls.iter().filter(|call| *call == name).count();
    assert_eq!((count("TransactWriteItems"), count("Scan")), (3, 0), "{calls:?}");
    assert!(calls.len() < 25, "{calls:?}");
    let left = runs(&admit, &["grants", "list", "home"]).good().json();
    assert_eq!(left.as_array().map(Vec::len), Some(141), "{}", left.as_array().map_or(0, Vec::len));
}

/// What ends leaves the list, and what is somebody else's was never in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_persons_sessions_are_listed_until_they_end() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let sub = a_grant(&local).await.approval.sub;
    in_table::session(&local, "home", "amy").await;
    let sessions = async || listed::<Session>(&local, ListOf::of(&home(), List::Sessions, &sub)).await.len();
    assert_eq!(sessions().await, 1);
    assert_eq!(listed::<Session>(&local, ListOf::of(&home(), List::Sessions, "nobody")).await.len(), 0);
    let done = runs(&admit, &["user", "sign-out", "home", "amy"]).good().json();
    assert_eq!((&done["sessions"], &done["grants"]), (&1.into(), &1.into()));
    assert_eq!(sessions().await, 0);
}

/// An upgrade: the table has items that say nothing of lists, and a tenant that is not known to be complete.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_the_lists_is_missed_aloud_and_one_command_completes_them() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let grant = a_grant(&local).await;
    in_table::session(&local, "home", "amy").await;
    let before = runs(&admit, &["client", "list", "home"]).good().json();
    let engine = admin::target::LocalServer::read(&folder.0).expect("a folder").dynamodb;
    let client = aws_sdk_dynamodb::Client::from_conf(local::engine::config(&engine).build());
    let table = client.scan().table_name(local::engine::TABLE).send().await.expect("the engine answers");
    for mut item in table.items.unwrap_or_default() {
        item.retain(|name, _| !name.starts_with("list_"));
        client.put_item().table_name(local::engine::TABLE).set_item(Some(item)).send().await.expect("written");
    }
    let forget = |key: Key| {
        client
            .delete_item()
            .table_name(local::engine::TABLE)
            .key("pk", aws_sdk_dynamodb::types::AttributeValue::S(key.pk))
            .key("sk", aws_sdk_dynamodb::types::AttributeValue::S(key.sk))
            .send()
    };
    forget(schema::lists_complete(&home())).await.expect("the engine answers");

    for words in [&["client", "list", "home"][..], &["grants", "revoke", "home", "--all"], &["grants", "list", "home"]]
    {
        let refused = runs(&admit, words);
        assert_eq!(refused.exit, 1, "{}", refused.out);
        assert!(refused.err.contains("`admit migrate`"), "{}", refused.err);
    }
    let put = runs(&admit, &["migrate"]).good().json();
    assert!(put["listed"].as_u64().is_some_and(|put| put > 3), "{put}");
    assert_eq!(runs(&admit, &["client", "list", "home"]).good().json(), before);
    let grants = runs(&admit, &["grants", "list", "home"]).good().json();
    assert_eq!(grants[0]["grant"], grant.id.0);
    assert_eq!(listed::<Session>(&local, ListOf::all(&home(), List::Sessions)).await.len(), 1);
    // Nothing was changed but where it stands: whoever has read it before can still write it.
    assert_eq!(runs(&admit, &["migrate"]).good().json()["listed"], 0);
}
