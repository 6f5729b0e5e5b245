//! What the status of a failed request means to an app, in the words that the app in the browser uses too.

use std::{collections::BTreeMap, sync::LazyLock};

static MEANINGS: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../pages/meanings.json")).unwrap_or_default());

/// The exact status, or its hundred; 0 is no answer at all.
pub fn meaning(status: u16) -> &'static str {
    let named = |name: String| MEANINGS.get(&name).map(String::as_str);
    named(status.to_string()).or_else(|| named(format!("{}xx", status / 100))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_means_something() {
        for status in [0, 200, 204, 302, 400, 401, 403, 404, 405, 409, 410, 412, 422, 429, 500, 501, 502, 503, 504, 599]
        {
            assert!(meaning(status).len() > 30, "{status}");
        }
        assert_ne!(meaning(401), meaning(403));
        assert!(meaning(503).contains("nothing about the record"));
    }
}
