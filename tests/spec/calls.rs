//! What a request costs: calls to DynamoDB and signatures, once the tenant and the client are in memory. The bill of a
//! deployment is made of these numbers.

use admin::cost::operations::{self, Operation};
use kit::{
    App, DocumentServer, Ehr, Person, TestServer,
    app::{Proof, assertion_form, introspect, with},
    document_server::taking_documents,
    dpop::DpopKey,
};

const SCOPE: &str = "openid fhirUser launch/patient offline_access patient/*.rs";
const WITHOUT_OPENID: &str = "launch/patient offline_access patient/*.rs";

/// What the last request cost.
struct Meter<'a> {
    server: &'a TestServer,
    signatures: u64,
}

impl<'a> Meter<'a> {
    fn starts(server: &'a TestServer) -> Meter<'a> {
        server.calls.take();
        Meter { server, signatures: server.signatures() }
    }

    /// Exactly what `admit cost` reckons with.
    fn is(self, operation: &Operation) {
        self.reads(&operation.call_names(), operation.signatures.len() as u64);
    }

    fn reads(self, calls: &[&str], signatures: u64) {
        assert_eq!(self.server.calls.take(), calls);
        assert_eq!(self.server.signatures() - self.signatures, signatures, "signatures");
    }
}

#[tokio::test]
async fn discovery_costs_nothing() {
    let server = TestServer::start().await;
    let paths = [
        "/clinic/.well-known/smart-configuration",
        "/clinic/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/clinic",
        "/clinic/.well-known/jwks.json",
    ];
    server.get(paths[0]).await;
    for path in paths {
        let meter = Meter::starts(&server);
        assert_eq!(server.get(path).await.status, 200);
        meter.is(&operations::DISCOVERY);
    }
}

#[tokio::test]
async fn a_code_exchange_costs_a_read_a_write_while_its_person_is_there_and_a_signature_for_each_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (scope, operation) in [(SCOPE, operations::CODE_WITH_OPENID), (WITHOUT_OPENID, operations::CODE)] {
        let code = app.code("amy", scope, None).await;
        let meter = Meter::starts(&server);
        app.exchanges(&code).await;
        meter.is(&operation);
    }
}

#[tokio::test]
async fn a_refresh_costs_a_read_one_of_its_person_a_write_and_a_signature_for_each_token() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    for (scope, operation) in [(SCOPE, operations::REFRESH_WITH_OPENID), (WITHOUT_OPENID, operations::REFRESH)] {
        let tokens = app.gets_tokens("amy", scope, None).await;
        let meter = Meter::starts(&server);
        app.refreshes(tokens.refresh_token()).await;
        meter.is(&operation);
    }
}

#[tokio::test]
async fn a_secret_costs_nothing_more() {
    let server = TestServer::start().await;
    let app = App::symmetric(&server);
    let code = app.code("amy", WITHOUT_OPENID, None).await;
    let meter = Meter::starts(&server);
    app.exchanges(&code).await;
    meter.is(&operations::CODE);
}

#[tokio::test]
async fn an_assertion_costs_the_write_of_its_jti() {
    let server = TestServer::start().await;
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    let code = app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let tokens = app.exchanges(&code).await;
    meter.is(&operations::CODE_BY_KEY);
    let meter = Meter::starts(&server);
    app.refreshes(tokens.refresh_token()).await;
    meter.reads(&["PutItem", "GetItem", "BatchGetItem", "PutItem"], 2);
}

#[tokio::test]
async fn client_credentials_cost_the_write_of_the_jti_and_a_signature() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    app.asks_for_itself("system/*.rs").await;
    let meter = Meter::starts(&server);
    app.asks_for_itself("system/*.rs").await;
    meter.is(&operations::CLIENT_CREDENTIALS);
}

#[tokio::test]
async fn introspection_by_a_fhir_server_costs_one_read() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let own = App::backend(&server).asks_for_itself("system/*.rs").await.json();
    for token in [tokens.access_token(), own["access_token"].as_str().expect("a token"), tokens.refresh_token()] {
        let meter = Meter::starts(&server);
        introspect(&server, token).await;
        meter.is(&operations::INTROSPECTION);
    }
}

#[tokio::test]
async fn a_token_that_is_not_ours_or_has_expired_costs_nothing() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    server.passes(3600);
    introspect(&server, "x").await;
    for token in ["x", "a.b.c", tokens.access_token()] {
        let meter = Meter::starts(&server);
        introspect(&server, token).await;
        meter.reads(&[], 0);
    }
}

#[tokio::test]
async fn introspection_by_other_callers_costs_what_their_proof_costs() {
    let server = TestServer::start().await;
    let symmetric = App::symmetric(&server);
    let tokens = symmetric.gets_tokens("amy", WITHOUT_OPENID, None).await;
    let meter = Meter::starts(&server);
    symmetric.posts("introspect", &[("token", tokens.access_token())]).await;
    meter.is(&operations::INTROSPECTION);
    let backend = App::backend(&server);
    let bearer = backend.asks_for_itself("__introspect").await.json();
    let header = format!("Bearer {}", bearer["access_token"].as_str().expect("a token"));
    let meter = Meter::starts(&server);
    server.post("/clinic/introspect", &[("token", tokens.access_token())], &[("authorization", &header)]).await;
    meter.is(&operations::INTROSPECTION_BY_TOKEN);
    let meter = Meter::starts(&server);
    backend.posts("introspect", &[("token", tokens.access_token())]).await;
    meter.is(&operations::INTROSPECTION_BY_KEY);
}

#[tokio::test]
async fn a_revocation_costs_a_read_and_a_write() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    app.revokes(tokens.access_token()).await;
    meter.is(&operations::REVOCATION);
    let meter = Meter::starts(&server);
    app.revokes(tokens.refresh_token()).await;
    meter.reads(&["GetItem", "PutItem"], 0);
    let meter = Meter::starts(&server);
    app.revokes("unknown").await;
    meter.reads(&[], 0);
}

#[tokio::test]
async fn a_bad_signature_costs_nothing_and_a_bad_secret_three_counts() {
    let server = TestServer::start().await;
    let app = App::backend(&server);
    app.asks_for_itself("system/*.rs").await;
    let proof = assertion_form(&app.assertion().signed_by_a_stranger());
    let form = with(proof, "grant_type", Some("client_credentials"));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let meter = Meter::starts(&server);
    assert_eq!(server.post("/clinic/token", &form, &[]).await.status, 401);
    meter.reads(&[], 0);
    let symmetric =
        App { proof: Proof::Basic("wrong-secret-of-more-than-thirty-two-characters"), ..App::symmetric(&server) };
    symmetric.revokes("x").await;
    let meter = Meter::starts(&server);
    assert_eq!(symmetric.revokes("x").await.status, 401);
    meter.is(&operations::WRONG_SECRET);
    // A right one takes them back, once.
    for cost in [vec!["UpdateItem", "UpdateItem"], vec![]] {
        let meter = Meter::starts(&server);
        assert_eq!(App::symmetric(&server).revokes("x").await.status, 200);
        meter.reads(&cost, 0);
    }
    // Whoever must wait costs nothing at all.
    for _ in 0..11 {
        symmetric.revokes("x").await;
    }
    let meter = Meter::starts(&server);
    assert_eq!(symmetric.revokes("x").await.status, 429);
    meter.reads(&[], 0);
}

#[tokio::test]
async fn an_authorization_costs_a_read_for_each_page_and_a_write_for_each_step() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let mut person = Person::named(&server, "amy");
    let meter = Meter::starts(&server);
    let sign_in = person.opens(&app.standalone(SCOPE)).await.page();
    // The interaction begins, and its first page is shown.
    meter.is(&operations::AUTHORIZE_BEGINS);
    let meter = Meter::starts(&server);
    let consent = person.does(&sign_in, None).await.page();
    // The interaction, the user with what was wrong before, what they have made their own, what is known now with the new
    // session; then the page, with the session and its person.
    meter.is(&operations::AUTHORIZE_SIGN_IN);
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    // The interaction, the session and its person; the grant and the finished interaction in one transaction.
    meter.is(&operations::AUTHORIZE_CONSENT);
}

/// A write more in all, which is the push.
#[tokio::test]
async fn a_pushed_request_costs_the_write_of_it_and_no_further_call() {
    let server = TestServer::start_with(kit::journeys::pushing).await;
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let mut person = Person::named(&server, "amy");
    let meter = Meter::starts(&server);
    let url = app.pushed(&app.request(SCOPE)).await;
    meter.is(&operations::PUSHED_REQUEST);
    let meter = Meter::starts(&server);
    let sign_in = person.opens(&url).await.page();
    // What was pushed; that it was opened, in one transaction with the interaction; its first page.
    meter.is(&operations::AUTHORIZE_BEGINS_PUSHED);
    let meter = Meter::starts(&server);
    let consent = person.does(&sign_in, None).await.page();
    meter.is(&operations::AUTHORIZE_SIGN_IN);
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    meter.is(&operations::AUTHORIZE_CONSENT_PUSHED);
    // Opened again it is used, and that costs a read.
    let meter = Meter::starts(&server);
    person.opens(&url).await.end();
    meter.reads(&["BatchGetItem"], 0);
}

#[tokio::test]
async fn a_pushed_request_of_a_key_costs_its_jti_and_one_with_a_launch_a_read_of_that() {
    let server = TestServer::start_with(kit::journeys::pushing).await;
    let app = App::asymmetric(&server, rules::tenant::SigningAlg::ES384);
    app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    app.pushed(&app.request(SCOPE)).await;
    meter.reads(&["PutItem", "PutItem"], 0);
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let request = kit::app::with(app.request("launch patient/*.rs"), "launch", Some(&launch));
    let meter = Meter::starts(&server);
    app.pushed(&request).await;
    meter.reads(&["BatchGetItem", "PutItem"], 0);
}

#[tokio::test]
async fn a_pushed_request_that_is_answered_at_once_costs_a_read_more() {
    let server = TestServer::start_with(kit::journeys::pushing_and_remembering).await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    person.goes_through(&app.standalone(SCOPE), None).await;
    let url = app.pushed(&app.request(SCOPE)).await;
    let meter = Meter::starts(&server);
    person.asks(&url).await.query("code").expect("a code");
    // What was pushed, with the session and its person; the remembered yes, which depends on it; then all is written at once.
    meter.reads(&["BatchGetItem", "BatchGetItem", "TransactWriteItems"], 0);
}

#[tokio::test]
async fn a_second_app_costs_two_calls_a_page() {
    let server = TestServer::start().await;
    let (app, second) = (App::public(&server), App::second(&server));
    second.code("amy", SCOPE, None).await;
    let mut person = Person::named(&server, "amy");
    person.goes_through(&app.standalone(SCOPE), None).await;
    let meter = Meter::starts(&server);
    let consent = person.opens(&second.standalone(SCOPE)).await.page();
    person.does(&consent, None).await.app();
    // The session and its person, and the interaction begins; the page is shown; then the answer.
    meter.is(&operations::AUTHORIZE_SECOND_APP);
}

#[tokio::test]
async fn online_access_costs_a_read_of_its_session_and_at_refresh_one_with_its_user() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let launch = Ehr::of(&server).launches_patient("amy-shaw").await;
    let url = app.with_launch("launch online_access patient/*.rs", &launch);
    let answer = Person::named(&server, "hannah").goes_through(&url, None).await;
    let tokens = app.exchanges(&answer.query("code").expect("a code")).await;
    let meter = Meter::starts(&server);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    meter.is(&operations::REFRESH_ONLINE);
    let meter = Meter::starts(&server);
    introspect(&server, tokens.access_token()).await;
    meter.reads(&["GetItem", "GetItem"], 0);
}

#[tokio::test]
async fn userinfo_costs_one_read() {
    let server = TestServer::start().await;
    let tokens = App::public(&server).gets_tokens("amy", SCOPE, None).await;
    let header = format!("Bearer {}", tokens.access_token());
    let meter = Meter::starts(&server);
    let answer = server.request(axum::http::Method::GET, "/clinic/userinfo", &[("authorization", &header)], "").await;
    assert_eq!(answer.status, 200);
    meter.is(&operations::USERINFO);
}

#[tokio::test]
async fn a_launch_costs_a_write_when_it_is_made_and_two_reads_on_the_way() {
    let server = TestServer::start().await;
    let (app, ehr) = (App::public(&server), Ehr::of(&server));
    app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let launch = ehr.launches_patient("amy-shaw").await;
    meter.is(&operations::LAUNCH_CONTEXT);
    let mut person = Person::named(&server, "amy");
    let meter = Meter::starts(&server);
    let sign_in = person.opens(&app.with_launch("launch patient/*.rs", &launch)).await.page();
    meter.reads(&["BatchGetItem", "PutItem", "BatchGetItem"], 0);
    let consent = person.does(&sign_in, None).await.page();
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    // The launch is used up in the same transaction.
    meter.reads(&["BatchGetItem", "GetItem", "TransactWriteItems"], 0);
}

#[tokio::test]
async fn a_remembered_yes_costs_the_read_of_it_and_is_kept_with_the_grant() {
    let policy = "[policy]\nremember_consent_seconds = 86400\n[[fhir_servers]]";
    let server = TestServer::start_with(|toml| toml.replacen("[[fhir_servers]]", policy, 1)).await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let consent = person.goes_to(&app.standalone(SCOPE), "decision", None).await;
    let meter = Meter::starts(&server);
    person.does(&consent, None).await.app();
    // The interaction, the session and its person; then the grant, its line in the person's list, what is remembered.
    meter.reads(&["BatchGetItem", "TransactWriteItems"], 0);
    // Also where the session's idle time begins anew with it.
    for seconds in [0, 1_200] {
        server.passes(seconds);
        // The tenant and the client are in memory.
        app.code("amy", SCOPE, None).await;
        let meter = Meter::starts(&server);
        let answer = person.asks(&app.standalone(SCOPE)).await;
        assert!(answer.location().starts_with("https://app.example/"), "in one exchange: {}", answer.location());
        meter.is(&operations::AUTHORIZE_AT_ONCE);
        let meter = Meter::starts(&server);
        app.exchanges(&answer.query("code").expect("a code")).await;
        meter.is(&operations::CODE_WITH_OPENID);
    }
}

/// Whose record an EHR shows is in the launch; where a yes holds for every record, or needs none, all is read together.
#[tokio::test]
async fn a_launch_without_pages_costs_two_calls_and_one_more_where_each_record_has_a_yes_of_its_own() {
    for (policy, consent, calls) in [
        ("remember_consent_seconds = 0", "never", &["BatchGetItem", "TransactWriteItems"][..]),
        (
            "remember_consent_seconds = 86400\nremember_consent_for = \"user\"",
            "ask",
            &["BatchGetItem", "TransactWriteItems"],
        ),
        ("remember_consent_seconds = 86400", "ask", &["BatchGetItem", "GetItem", "TransactWriteItems"]),
    ] {
        let server = TestServer::start_with(|toml| {
            let toml = toml.replacen("[[fhir_servers]]", &format!("[policy]\n{policy}\n[[fhir_servers]]"), 1);
            let own = format!("client_id = \"public-app\"\nconsent = \"{consent}\"");
            toml.replacen("client_id = \"public-app\"", &own, 1)
        })
        .await;
        let (app, ehr) = (App::public(&server), Ehr::of(&server));
        let mut hannah = Person::named(&server, "hannah");
        for turn in 0..2 {
            let launch = ehr.launches_patient("wei-chen").await;
            let url = app.with_launch("launch patient/*.rs", &launch);
            if turn == 0 {
                hannah.goes_through(&url, None).await;
                continue;
            }
            let meter = Meter::starts(&server);
            assert!(hannah.asks(&url).await.query("code").is_some(), "{policy}");
            meter.reads(calls, 0);
        }
    }
}

#[tokio::test]
async fn a_page_of_the_picker_costs_one_call_and_its_form_two() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut hannah = Person::named(&server, "hannah");
    hannah.goes_through(&app.standalone(SCOPE), Some("wei-chen")).await;
    let meter = Meter::starts(&server);
    let picker = hannah.opens(&app.standalone(SCOPE)).await.page();
    // The session and its person, and the interaction begins; then the page, which reads patients with a token of ours.
    meter.reads(&["BatchGetItem", "PutItem", "BatchGetItem"], 1);
    let meter = Meter::starts(&server);
    let answer = hannah.answers(&picker, &[("patient", "wei-chen")]).await;
    assert_eq!(answer.location(), picker.url);
    meter.reads(&["BatchGetItem", "PutItem"], 1);
    let meter = Meter::starts(&server);
    hannah.asks(&picker.url).await;
    meter.reads(&["BatchGetItem"], 0);
}

#[tokio::test]
async fn an_own_page_costs_one_call_for_its_person() {
    let server = TestServer::start().await;
    let mut amy = Person::named(&server, "amy");
    amy.goes_through(&App::public(&server).standalone(SCOPE), None).await;
    let meter = Meter::starts(&server);
    assert_eq!(amy.asks(&format!("{}/account", kit::server::ISSUER)).await.status, 200);
    meter.reads(&["BatchGetItem"], 0);
}

/// A cookie of before it said whose the session is, or of somebody whose name has changed since: what it does not say is read in a
/// second call.
#[tokio::test]
async fn a_session_whose_cookie_does_not_say_whose_it_is_costs_one_call_more() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    app.code("amy", SCOPE, None).await;
    let mut amy = Person::named(&server, "amy");
    let mut other = Person::named(&server, "hannah");
    let page = amy.goes_to(&app.standalone(SCOPE), "decision", None).await;
    other.goes_to(&app.standalone(SCOPE), "patient", None).await;
    let parts = |person: &Person<'_>| -> Vec<String> {
        person.session_cookie().expect("a session").split('.').map(str::to_owned).collect()
    };
    let (own, hannahs) = (parts(&amy), parts(&other));
    for cookie in [[&own[0], &own[1], &hannahs[2]].map(String::as_str).join("."), own[..2].join(".")] {
        amy.cookies.insert(kit::browser::SESSION_COOKIE.to_owned(), cookie);
        let meter = Meter::starts(&server);
        let shown = amy.opens(&page.url).await.page();
        assert!(shown.asks("decision") && shown.answer.body.contains("Amy Shaw"));
        meter.reads(&["BatchGetItem", "BatchGetItem"], 1);
    }
}

#[tokio::test]
async fn the_management_page_costs_two_queries_at_once_and_a_read_of_each_list() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut person = Person::named(&server, "amy");
    let url = format!("{}/manage", kit::server::ISSUER);
    for _ in 0..2 {
        person.goes_through(&app.standalone(SCOPE), None).await;
    }
    let meter = Meter::starts(&server);
    let page = person.opens(&url).await.page();
    // The session and its person; the lists of grants and of sessions at once; then the grants, and the sessions with what they were
    // made with.
    meter.is(&operations::MANAGE);
    let meter = Meter::starts(&server);
    let place = person.submits(&page, &[("decision", "take-away")]).await;
    assert!(matches!(place, kit::browser::Place::End(_)));
    // The grants, and a write of all of them with their lines; then the page without them.
    let taken = ["BatchGetItem", "Query", "BatchGetItem", "TransactWriteItems"];
    let shown = ["BatchGetItem", "Query", "Query", "BatchGetItem"];
    meter.reads(&[&taken[..], &shown[..]].concat(), 0);
    // Where they are signed in stands on the first page.
    let meter = Meter::starts(&server);
    let further = person.opens(&format!("{url}?from=1")).await;
    let kit::browser::Place::End(further) = further else { panic!("a page with a form") };
    assert!(further.status == 200 && !further.body.contains("sessions-title"), "{}", further.body);
    meter.reads(&["BatchGetItem", "Query"], 0);
}

/// CIMD-14: one whose `client_id` is the address of its document costs what any other does, and its document comes in the call for its
/// client.
#[tokio::test]
async fn an_app_that_nobody_registered_costs_what_others_do_and_its_document_no_call_of_its_own() {
    let server = TestServer::start_with(|toml| taking_documents(&toml, "[\"*\"]", SCOPE)).await;
    let agent = DocumentServer::start();
    let app = agent.app(&server);
    let code = app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let tokens = app.exchanges(&code).await;
    meter.is(&operations::CODE_WITH_OPENID);
    let meter = Meter::starts(&server);
    introspect(&server, tokens.access_token()).await;
    meter.is(&operations::INTROSPECTION);
    let meter = Meter::starts(&server);
    let tokens = app.refreshes(tokens.refresh_token()).await;
    meter.is(&operations::REFRESH_WITH_OPENID);
    server.passes(30);
    let meter = Meter::starts(&server);
    app.refreshes(tokens.refresh_token()).await;
    // Tenant; client and document together; grant; person; and the refresh.
    meter.reads(&["Query", "BatchGetItem", "GetItem", "BatchGetItem", "PutItem"], 2);
    assert_eq!(agent.fetches(), 1);
    // When its time is over: who asks for it, how often its host was asked, and what came.
    server.passes(301);
    let meter = Meter::starts(&server);
    server.get(&app.standalone(SCOPE)).await;
    meter.reads(&["Query", "BatchGetItem", "PutItem", "UpdateItem", "PutItem", "PutItem"], 0);
    assert_eq!(agent.fetches(), 2);
}

/// The line of a grant in the list must outlive it, and is written anew once in a long while.
#[tokio::test]
async fn a_refresh_writes_the_list_seldom() {
    let server = TestServer::start().await;
    let app = App::public(&server);
    let mut tokens = app.gets_tokens("amy", WITHOUT_OPENID, None).await;
    let mut written = 0;
    for _ in 0..36 {
        server.passes(10 * 86_400);
        server.calls.take();
        tokens = app.refreshes(tokens.refresh_token()).await;
        written += server.calls.take().iter().filter(|call| *call == "TransactWriteItems").count();
    }
    assert!((1..=4).contains(&written), "{written} times in a year");
}

/// A proof is noted in the commit that is made anyway. A backend service without one has one call more.
#[tokio::test]
async fn a_bound_token_costs_no_call_more_where_something_is_written_anyway() {
    let server =
        TestServer::start_with(|toml| toml.replacen("url = \"{fhir}\"", "url = \"{fhir}\"\ndpop = \"accepted\"", 1))
            .await;
    let key = DpopKey::new();
    let app = App::public(&server).with_key(&key);
    let code = app.code("amy", SCOPE, None).await;
    let meter = Meter::starts(&server);
    let tokens = app.exchanges(&code).await;
    meter.is(&operations::CODE_WITH_DPOP);
    let meter = Meter::starts(&server);
    app.refreshes(tokens.refresh_token()).await;
    meter.is(&operations::REFRESH_WITH_DPOP);
    let backend = App::backend(&server).with_key(&key);
    backend.asks_for_itself("system/*.rs").await;
    let meter = Meter::starts(&server);
    backend.asks_for_itself("system/*.rs").await;
    meter.is(&operations::CLIENT_CREDENTIALS_WITH_DPOP);
}

#[tokio::test]
async fn a_proof_at_userinfo_costs_a_write_and_one_with_a_push_a_transaction() {
    let server = TestServer::start_with(|toml| {
        kit::journeys::pushing(toml).replacen("url = \"{fhir}\"", "url = \"{fhir}\"\ndpop = \"accepted\"", 1)
    })
    .await;
    let key = DpopKey::new();
    let app = App::public(&server).with_key(&key);
    let tokens = app.gets_tokens("amy", SCOPE, None).await;
    let authorization = format!("DPoP {}", tokens.access_token());
    let proof =
        key.proof(&server, "GET", "https://auth.example/clinic/userinfo").of_token(tokens.access_token()).sign();
    let meter = Meter::starts(&server);
    let headers = [("authorization", authorization.as_str()), ("dpop", &proof)];
    let person = server.request(axum::http::Method::GET, "/clinic/userinfo", &headers, "").await;
    assert_eq!(person.status, 200, "{}", person.body);
    meter.is(&operations::USERINFO_WITH_DPOP);
    let meter = Meter::starts(&server);
    app.pushed(&app.request(SCOPE)).await;
    meter.is(&operations::PUSHED_REQUEST_WITH_DPOP);
}

#[tokio::test]
async fn the_first_request_of_an_app_that_nobody_registered_costs_what_its_document_costs() {
    let server = TestServer::start_with(|toml| taking_documents(&toml, "[\"*\"]", SCOPE)).await;
    let agent = DocumentServer::start();
    server.get("/clinic/.well-known/smart-configuration").await;
    let (app, mut person) = (agent.app(&server), Person::named(&server, "amy"));
    let meter = Meter::starts(&server);
    person.opens(&app.standalone(SCOPE)).await.page();
    meter.is(&operations::AUTHORIZE_BEGINS_UNREGISTERED);
    let meter = Meter::starts(&server);
    Person::named(&server, "amy").opens(&app.standalone(SCOPE)).await.page();
    meter.is(&operations::AUTHORIZE_BEGINS);
}
