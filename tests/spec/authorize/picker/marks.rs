//! Who is dead, whose record is not in use, and which record another replaced: said in words, and a replaced one is not chosen.

use super::*;
use kit::app::with;

/// The row of this patient.
fn row<'a>(page: &'a Page, name: &str) -> &'a str {
    let (before, after) = page.answer.body.split_once(name).unwrap_or_else(|| panic!("no {name}"));
    let begin = before.rfind("class=\"choice").expect("a row");
    let end = before.len() + after.find("class=\"choice").or_else(|| after.find("</fieldset>")).expect("an end");
    &page.answer.body[begin..end]
}

#[tokio::test]
async fn each_is_said_in_words_in_every_language() {
    let server = TestServer::start().await;
    for (language, deceased, inactive, replaced) in [
        ("en", "Deceased: 14 March 2026", "Record not in use", "Replaced by another record"),
        ("nl", "Overleden: 14 maart 2026", "Dossier niet in gebruik", "Vervangen door een ander dossier"),
        ("de", "Verstorben: 14. März 2026", "Akte nicht in Gebrauch", "Durch eine andere Akte ersetzt"),
        ("es", "Fallecimiento: 14 de marzo de 2026", "Historia fuera de uso", "Sustituida por otra historia"),
        ("fr", "Décès\u{a0}: 14 mars 2026", "Dossier hors d’usage", "Remplacé par un autre dossier"),
    ] {
        let request = with(App::public(&server).request(SCOPE), "ui_locales", Some(language));
        let mut hannah = Person::named(&server, "hannah");
        let page = hannah.goes_to(&kit::app::authorize_url(&request), "patient", None).await;
        for (name, said) in [("Rafael Ortega", deceased), ("Nina Varga", inactive), ("Ingrid Olson", replaced)] {
            assert!(row(&page, name).contains(said), "{language}: {}", row(&page, name));
        }
        assert!(!row(&page, "Ingrid Olson").contains(inactive), "why it is not in use needs no saying");
        for said in [deceased, inactive, replaced] {
            assert_eq!(page.answer.body.matches(said).count(), 1, "{language}: nobody else is {said}");
        }
    }
}

/// Clinicians work in the records of the dead, and open old ones.
#[tokio::test]
async fn the_dead_and_the_inactive_can_be_chosen() {
    let server = TestServer::start().await;
    for (patient, said) in [("rafael-ortega", "Deceased: 14 March 2026"), ("nina-varga", "Record not in use")] {
        let (mut hannah, page) = picker(&server, "hannah").await;
        assert!(choices(&page).contains(&patient.to_owned()));
        let consent = hannah.does(&page, Some(patient)).await.page();
        assert!(consent.answer.body.contains(said), "the next page says it again: {}", consent.answer.body);
        let answer = hannah.does(&consent, None).await.app();
        let tokens = App::public(&server).exchanges(&answer.query("code").expect("a code")).await;
        assert_eq!(tokens.0["patient"], patient);
    }
}

#[tokio::test]
async fn a_replaced_record_is_shown_leads_to_the_other_and_can_not_be_chosen() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    assert!(!choices(&page).contains(&"ingrid-olson".to_owned()));
    let forged = hannah.submits(&page, &[("patient", "ingrid-olson")]).await.page();
    assert!(!forged.asks("decision") && forged.asks("patient"), "a form that chooses it all the same chooses nobody");
    let link = row(&page, "Ingrid Olson").split("href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let other = hannah.opens(link.expect("a link to the other record")).await.page();
    assert_eq!(choices(&other), ["ingrid-olsen"]);
    let consent = hannah.does(&other, Some("ingrid-olsen")).await.page();
    assert!(consent.answer.body.contains("Ingrid Olsen, born 2 September 1969"), "{}", consent.answer.body);
}

#[tokio::test]
async fn a_page_with_replaced_records_alone_offers_nothing_to_continue_with() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let found = searches(&mut hannah, &page, &[("name", "Olson")]).await;
    assert!(choices(&found).is_empty() && row(&found, "Ingrid Olson").contains("can’t be chosen"));
    assert!(!found.answer.body.contains("Continue with this patient") && found.asks("cancel"));
}

/// Somebody who acts for a few gets no way to a record that is not among theirs.
#[tokio::test]
async fn the_record_that_replaced_it_is_shown_to_nobody_who_may_not_open_it() {
    let theirs = "patients = [\"mia-rivera\", \"ingrid-olson\"]";
    let server = TestServer::start_with(|toml| toml.replace("patients = [\"mia-rivera\", \"noah-kim\"]", theirs)).await;
    let (mut rosa, page) = picker(&server, "rosa").await;
    assert_eq!(choices(&page), ["mia-rivera"]);
    assert!(!row(&page, "Ingrid Olson").contains("href="), "{}", row(&page, "Ingrid Olson"));
    let asked = searches(&mut rosa, &page, &[("record", "ingrid-olsen")]).await;
    assert_eq!(choices(&asked), ["mia-rivera"]);
    for forged in ["ingrid-olsen", "ingrid-olson"] {
        assert!(!rosa.submits(&page, &[("patient", forged)]).await.page().asks("decision"), "{forged}");
    }
}

#[tokio::test]
async fn what_is_no_id_is_no_record_to_show() {
    let server = TestServer::start().await;
    let (mut hannah, page) = picker(&server, "hannah").await;
    let all = choices(&page);
    for record in ["", "*", "a,b", "../Observation", "wei-chen&name=x", "Patient/wei-chen"] {
        assert_eq!(choices(&searches(&mut hannah, &page, &[("record", record)]).await), all, "{record}");
    }
}
