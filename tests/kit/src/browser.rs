//! A person with a browser that knows only HTML: follows redirects on this server, keeps cookies, fills forms.

use crate::{
    Answer, TestServer,
    html::{Element, elements},
    server::PASSWORD,
};
use axum::{body::Body, http::Method};
use std::collections::BTreeMap;

#[derive(Clone)]
pub struct Person<'a> {
    server: &'a TestServer,
    pub username: String,
    pub password: String,
    /// By name. Cookies of this server alone.
    pub cookies: BTreeMap<String, String>,
    /// Where a cookie is sent, if not everywhere.
    paths: BTreeMap<String, String>,
}

/// The name of the cookie of a session with the tenant `clinic`.
pub const SESSION_COOKIE: &str = "__Host-admit-session-clinic";

/// A page with the first form whose method is POST.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: String,
    pub answer: Answer,
    pub action: String,
    /// Hidden fields and ticked boxes.
    pub fields: Vec<(String, String)>,
}

/// Where a step of the person led.
#[derive(Debug)]
pub enum Place {
    Page(Page),
    /// To another site: the app.
    App(Answer),
    /// A page without a form: an error, or the end.
    End(Answer),
}

impl<'a> Person<'a> {
    pub fn named(server: &'a TestServer, username: &str) -> Person<'a> {
        let (cookies, paths) = (BTreeMap::new(), BTreeMap::new());
        Person { server, username: username.to_owned(), password: PASSWORD.to_owned(), cookies, paths }
    }

    pub fn server(&self) -> &'a TestServer {
        self.server
    }

    /// What the server says at first, without going on.
    pub async fn asks(&mut self, url: &str) -> Answer {
        self.request(&Method::GET, url, &[]).await
    }

    pub async fn opens(&mut self, url: &str) -> Place {
        self.follow(Method::GET, url, Vec::new()).await
    }

    pub async fn posts(&mut self, url: &str, form: &[(&str, &str)]) -> Place {
        let form = form.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.follow(Method::POST, url, form).await
    }

    /// Sends the page's form with these fields beside the hidden ones.
    pub async fn submits(&mut self, page: &Page, fields: &[(&str, &str)]) -> Place {
        let place = self.follow(Method::POST, &page.action.clone(), page.filled_with(fields)).await;
        if let Place::App(answer) = &place {
            page.lets_its_form_lead_to(answer.location());
        }
        place
    }

    /// The same, without going on.
    pub async fn answers(&mut self, page: &Page, fields: &[(&str, &str)]) -> Answer {
        self.request(&Method::POST, &page.action.clone(), &page.filled_with(fields)).await
    }

    /// Does what every page asks, says yes to everything, and ends at the app.
    pub async fn goes_through(&mut self, url: &str, patient: Option<&str>) -> Answer {
        let mut place = self.opens(url).await;
        for _ in 0..6 {
            place = match place {
                Place::App(answer) => return answer,
                Place::End(answer) => panic!("the way ended at {} {}", answer.status, answer.body),
                Place::Page(page) => self.does(&page, patient).await,
            };
        }
        panic!("the way does not end: {place:?}")
    }

    /// Does what this page asks.
    pub async fn does(&mut self, page: &Page, patient: Option<&str>) -> Place {
        let (username, password) = (self.username.clone(), self.password.clone());
        if page.asks("password") {
            self.submits(page, &[("username", &username), ("password", &password)]).await
        } else if page.asks("account") {
            self.submits(page, &[("account", "same")]).await
        } else if page.asks("patient") {
            self.submits(page, &[("patient", patient.expect("a page asks for a patient"))]).await
        } else if page.asks("without") {
            self.submits(page, &[("without", "yes")]).await
        } else {
            self.submits(page, &[("decision", "allow")]).await
        }
    }

    /// As far as the page that has this field.
    pub async fn goes_to(&mut self, url: &str, field: &str, patient: Option<&str>) -> Page {
        let mut place = self.opens(url).await;
        for _ in 0..6 {
            place = match place {
                Place::Page(page) if page.asks(field) => return page,
                Place::Page(page) => self.does(&page, patient).await,
                other => panic!("no page asks for {field}: {other:?}"),
            };
        }
        panic!("no page asks for {field}")
    }

    /// The cookie of the session with clinic.
    pub fn session_cookie(&self) -> Option<&String> {
        self.cookies.get(SESSION_COOKIE)
    }

    /// The same browser, before another instance of the server.
    #[must_use]
    pub fn at<'b>(self, server: &'b TestServer) -> Person<'b> {
        Person { server, username: self.username, password: self.password, cookies: self.cookies, paths: self.paths }
    }

    /// The same browser, at which somebody else types from now on.
    #[must_use]
    pub fn handed_to(self, username: &str) -> Person<'a> {
        Person { username: username.to_owned(), ..self }
    }

    async fn follow(&mut self, method: Method, url: &str, form: Vec<(String, String)>) -> Place {
        let (mut method, mut url, mut form) = (method, url.to_owned(), form);
        for _ in 0..10 {
            if url.starts_with("http") && !url.starts_with(&self.server.base) {
                panic!("a request to another site: {url}");
            }
            let answer = self.request(&method, &url, &form).await;
            if (300..400).contains(&answer.status) {
                let location = answer.location().to_owned();
                if !location.starts_with(&self.server.base) && !location.starts_with('/') {
                    return Place::App(answer);
                }
                // RFC 9110 §15.4.8: what was sent here goes there.
                (method, url, form) = match answer.status {
                    307 | 308 => (method, location, form),
                    _ => (Method::GET, location, Vec::new()),
                };
                continue;
            }
            return match Page::read(&url, answer) {
                Ok(page) => Place::Page(page),
                Err(answer) => Place::End(*answer),
            };
        }
        panic!("redirects without end at {url}")
    }

    async fn request(&mut self, method: &Method, url: &str, form: &[(String, String)]) -> Answer {
        let path = url.strip_prefix(&self.server.base).unwrap_or(url);
        let sent = self.cookies.iter().filter(|(name, _)| self.is_sent(name, path));
        let cookies = sent.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut headers = Vec::new();
        if !cookies.is_empty() {
            headers.push(("cookie", cookies.as_str()));
        }
        let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let answer = if *method == Method::POST {
            self.server.post(path, &pairs, &headers).await
        } else {
            self.server.request(method.clone(), path, &headers, Body::empty()).await
        };
        for cookie in answer.headers.get_all("set-cookie") {
            self.keeps(cookie.to_str().expect("a cookie is text"));
        }
        answer
    }

    /// RFC 6265 §5.1.4.
    fn is_sent(&self, name: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or_default();
        let within = self.paths.get(name).map(|within| within.trim_end_matches('/'));
        within
            .is_none_or(|within| path.strip_prefix(within).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    fn keeps(&mut self, set_cookie: &str) {
        let attribute = |name: &str| set_cookie.split("; ").skip(1).find_map(|part| part.strip_prefix(name));
        assert!(set_cookie.contains("; HttpOnly"), "a script could read {set_cookie}");
        let other_sites = attribute("SameSite=").unwrap_or_default();
        let in_frames = ["; SameSite=None", "; Secure", "; Partitioned"].iter().all(|part| set_cookie.contains(part));
        assert!(other_sites == "Lax" || in_frames, "{set_cookie}");
        let pair = set_cookie.split(';').next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.unwrap_or_else(|| panic!("no cookie: {set_cookie}"));
        let path = attribute("Path=").unwrap_or_else(|| panic!("no path: {set_cookie}"));
        if attribute("Max-Age=") == Some("0") {
            // One of another path is another cookie.
            if self.paths.get(name).is_none_or(|of| of == path) {
                self.cookies.remove(name);
            }
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
            self.paths.insert(name.to_owned(), path.to_owned());
        }
    }
}

impl Page {
    fn read(url: &str, answer: Answer) -> Result<Page, Box<Answer>> {
        let elements = elements(&answer.body);
        let posts = |element: &Element| {
            element.name == "form"
                && element.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"))
        };
        let Some(form) = elements.iter().position(posts) else { return Err(Box::new(answer)) };
        let action = elements[form].attribute("action").unwrap_or(url).to_owned();
        let inputs = elements.iter().filter(|element| element.form == Some(form) && element.name == "input");
        let sent = inputs.filter(|input| {
            let is_box = input.has("type", "checkbox") || input.has("type", "radio");
            input.has("type", "hidden") || (is_box && input.attribute("checked").is_some())
        });
        let fields = sent.filter_map(|input| {
            Some((input.attribute("name")?.to_owned(), input.attribute("value").unwrap_or_default().to_owned()))
        });
        let fields = fields.collect();
        Ok(Page { url: url.to_owned(), action, fields, answer })
    }

    fn filled_with(&self, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut form = self.fields.clone();
        form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        form
    }

    /// Browsers hold the redirects after a form to `form-action` too (CSP 3 §6.4.1): elsewhere the person would see nothing
    /// happen.
    fn lets_its_form_lead_to(&self, location: &str) {
        let policy = self.answer.header("content-security-policy").unwrap_or_default();
        let sources = policy.split(';').find_map(|directive| directive.trim().strip_prefix("form-action"));
        let reaches = |source: &str| {
            let rest = location.strip_prefix(source);
            rest.is_some_and(|rest| source.ends_with(':') || rest.is_empty() || rest.starts_with(['/', '?', '#']))
        };
        let may = sources.is_none_or(|sources| sources.split_whitespace().any(reaches));
        assert!(may, "no browser follows a form from {} to {location}: {policy}", self.url);
    }

    /// What the page's script would hand to the browser.
    pub fn passkey_options(&self) -> serde_json::Value {
        let elements = elements(&self.answer.body);
        let options = elements.iter().find_map(|element| element.attribute("data-options"));
        serde_json::from_str(options.expect("a form for passkeys")).expect("JSON")
    }

    pub fn asks(&self, field: &str) -> bool {
        elements(&self.answer.body).iter().any(|element| element.has("name", field))
    }

    /// The page as it would be sent with this box unticked.
    #[must_use]
    pub fn without(&self, name: &str, value: &str) -> Page {
        let mut page = self.clone();
        page.fields.retain(|(n, v)| n != name || v != value);
        page
    }

    /// The page with another value for a hidden field.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Page {
        let mut page = self.clone();
        page.fields.retain(|(n, _)| n != name);
        page.fields.push((name.to_owned(), value.to_owned()));
        page
    }
}

impl Place {
    pub fn page(self) -> Page {
        match self {
            Place::Page(page) => page,
            other => panic!("not a page with a form: {other:?}"),
        }
    }

    pub fn app(self) -> Answer {
        match self {
            Place::App(answer) => answer,
            other => panic!("not back at the app: {other:?}"),
        }
    }

    pub fn end(self) -> Answer {
        match self {
            Place::End(answer) => answer,
            other => panic!("not the end: {other:?}"),
        }
    }
}
