//! What protects every page (AUTHZ-15): no script but the one for passkeys where it is needed, nothing from elsewhere, nothing kept, and no frame but the
//! tenant's EHRs' round the pages on the way to an app.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use rules::tenant::appearance::Appearance;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Default)]
pub struct Protection<'a> {
    pub pages: Option<&'a Appearance>,
    /// It belongs to a way to an app, which an EHR may show in a frame of its own.
    pub may_be_framed: bool,
    /// Where the form may lead in the end.
    pub leads_to: &'a [&'a str],
    /// A picture beside the tenant's logo.
    pub image: Option<&'a str>,
    /// The page needs the one script there is.
    pub script: bool,
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
        put_on_all(headers);
    }

    fn ancestors(&self) -> &[String] {
        self.pages.filter(|_| self.may_be_framed).map(|pages| &*pages.frame_ancestors).unwrap_or_default()
    }

    fn policy(&self) -> String {
        let after_post = form_action_sources(self.leads_to);
        let logo = self.pages.and_then(|pages| pages.logo.as_deref());
        let images: String = logo.into_iter().chain(self.image).filter_map(image_source).collect();
        let ancestors = Some(self.ancestors().join(" ")).filter(|list| !list.is_empty());
        let script = if self.script { " script-src 'self';" } else { "" };
        format!(
            "default-src 'none'; style-src 'self';{script} img-src data:{images}; form-action 'self'{after_post}; \
             frame-ancestors {}; base-uri 'none'",
            ancestors.as_deref().unwrap_or("'none'")
        )
    }
}

fn put_on_all(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    // The same URL speaks several languages.
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language"));
}

fn form_action_sources(urls: &[&str]) -> String {
    let sources: BTreeSet<String> = urls.iter().filter_map(|url| form_action_source(url)).collect();
    sources.into_iter().collect()
}

/// The origin of a web app, or the scheme of a native one.
fn form_action_source(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    match rest.strip_prefix("//") {
        Some(rest) => authority(rest).map(|authority| format!(" {scheme}://{authority}")),
        None => Some(format!(" {scheme}:")),
    }
    .filter(|_| is_scheme)
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
