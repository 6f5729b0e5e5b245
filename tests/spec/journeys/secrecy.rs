//! What is never logged: after whole journeys and every kind of failure the log is searched for each secret, token, code,
//! cookie, patient and name that they used (AWS-6).

use kit::{
    App, Ehr, Person, TestServer,
    app::{STATE, VERIFIER, authorize_url, challenge, with},
    http::basic,
    log::Log,
    server::{ADDRESS, PASSWORD},
};
use rules::tenant::SigningAlg;
use serde_json::json;
use std::collections::BTreeMap;

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const WRONG: &str = "wrong-password-hunter2";

/// Everything that was used and must not be found, by what it is.
#[derive(Default)]
struct Used(BTreeMap<String, String>);

impl Used {
    fn note(&mut self, what: &str, text: impl Into<String>) {
        let text = text.into();
        assert!(text.len() >= 5, "{what} is too short to search for: {text:?}");
        self.0.insert(format!("{what} {}", self.0.len()), text);
    }

    /// What a log gives away, with its line.
    fn found_in(&self, log: &str) -> Option<String> {
        self.0.iter().find_map(|(what, text)| {
            let encoded = kit::http::encode(&[("", text)])[1..].to_owned();
            let forms = [text.clone(), encoded.replace('+', "%20"), encoded];
            let line = log.lines().find(|line| forms.iter().any(|form| line.contains(form)))?;
            Some(format!("the log holds a {what} ({text}): {line}"))
        })
    }

    fn note_person(&mut self, person: &Person<'_>) {
        for cookie in person.cookies.values() {
            self.note("cookie", cookie);
        }
    }

    fn note_tokens(&mut self, tokens: &serde_json::Value) {
        for name in ["access_token", "refresh_token", "id_token"] {
            let Some(token) = tokens[name].as_str() else { continue };
            self.note(name, token);
            if let Some((_, signature)) = token.rsplit_once('.') {
                self.note(&format!("part of {name}"), signature);
            }
        }
    }
}

#[tokio::test]
async fn no_secret_token_code_or_patient_is_ever_logged() {
    let server = TestServer::start().await;
    let (log, _listening) = Log::listen();
    let mut used = Used::default();
    for (what, text) in [
        ("password", PASSWORD),
        ("wrong password", WRONG),
        ("EHR secret", "clinic-ehr-secret-of-more-than-32-characters"),
        ("FHIR secret", "clinic-fhir-secret-of-more-than-32-characters"),
        ("client secret", "symmetric-secret-of-more-than-32-characters"),
        ("verifier", VERIFIER),
        ("state", STATE),
        ("nonce", "a-nonce-of-the-app"),
        ("patient", "wei-chen"),
        ("patient", "amy-shaw"),
        ("patient", "mia-rivera"),
        ("encounter", "visit-of-wei"),
        ("name", "Wei Chen"),
        ("name", "Amy Shaw"),
        ("name", "Patel"),
        ("name", "Rivera"),
        ("search", "searched-name"),
        ("identifier", "MRN-1007"),
        ("user", "hannah"),
        ("unknown user", "somebody-unknown"),
        ("birth date", "1978-04-17"),
        ("fhirUser", "Practitioner/hannah-patel"),
        ("fhirUser", "Patient/"),
        ("user", "amy-shaw"),
        ("address", ADDRESS),
    ] {
        used.note(what, text);
    }
    used.note("challenge", challenge(VERIFIER));
    ehr_launch(&server, &mut used).await;
    standalone_launch(&server, &mut used).await;
    wrong_sign_ins(&server, &mut used).await;
    backend_service(&server, &mut used).await;
    refused_requests(&server, &mut used).await;
    broken_fhir_server(&server, &mut used).await;
    outage(&server, &mut used).await;
    for (what, text) in super::everywhere::all().await {
        used.note(what, text);
    }

    tracing::info!(target: "server", "a canary");
    let log = log.text();
    assert!(
        log.contains("a canary")
            && log.contains("answered")
            && log.contains("refused")
            && [
                "token",
                "authorize",
                "introspect",
                "revoke",
                "launch-context",
                "healthlake",
                "authorizer",
                "rotate-keys"
            ]
            .iter()
            .all(|function| log.contains(&format!("function=\"{function}\""))),
        "nothing was heard: {log}"
    );
    assert_eq!(used.found_in(&log), None);
}

/// The search itself is tried: what is logged on purpose is found, as it is and as a form has it.
#[tokio::test]
async fn whatever_is_logged_of_it_is_found() {
    let mut used = Used::default();
    for (what, text) in
        [("name", "Amy Shaw"), ("birth date", "1978-04-17"), ("scope", "patient/*.rs?category=laboratory")]
    {
        used.note(what, text);
    }
    for said in ["Amy Shaw signed in", "name=Amy%20Shaw", "{\"patient\":\"born 1978-04-17\"}"] {
        let (log, _listening) = Log::listen();
        tracing::info!(target: "server", "nothing of anybody");
        assert_eq!(used.found_in(&log.text()), None);
        tracing::info!(target: "server", detail = said, "refused");
        assert!(used.found_in(&log.text()).is_some(), "{said}");
    }
}

async fn ehr_launch(server: &TestServer, used: &mut Used) {
    let app = App::symmetric(server);
    let context = json!({ "patient": "wei-chen", "encounter": "visit-of-wei", "user": "hannah" });
    let launch = Ehr::of(server).launches(context).await;
    used.note("launch handle", &launch);
    let url = app.with_launch("launch openid fhirUser offline_access patient/*.rs", &launch);
    let mut hannah = Person::named(server, "hannah");
    let answer = hannah.goes_through(&url, None).await;
    used.note_person(&hannah);
    let code = answer.query("code").expect("a code");
    used.note("code", &code);
    let tokens = app.exchanges(&code).await;
    used.note_tokens(&tokens.0);
    app.introspected(tokens.access_token()).await;
    let second = app.refreshes(tokens.refresh_token()).await;
    used.note_tokens(&second.0);
    app.posts("revoke", &[("token", second.refresh_token())]).await;
    app.introspected(second.access_token()).await;
    app.redeems(&code).await;
}

async fn standalone_launch(server: &TestServer, used: &mut Used) {
    let app = App::public(server);
    let request = with(app.request(SCOPE), "nonce", Some("a-nonce-of-the-app"));
    let request = with(request, "login_hint", Some("hannah"));
    let mut hannah = Person::named(server, "hannah");
    let picker = hannah.goes_to(&authorize_url(&request), "patient", None).await;
    used.note("interaction", picker.url.rsplit('/').next().unwrap_or_default());
    used.note("csrf", &picker.fields[0].1);
    hannah.opens(&format!("{}?name=searched-name", picker.url)).await.page();
    let consent = hannah.does(&picker, Some("wei-chen")).await.page();
    let answer = hannah.does(&consent, None).await.app();
    used.note_person(&hannah);
    let code = answer.query("code").expect("a code");
    used.note("code", &code);
    let tokens = app.exchanges(&code).await;
    used.note_tokens(&tokens.0);
    let rotated = app.refreshes(tokens.refresh_token()).await;
    used.note_tokens(&rotated.0);
    app.sends_refresh(tokens.refresh_token(), None).await;
    app.introspected(rotated.access_token()).await;
    for token in server.fhir.tokens() {
        used.note("token of the server itself", token);
    }
}

async fn wrong_sign_ins(server: &TestServer, used: &mut Used) {
    let mut hannah = Person::named(server, "hannah");
    let page = hannah.opens(&App::public(server).standalone(SCOPE)).await.page();
    for username in ["hannah", "somebody-unknown", "amy-shaw"] {
        hannah.submits(&page, &[("username", username), ("password", WRONG)]).await.page();
    }
    hannah.submits(&page.with("csrf", WRONG), &[("username", "hannah"), ("password", PASSWORD)]).await.end();
    used.note_person(&hannah);
    let mut amy = Person::named(server, "amy");
    let launch = Ehr::of(server).launches_patient("wei-chen").await;
    used.note("launch handle", &launch);
    let page = amy.opens(&App::public(server).with_launch("launch openid patient/*.rs", &launch)).await.page();
    amy.does(&page, None).await.app();
    Person::named(server, "rosa").opens(&page.url).await.end();
    let mut rosa = Person::named(server, "rosa");
    let picker = rosa.goes_to(&App::public(server).standalone(SCOPE), "patient", None).await;
    rosa.submits(&picker, &[("patient", "wei-chen")]).await.page();
    rosa.submits(&picker, &[("cancel", "yes")]).await.app();
}

async fn backend_service(server: &TestServer, used: &mut Used) {
    let backend = App::backend(server);
    let assertion = backend.assertion();
    let good = assertion.sign();
    let spoilt = assertion.clone().with_claim("exp", json!(1)).sign();
    used.note("assertion", &good);
    used.note("assertion", &spoilt);
    for assertion in [good.clone(), good, spoilt, "not.an.assertion".to_owned()] {
        let mut form = vec![("grant_type".to_owned(), "client_credentials".to_owned())];
        form.push(("scope".to_owned(), "__launch.create".to_owned()));
        form.extend(kit::app::assertion_form(&assertion));
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = server.post("/clinic/token", &form, &[]).await;
        if answer.status == 200 {
            let tokens = answer.json();
            used.note_tokens(&tokens);
            let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap_or_default());
            server.post("/clinic/launchContext", &[("patient", "wei-chen")], &[("authorization", &bearer)]).await;
            server.post("/clinic/introspect", &[("token", &bearer)], &[("authorization", &bearer)]).await;
        }
    }
    App::asymmetric(server, SigningAlg::RS384).redeems("no-such-code-wei-chen").await;
}

/// Whatever a caller gets wrong, the refusal must not repeat what they sent.
async fn refused_requests(server: &TestServer, used: &mut Used) {
    let secret = "a-secret-in-the-wrong-place";
    used.note("misplaced secret", secret);
    for (user, password) in [("clinic-ehr", secret), (secret, secret), ("symmetric-app", secret)] {
        let authorization = basic(user, password);
        used.note("Basic header", authorization.trim_start_matches("Basic "));
        for path in ["token", "introspect", "revoke", "launchContext"] {
            let form =
                [("grant_type", "refresh_token"), ("refresh_token", secret), ("token", secret), ("patient", secret)];
            server.post(&format!("/clinic/{path}"), &form, &[("authorization", &authorization)]).await;
            let twice = [("token", secret), ("token", secret), ("code", secret), ("code", secret)];
            server.post(&format!("/clinic/{path}?access_token={secret}"), &twice, &[]).await;
        }
    }
    let bearer = format!("Bearer {secret}");
    for path in ["token", "introspect", "revoke", "launchContext", secret] {
        let headers = [("authorization", bearer.as_str())];
        server.post(&format!("/clinic/{path}"), &[("token", secret)], &headers).await;
    }
    let request = App::public(server).request(SCOPE);
    for name in
        ["client_id", "redirect_uri", "response_type", "aud", "scope", "code_challenge", "launch", "prompt", "request"]
    {
        server
            .get(authorize_url(&with(request.clone(), name, Some(secret))).trim_start_matches(kit::server::BASE))
            .await;
    }
    server.get(&format!("/clinic/authorize/{secret}?name=searched-name")).await;
    let ehr = Ehr::of(server);
    for context in [
        json!({ "patient": "wei-chen/amy-shaw" }),
        json!({ "patient": secret, "encounter": "Patient/wei-chen" }),
        json!({ "fhirContext": [{ "reference": "Patient/wei-chen" }] }),
        json!({ "smart_style_url": secret }),
        json!({ "patient": "wei-chen", "client_id": secret }),
    ] {
        assert_eq!(ehr.sends(&context).await.status, 400);
    }
}

async fn broken_fhir_server(server: &TestServer, used: &mut Used) {
    server.fhir.breaks();
    let mut hannah = Person::named(server, "hannah");
    let page = hannah.goes_to(&App::public(server).standalone(SCOPE), "cancel", None).await;
    let page = hannah.does(&page, None).await.page();
    hannah.opens(&format!("{}?name=searched-name", page.url)).await.page();
    hannah.submits(&page, &[("patient", "wei-chen")]).await.page();
    used.note_person(&hannah);
    let launch = Ehr::of(server).launches_patient("wei-chen").await;
    used.note("launch handle", &launch);
    let url = App::public(server).with_launch("launch openid patient/*.rs", &launch);
    Person::named(server, "hannah").goes_through(&url, None).await;
    // The same where nobody listens at all.
    let closed = TestServer::start_with(|toml| toml.replace("{fhir}", "http://127.0.0.1:9/fhir")).await;
    let request = with(App::public(&closed).request(SCOPE), "aud", Some("http://127.0.0.1:9/fhir"));
    let mut hannah = Person::named(&closed, "hannah");
    let page = hannah.goes_to(&authorize_url(&request), "cancel", None).await;
    let page = hannah.does(&page, None).await.page();
    hannah.opens(&format!("{}?name=searched-name", page.url)).await.page();
    hannah.submits(&page, &[("patient", "wei-chen")]).await.page();
    used.note_person(&hannah);
}

async fn outage(server: &TestServer, used: &mut Used) {
    let app = App::public(server);
    let mut amy = Person::named(server, "amy");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let code = app.code("amy", SCOPE, None).await;
    used.note("code", &code);
    used.note_person(&amy);
    server.loses_its_table();
    assert_eq!(amy.does(&page, None).await.end().status, 503);
    assert_eq!(app.redeems(&code).await.status, 503);
    assert_eq!(Ehr::of(server).sends(&json!({ "patient": "wei-chen" })).await.status, 503);
    assert_eq!(app.sends_refresh(&code, None).await.status / 100, 4);
}
