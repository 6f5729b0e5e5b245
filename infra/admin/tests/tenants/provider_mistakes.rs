//! The mistakes in an `[[identity_providers]]`, and what a good one becomes.

use super::mistakes::GOOD;
use admin::tenant_file::parse;
use rules::identity_provider::{FhirUserFrom, ProviderAuthentication};

const PROVIDER: &str = r#"[[identity_providers]]
id = "staff"
name = "Staff"
issuer = "https://idp.example"
client_id = "admit"
token_endpoint_auth_method = "client_secret_basic"
client_secret = "hush"
fhir_user_claim = "fhirUser"
user_types = ["Practitioner"]
"#;

/// The provider with one change: the mistakes, by the line within the provider.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(PROVIDER.contains(from), "{from}");
    let text = format!("{GOOD}{}", PROVIDER.replacen(from, to, 1));
    let before = GOOD.lines().count();
    let mistakes = parse("t.toml", &text).map(|_| ()).unwrap_err().to_string();
    let line = |line: &str| {
        let (number, rest) = line.strip_prefix("t.toml:").unwrap().split_once(':').unwrap();
        format!("{}:{rest}", number.parse::<usize>().unwrap() - before)
    };
    mistakes.lines().map(line).collect()
}

#[test]
fn a_good_one_becomes_part_of_the_tenant_and_its_secret_does_not() {
    let items = parse("t.toml", &format!("{GOOD}{PROVIDER}")).unwrap().resolve("https://auth.example").unwrap();
    let [provider] = items.tenant.identity_providers.as_slice() else { panic!("one") };
    assert_eq!(provider.redirect_uri(&items.tenant.issuer), "https://auth.example/clinic/authorize/callback/staff");
    assert_eq!(provider.authentication, ProviderAuthentication::ClientSecretBasic);
    assert_eq!(provider.fhir_user, FhirUserFrom::Claim("fhirUser".into()));
    assert_eq!(provider.id_token_issuers, ["https://idp.example"]);
    assert!(!serde_json::to_string(&items.tenant).unwrap().contains("hush"));
    let [secret] = items.provider_secrets.as_slice() else { panic!("one") };
    assert_eq!((secret.provider.as_str(), secret.secret.0.expose()), ("staff", "hush"));
    assert!(!format!("{items:?}").contains("hush"));
}

/// Nothing is trusted that the file does not say.
#[test]
fn what_a_provider_is_trusted_with_is_said_by_name() {
    let read = |lines: &str| {
        let items = parse("t.toml", &format!("{GOOD}{PROVIDER}{lines}")).unwrap().resolve("https://a.example").unwrap();
        let provider = items.tenant.identity_providers.into_iter().next().unwrap();
        (provider.acr_values, provider.private_network)
    };
    assert_eq!(read(""), (Vec::new(), false));
    assert_eq!(read("private_network = false"), (Vec::new(), false));
    let gold = vec!["gold".to_owned(), "silver".to_owned()];
    assert_eq!(read("acr_values = [\"gold\", \"silver\"]\nprivate_network = true"), (gold, true));
}

#[test]
fn passwords_are_taken_unless_there_is_nobody_to_have_one() {
    let local = |text: &str| {
        parse("t.toml", text).unwrap().resolve("https://a.example").unwrap().tenant.policy.local_sign_in.unwrap()
    };
    let without_users = GOOD.split("[[users]]").next().unwrap();
    assert!(local(GOOD));
    assert!(local(&format!("{GOOD}{PROVIDER}")));
    assert!(!local(&format!("{without_users}{PROVIDER}")));
    assert!(local(without_users), "there would be no way in at all");
    let both = format!("{without_users}{PROVIDER}").replace("code_seconds = 60", "local_sign_in = true");
    assert!(local(&both));
}

#[test]
fn what_is_missing_is_named() {
    for (line, missing) in [
        ("id = \"staff\"\n", "`id`"),
        ("name = \"Staff\"\n", "`name`"),
        ("issuer = \"https://idp.example\"\n", "`issuer`"),
        ("client_id = \"admit\"\n", "`client_id`"),
        ("token_endpoint_auth_method = \"client_secret_basic\"\n", "`token_endpoint_auth_method`"),
        ("client_secret = \"hush\"\n", "`client_secret`"),
    ] {
        let found = changed(line, "");
        assert!(found[0].starts_with(&format!("1:1: found no {missing}")), "{found:?}");
    }
}

#[test]
fn what_is_wrong_is_reported_where_it_is() {
    for (from, to, found) in [
        (
            "\"staff\"",
            "\"Staff/1\"",
            "2:6: found `Staff/1`, expected at most 63 lower-case letters, digits, `-` and `_`",
        ),
        ("https://idp", "http://idp", "4:10: found `http://idp.example`, expected https:"),
        (
            "https://idp.example",
            "http://127.0.0.1:9",
            "4:10: found `http://127.0.0.1:9`, expected https:, or `loopback_key_sets = true` in [policy] for http: on a loopback address",
        ),
        (
            "idp.example\"",
            "idp.example/?x\"",
            "4:10: found `https://idp.example/?x`, expected an issuer without query or fragment",
        ),
        (
            "\"client_secret_basic\"",
            "\"none\"",
            "7:17: found `client_secret`, expected no secret with this token_endpoint_auth_method",
        ),
        ("\"fhirUser\"", "\"{fhirUser}\"", "8:19: found `{fhirUser}`, expected the name of a claim, without braces"),
        (
            "fhir_user_claim = \"fhirUser\"",
            "fhir_user_pattern = \"Practitioner/all\"",
            "8:21: found `Practitioner/all`, expected a text with the name of a claim in braces, such as {sub}",
        ),
        (
            "fhir_user_claim = \"fhirUser\"",
            "fhir_user_identifier = \"{n}\"",
            "8:24: found `{n}`, expected `system|{claim}`",
        ),
        (
            "fhir_user_claim = \"fhirUser\"",
            "fhir_user_claim = \"a\"\nfhir_user_pattern = \"b\"",
            "9:21: found both `fhir_user_claim` and `fhir_user_pattern`, expected one of them",
        ),
        (
            "[\"Practitioner\"]",
            "[\"Practitioner\"]\nacr_values = [\"gold silver\"]",
            "10:15: found `gold silver`, expected an acr that the provider is trusted to state, without spaces",
        ),
        (
            "[\"Practitioner\"]",
            "[\"Practitioner\"]\nacr_values = [\"gold\", \"gold\"]",
            "10:23: found `gold` a second time, expected each acr once",
        ),
        (
            "https://idp.example\"",
            "https://10.1.2.3\"\nprivate_network = true",
            "5:19: found `private_network` for an issuer without a host name, expected an issuer with a host name",
        ),
        (
            "https://idp.example\"",
            "https://localhost\"\nprivate_network = true",
            "5:19: found `private_network` for an issuer without a host name, expected an issuer with a host name",
        ),
        ("[\"Practitioner\"]", "[]", "9:14: found no type, expected at least one, or no `user_types`"),
    ] {
        assert_eq!(changed(from, to), [found], "{to}");
    }
    let found = changed("fhir_user_claim = \"fhirUser\"\n", "");
    assert!(found[0].starts_with("8:14: found `user_types` alone"), "{found:?}");
    let found = changed("[\"Practitioner\"]", "[\"Doctor\"]");
    assert!(found[0].starts_with("9:15: found `Doctor`, expected \"Patient\""), "{found:?}");
    let found = changed("name =", "nmae =");
    assert!(found.iter().any(|line| line.contains("perhaps `name`")), "{found:?}");
    let found = changed("client_id =", "scope = \"profile\"\nclient_id =");
    assert!(found[0].contains("scopes with `openid` among them"), "{found:?}");
}

#[test]
fn each_has_an_id_of_its_own() {
    let text = format!("{GOOD}{PROVIDER}{PROVIDER}");
    let found = parse("t.toml", &text).map(|_| ()).unwrap_err().to_string();
    assert!(found.contains("found `staff` a second time, expected an id of its own"), "{found}");
}
