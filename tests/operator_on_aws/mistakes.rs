//! Forty slips in a tenant file: each is named with its place, and nothing of the file is written.

use kit::{Operator, operator::Folder};

const GOOD: &str = r#"id = "clinic"
name = "Clinic"
[policy]
code_seconds = 60
[[fhir_servers]]
name = "fhir"
url = "https://fhir.example/r4"
[[clients]]
client_id = "app"
client_name = "App"
token_endpoint_auth_method = "client_secret_basic"
client_secret = "hush-hush"
redirect_uris = ["https://web.example/cb"]
scope = "patient/*.rs offline_access"
[[clients]]
client_id = "pub"
client_name = "Pub"
token_endpoint_auth_method = "none"
redirect_uris = ["https://pub.example/cb"]
scope = "launch/patient patient/*.rs"
[[users]]
username = "amy"
password = "amy-password"
name = "Amy"
fhir_user = "Patient/amy"
"#;

const POLICY: &str = "code_seconds = 60";
const URL: &str = "url = \"https://fhir.example/r4\"";
const REDIRECTS: &str = "redirect_uris = [\"https://web.example/cb\"]";
const SECRET: &str = "client_secret = \"hush-hush\"";
const PUBLIC: &str = "token_endpoint_auth_method = \"none\"";

/// What is changed, into what, where that is reported, and a word of what is expected there.
const SLIPS: &[(&str, &str, &str, &str)] = &[
    (POLICY, "second_factor = \"always\"", "4:17", "`none`, `optional`, `required`"),
    (POLICY, "second_factor = true", "4:17", "a text in quotes"),
    (POLICY, "second_factor = \"required\"\ngrant_types = [\"authorization_code\", \"password\"]", "4:17", "password"),
    (POLICY, "passkeys = \"yes\"", "4:12", "true or false"),
    (POLICY, "passkey = true", "4:1", "perhaps `passkeys`"),
    (POLICY, "second_factor = \"optional\"\nlocal_sign_in = false", "4:17", "local sign-in"),
    (POLICY, "client_authentication_methods = [\"private_key_jwt\"]", "11:30", "client_authentication_methods"),
    (POLICY, "client_authentication_methods = [\"tls_client_auth\"]", "4:34", "`private_key_jwt`"),
    (POLICY, "client_authentication_methods = []", "4:33", "at least one"),
    (POLICY, "client_authentication_methods = \"none\"", "4:33", "a list of texts in [ ]"),
    (POLICY, "unlisted_endpoints = [\"token_endpoint\"]", "4:23", "`revocation_endpoint`"),
    (POLICY, "assertion_audience = \"strict\"", "4:22", "`rfc7523bis-strict`"),
    (POLICY, "grant_types = []", "4:15", "at least one"),
    (POLICY, "grant_types = [\"client_credentials\"]", "8:1", "[policy] offers"),
    (POLICY, "signing_keys = \"file\"", "4:16", "`kms` or `sealed`"),
    (POLICY, "key_rotation_days = -1", "4:21", "days: 1 to 36500"),
    (POLICY, "key_published_seconds = -1", "4:25", "seconds"),
    (POLICY, "address_failures = 0", "4:20", "1 or more"),
    (POLICY, "access_token_seconds = 999999999999", "4:24", "a day"),
    (POLICY, "access_token_seconds = 99999999999999999999", "4:24", "a whole number"),
    (POLICY, "brand_identifier = \"x\"", "4:20", "a FHIR Identifier"),
    (POLICY, "capabilities = [\"\"]", "4:17", "a capability"),
    (URL, "url = \"https://fhir.example/r4?x=1\"", "7:7", "the base URL alone"),
    (URL, "url = \"https://fhir.example/r4#f\"", "7:7", "the base URL alone"),
    (URL, "url = \"https://u:hush@fhir.example/r4\"", "7:7", "the base URL alone"),
    (URL, "url = \"https://fhir.example/r4\"\nfhir_version = \"six\"", "8:16", "4.0.1"),
    (URL, "url = \"https://fhir.example/r4\"\nhealthlake_write_role = \"x\"", "8:25", "arn:aws:iam"),
    ("patient/*.rs offline", "patient/*.sr offline", "14:9", "cruds in that order"),
    ("patient/*.rs offline", "patient/*.rs  offline", "14:9", "one space"),
    (REDIRECTS, "redirect_uris = [\"https://web.example/cb#x\"]", "13:18", "fragment"),
    (REDIRECTS, "redirect_uris = [\"javascript:alert(1)\"]", "13:18", "scheme"),
    (REDIRECTS, "redirect_uris = [\"http://web.example/cb\"]", "13:18", "https:"),
    (REDIRECTS, "redirect_uri = \"https://web.example/cb\"", "13:1", "perhaps `redirect_uris`"),
    (SECRET, "client_secret = \"\"", "12:17", "at least one character"),
    (SECRET, "client_secret = \"hush-hush\"\njwks_uri = \"https://x.example/j\"", "13:12", "private_key_jwt"),
    (SECRET, "client_secret_hashes = [\"sha256:hush-hush\"]", "12:25", "base64url"),
    (PUBLIC, "token_endpoint_auth_method = \"none\"\nclient_secret = \"hush-hush\"", "19:17", "public"),
    (PUBLIC, "token_endpoint_auth_method = \"none\"\naccess_token_seconds = 999999999999", "19:24", "a day"),
    (PUBLIC, "token_endpoint_auth_method = \"none\"\nrole = \"none-such\"", "19:8", "[[roles]]"),
    ("client_id = \"pub\"", "client_id = \"app\"", "16:13", "of its own"),
    ("id = \"clinic\"", "name = \"twice\"", "2:1", "TOML"),
    ("\"Patient/amy\"", "\"amy\"", "25:13", "Patient/ID"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_slip_is_named_with_its_place_and_changes_nothing() {
    let folder = Folder::new();
    let (admit, _) = Operator::on_aws().await;
    admit.runs(&["tenant", "apply", &folder.file("good.toml", GOOD)]).good();
    let before = admit.runs(&["tenant", "export", "clinic"]).good().out;
    for (from, to, place, expected) in SLIPS {
        // The rest of the file is another than what is there, so that half of it would show.
        let text = GOOD.replacen(from, to, 1).replace("client_name = \"App\"", "client_name = \"Changed\"");
        assert_ne!(text, GOOD, "the good file has no {from}");
        let file = folder.file("slip.toml", &text);
        for command in ["plan", "apply"] {
            let ran = admit.runs(&["tenant", command, &file, "--yes"]);
            assert_eq!(ran.exit, 2, "{command}, {to}: {}{}", ran.out, ran.err);
            let at = format!("slip.toml:{place}: found ");
            let line = ran.err.lines().find(|line| line.contains(&at));
            let line = line.unwrap_or_else(|| panic!("{to}: nothing at {place} in\n{}", ran.err));
            let (_, wanted) = line.split_once(", expected ").unwrap_or_else(|| panic!("{line}"));
            assert!(wanted.contains(expected), "{to}: {line}");
            assert!(!ran.err.contains("hush") && !ran.err.contains("amy-password"), "a secret is shown: {}", ran.err);
        }
    }
    assert_eq!(admit.runs(&["tenant", "export", "clinic"]).good().out, before);
}
