//! What is applied is what the server finds.

use crate::engine::server;
use admin::{
    plan::apply,
    tenant_file::{TenantItems, load, parse},
};
use rules::{
    credentials::{Credentials, CredentialsId},
    secret::ChosenSecretHash,
    tenant::SigningAlg,
    user::User,
};
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

const LANTERN: &str = "a lantern in the long grass";

fn of_people(people: &[(&str, &str)]) -> TenantItems {
    let user = |(name, sub): &(&str, &str)| {
        format!("[[users]]\nusername = \"{name}\"\nsub = \"{sub}\"\npassword = \"{LANTERN}\"\nname = \"N\"\n")
    };
    let text = format!("id = \"a\"\nname = \"A\"\n{}", people.iter().map(user).collect::<String>());
    parse("a.toml", &text).unwrap().resolve("https://auth.example").unwrap()
}

/// A person is their `sub`, and a name is only what they sign in with.
#[tokio::test]
async fn what_people_had_set_up_follows_them_to_another_name_and_nobody_else() {
    for (after, kept) in [
        (vec![("Amelia", "s1"), ("bob", "s2")], [Some("Amelia"), Some("bob")]),
        // Her name goes to somebody new in the same file.
        (vec![("amy", "s3"), ("Amelia", "s1"), ("bob", "s2")], [Some("Amelia"), Some("bob")]),
        (vec![("Amelia", "s1"), ("bob", "s2"), ("amy", "s3")], [Some("Amelia"), Some("bob")]),
        // They change names.
        (vec![("amy", "s2"), ("bob", "s1")], [Some("bob"), Some("amy")]),
        (vec![("amy", "s3"), ("bob", "s2")], [None, Some("bob")]),
        (vec![("bob", "s1")], [Some("bob"), None]),
        (vec![], [None, None]),
    ] {
        let (server, _) = server().await;
        let before = of_people(&[("amy", "s1"), ("bob", "s2")]);
        apply(&server.store, &KeyMaker::Laptop, &before, server.now()).await.unwrap();
        for user in &before.users {
            let own = Credentials { generation: 7, ..Credentials::none_of(user) };
            server.store.write_unraced(vec![Write::create(&own).unwrap()]).await.unwrap();
        }
        apply(&server.store, &KeyMaker::Laptop, &of_people(&after), server.now()).await.unwrap();
        let mut found = Vec::new();
        for user in &before.users {
            let key = schema::credentials(&user.tenant, &Credentials::none_of(user).id);
            let own = server.store.find::<Credentials>(key, server.now()).await.unwrap();
            found.push(own.filter(|own| own.generation == 7).map(|own| own.username.clone()));
        }
        assert_eq!(found, kept.map(|name| name.map(str::to_owned)), "{after:?}");
        let key = schema::credentials(&before.tenant.id, &CredentialsId::of(&before.tenant.id, "s3"));
        assert!(server.store.find::<Credentials>(key, server.now()).await.unwrap().is_none(), "{after:?}");
    }
}

/// A command had given the former person another password than the file's.
#[tokio::test]
async fn the_next_person_with_a_name_does_not_inherit_the_password() {
    let (server, _) = server().await;
    let before = of_people(&[("amy", "s1")]);
    apply(&server.store, &KeyMaker::Laptop, &before, server.now()).await.unwrap();
    let find = async || {
        let key = schema::user(&before.tenant.id, "amy");
        server.store.find::<User>(key, server.now()).await.unwrap().unwrap()
    };
    let set = User { password: ChosenSecretHash::of_password("set by a command").unwrap(), ..find().await.value };
    server.store.write_unraced(vec![Write::overwrite(&set).unwrap()]).await.unwrap();
    let same = TenantItems { users: before.users.clone(), ..of_people(&[]) };
    apply(&server.store, &KeyMaker::Laptop, &same, server.now()).await.unwrap();
    assert!(find().await.password.matches("set by a command"), "the file says nothing new of her");
    let next = before.users.into_iter().map(|user| User { sub: "s2".into(), ..user }).collect();
    apply(&server.store, &KeyMaker::Laptop, &TenantItems { users: next, ..of_people(&[]) }, server.now())
        .await
        .unwrap();
    let found = find().await;
    assert!(found.sub == "s2" && found.password.matches(LANTERN));
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
