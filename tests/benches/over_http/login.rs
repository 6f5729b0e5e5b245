//! A person's login as a browser and an app do it together: from the app's request to its tokens, with the pages or without.

use crate::{
    http::{self, Connection, Reply},
    requests::{Client, REDIRECT_URI, exchange},
    served::Served,
};
use kit::{
    app::{STATE, VERIFIER, challenge},
    html::elements,
};
use std::collections::BTreeMap;
use url::Url;

const USERNAME: &str = "hannah";
pub const PASSWORD: &str = "load-password-of-hannah";
/// No patient is picked or named, so no FHIR server is asked.
const SCOPE: &str = "openid fhirUser offline_access user/*.rs";

/// One browser, where it is on its way.
pub struct Login {
    address: String,
    app: Client,
    cookies: BTreeMap<String, String>,
    with_pages: bool,
}

impl Login {
    /// Somebody who has signed in and said yes before, and is not asked again.
    pub fn in_session(server: &Served, app: Client) -> Login {
        let mut login = Login::with_pages(server, app);
        let mut connection = Connection::open(&login.address);
        login.goes_to_the_end(&mut connection);
        Login { with_pages: false, ..login }
    }

    /// Another browser for each login: its person signs in and says yes.
    pub fn with_pages(server: &Served, app: Client) -> Login {
        Login { address: server.address.clone(), app, cookies: BTreeMap::new(), with_pages: true }
    }

    /// The app's request, the two pages and their forms; and the exchange of the code.
    pub fn requests(&self) -> usize {
        if self.with_pages { 6 } else { 2 }
    }

    /// The answer of the token endpoint.
    pub fn goes_to_the_end(&mut self, connection: &mut Connection) -> Reply {
        let mut last = connection.send(&self.next(None));
        while !is_of_the_token_endpoint(&last) {
            last = connection.send(&self.next(Some(&last)));
        }
        last
    }

    pub fn next(&mut self, last: Option<&Reply>) -> Vec<u8> {
        let Some(last) = last else { return self.begins() };
        for cookie in &last.cookies {
            let (name, value) = cookie.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        match &last.location {
            Some(location) if location.starts_with(REDIRECT_URI) => exchange(self.app, &code(location)),
            Some(page) => http::get_with(&self.cookies(), path(page)),
            None if is_of_the_token_endpoint(last) => self.begins(),
            None => self.fills(&String::from_utf8_lossy(&last.body)),
        }
    }

    fn begins(&mut self) -> Vec<u8> {
        if self.with_pages {
            self.cookies.clear();
        }
        let aud = "https://fhir.example/r4";
        let challenge = challenge(VERIFIER);
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", self.app.0),
            ("redirect_uri", REDIRECT_URI),
            ("scope", SCOPE),
            ("state", STATE),
            ("aud", aud),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if self.with_pages {
            query.push(("prompt", "consent"));
        }
        http::get_with(&self.cookies(), &format!("/load/authorize?{}", kit::http::encode(&query)))
    }

    /// All that a page offers, and who they are where it asks for that.
    fn fills(&self, html: &str) -> Vec<u8> {
        let elements = elements(html);
        let form = elements.iter().find(|element| element.name == "form").expect("a form");
        let action = form.attribute("action").expect("where it goes").to_owned();
        let mut fields = Vec::new();
        for input in elements.iter().filter(|element| element.name == "input") {
            let is_sent = input.has("type", "hidden") || input.attribute("checked").is_some();
            let name = input.attribute("name").filter(|_| is_sent);
            fields.extend(name.map(|name| (name, input.attribute("value").unwrap_or_default())));
        }
        match elements.iter().any(|element| element.has("name", "password")) {
            true => fields.extend([("username", USERNAME), ("password", PASSWORD)]),
            false => fields.push(("decision", "allow")),
        }
        http::post_with(&self.cookies(), path(&action), &fields)
    }

    fn cookies(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// Of a URL at the server, or of a path.
fn path(url: &str) -> &str {
    let after_scheme = url.strip_prefix("http://");
    after_scheme.and_then(|rest| rest.find('/').map(|slash| &rest[slash..])).unwrap_or(url)
}

fn is_of_the_token_endpoint(reply: &Reply) -> bool {
    reply.body.starts_with(b"{")
}

fn code(location: &str) -> String {
    let url = Url::parse(location).expect("a URL");
    let code = url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    code.unwrap_or_else(|| panic!("no code in {location}"))
}
