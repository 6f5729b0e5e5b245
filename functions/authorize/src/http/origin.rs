//! Where a form of ours was sent from, as the browser says: a second line behind the CSRF token in it (OWASP, Cross-Site Request
//! Forgery Prevention, "Fetch Metadata headers", "Verifying Origin").

use axum::http::{HeaderMap, HeaderName, header};
use rules::tenant::Issuer;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether another site's page sent this form. What an app itself sends, to `/authorize` and `/logout`, is not asked.
pub fn is_of_another_site(headers: &HeaderMap, issuer: &Issuer) -> bool {
    let one = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    if headers.get_all(header::ORIGIN).iter().count() > 1 {
        return true;
    }
    is_foreign(one(&SEC_FETCH_SITE), one(&header::ORIGIN), &issuer.origin())
}

/// Our pages say `Referrer-Policy: no-referrer`, and with that a browser sends `Origin: null` (Fetch §3.2). So does a page that has
/// no origin: what tells them apart is `Sec-Fetch-Site`, which every browser of today sends. A client that says neither is no
/// browser that carries somebody's cookies from one site to another.
fn is_foreign(site: Option<&str>, origin: Option<&str>, own: &str) -> bool {
    match (site, origin) {
        (Some("cross-site"), _) => true,
        (_, Some("null")) => !matches!(site, None | Some("same-origin" | "none")),
        (_, Some(origin)) => origin != own,
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_foreign;

    #[test]
    fn a_form_comes_from_our_own_page_or_not_at_all() {
        let own = "https://auth.example";
        for (site, origin, foreign) in [
            (Some("same-origin"), Some(own), false),
            (Some("same-origin"), Some("null"), false),
            (Some("same-origin"), None, false),
            (Some("none"), Some("null"), false),
            (None, Some(own), false),
            (None, Some("null"), false),
            (None, None, false),
            (Some("cross-site"), Some(own), true),
            (Some("cross-site"), Some("null"), true),
            (Some("cross-site"), None, true),
            (Some("same-site"), Some("null"), true),
            (Some("same-site"), Some("https://apps.auth.example"), true),
            (Some("same-origin"), Some("https://evil.example"), true),
            (None, Some("https://evil.example"), true),
            (None, Some("https://auth.example:8443"), true),
            (None, Some("http://auth.example"), true),
            (None, Some("https://auth.example.evil.example"), true),
            (None, Some("unreadable"), true),
        ] {
            assert_eq!(is_foreign(site, origin, own), foreign, "{site:?} {origin:?}");
        }
    }
}
