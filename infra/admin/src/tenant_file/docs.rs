//! `[docs]`: what the page for app developers says that no setting says.

use super::{
    fields::{Fields, Shape},
    pages::support,
    reading::Text,
};
use rules::tenant::docs::{Docs, MOST_PRODUCTION_DAYS, MOST_VERIFICATION_DAYS};

const DOCS: Shape<'_> = Shape {
    name: "[docs]",
    keys: &[
        "contact",
        "registration",
        "verification",
        "fees",
        "terms",
        "data_use",
        "verification_days",
        "production_days",
    ],
};

/// Characters of a text on the page.
const MOST_TEXT: usize = 2_000;

pub fn docs(root: &Fields<'_>) -> Option<Docs> {
    let (at, table) = root.table("docs")?;
    let fields = Fields::new(root.reading, at, table, &DOCS);
    let text = |name: &str, expected: &str| fields.required(name, expected).and_then(|text| paragraph(&fields, text));
    let registration = text("registration", "\"how an app is registered\"");
    let verification = text("verification", "\"how a developer is verified, or that none is\"");
    let fees = text("fees", "\"what it costs, or that it costs nothing\"");
    let contact = fields.required("contact", "\"https:, mailto: or tel:\"");
    let contact = contact.and_then(|text| support(fields.reading, text));
    let terms = fields.required("terms", "\"https://… the terms of use\"");
    let terms = terms.and_then(|url| fields.reading.secure_url(url, false, "https:"));
    let data_use = fields.text("data_use").and_then(|url| fields.reading.secure_url(url, false, "https:"));
    let verification_days = days(&fields, "verification_days", MOST_VERIFICATION_DAYS, "45 CFR 170.404(b)(1)(i)");
    let production_days = days(&fields, "production_days", MOST_PRODUCTION_DAYS, "45 CFR 170.404(b)(1)(ii)");
    Some(Docs {
        contact: contact?,
        registration: registration?,
        verification: verification?,
        fees: fees?,
        terms: terms?,
        data_use,
        verification_days,
        production_days,
    })
}

fn paragraph(fields: &Fields<'_>, text: Text<'_>) -> Option<String> {
    let given = text.value.trim();
    if given.chars().count() > MOST_TEXT || given.contains(|c: char| c.is_control() && c != '\n') {
        fields.reading.wrong(text, format!("plain text, at most {MOST_TEXT} characters"));
        return None;
    }
    Some(given.to_owned())
}

/// The most is what the law allows.
fn days(fields: &Fields<'_>, name: &str, most: u8, law: &str) -> u8 {
    let Some(value) = fields.get(name) else { return most };
    let number = value.get_ref().as_integer().and_then(|n| u8::from_str_radix(n.as_str(), n.radix()).ok());
    number.filter(|days| (1..=most).contains(days)).unwrap_or_else(|| {
        let found = format!("another `{name}`");
        fields.reading.mistake(value.span().start, found, format!("business days: 1 to {most} ({law})"));
        most
    })
}
