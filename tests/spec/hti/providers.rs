//! Where the person of a launch signs in: by the app, by the type of user, by the portal's hint (HTI-9).

use super::*;

/// The fixtures' provider for clinicians, and two more of which the second is listed for patients alone.
async fn domain(own: &str) -> (Domain, Provider, Provider) {
    let (second, third) = (Provider::start().await, Provider::start().await);
    let lines = "token_endpoint_auth_method = \"none\"";
    let more = format!("{}{}", second.in_tenant_file("second", lines), third.in_tenant_file("third", lines));
    let way = |kind: &str, provider: &str| {
        format!(
            "[[hti.sign_in]]\nuser_type = \"{kind}\"\nprovider = \"{provider}\"\nidentifier = \"{SYSTEM}|{{employee}}\"\n"
        )
    };
    let ways = format!("{}{}{}", way("Practitioner", "idp"), way("Practitioner", "second"), way("Patient", "third"));
    let own = own.to_owned();
    let domain = Domain::start_with(move |toml| {
        let toml = toml.replacen(&hti(), &format!("[hti]\ndevice = \"admit\"\n{ways}"), 1);
        toml.replacen("access_token_format = \"noop\"\n", &format!("access_token_format = \"noop\"\n{own}"), 1) + &more
    })
    .await;
    (domain, second, third)
}

async fn goes_to(domain: &Domain, provider: &Provider, sub: &str, hint: Option<&str>) {
    let token = domain.token().with_claim("sub", json!(sub)).with_claim("idp_hint", json!(hint));
    let there = domain.opens(&token.sign()).await.app();
    assert!(there.location().starts_with(&provider.issuer), "{sub} {hint:?}: {}", there.location());
}

#[tokio::test]
async fn the_first_of_the_persons_type_unless_the_portal_names_another_that_is_listed() {
    let (domain, second, third) = domain("").await;
    let hannah = "Practitioner/hannah-patel";
    goes_to(&domain, &domain.provider, hannah, None).await;
    goes_to(&domain, &second, hannah, Some("second")).await;
    goes_to(&domain, &second, hannah, Some(&second.issuer)).await;
    goes_to(&domain, &third, "Patient/amy-shaw", None).await;
    for unlisted in ["third", &third.issuer, "nobody", ""] {
        goes_to(&domain, &domain.provider, hannah, Some(unlisted)).await;
    }
}

/// What the module adds to the address is not the portal's word.
#[tokio::test]
async fn a_hint_of_the_module_counts_for_nothing() {
    let (domain, _, _) = domain("").await;
    let request = with(domain.request(&domain.token().sign()), "idp_hint", Some("second"));
    let there = domain.browser().opens(&authorize_url(&request)).await.app();
    assert!(there.location().starts_with(&domain.provider.issuer), "{}", there.location());
}

#[tokio::test]
async fn an_apps_own_list_comes_before_the_domains_and_for_its_types_alone() {
    let own = format!(
        "hti_sign_in = [{{ user_type = \"Practitioner\", provider = \"third\", identifier = \"{SYSTEM}|{{employee}}\" }}]\n"
    );
    let (domain, _, third) = domain(&own).await;
    goes_to(&domain, &third, "Practitioner/hannah-patel", None).await;
    goes_to(&domain, &third, "Practitioner/hannah-patel", Some("second")).await;
    goes_to(&domain, &third, "Patient/amy-shaw", None).await;
}

#[tokio::test]
async fn a_type_of_user_without_a_provider_can_not_be_launched() {
    let (domain, _, _) = domain("").await;
    let token = domain
        .token()
        .with_claim("sub", json!("RelatedPerson/rosa-rivera"))
        .with_claim("patient", json!("Patient/mia-rivera"));
    assert_eq!(domain.error(&token.sign()).await, "access_denied");
}

/// The address of another way in is a link that somebody can send.
#[tokio::test]
async fn the_link_to_another_provider_leads_to_the_one_of_the_launch() {
    let (domain, _, _) = domain("").await;
    let mut browser = domain.browser();
    let begun = browser.asks(&authorize_url(&domain.request(&domain.token().sign()))).await.location().to_owned();
    let there = browser.opens(&format!("{begun}/provider/second")).await.app();
    assert!(there.location().starts_with(&domain.provider.issuer), "{}", there.location());
}

/// An answer of a provider that the way does not lead to is nobody's.
#[tokio::test]
async fn another_providers_answer_does_not_count() {
    let (domain, second, _) = domain("").await;
    let mut browser = domain.browser();
    let there = browser.opens(&authorize_url(&domain.request(&domain.token().sign()))).await.app();
    let elsewhere = there.location().replacen(&domain.provider.issuer, &second.issuer, 1);
    let back =
        second.signs_in(&elsewhere, claims(), domain.server.now().0).replacen("/callback/idp", "/callback/second", 1);
    let place = browser.asks(&back).await;
    assert!(place.header("location").is_none_or(|to| !to.contains("code=")), "{:?}", place.header("location"));
}
