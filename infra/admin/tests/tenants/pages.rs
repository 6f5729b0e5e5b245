//! `[pages]` in a tenant file: what is taken from it, and what is refused with its line and column.

use super::mistakes::{GOOD, changed};
use admin::tenant_file::parse;
use rules::tenant::appearance::Colour;
use rules::tenant::{Language, PatientPicker};
use rules::user::FhirUserType;

const GOOD_PAGES: &str = "name = \"Clinic\"\n";

/// The mistakes that these lines of `[pages]` make; the first of them is line 4.
fn with_pages(lines: &str) -> Vec<String> {
    changed(GOOD_PAGES, &format!("{GOOD_PAGES}[pages]\n{lines}\n"))
}

#[test]
fn everything_there_is_can_be_said() {
    let pages = "[pages]\nlanguage = \"nl\"\nlogo = \"https://cdn.example/logo.svg\"\naccent = \"#4b2e83\"\n\
                 accent_dark = \"#c9b3ff\"\nsmart_style_url = \"{base}/style-1.json\"\n\
                 frame_ancestors = [\"https://ehr.example\", \"https://ehr.example:8443\", \"http://127.0.0.1:9000\"]\n";
    let file = parse("t.toml", &GOOD.replacen("[policy]", &format!("{pages}[policy]"), 1)).unwrap();
    let pages = file.resolve("https://auth.example").unwrap().tenant.pages;
    assert_eq!(pages.language, Language::Nl);
    assert_eq!(pages.logo.as_deref(), Some("https://cdn.example/logo.svg"));
    assert_eq!((pages.accent, pages.accent_dark), (Colour::parse("#4b2e83"), Colour::parse("#c9b3ff")));
    assert_eq!(pages.smart_style_url.as_deref(), Some("https://auth.example/style-1.json"));
    assert_eq!(pages.frame_ancestors.len(), 3);
}

/// WCAG 2.2, 1.4.3: people who see little read the buttons too.
#[test]
fn a_colour_that_can_not_be_read_is_refused_with_its_contrast() {
    let expected = "expected a colour with a contrast of 4.5 (WCAG 2.2, 1.4.3)";
    let found = "4:10: found `#ffcc00`, whose contrast on light pages is 1.3, ";
    assert_eq!(with_pages("accent = \"#ffcc00\""), [format!("{found}{expected}")]);
    let found = "5:15: found `#0b5a86`, whose contrast on dark pages is 2.0, ";
    assert_eq!(with_pages("accent = \"#0b5a86\"\naccent_dark = \"#0b5a86\""), [format!("{found}{expected}")]);
}

/// What stands here becomes part of a stylesheet.
#[test]
fn nothing_but_a_colour_is_a_colour() {
    for wrong in ["red", "#fff", "#0b5a86;}*{display:none", "url(https://evil.example)"] {
        let expected = format!("4:10: found `{wrong}`, expected a colour, written #rrggbb");
        assert_eq!(with_pages(&format!("accent = \"{wrong}\"")), [expected]);
    }
    assert_eq!(with_pages("accent_dark = \"#7cc3ea\"").len(), 1, "alone");
}

/// What stands here becomes part of a Content-Security-Policy, and lets a site lay its own page over ours.
#[test]
fn a_frame_ancestor_is_one_origin() {
    for wrong in [
        "*",
        "https:",
        "'self'",
        "https://*.example",
        "https://ehr.example/",
        "https://ehr.example/app",
        "http://ehr.example",
        "ehr.example",
        "https://ehr.example; script-src *",
        "https://EHR.example",
    ] {
        let mistakes = with_pages(&format!("frame_ancestors = [\"{wrong}\"]"));
        assert!(mistakes.len() == 1 && mistakes[0].starts_with("4:20: found"), "{wrong}: {mistakes:?}");
    }
}

#[test]
fn a_logo_comes_by_https_and_a_language_is_one_of_ours() {
    let mistakes = with_pages("logo = \"http://cdn.example/logo.svg\"\nlanguage = \"klingon\"\nlogos = 1");
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    assert!(mistakes[0].contains("expected https:") && mistakes[2].contains("perhaps `logo`"), "{mistakes:?}");
    assert!(mistakes[1].contains(r#""en" or "nl" or "de" or "es" or "fr""#), "{mistakes:?}");
}

/// What stands here is a link on every page.
#[test]
fn help_is_a_line_of_text_and_links_that_run_nothing() {
    let pages = "[pages]\nhelp_text = \" Ask at the desk. \"\nsupport = \"tel:+1-555-0100\"\nprivacy_notice = \"{base}/privacy\"\n";
    let file = parse("t.toml", &GOOD.replacen("[policy]", &format!("{pages}[policy]"), 1)).unwrap();
    let pages = file.resolve("https://auth.example").unwrap().tenant.pages;
    assert_eq!(pages.help_text.as_deref(), Some("Ask at the desk."));
    assert_eq!(pages.support.as_deref(), Some("tel:+1-555-0100"));
    assert_eq!(pages.privacy_notice.as_deref(), Some("https://auth.example/privacy"));
    for good in ["https://help.example/new?x=1", "mailto:help@clinic.example?subject=Sign-in", "tel:112"] {
        assert!(
            parse("t.toml", &GOOD.replacen("[policy]", &format!("[pages]\nsupport = \"{good}\"\n[policy]"), 1)).is_ok(),
            "{good}"
        );
    }
    let long = format!("https://clinic.example/{}", "x".repeat(500));
    for wrong in [
        "javascript:alert(1)",
        "http://help.example",
        "data:text/html,x",
        "mailto:",
        "mailto:help",
        "tel:",
        "tel:call me",
        "help@clinic.example",
        "https://me:secret@clinic.example",
        " https://help.example",
        &long,
    ] {
        let mistakes = with_pages(&format!("support = \"{wrong}\""));
        assert!(mistakes.len() == 1 && mistakes[0].contains("expected https:, mailto:"), "{wrong}: {mistakes:?}");
    }
    for wrong in ["http://clinic.example/privacy", "mailto:privacy@clinic.example", &long] {
        assert_eq!(with_pages(&format!("privacy_notice = \"{wrong}\"")).len(), 1, "{wrong}");
    }
    for wrong in ["", "  ", "two\\nlines", &"x".repeat(301)] {
        let mistakes = with_pages(&format!("help_text = \"{wrong}\""));
        assert!(mistakes.len() == 1 && mistakes[0].contains("at most 300 characters"), "{wrong}: {mistakes:?}");
    }
    let longest = format!("[pages]\nhelp_text = \"{}\"\n[policy]", "é".repeat(300));
    assert!(parse("t.toml", &GOOD.replacen("[policy]", &longest, 1)).is_ok());
}

#[test]
fn the_patient_picker_is_set_up_in_a_table_of_its_own() {
    let picker = "[pages.patient_picker]\nsearch_first = true\nuser_types = [\"PractitionerRole\"]\n\
                  identifiers = [\"urn:oid:1.2.3\", \"http://clinic.example/mrn\"]\n";
    let file = parse("t.toml", &GOOD.replacen("[policy]", &format!("{picker}[policy]"), 1)).unwrap();
    let picker = file.resolve("https://auth.example").unwrap().tenant.pages.patient_picker;
    assert!(picker.search_first);
    assert_eq!(picker.user_types, [FhirUserType::PractitionerRole]);
    assert_eq!(picker.identifiers, ["urn:oid:1.2.3", "http://clinic.example/mrn"]);
    let without = parse("t.toml", GOOD).unwrap().resolve("https://auth.example").unwrap().tenant.pages.patient_picker;
    assert_eq!(without, PatientPicker::default());
}

#[test]
fn what_is_wrong_about_the_patient_picker_is_said_with_its_place() {
    for (line, said) in [
        ("search_first = \"yes\"", "4:16: found a text, expected true or false"),
        ("search_frist = true", "perhaps `search_first`"),
        ("user_types = []", "4:14: found no type, expected at least one, or no `user_types`"),
        ("user_types = [\"Nurse\"]", "4:15: found `Nurse`, expected \"Patient\" or \"Practitioner\""),
        ("user_types = [\"Person\", \"Person\"]", "`Person` a second time"),
        ("identifiers = []", "4:15: found no system, expected at least one, or no `identifiers`"),
        ("identifiers = [\"MRN\"]", "4:16: found `MRN`, expected an identifier system: a URI"),
        ("identifiers = [\"urn:oid:1.2.3|4\"]", "expected an identifier system: a URI"),
        ("identifiers = [\"urn:x:1\", \"urn:x:1\"]", "`urn:x:1` a second time"),
        ("identifiers = \"urn:x:1\"", "expected a list of texts in [ ]"),
    ] {
        let mistakes = changed(GOOD_PAGES, &format!("{GOOD_PAGES}[pages.patient_picker]\n{line}\n")).join("\n");
        assert!(mistakes.contains(said), "{line}: {mistakes}");
    }
}
