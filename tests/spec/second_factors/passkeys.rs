//! Passkeys (WebAuthn Level 3): signing in with nothing else, and every way an answer can be wrong.

use super::{
    SCOPE, WITH_PASSKEYS, after_password, claims_after, kept, own_page, pairs, presses, with_passkey, with_passkey_at,
    with_policy,
};
use kit::{
    App, Authenticator, Person, TestServer,
    authenticator::{COPYABLE, PRESENT, VERIFIED},
    browser::Page,
};
use rules::{
    tenant::{SecondFactor, TenantId},
    user::User,
};
use server::store::{Write, schema};

async fn sign_in_page<'a>(server: &'a TestServer) -> (Person<'a>, Page) {
    let mut nobody = Person::named(server, "nobody");
    let page = nobody.opens(&App::public(server).standalone(SCOPE)).await.page();
    (nobody, page)
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_name_and_without_a_password() {
    let server = with_policy(WITH_PASSKEYS).await;
    let mut device = with_passkey(&server, "amy").await;
    let (mut somebody, page) = sign_in_page(&server).await;
    let options = page.passkey_options();
    assert_eq!(options["rpId"], "auth.example");
    assert_eq!(options["userVerification"], "required");
    // Nobody learns from the page who has a passkey.
    assert!(options.get("allowCredentials").is_none());
    let place = somebody.submits(&page, &pairs(&device.asserts(&options))).await;
    let claims = claims_after(&server, &mut somebody, place).await;
    assert_eq!(claims["amr"], serde_json::json!(["hwk", "user", "mfa"]));
    assert_eq!(claims["acr"], "phr");
    assert!(claims["fhirUser"].as_str().is_some_and(|url| url.ends_with("Patient/amy-shaw")));
}

#[tokio::test]
async fn a_passkey_does_for_the_second_factor_and_only_its_owners() {
    let server = with_policy(WITH_PASSKEYS).await;
    let mut of_amy = with_passkey(&server, "amy").await;
    let mut of_rosa = with_passkey(&server, "rosa").await;
    let (mut amy, page) = after_password(&server, "amy").await;
    assert!(page.asks("code") && !page.asks("decision"));
    let page = amy.submits(&page, &pairs(&of_rosa.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("code"));
    let place = amy.submits(&page, &pairs(&of_amy.asserts(&page.passkey_options()))).await;
    let claims = claims_after(&server, &mut amy, place).await;
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "hwk", "user", "mfa"]));
}

/// One thing wrong in each: nobody is signed in by it, and the page comes again.
#[tokio::test]
async fn a_wrong_answer_signs_nobody_in() {
    let server = with_policy(WITH_PASSKEYS).await;
    let device = with_passkey(&server, "amy").await;
    let (id, handle) = (device.id.clone(), device.user_handle.clone());
    type Change = fn(&mut Authenticator);
    let wrong: [(&str, Change); 8] = [
        ("another origin", |d| d.origin = "https://evil.example".into()),
        ("a page of another port", |d| d.origin = "https://auth.example:8443".into()),
        ("a subdomain", |d| d.origin = "https://x.auth.example".into()),
        ("another rpId", |d| d.rp_id = "example".into()),
        ("in a frame of another site", |d| d.cross_origin = true),
        ("nobody there", |d| d.flags = VERIFIED),
        ("nobody checked", |d| d.flags = PRESENT),
        ("a key that became copyable", |d| d.flags = PRESENT | VERIFIED | COPYABLE),
    ];
    let mut device = device;
    for (what, change) in wrong {
        change(&mut device);
        let (mut somebody, page) = sign_in_page(&server).await;
        let place = somebody.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await;
        let page = place.page();
        assert!(page.asks("password") && page.answer.body.contains("That did not work"), "{what}");
        (device.origin, device.rp_id) = ("https://auth.example".into(), "auth.example".into());
        (device.flags, device.cross_origin) = (PRESENT | VERIFIED, false);
    }
    // Another key under the same id and handle.
    let mut stranger = Authenticator::new();
    (stranger.id, stranger.user_handle) = (id, handle);
    let (mut somebody, page) = sign_in_page(&server).await;
    let page = somebody.submits(&page, &pairs(&stranger.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("password"));
    // And the right one still works on the same page, with its new challenge.
    let place = somebody.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await;
    assert!(place.page().asks("decision"));
}

#[tokio::test]
async fn an_answer_counts_for_its_own_page_and_once() {
    let server = with_policy(WITH_PASSKEYS).await;
    let mut device = with_passkey(&server, "amy").await;
    let (mut amy, page) = sign_in_page(&server).await;
    let answer = device.asserts(&page.passkey_options());
    // On the way of somebody else the challenge is another.
    let (mut thief, other) = sign_in_page(&server).await;
    assert!(thief.submits(&other, &pairs(&answer)).await.page().asks("password"));
    // A refused answer is not judged again either.
    let mut bad = answer.clone();
    bad.retain(|(name, _)| name != "signature");
    bad.push(("signature".to_owned(), "AAAA".to_owned()));
    let page = amy.submits(&page, &pairs(&bad)).await.page();
    let page = amy.submits(&page, &pairs(&answer)).await.page();
    assert!(page.asks("password"));
    assert!(amy.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await.page().asks("decision"));
}

/// §6.1.1: two devices have the key, and one of them should not.
#[tokio::test]
async fn a_counter_that_goes_back_is_refused() {
    let server = with_policy(WITH_PASSKEYS).await;
    let mut device = with_passkey(&server, "amy").await;
    for (count, good) in [(5, true), (6, true), (6, false), (5, false), (0, false), (7, true)] {
        device.sign_count = count;
        let (mut somebody, page) = sign_in_page(&server).await;
        let page = somebody.submits(&page, &pairs(&device.asserts(&page.passkey_options()))).await.page();
        assert_eq!(page.asks("decision"), good, "{count}");
    }
}

/// The tenants share a host, and so a browser offers the passkeys of one at the other. Both take passkeys, and both know an Amy by
/// the same `sub`: nothing but the tenant tells the two apart.
#[tokio::test]
async fn a_passkey_of_one_tenant_is_nothing_to_another() {
    let server = with_policy(WITH_PASSKEYS).await;
    other_has_passkeys_and_the_same_amy(&server).await;
    let mut of_clinic = with_passkey(&server, "amy").await;
    let mut of_other = with_passkey_at(&server, "https://auth.example/other/account", "amy").await;
    assert_ne!(of_clinic.user_handle, of_other.user_handle);
    let at_clinic = App::public(&server).standalone(SCOPE);
    takes_its_own_alone(&server, &at_clinic, (&mut of_clinic, &mut of_other)).await;
    takes_its_own_alone(&server, &at_other(&server), (&mut of_other, &mut of_clinic)).await;
}

async fn takes_its_own_alone(server: &TestServer, url: &str, (own, strange): (&mut Authenticator, &mut Authenticator)) {
    let mut nobody = Person::named(server, "nobody");
    let page = nobody.opens(url).await.page();
    let page = nobody.submits(&page, &pairs(&strange.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("password") && page.answer.body.contains("That did not work"), "{url}");
    // Nor under the handle of her who has one here.
    let handle = std::mem::replace(&mut strange.user_handle, own.user_handle.clone());
    let page = nobody.submits(&page, &pairs(&strange.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("password") && page.answer.body.contains("That did not work"), "{url}");
    strange.user_handle = handle;
    // The page would take a passkey: the one that was made here.
    let page = nobody.submits(&page, &pairs(&own.asserts(&page.passkey_options()))).await.page();
    assert!(page.asks("decision"), "{url}");
}

async fn other_has_passkeys_and_the_same_amy(server: &TestServer) {
    let (store, now) = (&server.server.store, server.now());
    let [clinic, other] = ["clinic", "other"].map(|id| TenantId::parse(id).expect("a tenant"));
    let amy =
        async |tenant| store.find::<User>(schema::user(tenant, "amy"), now).await.expect("a table").expect("Amy").value;
    let mut tenant = store.tenant_with_keys(&other, now).await.expect("a table").0.expect("a tenant");
    tenant.policy.passkeys = true;
    tenant.policy.second_factor = SecondFactor::Optional;
    let same = User { sub: amy(&clinic).await.sub, ..amy(&other).await };
    let writes = [Write::overwrite(&tenant), Write::overwrite(&same)];
    store.write_unraced(writes.map(|write| write.expect("an item")).to_vec()).await.expect("written");
    server.server.forget_configuration();
}

fn at_other(server: &TestServer) -> String {
    let request = App::public(server).standalone(SCOPE).replace("/clinic/", "/other/");
    let fhir = kit::http::encode(&[("aud", server.fhir.url.as_str())]);
    request.replace(&fhir, &kit::http::encode(&[("aud", "https://fhir.other.example")]))
}

#[tokio::test]
async fn without_a_policy_for_it_no_passkey_is_offered_or_taken() {
    let server = TestServer::start().await;
    let (mut somebody, page) = sign_in_page(&server).await;
    assert!(!page.answer.body.contains("data-options") && !page.answer.body.contains("<script"));
    let answer = Authenticator::new().asserts(&serde_json::json!({ "challenge": "" }));
    assert!(somebody.submits(&page, &pairs(&answer)).await.page().asks("password"));
}

/// The one script there is: ours, on the pages that need it alone.
#[tokio::test]
async fn the_policy_of_pages_allows_our_own_script_and_only_where_it_is_needed() {
    let server = with_policy(WITH_PASSKEYS).await;
    let (_, page) = sign_in_page(&server).await;
    let policy = page.answer.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    let path =
        page.answer.body.split("<script src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a script");
    let script = server.request(axum::http::Method::GET, path, &[], "").await;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
    let mut person = Person::named(&server, "amy");
    let consent = person.goes_to(&App::public(&server).standalone(SCOPE), "decision", None).await;
    assert!(!consent.answer.header("content-security-policy").expect("a policy").contains("script-src"));
}

#[tokio::test]
async fn a_new_passkey_is_judged_as_strictly() {
    let server = with_policy(WITH_PASSKEYS).await;
    let mut amy = Person::named(&server, "amy");
    let page = own_page(&mut amy).await;
    let mut page = presses(&mut amy, &page, "add-passkey", &[]).await;
    type Change = fn(&mut Authenticator);
    let wrong: [Change; 4] = [
        |d| d.origin = "https://evil.example".into(),
        |d| d.rp_id = "evil.example".into(),
        |d| d.flags = PRESENT,
        |d| d.cross_origin = true,
    ];
    for change in wrong {
        let mut device = Authenticator::new();
        change(&mut device);
        page = presses(&mut amy, &page, "passkey", &pairs(&device.creates(&page.passkey_options()))).await;
        assert!(page.answer.body.contains("That did not work"));
    }
    // For the challenge of before.
    let old = page.passkey_options();
    let page = presses(&mut amy, &page, "add-passkey", &[]).await;
    let page = presses(&mut amy, &page, "passkey", &pairs(&Authenticator::new().creates(&old))).await;
    assert!(kept(&server, "amy").await.is_none());
    let mut device = Authenticator::new();
    presses(&mut amy, &page, "passkey", &pairs(&device.creates(&page.passkey_options()))).await;
    assert_eq!(kept(&server, "amy").await.expect("credentials").passkeys.len(), 1);
}
