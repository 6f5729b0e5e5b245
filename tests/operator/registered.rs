//! Clients, users and secrets that commands bring without the file: as strictly as a file, and kept apart from what files bring.

use crate::between::{self, Happens, Meanwhile};
use kit::{
    Operator, TestServer,
    operator::{Folder, Ran},
};
use rules::{
    client::Client,
    tenant::{Tenant, TenantId},
    user::User,
};
use serde_json::{Value, json};
use server::store::{Versioned, Write, schema};

fn runs(admit: &Operator, words: &[&str]) -> Ran {
    admit.runs(&words.iter().copied().chain(["--yes", "--json"]).collect::<Vec<_>>())
}

fn riverside() -> TenantId {
    TenantId::parse("riverside").expect("an id")
}

const NEW_CLIENT: [&str; 9] = [
    "client",
    "add",
    "riverside",
    "new-app",
    "client_name=New App",
    "token_endpoint_auth_method=client_secret_basic",
    "redirect_uris=https://new.example/cb",
    "redirect_uris=https://new.example/other",
    "scope=launch patient/*.rs",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_adds_is_judged_as_a_file_is_and_no_apply_removes_or_changes_it() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let file = folder.0.join("riverside.toml").display().to_string();
    runs(&admit, &["tenant", "export", "riverside", &file]).good();
    for (wrong, says) in [
        (["client", "add", "riverside", "new-app", "scope=nonsense/*.rs", "redirect_uris=https://a.example"], "scope"),
        (["client", "add", "riverside", "new-app", "scoop=openid", "redirect_uris=https://a.example"], "scoop"),
        (["client", "add", "riverside", "new-app", "client_secret=short", "scope=openid"], "rotate-secret"),
        (["client", "add", "riverside", "sample-app", "client_name=Again", "scope=openid"], "already"),
    ] {
        let ran = runs(&admit, &wrong);
        assert!(ran.exit >= 2 && ran.err.contains(says), "{wrong:?}: {} {}", ran.exit, ran.err);
    }
    let added = runs(&admit, &NEW_CLIENT).good().json();
    let secret = added["client_secret"].as_str().expect("the secret, this once").to_owned();
    assert_eq!(added["redirect_uris"].as_array().map(Vec::len), Some(2));
    let user = ["user", "add", "riverside", "nurse", "name=New Nurse", "fhir_user=Practitioner/nurse", "--generate"];
    let nurse = runs(&admit, &user).good().json();
    assert!(nurse["password"].is_string() && nurse["sub"].is_string(), "{nurse}");

    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    let warnings = planned[0]["warnings"].to_string();
    for named in ["client new-app is in no file", "user nurse is in no file"] {
        assert!(warnings.contains(named), "{warnings}");
    }
    assert_eq!(planned[0]["changes"], json!([]), "{planned}");
    runs(&admit, &["tenant", "apply", &file]).good();
    let found: Option<Versioned<Client>> =
        local.server.store.find(schema::client(&riverside(), "new-app"), local.server.now()).await.expect("the table");
    let client = found.expect("it is still there");
    let right = admin::tenant_file::client_secrets(&client).iter().any(|one| one.matches(&secret));
    assert!(right, "its secret is what was shown");
    // The browser of an app that came so may ask (CORS).
    let tenant = local.server.store.tenant_with_keys(&riverside(), local.server.now()).await.expect("the table").0;
    assert!(tenant.expect("a tenant").origins.contains("https://new.example"));

    // A file that names it from now on says so.
    let text = std::fs::read_to_string(&file).expect("a file");
    let taking = "\n[[clients]]\nclient_id = \"new-app\"\nclient_name = \"Ours\"\ntoken_endpoint_auth_method = \"none\"\n\
                  redirect_uris = [\"https://new.example/cb\"]\nscope = \"launch\"\n";
    std::fs::write(&file, format!("{text}{taking}")).expect("written");
    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    assert!(planned[0]["warnings"].to_string().contains("client new-app was not added by a file"), "{planned}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_changes_of_a_files_client_is_undone_by_the_file_aloud() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let file = folder.0.join("riverside.toml").display().to_string();
    runs(&admit, &["tenant", "export", "riverside", &file]).good();
    runs(&admit, &["tenant", "apply", &file]).good();
    let set = ["client", "set", "riverside", "symmetric-app", "client_name=Set by hand"];
    assert_eq!(runs(&admit, &set).good().json()["client_name"], "Set by hand");
    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    let warnings = planned[0]["warnings"].to_string();
    assert!(warnings.contains("client symmetric-app was set by a command"), "{planned}");
    runs(&admit, &["tenant", "apply", &file]).good();
    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    assert_eq!((&planned[0]["changes"], &planned[0]["warnings"]), (&json!([]), &json!([])), "{planned}");
}

async fn tenant(local: &TestServer) -> Tenant {
    tenant_of(local, &riverside()).await
}

async fn tenant_of(local: &TestServer, id: &TenantId) -> Tenant {
    local.server.store.tenant_with_keys(id, local.server.now()).await.expect("the table").0.expect("a tenant")
}

/// A page of an origin that is nobody's any more asks in vain (CORS).
#[tokio::test(flavor = "multi_thread")]
async fn origins_go_with_the_last_client_that_had_them() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let add = |id: &str, uri: &str| {
        let uri = format!("redirect_uris={uri}");
        runs(&admit, &["client", "add", "riverside", id, "token_endpoint_auth_method=none", "scope=launch", &uri])
            .good();
    };
    add("one", "https://one.example/cb");
    add("two", "https://shared.example/cb");
    add("three", "https://shared.example/other");
    for (id, uri) in [("one", "https://newer.example/cb"), ("two", "https://newer.example/cb")] {
        runs(&admit, &["client", "set", "riverside", id, &format!("redirect_uris={uri}")]).good();
    }
    let origins = tenant(&local).await.origins;
    for (origin, is_there) in
        [("https://one.example", false), ("https://newer.example", true), ("https://shared.example", true)]
    {
        assert_eq!(origins.contains(origin), is_there, "{origin}: {origins:?}");
    }
    // What was said of origins themselves stays as it was said.
    runs(&admit, &["client", "set", "riverside", "one", "origins=https://pages.example"]).good();
    runs(&admit, &["client", "set", "riverside", "one", "redirect_uris=https://last.example/cb"]).good();
    let origins = tenant(&local).await.origins;
    assert!(origins.contains("https://pages.example") && !origins.contains("https://last.example"), "{origins:?}");
    // That it has none, too.
    for setting in ["origins=[]", "client_name=One"] {
        runs(&admit, &["client", "set", "riverside", "one", setting]).good();
        let origins = tenant(&local).await.origins;
        assert!(!origins.iter().any(|one| one.contains("last") || one.contains("pages")), "{setting}: {origins:?}");
    }
}

/// A file and commands share a tenant: what one takes away, the other may have too, or bring again.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_with_a_files_client_is_neither_a_commands_client_nor_the_next_of_its_name() {
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let bare = "id = \"mine\"\nname = \"Mine\"\n";
    let with = format!(
        "{bare}[[clients]]\nclient_id = \"one\"\nclient_name = \"One\"\ntoken_endpoint_auth_method = \"none\"\n\
         redirect_uris = [\"https://shared.example/cb\"]\nscope = \"launch\"\n"
    );
    runs(&admit, &["tenant", "apply", &folder.file("mine.toml", &with)]).good();
    let add = |id: &str| {
        let uri = "redirect_uris=https://shared.example/cb";
        runs(&admit, &["client", "add", "mine", id, "token_endpoint_auth_method=none", "scope=launch", uri]).good();
    };
    add("two");
    runs(&admit, &["tenant", "apply", &folder.file("mine.toml", bare)]).good();
    let mine = TenantId::parse("mine").expect("an id");
    assert!(tenant_of(&local, &mine).await.origins.contains("https://shared.example"));
    let is_over = |tenant: Tenant| tenant.ended.iter().any(|ended| ended.at >= local.server.now());
    assert!(is_over(tenant_of(&local, &mine).await), "for as long as a function may have it in memory");
    add("one");
    assert!(!is_over(tenant_of(&local, &mine).await), "what it is given from now on is good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_warns_as_an_application_of_the_file_does_and_of_a_person_who_cant_sign_in() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let new = [&NEW_CLIENT[..], &["access_token_seconds=7200"]].concat();
    let set = ["client", "set", "riverside", "new-app", "client_name=Another"];
    for words in [&new[..], &set] {
        let ran = runs(&admit, words).good();
        assert!(ran.err.contains("warning: new-app: access_token_seconds = 7200"), "{words:?}: {}", ran.err);
        assert!(!ran.err.contains("[policy]"), "{}", ran.err);
    }
    let away = "id = \"away\"\nname = \"Away\"\n[policy]\nlocal_sign_in = false\n[[identity_providers]]\nid = \"staff\"\n\
                name = \"Staff\"\nissuer = \"https://login.example\"\nclient_id = \"admit\"\n\
                token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"\n";
    runs(&admit, &["tenant", "apply", &folder.file("away.toml", away)]).good();
    for (tenant, is_told) in [("away", true), ("riverside", false)] {
        let ran = runs(&admit, &["user", "add", tenant, "kim", "name=Kim", "--generate"]).good();
        assert_eq!(ran.err.contains("local_sign_in = false"), is_told, "{}", ran.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_else_was_faster_nothing_is_written_and_nothing_ends() {
    let folder = Folder::new();
    let (_, local) = Operator::of_local(&folder).await;
    let key = schema::user(&riverside(), "amy");
    let amy: Versioned<User> = local.server.store.find(key, local.server.now()).await.expect("the table").expect("amy");
    let writes = vec![Write::update(&amy, &amy.value).expect("an item")];
    let meanwhile =
        Meanwhile { operation: "TransactWriteItems", holds: "riverside#USER#amy", what: Happens::Written(writes) };
    let admit = between::operator(&folder, &local, meanwhile).await;
    let set = ["user", "set", "riverside", "amy", "fhir_user=Patient/somebody-else"];
    let lost = runs(&admit, &set);
    assert!(lost.exit == 1 && lost.err.contains("nothing was written"), "{}", lost.err);
    assert_eq!(tenant(&local).await.ended, []);
    runs(&admit, &set).good();
    assert_eq!(tenant(&local).await.ended.len(), 1);
}

/// A table that does not answer has said nothing of who is there.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_not_taken_for_nobody_being_there() {
    let folder = Folder::new();
    let (_, local) = Operator::of_local(&folder).await;
    for (holds, words) in [
        ("#USER#", &["user", "add", "riverside", "amy", "name=Amy", "--generate"][..]),
        ("#CLIENT#", &["client", "add", "riverside", "sample-app", "scope=launch"]),
        ("#CLIENT#", &["client", "end-tokens", "riverside", "sample-app"]),
    ] {
        let meanwhile = Meanwhile { operation: "GetItem", holds, what: Happens::Refused };
        let admit = between::operator(&folder, &local, meanwhile).await;
        let ran = runs(&admit, words);
        assert!(ran.exit == 1 && ran.err.contains("AccessDenied"), "{words:?}: {} {}", ran.exit, ran.err);
        assert!(!ran.err.contains("no client"), "{}", ran.err);
    }
    assert_eq!(tenant(&local).await.ended, []);
}

fn ehr_secrets(planned: &Value) -> Vec<String> {
    let changes = planned[0]["changes"].as_array().cloned().unwrap_or_default();
    let fields = changes.iter().flat_map(|change| change["fields"].as_array().cloned().unwrap_or_default());
    let fields = fields.filter(|field| field["name"] == "ehrs.riverside-ehr.secrets");
    fields.map(|field| field["after"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ehrs_secret_is_replaced_without_the_file_and_losing_one_is_a_danger_that_plan_names() {
    let folder = Folder::new();
    let (admit, _local) = Operator::of_local(&folder).await;
    let file = folder.0.join("riverside.toml").display().to_string();
    runs(&admit, &["tenant", "export", "riverside", &file]).good();
    runs(&admit, &["tenant", "apply", &file]).good();
    let made = runs(&admit, &["ehr", "rotate-secret", "riverside", "riverside-ehr"]).good().json();
    assert!(made["secret"].is_string());
    // The file says what it said: what the command made stays.
    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    assert_eq!((&planned[0]["changes"], &planned[0]["dangers"]), (&json!([]), &json!([])), "{planned}");
    runs(&admit, &["tenant", "apply", &file]).good();
    let forgotten = runs(&admit, &["ehr", "forget-secrets", "riverside", "riverside-ehr"]).good().json();
    assert_eq!(forgotten, json!({ "forgotten": 1 }));
    assert_eq!(runs(&admit, &["ehr", "rotate-secret", "riverside", "nobody"]).exit, 1);

    // The file says something new: it counts again, and what that ends is named.
    let text = std::fs::read_to_string(&file).expect("a file");
    let (start, rest) = text.split_once("[[ehrs]]").expect("an EHR");
    let (name, rest) = rest.split_once("secret_hashes = [").expect("its secrets");
    let (_, rest) = rest.split_once(']').expect("their end");
    std::fs::write(&file, format!("{start}[[ehrs]]{name}secret = \"another one, of the file\"{rest}"))
        .expect("written");
    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    assert_eq!(ehr_secrets(&planned), ["1 added, 1 removed"], "{planned}");
    assert_eq!(planned[0]["dangers"][0]["danger"], "secret", "{planned}");
    let refused = runs(&admit, &["tenant", "apply", &file]);
    assert!(refused.exit == 3 && refused.err.contains("--allow secret"), "{}", refused.err);
    runs(&admit, &["tenant", "apply", &file, "--allow", "secret"]).good();
    let planned = runs(&admit, &["tenant", "plan", &file]).good().json();
    assert_eq!((&planned[0]["changes"], &planned[0]["dangers"]), (&json!([]), &json!([])), "{planned}");
}

/// CIMD-2, CIMD-21: an app that nobody registered is kept out by the words for any other.
#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_nobody_registered_is_switched_off_and_on() {
    const AGENT: &str = "https://claude.ai/oauth/client.json";
    let folder = Folder::new();
    let (admit, local) = Operator::of_local(&folder).await;
    let file = folder.0.join("riverside.toml").display().to_string();
    runs(&admit, &["tenant", "export", "riverside", &file]).good();
    let unknown = runs(&admit, &["client", "disable", "riverside", AGENT]);
    assert!(unknown.exit != 0 && unknown.err.contains("has no client"), "{}", unknown.err);
    let text = std::fs::read_to_string(&file).expect("the file");
    let section = "\n[client_documents]\nhosts = [\"claude.ai\"]\nscope = \"openid patient/*.rs\"\n";
    std::fs::write(&file, format!("{text}{section}")).expect("it is written");
    let planned = runs(&admit, &["tenant", "plan", &file]).good().out;
    assert!(planned.contains("client_documents") && planned.contains("claude.ai"), "{planned}");
    runs(&admit, &["tenant", "apply", &file]).good();
    let not_listed = runs(&admit, &["client", "enable", "riverside", AGENT]);
    assert!(not_listed.exit != 0, "nothing is switched off yet");

    let key = || schema::client(&riverside(), AGENT);
    let found = async || local.server.store.find::<Client>(key(), local.server.now()).await.expect("the table");
    for _ in 0..2 {
        runs(&admit, &["client", "disable", "riverside", AGENT]).good();
        assert!(found().await.is_some_and(|client| client.disabled));
    }
    let exported = folder.0.join("exported.toml").display().to_string();
    runs(&admit, &["tenant", "export", "riverside", &exported]).good();
    let exported = std::fs::read_to_string(exported).expect("the file");
    assert!(exported.contains(&format!("blocked = [\"{AGENT}\"]")), "{exported}");
    runs(&admit, &["client", "enable", "riverside", AGENT]).good();
    assert!(found().await.is_none(), "its document says who it is again");
}
