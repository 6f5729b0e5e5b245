//! A page of a search: its resources, and the links to the pages around it (FHIR R4 §3.1.0.2, paging).

use super::failed::FhirFailed;
use serde_json::Value;
use url::Url;

/// At most this many on one page, whatever the server sends.
pub const PAGE: usize = 20;

/// One page of a search.
#[derive(Debug)]
pub struct SearchPage {
    pub resources: Vec<Value>,
    pub next: Option<PageLink>,
    pub previous: Option<PageLink>,
    /// Of the whole result, if the server counts.
    pub total: Option<usize>,
    /// The server sent more than a page and no link, so some are not shown.
    pub is_cut: bool,
}

/// A link that a FHIR server gave to a page of its own search. Within its base, so that our token goes nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink(Url);

impl PageLink {
    /// `link` may be relative. Dots in the path are resolved before it is compared; a slash that is hidden from that, for
    /// whoever decodes it later, is in no server's own link. (The link comes by way of the browser.)
    pub fn within(base: &str, link: &str) -> Option<PageLink> {
        let folder = Url::parse(&format!("{}/", base.trim_end_matches('/'))).ok()?;
        let url = folder.join(link).ok()?;
        let server = folder.path().trim_end_matches('/');
        // A query right at the base is a page too; so servers write it that keep searches (`[base]?_getpages=…`).
        let inside = url.path() == server || url.path().starts_with(folder.path());
        let same = url.origin() == folder.origin() && url.username().is_empty() && url.password().is_none();
        let path = url.path().to_ascii_lowercase();
        let hidden = path.contains("%2f") || path.contains("%5c");
        (inside && same && !hidden && url.fragment().is_none()).then_some(PageLink(url))
    }

    pub fn url(&self) -> &str {
        self.0.as_str()
    }
}

/// Reads a searchset; only resources of the type that was searched count.
pub fn read(bundle: &Value, base: &str, kind: &str) -> Result<SearchPage, FhirFailed> {
    let found = read_all(bundle, kind)?;
    let links = bundle["link"].as_array().map(Vec::as_slice).unwrap_or_default();
    let link = |relations: &[&str]| {
        let link = links.iter().find(|link| relations.iter().any(|relation| link["relation"] == *relation))?;
        PageLink::within(base, link["url"].as_str()?)
    };
    let next = link(&["next"]);
    Ok(SearchPage {
        is_cut: found.len() > PAGE,
        resources: found.into_iter().take(PAGE).collect(),
        next,
        previous: link(&["previous", "prev"]),
        total: bundle["total"].as_u64().and_then(|total| usize::try_from(total).ok()),
    })
}

/// All resources of this type in it.
pub fn read_all(bundle: &Value, kind: &str) -> Result<Vec<Value>, FhirFailed> {
    if bundle["resourceType"] != "Bundle" {
        return Err(FhirFailed("the answer to the search is no Bundle".into()));
    }
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = entries.iter().map(|entry| &entry["resource"]).filter(|resource| resource["resourceType"] == kind);
    Ok(found.cloned().collect())
}

/// A value in a search, where `,` `$` `|` and `\` have meanings of their own (FHIR R4 §3.1.1.4.0.1). A token keeps its `|`,
/// which stands between system and code.
pub fn escaped(value: &str, is_token: bool) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '$') || (c == '|' && !is_token) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_within_the_base() {
        let within = |link| PageLink::within("https://fhir.example/r4", link).map(|link| link.url().to_owned());
        for good in ["https://fhir.example/r4/Patient?page=2", "https://fhir.example/r4?_getpages=1"] {
            assert_eq!(within(good).as_deref(), Some(good));
        }
        assert_eq!(within("Patient?page=2").as_deref(), Some("https://fhir.example/r4/Patient?page=2"));
        for bad in [
            "https://evil.example/r4/Patient",
            "http://fhir.example/r4/Patient",
            "https://fhir.example:444/r4/Patient",
            "https://fhir.example@evil.example/r4/Patient",
            "https://me@fhir.example/r4/Patient",
            "//evil.example/r4/Patient",
            "https://fhir.example/r4x/Patient",
            "https://fhir.example/r4/../admin",
            "https://fhir.example/r4/%2e%2e/admin",
            "https://fhir.example/r4/..%2fadmin",
            "https://fhir.example/r4/%2e%2e%2Fadmin",
            "https://fhir.example/r4/..%5Cadmin",
            "../admin",
            "\\\\evil.example/r4/",
            "javascript:alert(1)",
        ] {
            assert_eq!(within(bad), None, "{bad}");
        }
    }
}
