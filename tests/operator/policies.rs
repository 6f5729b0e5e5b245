//! The policies that `infra/policies` has for people: each lets its person run their commands, and no others; and each says nothing
//! that none of those commands needs. The real commands run, and the table refuses as IAM would.

use admin::target::FUNCTIONS;
use kit::{
    Operator, TestServer,
    asked::Asked,
    gate::Gate,
    in_table,
    operator::{Folder, Ran},
    people::PersonPolicy,
    template::Template,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path, sync::Arc};

struct Office {
    folder: Folder,
    admit: Operator,
    gate: Gate,
    local: TestServer,
}

impl Office {
    /// A local server, with a file for its tenant `riverside` and what a tenant has.
    async fn opens() -> Office {
        let folder = Folder::new();
        let (admit, local) = Operator::of_local(&folder).await;
        for (tenant, person) in [("home", "amy"), ("home", "rosa"), ("riverside", "patel"), ("riverside", "lee")] {
            in_table::grant(&local, tenant, person, "symmetric-app").await;
            in_table::session(&local, tenant, person).await;
        }
        let gate = Gate::of_local(&folder.0).await;
        Office { folder, admit, gate, local }
    }

    fn path(&self, name: &str) -> String {
        self.folder.0.join(name).display().to_string()
    }

    fn runs(&self, words: &[&str]) -> Ran {
        self.admit.types("a secret\n", &words.iter().copied().chain(["--yes", "--json"]).collect::<Vec<_>>())
    }

    /// Runs these as somebody with this policy; what they asked.
    fn may(&self, policy: &str, commands: &[&[&str]]) -> Vec<Asked> {
        self.hires(policy);
        for words in commands {
            let ran = self.runs(words);
            let refused = self.gate.take_refused();
            assert!(refused.is_empty(), "{policy}: {words:?} needs {refused:?}");
            assert_eq!(ran.exit, 0, "{policy}: {words:?}: {}{}", ran.out, ran.err);
        }
        self.gate.take_asked()
    }

    fn may_not(&self, policy: &str, commands: &[&[&str]]) {
        self.hires(policy);
        for words in commands {
            let ran = self.runs(words);
            assert!(!self.gate.take_refused().is_empty(), "{policy}: {words:?} was let through: {}", ran.out);
            assert_eq!(ran.exit, 1, "{policy}: {words:?}: {}{}", ran.out, ran.err);
            assert!(ran.err.contains("AccessDeniedException"), "{}", ran.err);
        }
    }

    fn hires(&self, policy: &str) {
        let policy = PersonPolicy::read(policy, "riverside");
        self.gate.take_asked();
        self.gate.judges(Some(Arc::new(move |request: &[Asked]| policy.allows(request))));
    }
}

const READS: [&[&str]; 10] = [
    &["tenant", "list"],
    &["tenant", "resource-metadata", "riverside"],
    &["client", "list", "riverside"],
    &["client", "show", "riverside", "sample-app"],
    &["user", "list", "riverside"],
    &["grants", "list", "riverside"],
    &["grants", "list", "riverside", "--user", "patel"],
    &["sessions", "list", "riverside"],
    &["keys", "show", "riverside"],
    &["sessions", "list", "riverside", "--user", "patel"],
];

const HARM: [&[&str]; 5] = [
    &["grants", "revoke", "riverside", "--all"],
    &["client", "disable", "riverside", "sample-app"],
    &["user", "sign-out", "riverside", "patel"],
    &["tenant", "delete", "riverside"],
    &["migrate"],
];

/// What the document says and none of these calls needed.
fn unneeded(policy: &str, asked: &[Asked]) -> BTreeSet<String> {
    let policy = PersonPolicy::read(policy, "riverside");
    let mut unneeded = BTreeSet::new();
    for statement in policy.statements() {
        for (action, key) in statement.actions.iter().flat_map(|a| statement.keys.iter().map(move |k| (a, k))) {
            if !asked.iter().any(|asked| statement.is_for(action, key, asked)) {
                unneeded.insert(format!("{action} on {key} ({})", statement.sid));
            }
        }
    }
    unneeded
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_reads_and_neither_plans_nor_changes_anything() {
    let office = Office::opens().await;
    let asked = office.may("operator-read", &READS);
    assert_eq!(unneeded("operator-read", &asked), BTreeSet::new());
    office.may_not("operator-read", &[&["tenant", "export", "riverside"], &["lockouts", "list", "riverside"]]);
    office.may_not("operator-read", &HARM);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_plan_plans_and_applies_nothing() {
    let office = Office::opens().await;
    let file = office.path("riverside.toml");
    office.gate.judges(None);
    office.runs(&["tenant", "export", "riverside", &file, "--with-provider-secrets"]).good();
    with_provider(&file);
    let plans: [&[&str]; 3] =
        [&["tenant", "plan", &file], &["tenant", "export", "riverside"], &["lockouts", "list", "riverside"]];
    let asked = office.may("operator-plan", &[&READS[..], &plans[..]].concat());
    assert_eq!(unneeded("operator-plan", &asked), BTreeSet::new());
    office.may_not("operator-plan", &[&["tenant", "apply", &file]]);
    office.may_not("operator-plan", &HARM);
}

/// A provider whose secret is in the file.
fn with_provider(file: &str) {
    let text = std::fs::read_to_string(file).expect("a file");
    let provider = "\n[[identity_providers]]\nid = \"okta\"\nname = \"Okta\"\nissuer = \"https://okta.example\"\nclient_id = \
                    \"admit\"\ntoken_endpoint_auth_method = \"client_secret_basic\"\nclient_secret = \"a secret that the provider has given us\"\nfhir_user_claim = \"fhirUser\"\n";
    std::fs::write(file, format!("{text}{provider}")).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_apply_does_all_that_a_tenant_needs_and_does_not_read_the_whole_table() {
    let office = Office::opens().await;
    let (file, token) = (office.path("riverside.toml"), office.path("token.txt"));
    office.gate.judges(None);
    office.runs(&["tenant", "export", "riverside", &file]).good();
    with_provider(&file);
    let mine = office.folder.file("mine.toml", "id = \"mine\"\nname = \"Mine\"\n");
    crate::ended::gets_opaque_token(&office.local.server).await;
    std::fs::write(&token, crate::ended::TOKEN).expect("written");
    let grant = in_table::grant(&office.local, "riverside", "wei", "symmetric-app").await.id.0;
    let (session, _) = in_table::session(&office.local, "riverside", "wei").await;
    let commands: [&[&str]; 20] = [
        &["tenant", "plan", &file],
        &["tenant", "apply", &mine],
        &["tenant", "apply", &file],
        &["lockouts", "list", "riverside"],
        &["client", "rotate-secret", "riverside", "symmetric-app"],
        &["client", "set", "riverside", "symmetric-app", "client_name=Another"],
        &["ehr", "rotate-secret", "riverside", "riverside-ehr"],
        &["provider", "set-secret", "riverside", "okta"],
        &["user", "set-password", "riverside", "patel", "--generate"],
        &["user", "unlock", "riverside", "patel"],
        &["user", "forget-factors", "riverside", "patel"],
        &["user", "erase", "riverside", "lee"],
        &["user", "sign-out", "riverside", "patel"],
        &["sessions", "end", "riverside", "--session", &session.id.0],
        &["sessions", "end", "riverside", "--user", "patel"],
        &["token", "end", "home", &token],
        &["grants", "revoke", "riverside", "--grant", &grant],
        &["grants", "revoke", "riverside", "--all"],
        &["tenant", "delete", "mine"],
        &["tenant", "delete", "riverside"],
    ];
    let asked = office.may("operator-apply", &[&READS[..], &commands[..]].concat());
    // The audit key is put there in a deployment alone, whose public half KMS has.
    let of_deployment = |line: &String| line.contains("#TENANT (") && line.contains(" on #TENANT ");
    let unneeded: Vec<String> =
        unneeded("operator-apply", &asked).into_iter().filter(|one| !of_deployment(one)).collect();
    assert_eq!(unneeded, Vec::<String>::new());
    office.may_not("operator-apply", &[&["migrate"]]);
}

/// `riverside` is theirs, and `home` does not exist for them.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_so_for_one_tenant_touches_no_other() {
    let office = Office::opens().await;
    let (file, home) = (office.path("riverside.toml"), office.path("home.toml"));
    office.gate.judges(None);
    office.runs(&["tenant", "export", "riverside", &file]).good();
    office.runs(&["tenant", "export", "home", &home]).good();
    std::fs::write(&file, std::fs::read_to_string(&file).expect("a file").replace("Growth Chart", "Growth"))
        .expect("w");
    std::fs::write(&home, std::fs::read_to_string(&home).expect("a file").replace("Medication", "Med")).expect("w");
    let commands: [&[&str]; 7] = [
        &["tenant", "plan", &file],
        &["tenant", "apply", &file],
        &["client", "disable", "riverside", "sample-app"],
        &["user", "unlock", "riverside", "lee"],
        &["user", "sign-out", "riverside", "patel"],
        &["grants", "revoke", "riverside", "--all"],
        &["lockouts", "list", "riverside"],
    ];
    office.may("operator-of-one-tenant", &[&READS[1..], &commands[..]].concat());
    let of_others: [&[&str]; 8] = [
        &["tenant", "list"],
        &["tenant", "plan", &home],
        &["tenant", "apply", &home],
        &["client", "list", "home"],
        &["grants", "list", "home", "--user", "amy"],
        &["user", "erase", "home", "amy"],
        &["tenant", "delete", "home"],
        &["migrate"],
    ];
    office.may_not("operator-of-one-tenant", &of_others);
}

/// What a policy says of signing keys, as the stack's own role says it: tags, usage and window in the same words, for one tenant where it is
/// about one.
#[test]
fn people_have_the_same_power_over_signing_keys_as_the_function_that_rotates_them() {
    let role = &Template::of_the_stack().document["Resources"]["RotateKeysRole"]["Properties"]["Policies"][0];
    let own = role["PolicyDocument"]["Statement"].as_array().expect("statements");
    let of = |statements: &[Value], sid: &str| {
        statements.iter().find(|statement| statement["Sid"] == sid).unwrap_or_else(|| panic!("no {sid}")).clone()
    };
    for (policy, is_of_one_tenant) in [("operator-apply", false), ("operator-of-one-tenant", true)] {
        let peoples = document(policy);
        let peoples = peoples["Statement"].as_array().expect("statements");
        for sid in [
            "MakeSigningKeys",
            "TagNewSigningKeys",
            "PublishSigningKeys",
            "DeleteSigningKeys",
            "NeverAnotherStacksKeys",
            "NeverKeysForOtherThings",
        ] {
            let (mut own, mut theirs) = (in_words_of_people(&of(own, sid)), of(peoples, sid));
            if let Some(action) = own["Action"].as_str() {
                own["Action"] = json!([action]);
            }
            let mut tenants = 0;
            if let Some(equals) = theirs.pointer_mut("/Condition/StringEquals").and_then(Value::as_object_mut) {
                let of_tenant = |name: &String, value: &Value| name.ends_with("/admit-tenant") && value == "${Tenant}";
                let before = equals.len();
                equals.retain(|name, value| !of_tenant(name, value));
                tenants = before - equals.len();
            }
            let allows = theirs["Effect"] == "Allow";
            assert_eq!(tenants, usize::from(is_of_one_tenant && allows), "{policy}: {sid}");
            assert_eq!(theirs, own, "{policy}: {sid}");
        }
    }
}

/// CloudFormation's references as the names that `docs/operate.md` has replaced.
fn in_words_of_people(statement: &Value) -> Value {
    let text = statement.to_string();
    let text = text.replace(r#"{"Ref":"AWS::StackName"}"#, r#""${Stack}""#);
    let key = r#"{"Fn::Sub":"arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*"}"#;
    serde_json::from_str(&text.replace(key, r#""arn:aws:kms:${Region}:${Account}:key/*""#)).expect("JSON")
}

/// Whoever asks why reads the logs of each function that refuses, and no others'.
#[test]
fn people_read_the_logs_of_the_functions_by_name() {
    let group = |function: &&str| {
        format!("arn:aws:logs:${{Region}}:${{Account}}:log-group:/aws/lambda/${{Stack}}-{function}:*")
    };
    // The trail's own function refuses nobody.
    let expected: BTreeSet<String> = FUNCTIONS.iter().filter(|function| **function != "audit").map(group).collect();
    for policy in ["operator-read", "operator-plan", "operator-apply", "operator-audit"] {
        let document = document(policy);
        let mut statements = document["Statement"].as_array().expect("statements").iter();
        let logs = statements.find(|statement| statement["Sid"] == "ReadTheFunctionsLogs").expect("the logs");
        let groups = logs["Resource"].as_array().expect("a list").iter();
        let groups: BTreeSet<String> = groups.map(|group| group.as_str().expect("an ARN").to_owned()).collect();
        assert_eq!(groups, expected, "{policy}");
    }
}

fn document(policy: &str) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/policies").join(format!("{policy}.json"));
    serde_json::from_str(&std::fs::read_to_string(file).expect("a policy")).expect("JSON")
}
