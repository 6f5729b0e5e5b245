//! Each kind of mistake is reported at its line, with what was found and what belongs there.

use admin::tenant_file::{Mistakes, parse};

pub const GOOD: &str = r#"id = "clinic"
name = "Clinic"
[policy]
code_seconds = 60
[[fhir_servers]]
name = "fhir"
url = "{base}/clinic/fhir"
[[ehrs]]
name = "ehr"
secret = "ehr-secret"
[[clients]]
client_id = "public"
client_name = "Public"
token_endpoint_auth_method = "none"
redirect_uris = ["https://app.example/cb"]
scope = "launch/patient patient/*.rs"
[[clients]]
client_id = "secret"
client_name = "Secret"
token_endpoint_auth_method = "client_secret_basic"
client_secret = "hush-hush"
redirect_uris = ["https://web.example/cb"]
scope = "patient/*.rs offline_access"
[[clients]]
client_id = "signer"
client_name = "Signer"
token_endpoint_auth_method = "private_key_jwt"
jwks_uri = "https://signer.example/jwks.json"
grant_types = ["client_credentials"]
scope = "system/*.rs"
[[users]]
username = "amy"
password = "amy-password"
name = "Amy"
fhir_user = "Patient/amy"
patients = ["leo"]
"#;

/// GOOD with one change, and the mistakes it makes, without the name of the file.
pub fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "the good file has no {from}");
    mistakes(parse("t.toml", &GOOD.replacen(from, to, 1)).map(|_| ()))
}

pub fn mistakes(result: Result<(), Mistakes>) -> Vec<String> {
    let mistakes = result.expect_err("there is a mistake");
    mistakes.to_string().lines().map(|line| line.strip_prefix("t.toml:").unwrap_or(line).to_owned()).collect()
}

#[test]
fn the_good_file_has_none() {
    parse("t.toml", GOOD).unwrap();
}

#[test]
fn what_is_not_toml_is_reported_with_its_place() {
    let found = changed("id = \"clinic\"", "id = clinic");
    assert!(found[0].starts_with("1:") && found[0].contains("what is not TOML"), "{found:?}");
}

#[test]
fn all_mistakes_are_reported_by_line() {
    let text = GOOD.replace("id = \"clinic\"", "id = \"Clinic\"").replace("\"Patient/amy\"", "\"amy\"");
    let found = mistakes(parse("t.toml", &text.replace("code_seconds = 60", "code_seconds = 601")).map(|_| ()));
    let lines: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
    assert_eq!(lines, ["1", "4", "35"], "{found:#?}");
}

#[test]
fn an_unknown_key_is_answered_with_the_one_that_was_meant() {
    assert_eq!(
        changed("redirect_uris", "redirect_uri"),
        [
            "11:1: found no `redirect_uris`, expected redirect_uris = [\"where it gets its authorization code\"]",
            "15:1: found the unknown key `redirect_uri`, expected a key of [[clients]], perhaps `redirect_uris`",
        ]
    );
    assert_eq!(
        changed("code_seconds", "code_secs"),
        ["4:1: found the unknown key `code_secs`, expected a key of [policy], perhaps `code_seconds`"]
    );
    let found = changed("[[ehrs]]", "[[hospitals]]");
    assert!(found[0].contains("expected a key of a tenant file: id, name, issuer"), "{found:?}");
}

#[test]
fn a_value_of_another_type_is_named_by_its_type_alone() {
    assert_eq!(changed("\"amy-password\"", "12345"), ["33:12: found a whole number, expected a text in quotes"]);
    assert_eq!(
        changed("[\"https://app.example/cb\"]", "\"https://app.example/cb\""),
        [
            "15:17: found a text, expected a list of texts in [ ]",
            "15:17: found no redirect URI, expected at least one for `authorization_code`"
        ]
    );
    assert_eq!(
        changed("code_seconds = 60", "code_seconds = \"60\""),
        ["4:16: found string \"60\", expected a whole number"]
    );
}

#[test]
fn names_are_given_once() {
    assert_eq!(
        changed("\"secret\"", "\"public\""),
        ["18:13: found `public` a second time, expected a client_id of its own"]
    );
    assert_eq!(
        changed("\"ehr\"", "\"fhir\""),
        ["9:8: found `fhir` a second time, expected a name of its own among the FHIR servers, resources and EHRs"]
    );
    let again = "[[users]]\nusername = \"AMY\"\npassword = \"x\"\nname = \"Other\"\n[[users]]";
    let found = changed("[[users]]", again);
    assert!(found[0].starts_with("36:12: found `amy` a second time, expected a username"), "{found:?}");
}

#[test]
fn a_persons_sub_is_no_client_id() {
    let found = changed("name = \"Amy\"", "name = \"Amy\"\nsub = \"public\"");
    assert_eq!(found, ["35:7: found `public`, expected a sub that is no client_id"]);
}

#[test]
fn tenants_and_clients_have_ids_that_fit_into_requests() {
    assert_eq!(
        changed("\"clinic\"", "\"my_clinic\""),
        ["1:6: found `my_clinic`, expected at most 63 lower-case letters, digits and `-`, not beginning with `-`"]
    );
    assert_eq!(
        changed("client_id = \"public\"", "client_id = \"admit\""),
        ["12:13: found `admit`, expected another one: this is the server's own"]
    );
    assert_eq!(
        changed("client_id = \"public\"", "client_id = \"öffentlich\""),
        ["12:13: found `öffentlich`, expected 1 to 1024 printable ASCII characters"]
    );
    let found = changed("client_id = \"secret\"", "client_id = \"a:b\"");
    assert!(found[0].starts_with("18:13: found `a:b`, expected no colon"), "{found:?}");
    assert!(parse("t.toml", &GOOD.replace("client_id = \"public\"", "client_id = \"a:b\"")).is_ok());
}

#[test]
fn times_are_sane() {
    for (line, found) in [
        ("code_seconds = 601", "4:16: found `601`, expected seconds: 1 to 600"),
        ("refresh_grace_seconds = 31", "4:25: found `31`, expected seconds: 0 to 30"),
        ("access_token_seconds = 0", "4:24: found `0`, expected seconds: a whole number above 0"),
        ("refresh_absolute_seconds = -1", "4:28: found `-1`, expected seconds: a whole number above 0"),
    ] {
        assert_eq!(changed("code_seconds = 60", line), [found]);
    }
    let secret = "client_secret = \"hush-hush\"";
    let found = changed(secret, &format!("{secret}\naccess_token_seconds = 0"));
    assert_eq!(found, ["22:24: found `0`, expected seconds: a whole number above 0"]);
}

#[test]
fn a_policy_can_name_only_what_exists() {
    let found = changed("code_seconds = 60", "access_token_alg = \"HS256\"");
    assert!(found[0].starts_with("4:20: found `HS256`, expected one of `RS256`, "), "{found:?}");
    let found = changed("code_seconds = 60", "scopes_supported = [\"a\", \"b c\"]");
    assert!(found[0].starts_with("4:26: found `b c`, expected one scope: "), "{found:?}");
}

#[test]
fn people_have_a_fhir_user_of_the_right_form() {
    let found = changed("\"Patient/amy\"", "\"Device/amy\"");
    assert!(found[0].starts_with("35:13: found `Device/amy`, expected Patient/ID, Practitioner/ID"), "{found:?}");
    let found = changed("[\"leo\"]", "[\"Patient/leo\"]");
    assert!(found[0].starts_with("36:13: found `Patient/leo`, expected the bare id of a Patient"), "{found:?}");
    let found = changed("\"Patient/amy\"", "\"Practitioner/amy\"");
    assert!(found[0].starts_with("36:12: found patients of a clinician"), "{found:?}");
}

#[test]
fn a_password_or_its_hash_and_neither_is_ever_shown() {
    let password = "password = \"amy-password\"";
    let found = changed(password, "password_hash = \"5f4dcc3b5aa765d61d8327deb882cf99\"");
    assert_eq!(found, ["33:17: found a hash of another form, expected Argon2id as a PHC string: `$argon2id$v=19$…`"]);
    let found = changed(password, &format!("{password}\npassword_hash = \"x\""));
    assert_eq!(found, ["34:17: found both `password` and `password_hash`, expected one of them"]);
    let found = changed(password, "");
    assert!(found[0].starts_with("31:1: found no `password`"), "{found:?}");
    let found = changed("client_secret = \"hush-hush\"", "client_secret_hashes = [\"sha256:hush\"]");
    assert!(found[0].starts_with("21:25: found a hash of another form"), "{found:?}");
}

#[test]
fn fhir_server_urls_are_absolute() {
    assert_eq!(
        changed("{base}/clinic/fhir", "/clinic/fhir"),
        ["7:7: found `/clinic/fhir`, expected an absolute https: URL"]
    );
}

#[test]
fn an_issuer_is_https_except_on_a_loopback_address() {
    let found = changed("name = \"Clinic\"", "name = \"Clinic\"\nissuer = \"https://clinic.example/\"");
    assert!(found[0].starts_with("3:10: found `https://clinic.example/`, expected an issuer"), "{found:?}");
    let file = parse("t.toml", GOOD).unwrap();
    file.resolve("http://127.0.0.1:9000").unwrap();
    let found = mistakes(file.resolve("http://clinic.example").map(|_| ()));
    assert!(
        found[0].starts_with("1:6: found `{base}/{id}` (here `http://clinic.example/clinic`), expected an issuer"),
        "{found:?}"
    );
}

#[test]
fn what_depends_on_the_base_is_judged_when_it_is_known() {
    let text = GOOD.replace("https://app.example/cb", "{base}/app/{id}/cb");
    let file = parse("t.toml", &text).unwrap();
    let found = mistakes(file.resolve("http://127.0.0.1:9000").map(|_| ()));
    assert!(
        found[0].starts_with("15:18: found `{base}/app/{id}/cb` (here `http://127.0.0.1:9000/app/clinic/cb`)"),
        "{found:?}"
    );
    file.resolve("https://auth.example").unwrap();
}

/// RFC 8265 §3: what a person takes for one name is one, and what can't be typed or seen is none.
#[test]
fn a_username_is_letters_digits_and_signs_and_nobody_elses() {
    let another = |first: &str, second: &str| {
        let amy = "username = \"amy\"";
        let second = format!("[[users]]\nusername = \"{second}\"\npassword = \"p\"\nname = \"N\"\n");
        GOOD.replacen(amy, &format!("username = \"{first}\""), 1) + &second
    };
    for (first, second) in [("amy", "Amy"), ("amy", "ＡＭＹ"), ("jos\u{e9}", "Jose\u{301}"), ("\u{c5}sa", "\u{212b}sa")]
    {
        let found = mistakes(parse("t.toml", &another(first, second)).map(|_| ()));
        assert!(found.len() == 1 && found[0].starts_with("38:12: "), "{found:?}");
        assert!(found[0].contains("a username of its own"), "{found:?}");
    }
    for (first, second) in [("amy", "am"), ("fussball", "fußball"), ("amy shaw", "amy.shaw@clinic.example")] {
        parse("t.toml", &another(first, second)).unwrap_or_else(|found| panic!("{found}"));
    }
    for bad in ["a  b", "a\u{200b}b", "a\u{202e}b", "♔", "ﬁona"] {
        let found = changed("username = \"amy\"", &format!("username = \"{bad}\""));
        assert!(found.len() == 1 && found[0].contains("letters, digits and the signs of ASCII"), "{bad}: {found:?}");
    }
}

/// CLI-8: as long as OAuth libraries make them.
#[test]
fn a_client_id_has_up_to_1024_characters() {
    let with =
        |length: usize| GOOD.replacen("client_id = \"public\"", &format!("client_id = \"{}\"", "c".repeat(length)), 1);
    parse("t.toml", &with(1024)).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(mistakes(parse("t.toml", &with(1025)).map(|_| ())).len(), 1);
}

/// DPOP-18, ALL-7.
#[test]
fn bound_tokens_need_a_fhir_server_that_verifies_proofs() {
    let url = "url = \"{base}/clinic/fhir\"";
    let with = |lines: &str| changed(url, &format!("{url}\n{lines}"));
    assert_eq!(with("dpop = \"on\""), ["8:8: found `on`, expected \"off\" or \"accepted\" or \"required\""]);
    let role = "healthlake_read_role = \"arn:aws:iam::123456789012:role/read\"";
    assert_eq!(
        with(&format!("{role}\ndpop = \"accepted\"")),
        ["9:8: found `accepted`, expected \"off\": HealthLake verifies no DPoP proofs"]
    );
    let policy = |line: &str| changed("code_seconds = 60", line);
    assert_eq!(
        policy("dpop_replay = \"nonce\""),
        ["4:15: found `dpop_replay = \"nonce\"`, expected `dpop_nonce = true` beside it"]
    );
}

/// FAPI-1, FAPI-3, FAPI-4, FAPI-6, ALL-7.
#[test]
fn what_contradicts_fapi_is_a_mistake_of_the_tenant_or_of_its_client() {
    let file = |policy: &str, dpop: &str, client: &str| {
        let text = format!(
            "id = \"t\"\nname = \"T\"\n[policy]\n{policy}\n[[fhir_servers]]\nname = \"store\"\nurl = \"https://a.example/r4\"\ndpop = \"{dpop}\"\n\
             [[clients]]\nclient_id = \"bank\"\nclient_name = \"Bank\"\nredirect_uris = [\"https://bank.example/cb\"]\nscope = \"patient/*.rs\"\n{client}\n"
        );
        match parse("t.toml", &text) {
            Ok(_) => Vec::new(),
            Err(found) => mistakes(Err(found)),
        }
    };
    let key = "token_endpoint_auth_method = \"private_key_jwt\"\njwks_uri = \"https://bank.example/jwks.json\"";
    let tenant = "profile = \"fapi2\"\npushed_authorization_requests = \"required\"";
    assert_eq!(file(tenant, "required", key), Vec::<String>::new());
    let own = format!("{key}\nprofile = \"fapi2\"\nid_token_signed_response_alg = \"ES256\"");
    let pushing = "pushed_authorization_requests = \"accepted\"";
    assert_eq!(file(pushing, "accepted", &own), Vec::<String>::new());
    let found = file("", "accepted", &own);
    assert!(found[0].contains("a tenant that takes no pushed requests where"), "{found:?}");
    let found = file("profile = \"fapi2\"\npushed_authorization_requests = \"accepted\"", "required", key);
    assert!(found[0].contains("requests that need not be pushed"), "{found:?}");
    for (policy, dpop, client, found) in [
        ("grant_types = [\"authorization_code\", \"implicit\"]", "required", key, "the grant type `implicit`"),
        ("grant_types = [\"authorization_code\", \"password\"]", "required", key, "the grant type `password`"),
        ("client_credentials_by_secret = true", "required", key, "`client_credentials_by_secret`"),
        ("client_authentication_methods = [\"none\"]", "required", key, "no `private_key_jwt`"),
        ("access_token_alg = \"RS256\"", "required", key, "`access_token_alg = \"RS256\"`"),
        ("code_seconds = 61", "required", key, "`code_seconds = 61`"),
        ("", "accepted", key, "`dpop = \"accepted\"` of store"),
        ("", "off", key, "`dpop = \"off\"` of store"),
        ("", "required", "token_endpoint_auth_method = \"none\"", "`none` where `profile = \"fapi2\"` holds"),
        (
            "",
            "required",
            "token_endpoint_auth_method = \"client_secret_basic\"\nclient_secret = \"a-secret-of-more-than-32-characters\"",
            "`client_secret_basic` where",
        ),
    ] {
        let mistakes = file(&format!("{tenant}\n{policy}"), dpop, client);
        assert!(mistakes.iter().any(|mistake| mistake.contains(found)), "{policy} {dpop} {client}: {mistakes:?}");
    }
    let client =
        |policy: &str, dpop: &str, lines: &str| file(policy, dpop, &format!("{key}\nprofile = \"fapi2\"\n{lines}"));
    let es256 = "id_token_signed_response_alg = \"ES256\"";
    for (policy, dpop, lines, found) in [
        ("", "accepted", "", "id_tokens of RS256 where"),
        ("", "off", es256, "no FHIR server that takes bound tokens where"),
        ("code_seconds = 61", "accepted", es256, "`code_seconds = 61` where"),
        ("access_token_alg = \"ES384\"", "accepted", "", "access tokens of ES384 where"),
        (
            "grant_types = [\"authorization_code\", \"password\"]",
            "accepted",
            &format!("{es256}\ngrant_types = [\"password\"]"),
            "the grant type `password` where",
        ),
        ("", "accepted", &format!("{es256}\npkce = \"optional_for_smart_v1\""), "a code without PKCE where"),
    ] {
        let mistakes = client(policy, dpop, lines);
        assert!(mistakes.iter().any(|mistake| mistake.contains(found)), "{policy} {dpop} {lines}: {mistakes:?}");
    }
}

/// HTI-20: what is promised must be kept.
#[test]
fn a_launch_that_this_server_does_not_take_is_not_promised() {
    let found = changed("code_seconds = 60", "code_seconds = 60\ncapabilities = [\"launch-ehr\", \"context-ehr-hti\"]");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("5:31: found the capability `context-ehr-hti`"), "{found:?}");
}
