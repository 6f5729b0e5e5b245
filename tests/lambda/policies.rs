//! The policy of each function allows what the function does in all journeys: no more, and no less.

use axum::{body::Body, http::Method};
use rotate_keys::rotate_all;
use serde_json::json;
use shared::{
    keys::{make::KeyMaker, signer::Custodian},
    tenant::{KeyCustody, SigningAlg},
};
use std::collections::BTreeSet;
use tests::{
    App, Ehr, Person, Provider, TestServer,
    app::Proof,
    assertion,
    http::basic,
    journeys::{JOURNEYS, as_it_is, opaque},
    key_server::KeyServer,
    policies::{Used, acting_as, differences, of_template, used},
    signing_keys::{emulated, move_to_kms, sealing_key},
    template::TEMPLATE,
};

const SCOPE: &str = "openid launch/patient offline_access patient/*.rs";

/// What no journey here does yet, so that nobody knows whether it is too much: the functions that AWS's services ask, the
/// sealing of audit events (these servers keep theirs in memory), and what a person changes at their own sign-in.
const NOT_WALKED: [&str; 6] = [
    "audit may ",
    "authorizer may ",
    "healthlake may ",
    "(SealAuditEvents)",
    "authorize may dynamodb:PutItem on *#CREDENTIALS#*",
    "authorize may dynamodb:GetItem on *#USER#*",
];

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    everything_there_is_to_do().await;
    let used = used();
    for line in lines(&used) {
        println!("{line}");
    }
    let found = differences(&of_template(TEMPLATE), &used);
    let unproven = |line: &String| NOT_WALKED.iter().any(|known| line.contains(known));
    assert_eq!(found.into_iter().filter(|line| !unproven(line)).collect::<Vec<_>>(), Vec::<String>::new());
    only_marked_keys_were_used(&used).await;
    only_known_attributes_were_written(&used);

    // Each of these makes it red: an action, a kind of item or a key too many, and one too few.
    for (change, instead, complaint) in [
        (
            "Action: dynamodb:GetItem",
            "Action: [dynamodb:GetItem, dynamodb:DeleteItem]",
            "authorize may dynamodb:DeleteItem on *#CLIENT#* (Read) and never does",
        ),
        (
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "[\"*#CLIENT#*\", \"*#LAUNCH#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "",
        ),
        (
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "[\"*#CLIENT#*\", \"*#JTI#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "authorize may dynamodb:GetItem on *#JTI#* (Read) and never does",
        ),
        (
            "[\"*#CLIENT#*\", \"*#PROVIDER#*\", \"*#USER#*\"]",
            "[\"*#CLIENT#*\", \"*#USER#*\"]",
            "authorize needs dynamodb:GetItem on PROVIDER and may not",
        ),
        (
            "[dynamodb:PutItem, dynamodb:DeleteItem]",
            "dynamodb:PutItem",
            "rotate-keys needs dynamodb:DeleteItem on TENANT and may not",
        ),
        (
            "Action: kms:Sign",
            "Action: [kms:Sign, kms:GetPublicKey]",
            "authorize may kms:GetPublicKey on SigningKeys (SignWithTenantKeys) and never does",
        ),
        (
            "Action: [kms:CreateKey, kms:TagResource]",
            "Action: kms:CreateKey",
            "rotate-keys needs kms:TagResource on new and may not",
        ),
        (
            "[logs:CreateLogStream, logs:PutLogEvents]",
            "[logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents]",
            "discovery may logs:CreateLogGroup on OwnLog (WriteOwnLog) and never does",
        ),
    ] {
        let changed = TEMPLATE.replacen(change, instead, 1);
        assert_ne!(changed, TEMPLATE, "{change} is not in the template");
        let found = differences(&of_template(&changed), &used);
        match complaint {
            // What another statement allows already is one too many as well, but nothing that can be seen in a call.
            "" => {}
            complaint => assert!(found.iter().any(|line| line == complaint), "{change} → {instead}: {found:#?}"),
        }
    }
}

fn lines(used: &BTreeSet<Used>) -> BTreeSet<String> {
    let what = |used: &Used| match used.asked.action.starts_with("kms:") {
        true => String::new(),
        false => used.asked.kind().to_owned(),
    };
    used.iter().map(|used| format!("{:<15} {:<45} {}", used.function, used.asked.action, what(used))).collect()
}

/// Policies know keys by their tag, and the sealing key by its name.
async fn only_marked_keys_were_used(used: &BTreeSet<Used>) {
    let (kms, sealing_key) = (emulated(), sealing_key().await);
    for Used { function, asked } in used.iter().filter(|used| used.asked.action.starts_with("kms:")) {
        match asked.action.as_str() {
            "kms:CreateKey" | "kms:TagResource" => {}
            "kms:Decrypt" | "kms:GenerateDataKeyPairWithoutPlaintext" => {
                assert_eq!(asked.key, sealing_key, "{function}")
            }
            _ => {
                let tags =
                    kms.list_resource_tags().key_id(&asked.key).send().await.expect("tags").tags.unwrap_or_default();
                let marked = tags.iter().any(|tag| (tag.tag_key(), tag.tag_value()) == ("admit", "signing"));
                assert!(marked, "{function} used {} for {}", asked.key, asked.action);
            }
        }
    }
}

fn only_known_attributes_were_written(used: &BTreeSet<Used>) {
    for Used { function, asked } in used.iter().filter(|used| used.asked.action.starts_with("dynamodb:")) {
        let known: &[&str] = match asked.action.as_str() {
            "dynamodb:PutItem" => &["pk", "sk", "body", "version", "write_id", "expires_at"],
            "dynamodb:UpdateItem" => &["count", "last", "before", "last_before", "write_id", "expires_at"],
            _ => &[],
        };
        let unknown: Vec<_> = asked.attributes.iter().filter(|name| !known.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "{function} {} {}: {unknown:?}", asked.action, asked.kind());
    }
}

async fn everything_there_is_to_do() {
    for journey in JOURNEYS {
        let server = TestServer::start_with(journey.tenant).await.forgetful();
        (journey.walk)(&server).await;
    }
    for custody in [KeyCustody::Kms, KeyCustody::Sealed] {
        keys_in_kms(custody).await;
    }
    reference_tokens_everywhere().await;
    callers_of_every_kind().await;
    wrong_secrets_everywhere().await;
    a_key_set_behind_a_url().await;
    a_sign_in_at_a_provider().await;
    a_year_of_refreshing().await;
}

/// The tokens of apps and of the patient picker; and a year of rotation.
async fn keys_in_kms(custody: KeyCustody) {
    let mut server = TestServer::start_with(as_it_is).await;
    move_to_kms(&server, custody).await;
    server = server.second_instance_with(Custodian::Laptop(Some(emulated()))).forgetful();
    App::public(&server).gets_tokens("hannah", SCOPE, Some("wei-chen")).await;
    let maker = KeyMaker::Kms { client: emulated(), sealing_key: Some(sealing_key().await) };
    for _ in 0..40 {
        server.passes(10 * 86_400);
        acting_as("rotate-keys", rotate_all(&server.server, &maker)).await.expect("rotated");
    }
}

/// At every endpoint that takes an access token, those of apps and those of backend services, opaque and not.
async fn reference_tokens_everywhere() {
    for tenant in [as_it_is, opaque] {
        let server = TestServer::start_with(tenant).await.forgetful();
        let app = App::public(&server);
        let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
        let url = app.with_launch("launch openid online_access patient/*.rs", &launch);
        let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
        let online = app.exchanges(&answer.query("code").expect("a code")).await;
        let own = App::backend(&server).asks_for_itself("__launch.create __introspect").await.json();
        let own = own["access_token"].as_str().expect("a token");
        for token in [online.access_token(), own] {
            let header = format!("Bearer {token}");
            let headers = [("authorization", header.as_str())];
            server.request(Method::GET, "/clinic/userinfo", &headers, Body::empty()).await;
            server.post("/clinic/launchContext", &[("patient", "amy-shaw")], &headers).await;
            server.post("/clinic/introspect", &[("token", token)], &headers).await;
        }
        app.revokes(online.access_token()).await;
        App::backend(&server).revokes(own).await;
    }
}

async fn callers_of_every_kind() {
    let server = TestServer::start_with(as_it_is).await.forgetful();
    let context = json!({ "patient": "amy-shaw", "client_id": "public-app" });
    Ehr::of(&server).sends(&context).await;
    let symmetric = App::symmetric(&server);
    let tokens = symmetric.gets_tokens("amy", SCOPE, None).await;
    symmetric.posts("introspect", &[("token", tokens.access_token())]).await;
    let asymmetric = App::asymmetric(&server, SigningAlg::ES384);
    let tokens = asymmetric.gets_tokens("amy", SCOPE, None).await;
    asymmetric.posts("introspect", &[("token", tokens.access_token())]).await;
    asymmetric.revokes(tokens.access_token()).await;
}

async fn wrong_secrets_everywhere() {
    let server = TestServer::start_with(as_it_is).await.forgetful();
    let wrong =
        App { proof: Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), ..App::symmetric(&server) };
    wrong.sends_refresh("x", None).await;
    wrong.revokes("x").await;
    wrong.posts("introspect", &[("token", "x")]).await;
    let ehr = Ehr { credentials: basic("clinic-ehr", "wrong"), ..Ehr::of(&server) };
    ehr.sends(&json!({ "patient": "amy-shaw" })).await;
}

/// Fetched by each function that authenticates clients: each begins with nothing in memory or in the table.
async fn a_key_set_behind_a_url() {
    let keys = KeyServer::with(&[assertion::key(SigningAlg::ES384)]);
    for endpoint in ["token", "introspect", "revoke"] {
        let server = TestServer::start_with(|toml| {
            let own = "jwks = {es384}\ngrant_types = [\"client_credentials\"]";
            let behind = format!("jwks_uri = \"{}\"\ngrant_types = [\"client_credentials\"]", keys.url);
            format!("{}\n[policy]\nloopback_key_sets = true\n", toml.replace(own, &behind))
        })
        .await
        .forgetful();
        let form = [("grant_type", "client_credentials"), ("scope", "system/*.rs"), ("token", "x")];
        let form = if endpoint == "token" { &form[..2] } else { &form[2..] };
        assert_eq!(App::backend(&server).posts(endpoint, form).await.status, 200, "{endpoint}");
    }
}

async fn a_sign_in_at_a_provider() {
    let provider = Provider::start().await;
    let lines = "token_endpoint_auth_method = \"client_secret_basic\"\nclient_secret = \"a-secret-of-the-provider-of-more-than-32\"\nfhir_user_claim = \"fhirUser\"";
    let section = provider.in_tenant_file("okta", lines);
    let policy = "[policy]\nloopback_key_sets = true\nlocal_sign_in = false";
    let server = TestServer::start_with(|toml| format!("{toml}{section}\n{policy}\n")).await.forgetful();
    let mut person = Person::named(&server, "somebody");
    let location = person.opens(&App::public(&server).standalone(SCOPE)).await.app().location().to_owned();
    let claims = json!({ "sub": "00u-amy", "name": "Amy", "fhirUser": "Patient/amy-shaw" });
    let back = provider.signs_in(&location, claims, server.now().0);
    let answer = person.goes_through(&back, None).await;
    App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
}

/// The line of a grant in its person's list is written anew now and then.
async fn a_year_of_refreshing() {
    let server = TestServer::start_with(as_it_is).await.forgetful();
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", SCOPE, None).await;
    for _ in 0..36 {
        server.passes(10 * 86_400);
        tokens = app.refreshes(tokens.refresh_token()).await;
    }
}
