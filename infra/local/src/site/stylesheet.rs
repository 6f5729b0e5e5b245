//! The stylesheet of every page, and the script of some.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::{fmt::Write, sync::LazyLock};

/// The sign-in pages' own sheet, tokens and all, and after it what only these pages need.
pub static STYLESHEET: LazyLock<String> = LazyLock::new(|| {
    let sheets =
        concat!(include_str!("../../../../functions/authorize/pages/style.css"), include_str!("../../pages/local.css"));
    format!("{sheets}{}", following())
});

/// Puts texts into the clipboard, which needs a script.
pub const COPY: &str = include_str!("../../pages/copy.js");

/// So many people can be chosen before the card with their sign-in follows no more.
const MOST_PEOPLE: usize = 100;

/// The card shows the sign-in of the person chosen in the form, without a script: the nth option, the nth entry.
fn following() -> String {
    let mut rules = String::new();
    for nth in 1..=MOST_PEOPLE {
        let option = format!(".bench:has(#user > option:nth-child({nth}):checked) #login > ");
        let _ = writeln!(rules, "{option}* {{ display: none; }} {option}:nth-child({nth}) {{ display: grid; }}");
    }
    rules
}

pub async fn stylesheet() -> Response {
    text("text/css; charset=utf-8", &STYLESHEET)
}

pub async fn script() -> Response {
    text("text/javascript; charset=utf-8", COPY)
}

fn text(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        // Its URL changes with its content.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, text).into_response()
}
