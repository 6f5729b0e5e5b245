//! A table with as many tenants, clients and grants as one wants, written as the server writes them.

use kit::{TestServer, in_table};
use rules::{
    client::Client,
    grant::{Grant, GrantId, GrantState},
    tenant::{Tenant, TenantId},
};
use server::store::{
    Item, List, ListOf, Write,
    schema::{KnownTenant, ListsComplete},
};

#[derive(Clone, Copy)]
pub struct Size {
    pub tenants: usize,
    pub clients_each: usize,
    pub grants_each: usize,
}

/// DynamoDB takes so many items in a transaction.
const MOST: usize = 100;

/// Copies of this tenant, of one of its clients, and of a grant of Amy's. Grants go round the clients.
pub async fn fill(server: &TestServer, of: &str, size: Size) {
    let store = &server.server.store;
    let id = TenantId::parse(of).expect("an id");
    let grant = in_table::grant(server, of, "amy", "symmetric-app").await;
    let clients = store.listed::<Client>(&ListOf::all(&id, List::Clients), server.server.now()).await;
    let client = clients.expect("the table answers").pop().expect("a client").value;
    let tenant = server.server.tenant(of, server.server.now()).await.expect("the table").expect("a tenant");
    let mut writes = Vec::new();
    for number in 0..size.tenants {
        let id = TenantId::parse(&format!("t{number}")).expect("an id");
        for write in of_tenant(&id, &tenant.tenant, &client, &grant, size) {
            writes.push(write);
            if writes.len() == MOST {
                store.write_unraced(std::mem::take(&mut writes)).await.expect("written");
            }
        }
    }
    store.write_unraced(writes).await.expect("written");
}

fn of_tenant(id: &TenantId, tenant: &Tenant, client: &Client, grant: &Grant, size: Size) -> Vec<Write> {
    fn write<T: Item>(item: &T) -> Write {
        Write::create(item).expect("an item")
    }
    let mut writes = vec![
        write(&Tenant { id: id.clone(), ..tenant.clone() }),
        write(&KnownTenant { tenant: id.clone() }),
        write(&ListsComplete { tenant: id.clone() }),
    ];
    let client_id = |number: usize| format!("app-{number}");
    for number in 0..size.clients_each {
        writes.push(write(&Client { tenant: id.clone(), client_id: client_id(number), ..client.clone() }));
    }
    for number in 0..size.grants_each {
        let state: GrantState = grant.state.clone();
        let (id, client_id) = (id.clone(), client_id(number % size.clients_each.max(1)));
        writes.push(write(&Grant { tenant: id, id: GrantId::random(), client_id, state, ..grant.clone() }));
    }
    writes
}
