//! What an app says to others, word for word, so that its page can show it.

use crate::{sample_app::meaning::meaning, simulate, site::Site};
use reqwest::{Request, header::HeaderMap};
use serde_json::Value;
use url::Url;

/// One request and its answer, with the real bytes.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub from: &'static str,
    pub to: &'static str,
    pub title: String,
    pub request: String,
    pub response: String,
}

impl Exchange {
    pub fn status(&self) -> &str {
        self.response.lines().next().unwrap_or_default()
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The reason in the words of OAuth or FHIR.
    pub fn reason(&self) -> String {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let issue = &self.body["issue"][0];
        let fhir = || text(&issue["diagnostics"]).or_else(|| text(&issue["details"]["text"]));
        let described = || Some(format!("{}: {}", text(&self.body["error"])?, text(&self.body["error_description"])?));
        described().or_else(|| text(&self.body["error"])).or_else(fhir).unwrap_or_default()
    }

    /// Status, reason and, without one, what the status means.
    pub fn in_words(&self) -> String {
        match self.reason() {
            reason if reason.is_empty() => format!("{}: {}", self.status, meaning(self.status)),
            reason => format!("{}: {reason}", self.status),
        }
    }
}

pub const AUTHORIZATION_SERVER: &str = "Authorization server";
pub const FHIR_SERVER: &str = "FHIR server";

pub struct BasicCredentials<'a> {
    pub client_id: &'a str,
    pub secret: &'a str,
}

pub struct Conversation<'a> {
    site: &'a Site,
    /// Who asks.
    from: &'static str,
    pub exchanges: Vec<Exchange>,
    /// The problem that the answers say they simulate.
    pub simulated: Option<String>,
}

impl<'a> Conversation<'a> {
    pub fn new(site: &'a Site, exchanges: Vec<Exchange>) -> Conversation<'a> {
        Conversation { exchanges, ..Conversation::of("App", site) }
    }

    /// That of somebody else than an app.
    pub fn of(from: &'static str, site: &'a Site) -> Conversation<'a> {
        Conversation { site, from, exchanges: Vec::new(), simulated: None }
    }

    pub async fn get(
        &mut self,
        to: &'static str,
        title: &str,
        url: &str,
        token: Option<&str>,
    ) -> Result<Answer, String> {
        let request = self.site.http.get(url).header("accept", "application/json");
        let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        self.say(to, title, request.build().map_err(|error| error.to_string())?).await
    }

    /// A form for the authorization server, with Basic if the app has a secret.
    pub async fn post(
        &mut self,
        title: &str,
        url: &str,
        basic: Option<BasicCredentials<'_>>,
        form: &[(&str, &str)],
    ) -> Result<Answer, String> {
        let mut request = self.site.http.post(url).header("accept", "application/json").form(form);
        if let Some(BasicCredentials { client_id, secret }) = basic {
            request = request.basic_auth(client_id, Some(secret));
        }
        self.say(AUTHORIZATION_SERVER, title, request.build().map_err(|error| error.to_string())?).await
    }

    pub async fn say(&mut self, to: &'static str, title: &str, mut request: Request) -> Result<Answer, String> {
        let (url, sent) = (request.url().to_string(), words(&request));
        if let Ok(inside) = Url::parse(&self.site.dial(&url)) {
            *request.url_mut() = inside;
        }
        let from = self.from;
        let exchange = |response| Exchange { from, to, title: title.to_owned(), request: sent, response };
        let answer = match self.site.http.execute(request).await {
            Ok(answer) => answer,
            Err(error) => {
                let why = error.without_url();
                self.exchanges.push(exchange(format!("no answer\n\n{why}")));
                return Err(format!("{url} does not answer: {why}"));
            }
        };
        let (status, answered) = (answer.status(), answer.headers().clone());
        let simulated = answered.get(simulate::HEADER).and_then(|name| name.to_str().ok()).map(str::to_owned);
        self.simulated = simulated.or(self.simulated.take());
        let headers: String = answered.iter().map(|(name, value)| header(name.as_str(), value)).collect();
        let text = answer.text().await.unwrap_or_default();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let shown = if body.is_null() { text } else { serde_json::to_string_pretty(&body).unwrap_or(text) };
        let response = format!("{status}\n{headers}\n{shown}");
        self.exchanges.push(exchange(response));
        Ok(Answer { status: status.as_u16(), headers: answered, body })
    }
}

fn words(request: &Request) -> String {
    let headers: String = request.headers().iter().map(|(name, value)| header(name.as_str(), value)).collect();
    let body = request.body().and_then(|body| body.as_bytes()).map(|body| String::from_utf8_lossy(body).into_owned());
    let body = body.map(|body| format!("\n{}", body.replace('&', "\n&"))).unwrap_or_default();
    format!("{} {}\n{headers}{body}", request.method(), request.url())
}

fn header(name: &str, value: &reqwest::header::HeaderValue) -> String {
    format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
}
