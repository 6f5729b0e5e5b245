//! `[hti]`: portals that launch with HTI tokens, and where their people sign in (HTI-3, HTI-9, HTI-20).

use super::mistakes::{GOOD, mistakes};
use admin::tenant_file::{TenantItems, export, parse};
use rules::{
    client::AccessTokenFormat,
    tenant::{HtiSignIn, Tenant},
    user::FhirUserType,
};

const PROVIDER: &str = r#"
[[identity_providers]]
id = "idp"
name = "Login"
issuer = "https://login.example"
client_id = "admit"
token_endpoint_auth_method = "none"
"#;
const HTI: &str = r#"
[hti]
device = "admit"
[[hti.sign_in]]
user_type = "Patient"
provider = "idp"
identifier = "urn:bsn|{bsn}"
"#;
const SIGNER: &str = "scope = \"system/*.rs\"\n";

/// The same, where it signs in patients and clinicians alone.
const FOR_SOME: &str = "fhir_user_claim = \"person\"\nuser_types = [\"Patient\", \"Practitioner\"]\n";

fn file(hti: &str, of_signer: &str, policy: &str) -> String {
    let good = GOOD.replacen(SIGNER, &format!("{SIGNER}{of_signer}"), 1);
    good.replacen("code_seconds = 60", &format!("code_seconds = 60\n{policy}"), 1) + PROVIDER + hti
}

fn items(hti: &str, of_signer: &str) -> TenantItems {
    parse("t.toml", &file(hti, of_signer, "")).unwrap().resolve("https://auth.example").unwrap()
}

fn found(hti: &str, of_signer: &str, policy: &str) -> Vec<String> {
    mistakes(parse("t.toml", &file(hti, of_signer, policy)).map(|_| ()))
}

fn way(user_type: FhirUserType, identifier: Option<&str>) -> HtiSignIn {
    let identifier = identifier.map(|text| text.to_owned().try_into().unwrap());
    HtiSignIn { user_type, provider: "idp".into(), identifier }
}

#[test]
fn a_tenant_takes_hti_tokens_where_its_file_says_so() {
    let hti = |items: &TenantItems| items.tenant.hti.clone();
    assert_eq!(hti(&items("", "")), None);
    let on = hti(&items(HTI, "")).unwrap();
    assert_eq!((on.device.as_str(), on.sign_in), ("admit", vec![way(FhirUserType::Patient, Some("urn:bsn|{bsn}"))]));
}

#[test]
fn a_client_says_that_it_is_a_portal_and_an_app_where_its_people_sign_in() {
    let lines = "may_launch = true\naccess_token_format = \"noop\"\ndevice = \"device-7\"\n[[clients.hti_sign_in]]\n\
                 user_type = \"Practitioner\"\nprovider = \"idp\"\nidentifier = \"urn:agb|{agb}\"\n";
    let mut items = items(HTI, lines);
    // `apply` gives people theirs.
    items.users.clear();
    let signer = items.clients.iter().find(|client| client.client_id == "signer").unwrap();
    assert!(signer.may_launch && signer.device() == "device-7");
    assert_eq!(signer.access_token_format, AccessTokenFormat::Noop);
    assert_eq!(signer.hti_sign_in, [way(FhirUserType::Practitioner, Some("urn:agb|{agb}"))]);
    // What a file brought, another file can bring.
    let exported = export::text(&items).unwrap();
    let again = parse("again.toml", &exported).unwrap().resolve("https://auth.example").unwrap();
    assert_eq!(export::text(&again).unwrap(), exported);
    assert_eq!(again.tenant.hti, items.tenant.hti);
    for text in ["[hti]", "may_launch = true", "access_token_format = \"noop\"", "device = \"device-7\""] {
        assert!(exported.contains(text), "{text}: {exported}");
    }
}

#[test]
fn what_contradicts_it_is_a_mistake() {
    let vouches = GOOD.replacen(
        "secret = \"ehr-secret\"\n",
        "secret = \"ehr-secret\"\nvouches = true\njwks_uri = \"https://ehr.example/jwks.json\"\nvouches_for = [\"Practitioner\"]\n",
        1,
    ) + PROVIDER
        + HTI;
    let vouching = mistakes(parse("t.toml", &vouches).map(|_| ()));
    assert!(vouching.iter().any(|line| line.contains("`vouches = true` beside `[hti]`")), "{vouching:?}");
    let own = "[[clients.hti_sign_in]]\nuser_type = \"Patient\"\nprovider = \"idp\"\nidentifier = \"urn:x|{y}\"\n";
    let portal = "may_launch = true\n";
    for (hti, of_signer, expected) in [
        ("", portal, "found `may_launch`, where the tenant takes no HTI tokens"),
        ("", own, "found `hti_sign_in`, where the tenant takes no HTI tokens"),
        ("[hti]\ndevice = \"admit\"\n", "", "found nowhere to sign in"),
        (&HTI.replace("device = \"admit\"\n", ""), "", "found no `device`"),
        (&HTI.replace("\"admit\"", "\"no id!\""), "", "expected the id of a Device"),
        (&HTI.replace("\"Patient\"", "\"Person\""), "", "found `Person`"),
        (
            &HTI.replace("provider = \"idp\"", "provider = \"idq\""),
            "",
            "expected the id of one of the [[identity_providers]]",
        ),
        (&HTI.replace("identifier = \"urn:bsn|{bsn}\"\n", ""), "", "found nothing that says who a person is"),
        (&HTI.replace("urn:bsn|{bsn}", "{bsn}"), "", "expected `system|{claim}`"),
        (&HTI.replace("urn:bsn|{bsn}", "urn:bsn|123"), "", "a text with the name of a claim in braces"),
        (HTI, "device = \"no id!\"\n", "expected the id of a Device"),
        (HTI, "device = \"public\"\n", "expected a Device of its own"),
        ("", "access_token_format = \"noop\"\n", "expected another one, or [hti]"),
        (&format!("{HTI}more = 1\n"), "", "found the unknown key `more`"),
    ] {
        let found = found(hti, of_signer, "");
        assert!(found.iter().any(|line| line.contains(expected)), "{expected}: {found:#?}");
    }
    let related = HTI.replace("\"Patient\"", "\"RelatedPerson\"");
    let some = mistakes(parse("t.toml", &(GOOD.to_owned() + PROVIDER + FOR_SOME + &related)).map(|_| ()));
    let expected = "expected a provider whose `user_types` have RelatedPerson";
    assert!(some.iter().any(|line| line.contains(expected)), "{some:?}");
    let secret =
        GOOD.replacen("client_secret = \"hush-hush\"\n", "client_secret = \"hush-hush\"\nmay_launch = true\n", 1);
    let found = mistakes(parse("t.toml", &(secret + PROVIDER + HTI)).map(|_| ()));
    assert!(found.iter().any(|line| line.contains("`may_launch` of a client without a key")), "{found:?}");
}

/// HTI-20.
#[test]
fn the_capability_may_be_promised_where_it_is_kept() {
    let promise = "capabilities = [\"launch-ehr\", \"context-ehr-hti\"]";
    let on = parse("t.toml", &file(HTI, "", promise)).unwrap().resolve("https://auth.example").unwrap();
    let says = |tenant: &Tenant| rules::oauth::metadata::smart_configuration(tenant)["capabilities"].to_string();
    assert!(says(&on.tenant).contains("context-ehr-hti"));
    let off = found("", "", promise);
    assert!(off[0].contains("found the capability `context-ehr-hti`"), "{off:?}");
}
