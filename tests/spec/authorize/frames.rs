//! EHRs that open apps in a frame of theirs: where the tenant says so, the pages and their cookies work there, and in no other
//! frame (LCTX-10; RFC 9700 §4.16).

use super::{SCOPE, by_get};
use kit::{
    Answer, App, Person, TestServer,
    app::authorize_url,
    browser::SESSION_COOKIE,
    server::{BASE, PASSWORD},
};

async fn framed() -> TestServer {
    let frames = "[pages]\nframe_ancestors = [\"https://ehr.example\", \"https://ehr.example:8443\"]\n";
    TestServer::start_with(|toml| format!("{toml}\n{frames}")).await
}

#[tokio::test]
async fn every_page_may_be_framed_by_the_ehrs_that_the_tenant_names_and_by_nobody_else() {
    let server = framed().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "rosa");
    let sign_in = person.opens(&app.standalone(SCOPE)).await.page();
    let picker = person.does(&sign_in, None).await.page();
    let consent = person.does(&picker, Some("mia-rivera")).await.page();
    app.exchanges(&person.does(&consent, None).await.app().query("code").expect("a code")).await;
    let done = person.opens(&consent.url).await.end();
    let error = server.get("/clinic/authorize?client_id=unknown").await;
    let expired = Person::named(&server, "amy").opens(&consent.url).await.end();
    for page in [sign_in.answer, picker.answer, consent.answer, done, error, expired] {
        let policy = page.header("content-security-policy").expect("a policy");
        let expected = "frame-ancestors https://ehr.example https://ehr.example:8443";
        assert!(policy.split(';').any(|directive| directive.trim() == expected), "{policy}");
        // It can't name an origin, and DENY would stop the EHRs too.
        assert_eq!(page.header("x-frame-options"), None);
    }
}

/// What belongs to one tenant is nothing to another, nor to a name that is no tenant's.
#[tokio::test]
async fn another_tenants_pages_stay_out_of_frames() {
    let server = framed().await;
    for path in ["/other/authorize?client_id=unknown", "/nobody/authorize"] {
        let page = server.get(path).await;
        assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")));
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
    }
}

/// In another site's frame a browser keeps no cookie that is not `SameSite=None; Secure`, and soon none that is not
/// `Partitioned`.
fn works_in_a_frame(answer: &Answer) -> Vec<String> {
    let mut names = Vec::new();
    for cookie in answer.headers.get_all("set-cookie") {
        let attributes: Vec<&str> = cookie.to_str().expect("text").split("; ").collect();
        assert!(attributes[0].starts_with("__Host-"), "{attributes:?}");
        for attribute in ["SameSite=None", "Secure", "Partitioned", "HttpOnly", "Path=/"] {
            assert!(attributes.contains(&attribute), "{attribute} is not in {attributes:?}");
        }
        names.push(attributes[0].split('=').next().unwrap_or_default().to_owned());
    }
    names
}

#[tokio::test]
async fn the_cookies_of_such_a_tenant_work_in_a_frame() {
    let server = framed().await;
    let answer = by_get(&server, &App::public(&server).request(SCOPE)).await;
    assert_eq!(works_in_a_frame(&answer).len(), 1);
    let request = App::public(&server).request(SCOPE);
    Person::named(&server, "amy").goes_through(&authorize_url(&request), None).await;
}

/// The session's too: without it nobody is signed in there, and it goes as it came, or the browser would keep it.
#[tokio::test]
async fn so_does_the_session_that_a_sign_in_there_begins_and_a_sign_out_ends() {
    let server = framed().await;
    let mut amy = Person::named(&server, "amy");
    let sign_in = amy.opens(&App::public(&server).standalone(SCOPE)).await.page();
    let form = [("username", "amy"), ("password", PASSWORD)];
    let cookies = works_in_a_frame(&amy.answers(&sign_in, &form).await);
    // The interaction's, the session's, and the one that knows this browser again.
    assert!(cookies.len() == 3 && cookies.iter().any(|name| name == SESSION_COOKIE), "{cookies:?}");

    let page = amy.opens(&format!("{BASE}/clinic/logout")).await.page();
    let end = amy.submits(&page, &[("sign_out", "yes")]).await.end();
    assert_eq!(works_in_a_frame(&end), [SESSION_COOKIE]);
}

/// With `SameSite=None` the cookie comes along from everywhere: what another site posts still lacks the token (AUTHZ-24).
#[tokio::test]
async fn a_form_of_another_site_is_refused_although_the_cookie_comes_along() {
    let server = framed().await;
    let app = App::public(&server);
    let mut amy = Person::named(&server, "amy");
    let consent = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let end = amy.posts(&consent.action, &[("decision", "allow"), ("scope", "patient/*.rs")]).await.end();
    assert_eq!(end.status, 400);
    let forged = amy.posts(&consent.action, &[("csrf", "guessed"), ("decision", "allow")]).await.end();
    assert_eq!(forged.status, 400);
}
