//! How a password is kept: a hash below OWASP's minimum is replaced at sign-in, and the person stays signed in.

use super::{own_page, signs_in};
use crate::second_factors::kept;
use kit::{
    Person, TestServer,
    server::{ISSUER, PASSWORD, password_hash_of},
};
use rules::hash_work::is_weak;

/// By the recipe that the documentation had.
async fn with_weak_hash() -> TestServer {
    let weak = password_hash_of(4096, 3);
    TestServer::start_with(|toml| {
        let (before, after) = toml.split_once("username = \"amy\"\n").expect("Amy");
        let (_, after) = after.split_once('\n').expect("her password");
        format!("{before}username = \"amy\"\npassword_hash = \"{weak}\"\n{after}")
    })
    .await
}

#[tokio::test]
async fn a_weak_hash_is_renewed_at_sign_in_and_sessions_go_on() {
    let server = with_weak_hash().await;
    assert!(kept(&server, "amy").await.is_none());
    assert!(!signs_in(&server, "amy", "wrong").await);
    assert!(kept(&server, "amy").await.is_none(), "a wrong password renews nothing");
    let mut amy = Person::named(&server, "amy");
    own_page(&mut amy).await;
    let own = kept(&server, "amy").await.expect("a stronger hash").password.expect("a hash");
    assert!(!is_weak(&own.hash));
    // The sign-in that renewed it, and one after it, are good; the page says nothing of a change.
    let mut second = Person::named(&server, "amy");
    own_page(&mut second).await;
    for person in [&mut amy, &mut second] {
        let page = person.opens(&format!("{ISSUER}/account")).await.page();
        assert!(page.asks("current") && !page.answer.body.contains("You changed it"), "{}", page.answer.body);
    }
    assert_eq!(kept(&server, "amy").await.expect("hers").password.expect("a hash").hash, own.hash, "once is enough");
    assert!(signs_in(&server, "amy", PASSWORD).await && !signs_in(&server, "amy", "wrong").await);
}

/// It was not the operator who changed it: the file's next password is a reset, and a person's own goes on to count.
#[tokio::test]
async fn a_password_chosen_after_that_is_the_persons_own() {
    let server = with_weak_hash().await;
    assert!(signs_in(&server, "amy", PASSWORD).await);
    super::changed(&server, "amy").await;
    assert!(signs_in(&server, "amy", super::NEW).await && !signs_in(&server, "amy", PASSWORD).await);
    let own = kept(&server, "amy").await.expect("hers");
    assert_eq!(own.chosen_since(), Some(server.now()));
}

/// Best effort: what can't be written is tried again by the next sign-in.
#[tokio::test]
async fn a_sign_in_costs_one_write_more_once() {
    let server = with_weak_hash().await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        let mut amy = Person::named(&server, "amy");
        let page = amy.opens(&kit::App::public(&server).standalone("openid")).await.page();
        server.calls.take();
        amy.does(&page, None).await.page();
        costs.push(server.calls.take());
    }
    let [first, second] = &costs[..] else { panic!("two") };
    assert_eq!(first.len(), second.len() + 1);
    assert_eq!(first.iter().filter(|call| *call == "PutItem").count(), 1, "{first:?}");
}

/// The recipe of the documentation makes what this server would make itself.
#[test]
fn the_recipe_of_the_documentation_meets_owasps_minimum() {
    let text = include_str!("../../../infra/tenant-file.md");
    let recipes: Vec<&str> = text.split('`').filter(|code| code.contains("| argon2 ")).collect();
    assert!(!recipes.is_empty());
    for recipe in recipes {
        let value = |flag: &str| -> u32 {
            let mut words = recipe.split_whitespace().skip_while(|word| *word != flag).skip(1);
            words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("{flag} in {recipe}"))
        };
        let (memory, passes, lanes) = (value("-k"), value("-t"), value("-p"));
        let phc = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng");
        assert!(!is_weak(&rules::secret::ChosenSecretHash::Argon2id(phc)), "{recipe}");
    }
}
