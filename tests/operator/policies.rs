//! The policies that `infra/policies` has for people: each lets its person run their commands, and no others; and each says nothing
//! that none of those commands needs. The real commands run, and the table refuses as IAM would.

use kit::{
    Operator, TestServer,
    asked::Asked,
    gate::Gate,
    in_table,
    operator::{Folder, Ran},
    people::PersonPolicy,
};
use std::{collections::BTreeSet, sync::Arc};

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

const READS: [&[&str]; 9] = [
    &["tenant", "list"],
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
