//! A file with every key there is comes back out of the table with every key.

use admin::tenant_file::{TenantItems, export, parse};
use rules::tenant::{Policy, SigningAlg};
use serde_json::Value;

const PAGE: &str = include_str!("../../../tenant-file.md");

/// Everything that is in the table from a file, none of it at its default.
const FULL: &str = r##"
id = "full"
name = "Full"
issuer = "https://id.example/full"
[policy]
grant_types = ["authorization_code", "refresh_token", "client_credentials", "implicit"]
client_credentials_by_secret = true
client_authentication_methods = ["client_secret_basic", "private_key_jwt", "none"]
unlisted_endpoints = ["management_endpoint"]
capabilities = ["launch-ehr"]
scopes_supported = ["openid"]
default_scope = "openid patient/*.rs"
pushed_authorization_requests = "accepted"
pushed_request_seconds = 61
code_seconds = 61
access_token_seconds = 601
backend_token_seconds = 61
id_token_seconds = 61
refresh_idle_seconds = 61
refresh_absolute_seconds = 61
provider_offline_seconds = 61
access_durations = ["once", "until ended"]
session_seconds = 61
session_idle_seconds = 61
refresh_grace_seconds = 6
remember_consent_seconds = 61
remember_consent_for = "user"
launch_seconds = 61
interaction_seconds = 61
brand_bundle = "https://id.example/brands.json"
brand_identifier = { system = "urn:x", value = "y" }
access_token_alg = "RS384"
assertion_audience = "smart"
address_failures = 6
introspect_id_tokens = true
introspection_path = "token/introspection"
signing_keys = "sealed"
key_rotation_days = 6
key_published_seconds = 601
loopback_key_sets = true
second_factor = "optional"
passkeys = true
dpop_nonce = true
dpop_replay = "nonce"
local_sign_in = true
[client_documents]
hosts = ["claude.ai", "*.example.org"]
blocked = ["evil.example.org", "https://app.example.org/evil"]
scope = "openid patient/*.rs"
localhost_any_port = false
[b2b]
purposes = ["urn:oid:2.16.840.1.113883.5.8#TREAT", "HPAYMT"]
organization_schemes = ["https", "urn:oid"]
subject_id_systems = ["urn:oid:2.16.840.1.113883.4.6"]
subject_role_systems = ["http://nucc.org/provider-taxonomy"]
subject_in_audit = true
[pages]
language = "nl"
logo = "https://id.example/logo.png"
accent = "#0b5a87"
smart_style_url = "https://id.example/style.json"
frame_ancestors = ["https://ehr.example"]
help_text = "Ask at the desk."
support = "mailto:help@id.example"
privacy_notice = "https://id.example/privacy"
[pages.patient_picker]
search_first = true
user_types = ["PractitionerRole", "Practitioner"]
identifiers = ["urn:oid:1.2.3", "https://id.example/mrn"]
[docs]
contact = "mailto:dev@id.example"
registration = "Write to us."
verification = "We look you up."
fees = "None."
terms = "https://id.example/terms"
data_use = "https://id.example/data-use"
verification_days = 9
production_days = 4
[user_access]
developers = "https://id.example/developers"
listed = true
[[user_access.brands]]
name = "Full Health"
identifiers = [{ system = "urn:x", value = "y" }]
website_absent = "asked-unknown"
aliases = ["Fuller Health"]
categories = ["prov", "health-information-network"]
logo = "https://id.example/logo.svg"
logo_license = "https://id.example/license"
fhir_servers = ["store", "second"]
addresses = [{ lines = ["1 Main Street"], city = "Springfield", state = "MA", postal_code = "01101", country = "US" }]
portals = [
    { name_absent = "asked-declined", url_absent = "asked-unknown", description = "For all.", logo = "https://id.example/p.svg" },
    { name = "Second", url = "https://second.example", logo = "https://id.example/q.svg", logo_license = "https://id.example/l", fhir_servers = ["second"] },
]
[[user_access.brands]]
name = "Full by the Sea"
identifiers = [{ system = "urn:x", value = "z" }]
website = "https://sea.example"
part_of = "y"
[[user_access.brands.addresses]]
postal_code = "02139"
[[fhir_servers]]
name = "store"
url = "https://healthlake.us-east-1.amazonaws.com/datastore/f1e2d3c4/r4/"
fhir_version = "4.3.0"
introspection_secret = "a-secret-of-more-than-32-characters-1"
healthlake_read_role = "arn:aws:iam::123456789012:role/read"
healthlake_write_role = "arn:aws:iam::123456789012:role/write"
[[fhir_servers]]
name = "second"
url = "https://second.example/r4"
dpop = "required"
[[resources]]
name = "tools"
url = "https://mcp.example/tools"
fhir_server = "second"
scope = "patient/*.rs __tools"
introspection_secret = "a-secret-of-more-than-32-characters-4"
dpop = "accepted"
[[ehrs]]
name = "ehr"
secret = "a-secret-of-more-than-32-characters-2"
vouches = true
jwks_uri = "https://ehr.example/jwks.json"
vouches_for = ["Practitioner", "Patient"]
vouch_offline = true
[[identity_providers]]
id = "staff"
name = "Staff"
issuer = "https://login.example"
id_token_issuers = ["https://login.example/a"]
client_id = "admit"
token_endpoint_auth_method = "client_secret_post"
client_secret = "what the provider gave"
scope = "openid email"
userinfo = true
name_claim = "email"
fhir_server = "store"
fhir_user_identifier = "urn:staff|{number}"
user_types = ["Practitioner"]
patients_claim = "patients"
acr_values = ["gold", "silver"]
private_network = true
[[roles]]
name = "module"
[[roles.permissions]]
resource = "Task"
actions = "cru"
reach = "granted"
granted = ["device-a"]
[[clients]]
client_id = "app"
client_name = "App"
client_uri = "https://app.example"
logo_uri = "https://app.example/logo.png"
verified = true
token_endpoint_auth_method = "client_secret_basic"
client_secrets = ["a-secret-of-more-than-32-characters-3", "a-secret-of-more-than-32-characters-4"]
grant_types = ["authorization_code", "refresh_token"]
redirect_uris = ["http://127.0.0.1/cb", "https://app.example/cb"]
post_logout_redirect_uris = ["https://app.example/bye"]
launch_urls = ["https://app.example/launch"]
origins = ["https://app.example", "https://other.example"]
scope = "launch/patient patient/*.rs offline_access"
required_scope = "patient/*.rs"
default_scope = "patient/*.rs"
consent = "never"
allow_loopback = true
pkce = "optional_for_smart_v1"
fhir_context = "strings"
without_answer_iss = true
require_pushed_authorization_requests = true
access_token_format = "reference"
access_token_seconds = 62
refresh_idle_seconds = 63
fhir_servers = ["store", "second"]
dpop_bound_access_tokens = true
[[clients]]
client_id = "module-1"
client_name = "Module"
token_endpoint_auth_method = "private_key_jwt"
jwks_uri = "https://module.example/jwks.json"
grant_types = ["client_credentials"]
scope = "system/*.cruds"
role = "module"
device = "device-b"
extensions = ["hl7-b2b", "ihe_iua"]
required_extensions = ["hl7-b2b"]
organization_ids = ["https://payer.example", "urn:oid:2.16.840.1.113883.4.6#1234567893"]
[[users]]
username = "amy"
password_hash = "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng"
name = "Amy"
fhir_user = "RelatedPerson/amy"
fhir_server = "second"
patients = ["leo"]
sub = "amy-sub"
"##;

fn items(text: &str) -> TenantItems {
    parse("full.toml", text)
        .and_then(|file| file.resolve("https://auth.example"))
        .unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn every_documented_key_is_in_it() {
    // Given in another way, or for the local server alone.
    let others = [
        "simulate",
        "any_client",
        "jwks",
        "client_secret",
        "password",
        "accent_dark",
        "fhir_user_claim",
        "fhir_user_pattern",
        "patients_identifier",
        "reach",
        // Needs keys of ES256, which are the default of another key: below.
        "id_token_signed_response_alg",
        // Contradicts much of the others: below.
        "profile",
        // Beside it no EHR vouches: see `hti`.
        "may_launch",
        "hti_sign_in",
        "sign_in",
        "user_type",
        "provider",
        "identifier",
    ];
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let keys = rows.flat_map(|cell| cell.split("`, `").map(|key| key.trim_end_matches('`').to_owned()));
    let missing: Vec<String> =
        keys.filter(|key| !others.contains(&key.as_str()) && !FULL.contains(&format!("{key} = "))).collect();
    assert_eq!(missing, Vec::<String>::new());
    let (of_file, default) = (items(FULL).tenant.policy, Policy::default());
    let json = |policy: &Policy| serde_json::to_value(policy).unwrap();
    let same: Vec<String> = json(&of_file)
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, value)| json(&default)[name.as_str()] == **value && *name != "profile")
        .map(|(name, _)| name.clone())
        .collect();
    assert_eq!(same, Vec::<String>::new(), "at their defaults");
}

#[test]
fn what_signs_the_id_tokens_of_a_client_is_exported_too() {
    let es256 = FULL.replace("access_token_alg = \"RS384\"\n", "");
    let es256 = es256.replace("client_id = \"app\"", "client_id = \"app\"\nid_token_signed_response_alg = \"ES256\"");
    let first = items(&es256);
    assert_eq!(first.clients[0].id_token_signed_response_alg, SigningAlg::ES256);
    let second = items(&export::text(&first).unwrap());
    assert_eq!(second.clients[0].id_token_signed_response_alg, SigningAlg::ES256);
    assert_eq!(items(FULL).clients[0].id_token_signed_response_alg, SigningAlg::RS256);
}

#[test]
fn what_is_exported_says_all_that_the_file_said() {
    let first = items(FULL);
    let text = export::text(&first).unwrap();
    let second = items(&text);
    let json = |items: &TenantItems| serde_json::json!({ "tenant": items.tenant, "clients": items.clients, "users": items.users });
    let (first, second): (Value, Value) = (json(&first), json(&second));
    for part in ["tenant", "clients", "users"] {
        assert_eq!(first[part], second[part], "{text}");
    }
}

/// FAPI-1.
#[test]
fn a_profile_is_exported_of_a_tenant_and_of_a_client() {
    let file = |policy: &str, client: &str| {
        format!(
            "id = \"full\"\nname = \"Full\"\n[policy]\n{policy}\n[[fhir_servers]]\nname = \"store\"\nurl = \"https://a.example/r4\"\n\
             dpop = \"required\"\n[[clients]]\nclient_id = \"bank\"\nclient_name = \"Bank\"\n\
             token_endpoint_auth_method = \"private_key_jwt\"\njwks_uri = \"https://bank.example/jwks.json\"\n\
             redirect_uris = [\"https://bank.example/cb\"]\nscope = \"patient/*.rs\"\n{client}\n"
        )
    };
    for (policy, client) in [
        ("profile = \"fapi2\"\npushed_authorization_requests = \"required\"", ""),
        ("profile = \"fapi2\"\npushed_authorization_requests = \"required\"\naccess_token_alg = \"PS256\"", ""),
        (
            "pushed_authorization_requests = \"accepted\"",
            "profile = \"fapi2\"\nid_token_signed_response_alg = \"ES256\"",
        ),
    ] {
        let first = items(&file(policy, client));
        let second = items(&export::text(&first).unwrap());
        let of = |items: &TenantItems| {
            let client = &items.clients[0];
            (
                items.tenant.policy.profile,
                items.tenant.policy.access_token_alg,
                client.profile,
                client.id_token_signed_response_alg,
            )
        };
        assert_eq!(of(&first), of(&second), "{policy} {client}");
        assert!(first.clients[0].must_be_bound(&first.tenant));
        assert!(matches!(first.clients[0].id_token_signed_response_alg, SigningAlg::ES256 | SigningAlg::PS256));
    }
}
