//! Where a person is signed in: they see it, and sign out everywhere else, at whichever instance somebody signs in as them.

use super::*;
use kit::Provider;
use rules::{
    credentials::Credentials,
    session::{Session, SessionState},
    tenant::{CONFIGURATION_AGE, TenantId},
};
use serde_json::json;
use server::store::{List, ListOf, Versioned, Write};

const HERE: &str = "This browser";
const ELSEWHERE: &str = "Another browser or device";

async fn listed(server: &TestServer) -> Vec<Versioned<Session>> {
    let clinic = TenantId::parse("clinic").expect("an id");
    let of = ListOf::all(&clinic, List::Sessions);
    server.server.store.listed(&of, server.now()).await.expect("the table answers")
}

/// Whether the management page knows who is there.
async fn is_signed_in(person: &mut Person<'_>) -> bool {
    text_of(person.opens(&url()).await).is_some_and(|text| text.contains(HERE))
}

fn text_of(place: Place) -> Option<String> {
    match place {
        Place::Page(page) => Some(page.answer.body),
        Place::End(answer) => Some(answer.body),
        Place::App(_) => None,
    }
}

/// Signs out everywhere else, and says what the next page has.
async fn signs_out_elsewhere(person: &mut Person<'_>) -> String {
    let page = form(person).await;
    let place = person.submits(&page, &[("decision", "everywhere")]).await;
    text_of(place).expect("a page")
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_signs_out_everywhere_else() {
    let server = TestServer::start().await;
    let mut other = Person::named(&server, "amy");
    manages(&mut other).await;
    server.passes(3600);
    let mut amy = Person::named(&server, "amy");
    let page = manages(&mut amy).await;
    for text in [HERE, ELSEWHERE, "Since 15 January 2027, 08:00 UTC, until", "Since 15 January 2027, 09:00 UTC, until"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    let mut rosa = Person::named(&server, "rosa");
    let page = manages(&mut rosa).await;
    assert!(page.contains("You are signed in nowhere else") && !page.contains(ELSEWHERE), "{page}");

    let done = signs_out_elsewhere(&mut amy).await;

    assert!(done.contains("You are signed out everywhere else") && !done.contains(ELSEWHERE), "{done}");
    assert!(is_signed_in(&mut amy).await && is_signed_in(&mut rosa).await);
    assert!(!is_signed_in(&mut other).await);
    // For whoever looks at the session alone: it has ended, and is not only void.
    assert_eq!(listed(&server).await.len(), 2);
}

/// The list is a moment late, and another instance may be writing a session that it has decided on before.
#[tokio::test]
async fn a_session_that_was_made_at_the_same_moment_is_over_though_no_list_had_it() {
    let server = TestServer::start().await;
    let mut other = Person::named(&server, "amy");
    manages(&mut other).await;
    let unseen = listed(&server).await;
    let mut amy = Person::named(&server, "amy");
    manages(&mut amy).await;
    signs_out_elsewhere(&mut amy).await;
    come_late(&server, unseen).await;
    assert!(!is_signed_in(&mut other).await);
    assert!(is_signed_in(&mut amy).await);
}

/// These are written once more, as if their write had taken until now.
async fn come_late(server: &TestServer, sessions: Vec<Versioned<Session>>) {
    assert!(sessions.iter().all(|session| matches!(session.state, SessionState::Open(_))) && !sessions.is_empty());
    let writes = sessions.iter().map(|session| Write::overwrite(&session.value).expect("an item")).collect();
    server.server.store.write_unraced(writes).await.expect("written");
}

/// People of a provider have nothing here that their sessions were made with.
#[tokio::test]
async fn people_of_a_provider_sign_out_everywhere_else_too() {
    let provider = Provider::start().await;
    let okta = provider.in_tenant_file("okta", "token_endpoint_auth_method = \"none\"\nfhir_user_claim = \"fhirUser\"");
    let policy = "[policy]\nloopback_key_sets = true\nlocal_sign_in = false";
    let server = TestServer::start_with(|toml| format!("{toml}{okta}\n{policy}\n")).await;
    let claims = json!({ "sub": "00u-amy", "name": "Amy at the provider", "fhirUser": "Patient/amy-shaw" });
    let signs_in = async |person: &mut Person<'_>| {
        let sent = person.opens(&url()).await.app().location().to_owned();
        person.opens(&provider.signs_in(&sent, claims.clone(), server.now().0)).await
    };
    let (mut other, mut amy) = (Person::named(&server, "amy"), Person::named(&server, "amy"));
    signs_in(&mut other).await;
    let unseen = listed(&server).await;
    signs_in(&mut amy).await;
    assert!(manages(&mut amy).await.contains(ELSEWHERE));
    let mut copy = Person::named(&server, "amy");
    copy.cookies = amy.cookies.clone();
    assert!(is_signed_in(&mut copy).await);

    let done = signs_out_elsewhere(&mut amy).await;

    assert!(done.contains("You are signed out everywhere else") && !done.contains(ELSEWHERE), "{done}");
    assert!(is_signed_in(&mut amy).await);
    assert!(!is_signed_in(&mut other).await);
    assert!(!is_signed_in(&mut copy).await, "the cookie of before is nobody's");
    come_late(&server, unseen).await;
    assert!(!is_signed_in(&mut other).await, "made at the same moment");
    // Whoever signs in after that is signed in.
    server.passes(1);
    signs_in(&mut other).await;
    assert!(is_signed_in(&mut other).await && is_signed_in(&mut amy).await);
    // What is kept of it goes with the last session that it concerns; so it can be done again, though it lies in the table still.
    let clinic = server.server.tenant("clinic", server.now()).await.expect("the table").expect("a tenant");
    let kept = async || {
        let of = ListOf::all(&clinic.id, List::Credentials);
        server.server.store.listed::<Credentials>(&of, server.now()).await.expect("the table").len()
    };
    server.passes(clinic.policy.session_seconds - 1);
    assert_eq!((kept().await, listed(&server).await.len()), (1, 1));
    server.passes(CONFIGURATION_AGE + 1);
    assert_eq!((kept().await, listed(&server).await.len()), (0, 0));
    for person in [&mut other, &mut amy] {
        signs_in(person).await;
    }
    signs_out_elsewhere(&mut amy).await;
    assert!(is_signed_in(&mut amy).await && !is_signed_in(&mut other).await);
    assert_eq!(kept().await, 1);
}

/// Another site's form, and a link that somebody sends, say and do nothing.
#[tokio::test]
async fn nobody_signs_a_person_out_but_themselves() {
    let server = TestServer::start().await;
    let (mut other, mut amy) = (Person::named(&server, "amy"), Person::named(&server, "amy"));
    manages(&mut other).await;
    manages(&mut amy).await;
    for csrf in ["", "guessed"] {
        amy.posts(&url(), &[("decision", "everywhere"), ("csrf", csrf)]).await;
        assert!(is_signed_in(&mut other).await);
    }
    let said = text_of(amy.opens(&format!("{}?said=everywhere", url())).await).expect("a page");
    assert!(!said.contains("You are signed out everywhere else"), "{said}");
}
