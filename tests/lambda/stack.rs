//! What a team that runs the stack relies on in `infra/template.yaml`.

use serde_json::{Map, Value};
use tests::{App, Deployed, Person, app::Proof, template::TEMPLATE, yaml};

fn template() -> Value {
    yaml::read(TEMPLATE)
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
    for (name, function) in of_type(resources(&template), "AWS::Serverless::Function") {
        let role = function["Role"]["Fn::GetAtt"].as_str().unwrap_or_else(|| panic!("{name} has no role of its own"));
        assert!(function.get("Policies").is_none(), "{name} has policies beside its role, which SAM ignores");
        let role = role.trim_end_matches(".Arn");
        assert!(!roles.contains(&role), "{role} is of two functions");
        assert!(template["Resources"][role]["Properties"].get("ManagedPolicyArns").is_none(), "{role}");
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
    for (name, function) in of_type(resources(&template), "AWS::Serverless::Function") {
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
    for (name, group) in of_type(resources(&template), "AWS::Logs::LogGroup") {
        let days = if name == "AuditLog" { "AuditRetentionDays" } else { "LogRetentionDays" };
        assert_eq!(group["RetentionInDays"]["Ref"], days, "{name}");
    }
    for (name, alarm) in of_type(resources(&template), "AWS::CloudWatch::Alarm") {
        assert_eq!(alarm["AlarmActions"][0]["Fn::If"][1]["Ref"], "AlarmTopicArn", "{name}");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}");
        assert!(alarm["AlarmDescription"].as_str().is_some_and(|text| text.len() > 40), "{name} says nothing");
    }
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
    for name in ["AdmitTable", "TableKey", "SealingKey", "AuditKey"] {
        assert_eq!(template["Resources"][name]["DeletionPolicy"], "Retain", "{name}");
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
    assert_eq!((&key["DeletionPolicy"], &key["UpdateReplacePolicy"]), (&"Retain".into(), &"Retain".into()));
    let heard: Vec<_> = of_type(resources(&template), "AWS::Logs::SubscriptionFilter")
        .iter()
        .map(|(_, filter)| filter["LogGroupName"]["Ref"].clone())
        .collect();
    for (name, function) in of_type(resources(&template), "AWS::Serverless::Function") {
        let variables = &function["Environment"]["Variables"];
        let log = &function["LoggingConfig"]["LogGroup"]["Ref"];
        assert_eq!(variables["ADMIT_AUDIT"] == "sealed", heard.contains(log), "{name}");
        let knows = ["AuditFunction", "RotateKeysFunction"].contains(&name.as_str());
        assert_eq!(variables["ADMIT_AUDIT_KEY"]["Fn::GetAtt"] == "AuditKey.Arn", knows, "{name}");
    }
}

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
        assert!(TEMPLATE.contains(&format!("Path: \"{path}\"")), "{path}");
        assert!(
            throttle["ThrottlingRateLimit"]["Ref"].is_string() && throttle["ThrottlingBurstLimit"]["Ref"].is_string()
        );
    }
}

#[test]
fn the_dashboard_is_json() {
    let template = template();
    let body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"].as_str().expect("a body");
    let widgets: Value = serde_json::from_str(body).expect("JSON");
    assert!(widgets["widgets"].as_array().is_some_and(|widgets| widgets.len() >= 9));
}

/// The alarms on guessing and on replays count lines of the logs: real lines of the functions must match their filters.
#[tokio::test]
async fn a_lockout_and_a_replay_are_counted() {
    let deployed = Deployed::start().await;
    let server = &deployed.server;
    let app = App::public(server);
    let code = app.code("amy", "launch/patient patient/*.rs", None).await;
    app.exchanges(&code).await;
    app.redeems(&code).await;
    let wrong =
        App { proof: Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), ..App::symmetric(server) };
    for _ in 0..12 {
        wrong.sends_refresh("x", None).await;
    }
    let mut guesser = Person::named(server, "rosa");
    guesser.password = "wrong".to_owned();
    let page = guesser.goes_to(&app.standalone("patient/*.rs"), "password", None).await;
    for _ in 0..12 {
        guesser.submits(&page, &[("username", "rosa"), ("password", "wrong")]).await;
    }
    let output = deployed.ends().await;
    let lines: Vec<Value> = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let template = template();
    for (name, expected) in [("TokenReplaysRefused", 1), ("TokenLockedOut", 1), ("AuthorizeLockedOut", 1)] {
        let filter = template["Resources"][name]["Properties"]["FilterPattern"].as_str().expect("a pattern");
        let filter = filter.trim_start_matches('{').trim_end_matches('}');
        let matching = lines.iter().filter(|line| holds(filter, line)).count();
        assert!(matching >= expected, "{name} matches {matching} lines:\n{output}");
        assert!(matching < lines.len() / 2, "{name} matches too much");
    }
}

/// CloudWatch's filter patterns, as far as the template goes: `=`, `*` at the ends of a text, `&&`, `||`, brackets.
fn holds(pattern: &str, line: &Value) -> bool {
    let pattern = pattern.trim();
    if let Some((left, right)) = pattern.split_once("&&") {
        return holds(left, line) && holds(right, line);
    }
    if let Some((left, right)) = pattern.trim_matches(['(', ')']).split_once("||") {
        return holds(left, line) || holds(right, line);
    }
    let (path, value) = pattern.split_once(" = ").expect("a comparison");
    let path = path.trim().trim_start_matches("$.").replace('.', "/");
    let found = line.pointer(&format!("/{path}")).unwrap_or(&Value::Null);
    let Some(text) = value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"')) else {
        return serde_json::from_str::<Value>(value.trim()).is_ok_and(|value| *found == value);
    };
    let found = found.as_str().unwrap_or_default();
    match (text.strip_prefix('*'), text.strip_suffix('*')) {
        (Some(_), Some(_)) => found.contains(text.trim_matches('*')),
        (None, Some(start)) => found.starts_with(start),
        (Some(end), None) => found.ends_with(end),
        (None, None) => found == text,
    }
}
