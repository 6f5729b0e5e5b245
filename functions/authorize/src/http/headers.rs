//! What protects every page (AUTHZ-15): no script but the one for passkeys where it is needed, nothing from elsewhere, nothing kept, and no
//! frame but the tenant's EHRs' round the pages on the way to an app.
//!
//! There is no `form-action`. Every form posts to the page's own address, and browsers hold the redirects that follow to that list too
//! (CSP 3 §6.4.1): the way back to the app, and wherever the app sends its user next. Both are the app's business: a list of ours
//! stopped addresses with a scheme of their own, and lost the code.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use rules::tenant::appearance::Appearance;

#[derive(Clone, Copy, Default)]
pub struct Protection<'a> {
    pub pages: Option<&'a Appearance>,
    pub place: Place,
    /// A picture beside the tenant's logo.
    pub image: Option<&'a str>,
    /// The page needs the one script there is.
    pub script: bool,
}

/// What the page is there for, and so who may have a hold on its window.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// A person's own page: in no frame, and no other site's window keeps a hold on it.
    #[default]
    Own,
    /// On the way to an app and back: an app that opened it as a pop-up waits for its window to come back.
    ToAnApp,
    /// The same, and an EHR may show it in a frame of its own (LCTX-10).
    ToAnAppInAFrame,
}

impl Protection<'_> {
    pub fn put_on(&self, response: &mut Response) {
        let headers = response.headers_mut();
        let is_framed = !self.ancestors().is_empty();
        if let Ok(policy) = HeaderValue::from_str(&self.policy()) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // It knows no list of origins; browsers that know `frame-ancestors` would obey both (CSP 3 §6.4.2).
        if !is_framed {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        if self.place == Place::Own {
            headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        }
        put_on_all(headers);
    }

    fn ancestors(&self) -> &[String] {
        self.pages
            .filter(|_| self.place == Place::ToAnAppInAFrame)
            .map(|pages| &*pages.frame_ancestors)
            .unwrap_or_default()
    }

    fn policy(&self) -> String {
        let logo = self.pages.and_then(|pages| pages.logo.as_deref());
        let images: String = logo.into_iter().chain(self.image).filter_map(image_source).collect();
        let ancestors = Some(self.ancestors().join(" ")).filter(|list| !list.is_empty());
        let script = if self.script { " script-src 'self';" } else { "" };
        format!(
            "default-src 'none'; style-src 'self';{script} img-src data:{images}; frame-ancestors {}; \
             base-uri 'none'",
            ancestors.as_deref().unwrap_or("'none'")
        )
    }
}

fn put_on_all(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The same URL speaks several languages.
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
}

/// The origin that a picture comes from. One that is not https is not shown.
fn image_source(url: &str) -> Option<String> {
    authority(url.strip_prefix("https://")?).map(|authority| format!(" https://{authority}"))
}

/// Nothing that could end a source or begin another directive.
fn authority(after_scheme: &str) -> Option<&str> {
    let authority = after_scheme.split(['/', '?', '#']).next()?;
    let is_host = authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    (is_host && !authority.is_empty()).then_some(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_the_logos_own_origin_and_from_nowhere_else() {
        let pages = Appearance { logo: Some("https://cdn.example/a/logo.svg?v=1".to_owned()), ..Appearance::default() };
        let protection =
            Protection { pages: Some(&pages), image: Some("http://app.example/x.png"), ..Protection::default() };
        assert!(protection.policy().contains("img-src data: https://cdn.example;"), "{}", protection.policy());
        let none = Protection { image: Some("https://evil.example; script-src *"), ..Protection::default() };
        assert!(none.policy().contains("img-src data:;"), "{}", none.policy());
    }
}
