//! What is applied is what the server finds.

use crate::engine::server;
use admin::{
    plan::apply,
    tenant_file::{TenantItems, load, parse},
};
use rules::{credentials::Credentials, tenant::SigningAlg, user::User};
use server::{
    Server,
    keys::make::KeyMaker,
    store::{Write, schema},
};
use std::{collections::BTreeSet, path::Path};

#[tokio::test]
async fn the_samples_are_found_with_their_keys_clients_and_users() {
    let (server, _) = server().await;
    let now = server.now();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/tenants");
    for sample in load(&samples).unwrap_or_else(|mistakes| panic!("{mistakes}")) {
        let items = sample.resolve("http://127.0.0.1:9000").unwrap();
        apply(&server.store, &KeyMaker::Laptop, &items, now).await.unwrap();
        let tenant = server.tenant(sample.id(), now).await.unwrap().unwrap();
        assert!(tenant.active_key(SigningAlg::RS256).is_some());
        assert!(tenant.active_key(tenant.policy.access_token_alg).is_some());
        assert!(tenant.origins.contains("http://127.0.0.1:9000"));
        for client in &items.clients {
            assert!(server.client(&tenant.id, &client.client_id, now).await.unwrap().is_some());
        }
        for user in &items.users {
            let key = schema::user(&tenant.id, &user.username);
            assert!(server.store.find::<User>(key, now).await.unwrap().is_some());
        }
    }
}

#[tokio::test]
async fn applying_twice_keeps_the_signing_keys() {
    let (server, _) = server().await;
    let items = tenant_with("ES256");
    let first = kids_after(&server, &items).await;
    assert_eq!(first.len(), 2);
    assert_eq!(kids_after(&server, &items).await, first);
}

#[tokio::test]
async fn another_algorithm_gets_a_key_and_the_old_ones_stay() {
    let (server, _) = server().await;
    let before = kids_after(&server, &tenant_with("RS256")).await;
    assert_eq!(before.len(), 1);
    let after = kids_after(&server, &tenant_with("ES384")).await;
    assert!(after.len() == 2 && after.is_superset(&before));
}

#[tokio::test]
async fn more_items_than_a_transaction_takes_are_written_too() {
    let (server, _) = server().await;
    let client = |n: usize| {
        format!(
            "[[clients]]\nclient_id = \"c{n}\"\nclient_name = \"C\"\ntoken_endpoint_auth_method = \"none\"\n\
             redirect_uris = [\"https://c{n}.example/cb\"]\nscope = \"openid\"\n"
        )
    };
    let text = format!("id = \"many\"\nname = \"M\"\n{}", (0..130).map(client).collect::<String>());
    let items = parse("many.toml", &text).unwrap().resolve("https://auth.example").unwrap();
    apply(&server.store, &KeyMaker::Laptop, &items, server.now()).await.unwrap();
    let tenant = server.tenant("many", server.now()).await.unwrap().unwrap();
    assert_eq!(tenant.origins.len(), 130);
    assert!(server.client(&tenant.id, "c129", server.now()).await.unwrap().is_some());
}

/// Another person may get the name.
#[tokio::test]
async fn who_is_removed_takes_what_they_had_set_up_with_them() {
    let (server, _) = server().await;
    let with = |users: &str| {
        let text = format!("id = \"a\"\nname = \"A\"\n{users}");
        parse("a.toml", &text).unwrap().resolve("https://auth.example").unwrap()
    };
    let amy = with("[[users]]\nusername = \"Amy\"\npassword = \"a lantern in the long grass\"\nname = \"Amy\"");
    apply(&server.store, &KeyMaker::Laptop, &amy, server.now()).await.unwrap();
    let user = server.store.find::<User>(schema::user(&amy.tenant.id, "amy"), server.now()).await.unwrap().unwrap();
    let own = Credentials { generation: 1, ..Credentials::none_of(&user) };
    server.store.write_unraced(vec![Write::create(&own).unwrap()]).await.unwrap();
    let find = async || {
        let key = schema::credentials(&amy.tenant.id, &own.id);
        server.store.find::<Credentials>(key, server.now()).await.unwrap()
    };
    apply(&server.store, &KeyMaker::Laptop, &amy, server.now()).await.unwrap();
    assert!(find().await.is_some());
    apply(&server.store, &KeyMaker::Laptop, &with(""), server.now()).await.unwrap();
    assert!(find().await.is_none());
}

fn tenant_with(alg: &str) -> TenantItems {
    let text = format!("id = \"a\"\nname = \"A\"\n[policy]\naccess_token_alg = \"{alg}\"");
    parse("a.toml", &text).unwrap().resolve("https://auth.example").unwrap()
}

async fn kids_after(server: &Server, items: &TenantItems) -> BTreeSet<String> {
    apply(&server.store, &KeyMaker::Laptop, items, server.now()).await.unwrap();
    server.forget_configuration();
    let tenant = server.tenant(items.tenant.id.as_str(), server.now()).await.unwrap().unwrap();
    tenant.keys.iter().map(|key| key.public.kid.clone()).collect()
}
