//! `[docs]`: what is wrong about it is said with its place (ALL-7).

use super::mistakes::{GOOD, mistakes};
use admin::tenant_file::{parse, warnings::warnings};

const DOCS: &str = r#"[docs]
contact = "https://clinic.example/developers"
registration = "Write to us."
verification = "We look you up."
fees = "None."
terms = "https://clinic.example/terms"
verification_days = 10
"#;

fn with(docs: &str) -> String {
    GOOD.replacen("[policy]", &format!("{docs}[policy]"), 1)
}

#[test]
fn it_says_all_that_the_law_asks_of_a_vendor() {
    let tenant = parse("t.toml", &with(DOCS)).unwrap().resolve("https://auth.example").unwrap().tenant;
    let docs = tenant.docs.unwrap();
    assert_eq!((docs.verification_days, docs.production_days), (10, 5));
    for (from, to, said) in [
        ("contact = \"https://clinic.example/developers\"\n", "", "3:1: found no `contact`"),
        ("registration = \"Write to us.\"\n", "", "3:1: found no `registration`"),
        ("verification = \"We look you up.\"\n", "", "3:1: found no `verification`"),
        ("fees = \"None.\"", "fees = \" \"", "7:8: found an empty `fees`"),
        ("terms = \"https://clinic.example/terms\"\n", "", "3:1: found no `terms`"),
        ("https://clinic.example/terms", "http://clinic.example/terms", "expected https:"),
        ("https://clinic.example/developers", "javascript:alert(1)", "expected https:, mailto: with an address"),
        (
            "verification_days = 10",
            "verification_days = 11",
            "9:21: found another `verification_days`, expected business days: 1 to 10",
        ),
        ("verification_days = 10", "production_days = 6", "business days: 1 to 5"),
        ("verification_days = 10", "production_days = 0", "business days: 1 to 5"),
        ("verification_days", "verificaton_days", "perhaps `verification_days`"),
        ("Write to us.", "\\u0007", "plain text, at most 2000 characters"),
    ] {
        assert!(DOCS.contains(from), "{from}");
        let found = mistakes(parse("t.toml", &with(&DOCS.replacen(from, to, 1))).map(|_| ())).join("\n");
        assert!(found.contains(said), "{to}: {found}");
    }
}

/// DOC-5: three months may have 92 days, and the default is 90.
#[test]
fn a_refresh_token_that_is_good_for_less_than_three_months_is_warned_of() {
    let of = |text: &str| warnings(&parse("t.toml", text).unwrap().resolve("https://auth.example").unwrap()).join("\n");
    assert!(of(&with(DOCS)).contains("45 CFR 170.315(g)(10)"));
    let long = with(DOCS).replacen("[policy]", "[policy]\nrefresh_idle_seconds = 7948800", 1);
    assert!(!of(&long).contains("170.315"));
    assert!(!of(GOOD).contains("170.315"));
}
