//! What a team that runs the stack relies on in `infra/template.yaml`.

use admin::cost::month;
use kit::policies::is_like;
use kit::{
    statement::On,
    template::{TEXT, Template},
};
use rules::tenant::TenantId;
use serde_json::{Map, Value, json};
use server::{aws::OPERATION_TIMEOUT, store::Key};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn template() -> &'static Value {
    &Template::of_the_stack().document
}

fn of_type<'a>(resources: &'a Map<String, Value>, kind: &str) -> Vec<(&'a String, &'a Value)> {
    let found: Vec<_> = resources.iter().filter(|(_, resource)| resource["Type"] == kind).collect();
    assert!(!found.is_empty(), "no {kind}");
    found.into_iter().map(|(name, resource)| (name, &resource["Properties"])).collect()
}

fn resources(template: &Value) -> &Map<String, Value> {
    template["Resources"].as_object().expect("resources")
}

/// SAM would give each function a managed policy that writes to all log groups of the account.
#[test]
fn every_function_has_a_role_of_its_own_without_managed_policies() {
    let template = template();
    let mut roles = Vec::new();
    for (name, function) in of_type(resources(template), "AWS::Serverless::Function") {
        let role = function["Role"]["Fn::GetAtt"].as_str().unwrap_or_else(|| panic!("{name} has no role of its own"));
        assert!(function.get("Policies").is_none(), "{name} has policies beside its role, which SAM ignores");
        let role = role.trim_end_matches(".Arn");
        assert!(!roles.contains(&role), "{role} is of two functions");
        // But for what Lambda needs to put it into a VPC.
        let managed = &template["Resources"][role]["Properties"]["ManagedPolicyArns"];
        let in_vpc = json!({ "Fn::If": ["HasVpc", [{ "Ref": "VpcAccess" }], { "Ref": "AWS::NoValue" }] });
        assert!(managed.is_null() || *managed == in_vpc, "{role}: {managed}");
        assert_eq!(
            managed.is_null(),
            function["VpcConfig"].is_null(),
            "{name} is in a VPC and may not be, or the other way"
        );
        roles.push(role);
    }
}

#[test]
fn every_function_is_watched_and_taken_back_by_its_own_alarm() {
    let template = template();
    let globals = &template["Globals"]["Function"];
    assert_eq!(globals["AutoPublishAlias"], "live");
    assert_eq!(globals["DeploymentPreference"]["Type"]["Ref"], "Deployment");
    assert_eq!(globals["Architectures"][0]["Ref"], "Architecture");
    assert_eq!(template["Parameters"]["Architecture"]["Default"], "arm64");
    for (name, function) in of_type(resources(template), "AWS::Serverless::Function") {
        let alarm = function["DeploymentPreference"]["Alarms"][0]["Ref"].as_str().unwrap_or_else(|| panic!("{name}"));
        let alarm = template["Resources"][alarm]["Properties"].to_string();
        // By name: a reference would make a circle of alarm, function and deployment, which CloudFormation refuses.
        let own = function["FunctionName"]["Fn::Sub"].as_str().expect("a name");
        assert!(alarm.contains(&format!("\"Fn::Sub\":\"{own}\"")), "{name}: {alarm}");
        assert!(alarm.contains("\"Errors\"") && alarm.contains("\"Throttles\""), "{name}");
        assert!(function["MemorySize"].is_u64() && function["Timeout"].is_u64(), "{name}");
        assert!(function["LoggingConfig"]["LogGroup"]["Ref"].is_string(), "{name} has no log group of its own");
    }
}

#[test]
fn every_log_ends_and_every_alarm_is_heard() {
    let template = template();
    for (name, group) in of_type(resources(template), "AWS::Logs::LogGroup") {
        let days = if name == "AuditLog" { "AuditRetentionDays" } else { "LogRetentionDays" };
        assert_eq!(group["RetentionInDays"]["Ref"], days, "{name}");
    }
    for (name, alarm) in of_type(resources(template), "AWS::CloudWatch::Alarm") {
        assert_eq!(alarm["AlarmActions"][0]["Fn::If"][1]["Ref"], "AlarmTopicArn", "{name}");
        // Where silence is what is wrong, it is alarming.
        let silence = if name == "RotateKeysSilentAlarm" { "breaching" } else { "notBreaching" };
        assert_eq!(alarm["TreatMissingData"], silence, "{name}");
        assert!(alarm["AlarmDescription"].as_str().is_some_and(|text| text.len() > 40), "{name} says nothing");
    }
}

#[test]
fn each_parameter_is_told_in_the_table_of_parameters() {
    let readme = fs::read_to_string(format!("{ROOT}/infra/README.md")).expect("infra/README.md");
    let (_, table) = readme.split_once("| parameter | default | |").expect("a table of parameters");
    let (table, _) = table.split_once("\n\n").expect("its end");
    for (name, parameter) in template()["Parameters"].as_object().expect("parameters") {
        assert!(table.contains(&format!("`{name}`")), "{name} is not in the table");
        assert!(parameter["Description"].as_str().is_some_and(|text| text.len() > 15), "{name} says nothing");
    }
}

/// What `admit cost` says of a month in which nobody comes.
#[test]
fn what_a_stack_costs_by_the_month_is_counted_in_the_template() {
    let resources = resources(template());
    let always = |name: &str| resources[name].get("Condition").is_none();
    let alarms = of_type(resources, "AWS::CloudWatch::Alarm").into_iter().filter(|(name, _)| always(name));
    let watched = alarms.map(|(_, alarm)| match alarm["Metrics"].as_array() {
        Some(metrics) => metrics.iter().filter(|metric| metric.get("MetricStat").is_some()).count(),
        None => 1,
    });
    let count = |kind| u32::try_from(of_type(resources, kind).len()).expect("a number");
    assert_eq!(u32::try_from(watched.sum::<usize>()).expect("a number"), month::ALARM_METRICS);
    assert_eq!(count("AWS::KMS::Key"), month::KMS_KEYS);
    assert_eq!(count("AWS::CloudWatch::Dashboard"), month::DASHBOARDS);
}

#[test]
fn the_table_can_be_restored_and_is_encrypted_by_a_key_of_ones_own() {
    let template = template();
    let resource = &template["Resources"]["AdmitTable"];
    let table = &resource["Properties"];
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["DeletionProtectionEnabled"]["Ref"], "DeletionProtection");
    assert_eq!(template["Parameters"]["DeletionProtection"]["Default"], "true");
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], "expires_at");
    assert_eq!(table["SSESpecification"]["KMSMasterKeyId"]["Fn::GetAtt"], "TableKey.Arn");
    for name in ["AdmitTable", "TableKey", "SealingKey", "AuditKey", "AuditLog", "AuditLogKey"] {
        assert_eq!(template["Resources"][name]["DeletionPolicy"], "RetainExceptOnCreate", "{name}");
    }
}

/// What a function could open with it, it could read; and what it can't decrypt, it need not ask KMS for.
#[test]
fn audit_events_are_sealed_by_whoever_decides_with_a_key_that_opens_for_one_function_alone() {
    let template = template();
    let key = &template["Resources"]["AuditKey"];
    assert_eq!(
        (&key["Properties"]["KeySpec"], &key["Properties"]["KeyUsage"]),
        (&"RSA_3072".into(), &"ENCRYPT_DECRYPT".into())
    );
    assert_eq!(key["Properties"]["Tags"][0]["Key"], "admit-audit");
    // KMS refuses to make an RSA key that it should rotate. What it opens outlives the stack.
    assert!(key["Properties"].get("EnableKeyRotation").is_none());
    assert_eq!(
        (&key["DeletionPolicy"], &key["UpdateReplacePolicy"]),
        (&"RetainExceptOnCreate".into(), &"Retain".into())
    );
    let heard: Vec<_> = of_type(resources(template), "AWS::Logs::SubscriptionFilter")
        .iter()
        .map(|(_, filter)| filter["LogGroupName"]["Ref"].clone())
        .collect();
    for (name, function) in of_type(resources(template), "AWS::Serverless::Function") {
        let variables = &function["Environment"]["Variables"];
        let log = &function["LoggingConfig"]["LogGroup"]["Ref"];
        assert_eq!(variables["ADMIT_AUDIT"] == "sealed", heard.contains(log), "{name}");
        let knows = ["AuditFunction", "RotateKeysFunction"].contains(&name.as_str());
        assert_eq!(variables["ADMIT_AUDIT_KEY"]["Fn::GetAtt"] == "AuditKey.Arn", knows, "{name}");
    }
}

/// BSV-6: the gateway ends the connection, so it says which versions of TLS there are.
#[test]
fn a_domain_of_ones_own_speaks_tls_1_2_and_is_the_only_way_in() {
    let template = template();
    let domain = &template["Resources"]["Domain"]["Properties"]["DomainNameConfigurations"][0];
    assert_eq!(domain["SecurityPolicy"], "TLS_1_2");
    let off = &template["Resources"]["Api"]["Properties"]["DisableExecuteApiEndpoint"]["Fn::If"];
    assert_eq!(off.to_string(), r#"["HasDomain",true,false]"#);
}

/// API Gateway refuses a deployment that throttles a route it does not know.
#[test]
fn the_routes_with_a_throttle_of_their_own_are_routes() {
    let template = template();
    let settings = template["Resources"]["Api"]["Properties"]["RouteSettings"].as_object().expect("settings").clone();
    assert!(settings.len() >= 2);
    for (route, throttle) in settings {
        let path = route.strip_prefix("ANY ").expect("the method of all routes");
        let functions = Template::of_the_stack().functions.values();
        assert!(functions.into_iter().any(|function| function.routes.contains(path)), "{path}");
        assert!(
            throttle["ThrottlingRateLimit"]["Ref"].is_string() && throttle["ThrottlingBurstLimit"]["Ref"].is_string()
        );
    }
}

/// HL-8. With the account named, a data store of another account cannot ask.
#[test]
fn healthlake_of_this_account_may_invoke_the_function_that_judges_its_tokens() {
    let permissions = of_type(resources(template()), "AWS::Lambda::Permission");
    let of_healthlake: Vec<_> =
        permissions.iter().filter(|(_, permission)| permission["Principal"] == "healthlake.amazonaws.com").collect();
    let [(_, permission)] = of_healthlake[..] else { panic!("{of_healthlake:?}") };
    assert_eq!(permission["Action"], "lambda:InvokeFunction");
    assert_eq!(permission["FunctionName"]["Ref"], "HealthLakeFunction.Alias");
    assert_eq!(permission["SourceAccount"]["Ref"], "AWS::AccountId");
}

#[test]
fn the_dashboard_is_json() {
    let template = template();
    let body =
        template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0].as_str().expect("a body");
    let widgets: Value = serde_json::from_str(body).expect("JSON");
    assert!(widgets["widgets"].as_array().is_some_and(|widgets| widgets.len() >= 9));
}

/// "Discovery, introspect and everything else that only verifies never calls KMS": they may not.
#[test]
fn who_only_verifies_may_use_no_key_but_the_tables() {
    for function in ["discovery", "introspect", "revoke", "launch-context", "userinfo", "healthlake", "authorizer"] {
        for statement in &Template::of_the_stack().functions[function].statements {
            let asks_kms = statement.actions.iter().any(|action| action.starts_with("kms:"));
            assert!(!asks_kms || statement.on == On::TableKey, "{function}: {}", statement.sid);
        }
    }
}

/// Ids that people, clients and providers choose may hold anything, and a policy knows a kind by its name in the key: if an id could
/// spell the key of another kind, who may write launches could write a client.
#[test]
fn no_id_spells_a_key_that_is_allowed_for_another_kind() {
    let clinic = TenantId::parse("clinic").expect("an id");
    let patterns: BTreeSet<String> = Template::of_the_stack()
        .functions
        .values()
        .flat_map(|function| &function.statements)
        .filter_map(|statement| match &statement.on {
            On::Items(patterns) => Some(patterns.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let kinds: Vec<&str> = patterns.iter().filter_map(|one| one.strip_prefix("*#")?.strip_suffix("#*")).collect();
    assert!(kinds.len() > 10, "{kinds:?}");
    let parts = ["a", "#", "%", "%23", "CLIENT", "#LAUNCH#", "#TENANT", "*", "é", ""];
    let mut seen = BTreeMap::new();
    let count = parts.len();
    for number in 0..count.pow(3) {
        let [one, two, three] = [number, number / count, number / count / count].map(|at| parts[at % count]);
        let id = format!("{one}{two}{three}");
        for kind in &kinds {
            let key = Key::new(&clinic, kind, &id);
            let allowed: Vec<&String> = patterns.iter().filter(|pattern| is_like(pattern, &key.pk)).collect();
            assert_eq!(allowed, [&format!("*#{kind}#*")], "{}", key.pk);
            assert_eq!(seen.entry(key.pk).or_insert((*kind, id.clone())), &(*kind, id.clone()), "two ids with one key");
        }
    }
    // Whatever is asked for has a key that DynamoDB takes.
    let long = |letter: &str| Key::new(&clinic, "CREDENTIALS", &letter.repeat(5_000)).pk;
    assert!(long("#").len() <= 2_048 && long("a").len() <= 2_048 && long("#") != long("%"));
    // The hash of the first begins as an escape does, which the second is made to look like.
    let of = |id: &str| Key::new(&clinic, "CREDENTIALS", id).pk;
    let first = format!("{}2513", "#".repeat(634));
    assert_ne!(of(&first), of("%WZwI0nfl0CLPrlnhtOLQqB6gyMmn59EdgEvk1BYYM"));
}

/// What the functions read from the environment, in the sources of everything they are made of. Only the release is read by no function:
/// it is there so that Lambda makes a version.
#[test]
fn the_environment_holds_the_names_that_the_functions_ask_for() {
    let mut asked = BTreeSet::new();
    for folder in ["shared/server/src", "functions"] {
        names_in(&Path::new(ROOT).join(folder), &mut asked);
    }
    assert!(asked.insert("ADMIT_RELEASE".to_owned()), "a function reads it after all");
    let given = TEXT.lines().map(str::trim).filter_map(|line| line.split_once(':'));
    let given: BTreeSet<String> =
        given.filter(|(name, _)| name.starts_with("ADMIT_")).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(given, asked);
}

/// A function must outlive one call of the SDK that gets no answer, to say so.
#[test]
fn every_function_has_time_to_give_up_a_silent_table() {
    for function in Template::of_the_stack().functions.values() {
        assert!(function.timeout >= 2 * OPERATION_TIMEOUT.as_secs(), "{}: {} s", function.binary, function.timeout);
    }
}

/// Every `"ADMIT_…"` in the Rust files of a folder.
fn names_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            names_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            let quoted = text.split('"').filter(|part| part.starts_with("ADMIT_"));
            names.extend(
                quoted.filter(|part| part.chars().all(|c| c.is_ascii_uppercase() || c == '_')).map(str::to_owned),
            );
        }
    }
}
