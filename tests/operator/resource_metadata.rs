//! What `admit` prints for FHIR servers whose host is not this server's: they publish it themselves (RFC 9728).

use kit::{Operator, operator::Folder};
use serde_json::json;

const PAGE: &str = include_str!("../../infra/fhir-apis.md");
const METADATA: &str = "https://api.example.org/.well-known/oauth-protected-resource/clinic/fhir";

/// As in the page: one that takes no bound tokens, and one that takes nothing else.
const CLINIC: &str = r#"id = "clinic"
name = "Clinic"

[[fhir_servers]]
name = "api"
url = "https://api.example.org/clinic/fhir"

[[fhir_servers]]
name = "strict"
url = "https://strict.example.org/r4/"
dpop = "required"
"#;

async fn with_clinic(folder: &Folder) -> (Operator, kit::TestServer) {
    let (admit, server) = Operator::of_local(folder).await;
    admit.runs(&["tenant", "apply", &folder.file("clinic.toml", CLINIC), "--yes"]).good();
    (admit, server)
}

/// PRM-2, PRM-9: the document alone is on standard output, ready for a file.
#[tokio::test(flavor = "multi_thread")]
async fn it_prints_the_document_and_says_where_it_lies_and_how_to_refuse() {
    let folder = Folder::new();
    let (admit, server) = with_clinic(&folder).await;
    let ran = admit.runs(&["tenant", "resource-metadata", "clinic", "api"]).good();
    let document = json!({
        "resource": "https://api.example.org/clinic/fhir",
        "authorization_servers": [format!("{}/clinic", server.base)],
        "scopes_supported": ["patient/*.rs"],
        "bearer_methods_supported": ["header"],
        "resource_name": "api",
    });
    assert_eq!(ran.json(), document);
    for line in [
        format!("  {METADATA}\n"),
        format!("  WWW-Authenticate: Bearer scope=\"patient/*.rs\", resource_metadata=\"{METADATA}\"\n"),
        format!("  WWW-Authenticate: Bearer error=\"invalid_token\", resource_metadata=\"{METADATA}\"\n"),
        format!("  WWW-Authenticate: Bearer resource_metadata=\"{METADATA}\"\n"),
    ] {
        assert!(ran.err.contains(&line), "{line}{}", ran.err);
    }
    let answer = admit.runs(&["tenant", "resource-metadata", "clinic", "api", "--json"]).good().json();
    assert_eq!((&answer["metadata"], &answer["metadata_url"]), (&document, &json!(METADATA)));
    assert_eq!(answer["published_here"], false);
}

/// PRM-7, PRM-9.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_fhir_server_that_takes_bound_tokens_it_says_so() {
    let folder = Folder::new();
    let (admit, _server) = with_clinic(&folder).await;
    let answer = admit.runs(&["tenant", "resource-metadata", "clinic", "strict", "--json"]).good().json();
    assert_eq!(answer["metadata_url"], "https://strict.example.org/.well-known/oauth-protected-resource/r4");
    assert_eq!(answer["metadata"]["dpop_bound_access_tokens_required"], true);
    assert_eq!(answer["metadata"]["dpop_signing_alg_values_supported"], json!(["ES256", "ES384", "PS256", "EdDSA"]));
    for challenges in answer["challenges"].as_object().expect("challenges").values() {
        let challenges = challenges.as_array().expect("a list");
        let text = challenges[0].as_str().expect("a text");
        assert!(challenges.len() == 1 && text.starts_with("DPoP ") && text.contains("algs=\"ES256 "), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_is_named_and_one_at_this_host_needs_nothing() {
    let folder = Folder::new();
    let (admit, _server) = with_clinic(&folder).await;
    let unnamed = admit.runs(&["tenant", "resource-metadata", "clinic"]);
    assert!(unnamed.exit == 2 && unnamed.err.contains("name one of api, strict"), "{}", unnamed.err);
    let unknown = admit.runs(&["tenant", "resource-metadata", "clinic", "no-such"]);
    assert!(unknown.exit == 1 && unknown.err.contains("it has api, strict"), "{}", unknown.err);
    let own = admit.runs(&["tenant", "resource-metadata", "home"]).good();
    assert!(own.err.starts_with("This server publishes it itself"), "{}", own.err);
    assert_eq!(admit.runs(&["tenant", "resource-metadata", "home", "--json"]).good().json()["published_here"], true);
}

/// PRM-8: the page's snippet is what the command prints.
#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_responses_of_the_page_are_what_it_prints() {
    let folder = Folder::new();
    let (admit, _server) = with_clinic(&folder).await;
    let words = ["tenant", "resource-metadata", "clinic", "api", "--gateway-responses"];
    let printed = admit.runs(&words).good().out;
    let (_, shown) = PAGE.split_once("```yaml\nFhirUnauthorized:").expect("the snippet");
    let (shown, _) = shown.split_once("```").expect("its end");
    assert_eq!(printed, format!("FhirUnauthorized:{shown}"));
    let resources = admit.runs(&[&words[..], &["--json"]].concat()).good().json();
    for (name, kind, challenge) in
        [("FhirUnauthorized", "UNAUTHORIZED", "scope=\"patient/*.rs\", "), ("FhirAccessDenied", "ACCESS_DENIED", "")]
    {
        let (resource, properties) = (&resources[name], &resources[name]["Properties"]);
        assert_eq!(
            (&resource["Type"], &properties["ResponseType"]),
            (&json!("AWS::ApiGateway::GatewayResponse"), &json!(kind))
        );
        let header = &properties["ResponseParameters"]["gatewayresponse.header.WWW-Authenticate"];
        assert_eq!(header, &json!(format!("'Bearer {challenge}resource_metadata=\"{METADATA}\"'")));
    }
}
