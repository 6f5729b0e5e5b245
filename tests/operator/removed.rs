//! What is taken away for good: a tenant, a person. It says what that is, asks, and can be ended after it was cut short.

use crate::between::{self, Happens, Meanwhile};
use kit::{
    Operator, TestServer, in_table,
    operator::{Folder, Ran},
};
use rules::{
    credentials::Credentials,
    grant::Grant,
    session::Session,
    signing_keys::SigningKeyRecord,
    tenant::{AccessOf, TenantId},
    user::User,
};
use serde_json::json;
use server::store::{Item, List, ListOf, Versioned, Write, schema};

fn home() -> TenantId {
    TenantId::parse("home").expect("an id")
}

fn runs(admit: &Operator, words: &[&str]) -> Ran {
    admit.runs(&words.iter().copied().chain(["--yes", "--json"]).collect::<Vec<_>>())
}

async fn listed<T: Item>(local: &TestServer, list: List) -> Vec<Versioned<T>> {
    local.server.store.listed(&ListOf::all(&home(), list), local.server.now()).await.expect("the table answers")
}

/// Everything in the table whose key begins with this.
async fn under(local: &TestServer, prefix: &str) -> Vec<String> {
    let (mut keys, mut from) = (Vec::new(), None);
    loop {
        let (items, next) = local.server.store.whole_table(from).await.expect("the table answers");
        keys.extend(items.iter().map(|item| format!("{} {}", text(item, "pk"), text(item, "sk"))));
        from = next;
        if from.is_none() {
            keys.retain(|key| key.starts_with(prefix));
            return keys;
        }
    }
}

fn text(item: &server::store::item::Attributes, name: &str) -> String {
    item[name].as_s().cloned().expect("a text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_deleted_with_all_that_it_has_and_nothing_of_others() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    in_table::grant(&local, "home", "amy", "symmetric-app").await;
    in_table::session(&local, "home", "amy").await;
    in_table::grant(&local, "riverside", "amy", "symmetric-app").await;
    let others = under(&local, "riverside#").await;
    let asked = admit.runs(&["tenant", "delete", "home"]);
    assert_eq!(asked.exit, 3, "{}", asked.err);
    for says in ["1 sessions", "1 grants", "5 clients", "5 users", "signing keys", "for good"] {
        assert!(asked.err.contains(says), "{says}: {}", asked.err);
    }
    let done = runs(&admit, &["tenant", "delete", "home"]).good().json();
    assert_eq!((&done["deleted"]["grants"], &done["deleted"]["clients"]), (&json!(1), &json!(5)));
    assert_eq!(under(&local, "home#").await, ["home#TENANT DELETED"]);
    assert_eq!(under(&local, "riverside#").await, others);
    let tenants = runs(&admit, &["tenant", "list"]).good().out;
    assert!(!tenants.contains("\"home\"") && tenants.contains("riverside"), "{tenants}");
    assert_eq!(runs(&admit, &["tenant", "delete", "home"]).exit, 1, "once");
}

/// BRAND-9: what is left of it says when the bundle of the deployment changed, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_deleted_leaves_the_bundle_of_the_deployment() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let brand = |tenant: &str| {
        format!(
            "[user_access]\ndevelopers = \"https://{tenant}.example\"\nlisted = true\n[[user_access.brands]]\nname = \"{tenant}\"\n\
             identifiers = [{{ system = \"urn:x\", value = \"{tenant}\" }}]\nwebsite = \"https://{tenant}.example\"\n\
             addresses = [{{ city = \"A\" }}]\nportals = [{{ name = \"B\", url = \"https://b.example\" }}]\n"
        )
    };
    for tenant in ["home", "riverside"] {
        let file = folder.0.join(format!("{tenant}.toml"));
        let file = file.display().to_string();
        runs(&admit, &["tenant", "export", tenant, &file]).good();
        let text = std::fs::read_to_string(&file).expect("a file") + &brand(tenant);
        std::fs::write(&file, text).expect("written");
        runs(&admit, &["tenant", "apply", &file]).good();
    }
    let both = local.get("/brands.json").await.body;
    assert!(both.contains("home.example") && both.contains("riverside.example"), "{both}");
    runs(&admit, &["tenant", "delete", "home"]).good();
    let left = local.second_instance().get("/brands.json").await;
    assert!(!left.body.contains("home") && left.body.contains("riverside.example"), "{}", left.body);
    assert_eq!(local.second_instance().get("/home/brands.json").await.status, 404);
    assert_eq!(under(&local, "home#").await, ["home#TENANT BRANDS", "home#TENANT DELETED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_cut_short_is_ended_by_the_same_command_and_the_name_is_not_free_before() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let file = folder.0.join("home.toml").display().to_string();
    runs(&admit, &["tenant", "export", "home", &file]).good();
    in_table::grant(&local, "home", "amy", "symmetric-app").await;
    // As the first write leaves it.
    let store = &local.server.store;
    let tenant = store.tenant_with_keys(&home(), local.server.now()).await.expect("the table").0.expect("a tenant");
    let mark = admin::plan::DeletedTenant { id: home(), began: local.server.now(), tenant: Some(Box::new(tenant)) };
    let writes = vec![Write::remove(schema::tenant_config(&home())), Write::overwrite(&mark).expect("an item")];
    store.write_unraced(writes).await.expect("written");

    let refused = runs(&admit, &["tenant", "apply", &file]);
    assert!(refused.exit == 1 && refused.err.contains("is being deleted"), "{}", refused.err);
    let done = runs(&admit, &["tenant", "delete", "home"]).good().json();
    assert_eq!(done["deleted"]["grants"], json!(1));
    assert_eq!(under(&local, "home#").await, ["home#TENANT DELETED"]);

    runs(&admit, &["tenant", "apply", &file]).good();
    let again = store.tenant_with_keys(&home(), local.server.now()).await.expect("the table").0.expect("a tenant");
    // What a function gave that still had the former one in memory is nothing here.
    assert_eq!(again.ended.len(), 1);
    assert!(
        again.ended[0].whose == AccessOf::Everybody && again.ended[0].at >= mark.began.plus(30),
        "{:?}",
        again.ended
    );
    assert_eq!(runs(&admit, &["client", "list", "home"]).good().json().as_array().map(Vec::len), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_key_that_is_made_while_a_tenant_is_being_deleted_goes_with_it() {
    // Just before the deletion begins, and by a rotation that had begun before.
    for holds in ["DELETED", "home#CLIENT#"] {
        let folder = Folder::new();
        let (_, local) = Operator::of_local(&folder).await;
        let store = &local.server.store;
        let (_, keys) = store.tenant_with_keys(&home(), local.server.now()).await.expect("the table");
        let mut made: SigningKeyRecord = keys.into_iter().next().expect("a key").value;
        made.public.kid = "made-in-between".to_owned();
        let writes = vec![Write::create(&made).expect("an item")];
        let meanwhile = Meanwhile { operation: "TransactWriteItems", holds, what: Happens::Written(writes) };
        let admit = between::operator(&folder, &local, meanwhile).await;
        let deleted = runs(&admit, &["tenant", "delete", "home"]).good().json();
        assert_eq!(under(&local, "home#").await, ["home#TENANT DELETED"], "{holds}");
        assert!(deleted["signing_keys"].as_u64().is_some_and(|keys| keys > 1), "{holds}: {deleted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_with_a_receipt_and_others_stay() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let (store, now) = (&local.server.store, local.server.now());
    for person in ["amy", "rosa"] {
        in_table::grant(&local, "home", person, "symmetric-app").await;
        in_table::session(&local, "home", person).await;
    }
    let amy: User = store.find(schema::user(&home(), "amy"), now).await.expect("the table").expect("amy").value;
    let own = Credentials::none_of(&amy).signed_out_everywhere();
    store.write_unraced(vec![Write::create(&own).expect("an item")]).await.expect("written");
    assert_eq!(admit.runs(&["user", "erase", "home", "amy"]).exit, 3, "it asks");

    let ran = runs(&admit, &["user", "erase", "home", "AMY"]).good();
    let receipt = ran.json();

    let erased = json!({
        "user": true, "credentials": true, "line_of_the_tenant_file": true, "sessions": 1, "grants": 1, "remembered_consents": 0,
    });
    assert_eq!(receipt["erased"], erased);
    assert_eq!(receipt["sub"], amy.sub);
    let kept = receipt["kept"].as_array().expect("a list");
    assert!(kept.len() > 4 && kept.iter().all(|one| one["why"].is_string() && one["until"].is_string()), "{receipt}");
    assert!(ran.err.contains("take them out of it"), "{}", ran.err);
    let left: Vec<String> = under(&local, "home#").await.into_iter().filter(|key| key.contains("amy")).collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(listed::<Session>(&local, List::Sessions).await.len(), 1);
    let grants = listed::<Grant>(&local, List::Grants).await;
    assert!(grants.len() == 1 && grants[0].approval.sub != amy.sub);
    // What was given before is refused by all that is left of them.
    let tenant = store.tenant_with_keys(&home(), now).await.expect("the table").0.expect("home");
    assert!(tenant.ended.iter().any(|ended| ended.whose == AccessOf::Person(amy.sub.clone())));
    assert_eq!(runs(&admit, &["user", "erase", "home", "amy"]).exit, 1, "nobody is there any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_cut_short_is_ended_by_the_same_command_for_people_of_providers_too() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    // Their sessions and what they allowed are gone already.
    let now = local.server.now();
    let tenant = local.server.store.tenant_with_keys(&home(), now).await.expect("the table").0.expect("a tenant");
    let own = Credentials::none_of_name(&home(), "kim@idp.example", "sub-of-kim").signed_out_at(now, None, &tenant);
    local.server.store.write_unraced(vec![Write::create(&own).expect("an item")]).await.expect("written");
    let receipt = runs(&admit, &["user", "erase", "home", "sub-of-kim"]).good().json();
    assert_eq!(receipt["erased"]["credentials"], json!(true));
    assert_eq!(listed::<Credentials>(&local, List::Credentials).await.len(), 0);
    assert_eq!(runs(&admit, &["user", "erase", "home", "sub-of-kim"]).exit, 1, "nobody is there any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_a_late_index_lists_once_more_is_counted_once_in_the_receipt() {
    let folder = Folder::new();
    let (_, local) = Operator::of_local(&folder).await;
    in_table::session(&local, "home", "amy").await;
    let meanwhile = Meanwhile { operation: "Query", holds: "IndexName", what: Happens::AnsweredAsAtFirst };
    let admit = between::operator(&folder, &local, meanwhile).await;
    let receipt = runs(&admit, &["user", "erase", "home", "amy"]).good().json();
    assert_eq!(receipt["erased"]["sessions"], json!(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_end_one_by_one_or_all_of_a_person() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let (first, _) = in_table::session(&local, "home", "amy").await;
    in_table::session(&local, "home", "amy").await;
    in_table::session(&local, "home", "rosa").await;
    let count = |words: &[&str]| runs(&admit, words).good().json().as_array().map(Vec::len);
    assert_eq!(count(&["sessions", "list", "home"]), Some(3));
    assert_eq!(count(&["sessions", "list", "home", "--user", "amy"]), Some(2));
    runs(&admit, &["sessions", "end", "home", "--session", &first.id.0]).good();
    assert_eq!(count(&["sessions", "list", "home", "--user", "amy"]), Some(1));
    assert_eq!(runs(&admit, &["sessions", "end", "home", "--session", &first.id.0]).exit, 1, "once");
    let ended = runs(&admit, &["sessions", "end", "home", "--user", "amy"]).good().json();
    assert_eq!(ended, json!({ "sessions": 1 }));
    assert_eq!(count(&["sessions", "list", "home"]), Some(1));
    for command in ["list", "end"] {
        let mistyped = runs(&admit, &["sessions", command, "home", "--user", "nobody"]);
        assert!(mistyped.exit == 1 && mistyped.err.contains("nobody of home is known as nobody"), "{}", mistyped.err);
    }
}
