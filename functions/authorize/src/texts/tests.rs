//! Which language is spoken, and that each is spoken right.

use super::*;
use rules::time::Timestamp;

#[test]
fn the_app_then_the_browser_then_the_tenant_decides_the_language() {
    for (ui_locales, accept, expected) in [
        (Some("nl"), Some("de"), Language::Nl),
        (Some("xx fr-CA en"), Some("de"), Language::Fr),
        (Some("xx"), Some("de-AT,en;q=0.5"), Language::De),
        (None, Some("en;q=0.5,es;q=0.9"), Language::Es),
        (None, Some("pl, nl;q=0, *"), Language::Fr),
        (Some(""), None, Language::Fr),
        (None, Some("en;q=2,de;q=x"), Language::Fr),
    ] {
        let ui_locales: Vec<String> = ui_locales.unwrap_or_default().split(' ').map(str::to_owned).collect();
        assert_eq!(choose_language(&ui_locales, accept, Language::Fr), expected, "{ui_locales:?} {accept:?}");
    }
}

#[test]
fn a_date_is_written_as_its_readers_write_it_with_the_month_as_a_word() {
    let dates = |date| Language::ALL.map(|language| Texts::of(language).date(date));
    assert_eq!(
        dates("1985-03-12"),
        ["12 March 1985", "12 maart 1985", "12. März 1985", "12 de marzo de 1985", "12 mars 1985"]
    );
    assert_eq!(dates("1985-03-01")[4], "1er mars 1985");
    assert_eq!(dates("1985-03"), ["March 1985", "maart 1985", "März 1985", "marzo de 1985", "mars 1985"]);
    assert_eq!(dates("1985"), ["1985"; 5]);
    for odd in ["", "soon", "1985-13-01", "1985-3-1", "85-03-12", "1985-03-44"] {
        assert_eq!(dates(odd), [odd; 5]);
    }
    assert_eq!(Texts::of(Language::De).moment(Timestamp(1_800_000_000)), "15. Januar 2027, 08:00 Uhr (UTC)");
}

/// Where it is another day already, or still, somebody would read the wrong one.
#[test]
fn the_day_of_a_moment_says_whose_day_it_is() {
    let days = Language::ALL.map(|language| Texts::of(language).day(Timestamp(1_800_000_000)));
    assert_eq!(
        days,
        [
            "15 January 2027 (UTC)",
            "15 januari 2027 (UTC)",
            "15. Januar 2027 (UTC)",
            "15 de enero de 2027 (UTC)",
            "15 janvier 2027 (UTC)"
        ]
    );
}

#[test]
fn a_count_takes_the_form_of_its_language() {
    let ages = |n| Language::ALL.map(|language| Texts::of(language).age(n).to_string());
    assert_eq!(ages(1), ["1 year", "1 jaar", "1 Jahr", "1 año", "1 an"]);
    assert_eq!(ages(39), ["39 years", "39 jaar", "39 Jahre", "39 años", "39 ans"]);
}

#[test]
fn a_value_is_told_apart_from_our_text_and_can_not_become_a_placeholder() {
    let filled = Texts::of(Language::En).sign_in_lead("{client} ** <b>");
    let expected = [
        Piece::Text("to continue to "),
        Piece::Emphasis,
        Piece::Text(""),
        Piece::Value("{client} ** <b>"),
        Piece::Text(""),
        Piece::Emphasis,
        Piece::Text(""),
    ];
    assert_eq!(filled.pieces(), expected);
    assert_eq!(filled.to_string(), "to continue to {client} ** <b>");
}

#[test]
fn a_list_ends_in_its_languages_and() {
    assert_eq!(Texts::of(Language::Es).and(&["a", "b", "c"]), "a, b y c");
    assert_eq!(Texts::of(Language::De).or(&["a", "b"]), "a oder b");
    assert_eq!(Texts::of(Language::De).or(&["a"]), "a");
}

/// A German subordinate clause ends in a comma where the verb follows; a title without a verb has none.
#[test]
fn no_comma_stands_before_a_bracket_or_at_the_end_of_a_title() {
    let title = |scope: &str| Texts::of(Language::De).scope_in_group(&scope.parse().unwrap()).title;
    assert_eq!(title("patient/AuditEvent.rs"), "Protokolle darüber, wer Daten angesehen hat");
    assert_eq!(title("patient/AuditEvent.rs?agent=x"), "Protokolle darüber, wer Daten angesehen hat (nur ein Teil)");
}
