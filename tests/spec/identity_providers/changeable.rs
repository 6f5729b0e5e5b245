//! Claims that a person can change (OpenID Connect Core §5.7): an address counts where the provider has verified it.

use super::*;

/// Of Amy Shaw in the sample data.
const MRN: &str = "MRN-1006";

fn by(claim: &str) -> String {
    format!(
        "token_endpoint_auth_method = \"none\"\nuser_types = [\"Patient\"]\nfhir_user_identifier = \
         \"http://riverside.example/mrn|{{{claim}}}\""
    )
}

#[tokio::test]
async fn an_address_that_nobody_has_verified_finds_nobody() {
    let provider = Provider::start().await;
    for (claim, vouches) in [("email", "email_verified"), ("phone_number", "phone_number_verified")] {
        let server = server_with(&provider, &by(claim)).await;
        for verified in [json!(null), json!(false), json!("true"), json!(1)] {
            let page = is_refused(&server, &provider, json!({ "sub": "s", claim: MRN, vouches: verified })).await;
            assert_eq!(page.answer.status, 403, "{claim} {verified}");
            assert!(page.answer.body.contains("not known here"));
        }
        assert!(server.fhir.tokens().is_empty(), "nobody is looked for");
        let claims = json!({ "sub": "s", claim: MRN, vouches: true });
        assert!(ends_with(&server, &provider, claims).await.page().asks("decision"), "{claim}");
    }
}

/// OpenID Connect Core §5.7 warns of all of them; only those that can be verified are demanded to be.
#[tokio::test]
async fn a_name_that_nobody_can_verify_is_the_operators_choice() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &by("preferred_username")).await;
    let claims = json!({ "sub": "s", "preferred_username": MRN });
    assert!(ends_with(&server, &provider, claims).await.page().asks("decision"));
}

#[tokio::test]
async fn what_userinfo_verified_is_its_own_address_and_no_other() {
    let provider = Provider::start().await;
    let server = server_with(&provider, &format!("{}\nuserinfo = true", by("email"))).await;
    provider.userinfo_says(json!({ "sub": "s", "email": "another", "email_verified": true }));
    is_refused(&server, &provider, json!({ "sub": "s", "email": MRN })).await;
    provider.userinfo_says(json!({ "sub": "s", "email": MRN, "email_verified": true }));
    assert!(ends_with(&server, &provider, json!({ "sub": "s" })).await.page().asks("decision"));
}
