//! What a file says and what it leaves unsaid.

use admin::tenant_file::{StoredHashes, TenantItems, load, load_all, parse};
use rules::{
    client::{Client, ClientAuthentication, Pkce},
    hash_work::{HashWork, is_client_secret},
    secret::ChosenSecretHash,
    tenant::GrantType,
};

const BASE: &str = "http://127.0.0.1:9000";

fn resolved(text: &str) -> TenantItems {
    parse("t.toml", text).unwrap().resolve(BASE).unwrap()
}

fn client(lines: &str) -> Client {
    let text = format!(
        "id = \"a\"\nname = \"A\"\n[[clients]]\nclient_id = \"c\"\nclient_name = \"C\"\nallow_loopback = true\n{lines}"
    );
    resolved(&text).clients.remove(0)
}

#[test]
fn a_tenant_without_more_has_the_usual_issuer_and_fhir_server() {
    let tenant = resolved("id = \"a\"\nname = \"A\"").tenant;
    assert_eq!(tenant.issuer.as_str(), "http://127.0.0.1:9000/a");
    let [fhir_server] = &tenant.fhir_servers[..] else { panic!("one FHIR server") };
    assert_eq!((fhir_server.name.as_str(), fhir_server.url.as_str()), ("a-fhir", "http://127.0.0.1:9000/a/fhir"));
    assert!(fhir_server.secrets.is_empty());
}

#[test]
fn problems_are_simulated_where_the_file_says_so_alone() {
    let simulates = |line: &str| parse("t.toml", &format!("id = \"a\"\nname = \"A\"\n{line}")).unwrap().simulate();
    assert!(simulates("simulate = true") && !simulates("simulate = false") && !simulates(""));
}

#[test]
fn grant_types_follow_from_the_scope() {
    let public = "token_endpoint_auth_method = \"none\"\nredirect_uris = [\"http://[::1]/cb\"]\nscope = ";
    let code = client(&format!("{public}\"openid\"")).grant_types;
    assert_eq!(Vec::from_iter(code), [GrantType::AuthorizationCode]);
    for scope in ["openid offline_access", "openid online_access"] {
        let both = client(&format!("{public}\"{scope}\"")).grant_types;
        assert_eq!(Vec::from_iter(both), [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    }
}

#[test]
fn origins_follow_from_redirect_and_launch_urls() {
    let lines = "token_endpoint_auth_method = \"none\"\nscope = \"openid\"\nlaunch_urls = [\"https://l.example:444/x\"]\n\
                 redirect_uris = [\"{base}/cb\", \"com.example.app:/cb\"]\n";
    let origins = Vec::from_iter(client(lines).origins);
    assert_eq!(origins, ["http://127.0.0.1:9000", "https://l.example:444"]);
    let own = client(&format!("{lines}origins = [\"https://other.example\"]")).origins;
    assert_eq!(Vec::from_iter(own), ["https://other.example"]);
}

#[test]
fn secrets_are_kept_as_hashes_however_they_are_written() {
    let lines = "token_endpoint_auth_method = \"client_secret_post\"\nredirect_uris = [\"http://[::1]/cb\"]\n\
                 scope = \"openid\"\npkce = \"optional_for_smart_v1\"\n";
    let ChosenSecretHash::Argon2id(phc) = ChosenSecretHash::of_password("third").unwrap() else { panic!("Argon2id") };
    // SHA-256 of `a-secret-made-at-random-0123456789`.
    let sha256 = rules::secret::SecretHash::of("a-secret-made-at-random-0123456789");
    let hashes = format!("client_secret_hashes = [\"{phc}\", \"sha256:{}\"]", sha256.as_str());
    let client = client(&format!("{lines}client_secret = \"first\"\nclient_secrets = [\"second\"]\n{hashes}"));
    let ClientAuthentication::ClientSecretPost { secrets } = client.authentication else { panic!("a secret") };
    for secret in ["first", "second", "third", "a-secret-made-at-random-0123456789"] {
        assert!(is_client_secret(&secrets, secret, HashWork::default()), "{secret}");
    }
    assert_eq!(client.pkce, Pkce::OptionalForSmartV1);
}

/// A hash that was made beforehand spares the work, and is no reason to change one that the table has.
#[test]
fn a_published_hash_counts_where_the_table_has_none_of_the_same_text() {
    let hash = |text: &str| ChosenSecretHash::of_password(text).unwrap();
    let (published, own, other) = (hash("demo"), hash("demo"), hash("mine now"));
    let user = |password: &str, stored: &[&ChosenSecretHash]| {
        let text =
            format!("id = \"a\"\nname = \"A\"\n[[users]]\nusername = \"amy\"\nname = \"N\"\npassword = \"{password}\"");
        let stored = StoredHashes {
            users: [("amy".to_owned(), stored.iter().copied().cloned().collect())].into(),
            published: [("demo".to_owned(), published.clone())].into(),
            ..StoredHashes::default()
        };
        parse("t.toml", &text).unwrap().resolve_reusing(BASE, &stored).unwrap().users.remove(0).password
    };
    assert_eq!(user("demo", &[]), published);
    assert_eq!(user("demo", &[&other]), published);
    assert_eq!(user("demo", &[&other, &own]), own);
    assert_eq!(user("demo", &[&published]), published);
    let unknown = user("another", &[&published]);
    assert!(unknown.matches("another") && !unknown.matches("demo"));
}

#[test]
fn a_sub_is_the_files_or_the_tables_and_never_made_of_a_name() {
    let sub = |line: &str| {
        let user = format!("[[users]]\nusername = \"amy\"\npassword = \"x\"\nname = \"N\"\n{line}");
        resolved(&format!("id = \"a\"\nname = \"A\"\n{user}")).users.remove(0).sub
    };
    assert_eq!((sub("sub = \"s\"").as_str(), sub("").as_str()), ("s", ""));
}

#[test]
fn a_file_or_a_folder_is_loaded_and_each_id_is_taken_once() {
    let folder = std::env::temp_dir().join(format!("admit-tenants-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("b.toml"), "id = \"b\"\nname = \"B\"").unwrap();
    std::fs::write(folder.join("a.toml"), "id = \"a\"\nname = \"A\"").unwrap();
    std::fs::write(folder.join("notes.txt"), "not a tenant").unwrap();
    let ids: Vec<String> = load(&folder).unwrap().iter().map(|tenant| tenant.id().to_owned()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(load(&folder.join("b.toml")).unwrap().len(), 1);
    let twice = load_all(&[folder.clone(), folder.join("a.toml")]).unwrap_err().to_string();
    assert!(twice.contains("a.toml: found id = \"a\" as in ") && !twice.contains('\n'), "{twice}");
    let missing = load(&folder.join("c.toml")).unwrap_err().to_string();
    assert!(missing.contains("c.toml: found nothing that can be read"), "{missing}");
    std::fs::remove_dir_all(&folder).unwrap();
}
