//! A browser that knows cookies with their paths, redirects and forms, and a person who says yes.

use crate::desk::Desk;
use reqwest::{Response, header};
use url::Url;

pub struct Browser<'a> {
    desk: &'a Desk,
    cookies: Vec<Cookie>,
}

struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl<'a> Browser<'a> {
    pub fn new(desk: &'a Desk) -> Browser<'a> {
        Browser { desk, cookies: Vec::new() }
    }

    /// Launches an app in the launcher with this problem; what is launched does not matter.
    pub async fn chooses(&mut self, problem: &str) {
        let query = "tenant=riverside&type=patient-standalone&user=amy&launch_url=http://127.0.0.1:3000/launch";
        let answer = self.get(&format!("{}/launcher/launch?{query}&simulate={problem}", self.desk.base)).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    }

    pub async fn get(&mut self, url: &str) -> Response {
        let url = Url::parse(url).unwrap();
        let request = self.desk.http.get(url.clone());
        self.send(request, &url).await
    }

    /// Signs in as Amy, agrees to everything, and ends where the browser leaves this server.
    pub async fn goes_through(&mut self, url: &str) -> Url {
        let (mut answer, mut at) = (self.get(url).await, Url::parse(url).unwrap());
        for _ in 0..12 {
            if answer.status() == 303 {
                let there = location(&answer);
                if !there.as_str().starts_with(&self.desk.base) {
                    return there;
                }
                (answer, at) = (self.get(there.as_str()).await, there);
                continue;
            }
            assert_eq!(answer.status(), 200, "{at}");
            let mut fields = form(&answer.text().await.unwrap());
            fields.extend([("username", "amy"), ("password", "demo-amy"), ("decision", "allow")].map(owned));
            let request = self.desk.http.post(at.clone()).form(&fields);
            answer = self.send(request, &at.clone()).await;
        }
        panic!("the way does not end at {at}")
    }

    async fn send(&mut self, request: reqwest::RequestBuilder, url: &Url) -> Response {
        let fits = |cookie: &&Cookie| {
            let path = cookie.path.trim_end_matches('/');
            url.path().strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let pairs = self.cookies.iter().filter(fits).map(|cookie| format!("{}={}", cookie.name, cookie.value));
        let answer = request.header(header::COOKIE, pairs.collect::<Vec<_>>().join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        answer
    }

    fn keep(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attribute = |name: &str| set_cookie.split("; ").find_map(|part| part.strip_prefix(name));
        assert!(set_cookie.contains("; HttpOnly") && set_cookie.contains("; SameSite=Lax"), "{set_cookie}");
        let path = attribute("Path=").unwrap().to_owned();
        self.cookies.retain(|cookie| cookie.name != name || cookie.path != path);
        if attribute("Max-Age=") != Some("0") {
            self.cookies.push(Cookie { name: name.to_owned(), value: value.to_owned(), path });
        }
    }

    /// As a cookie that somebody made by hand.
    pub fn bakes(&mut self, problem: &str) {
        let (name, value) = ("admit-simulate".to_owned(), problem.to_owned());
        self.cookies.push(Cookie { name, value, path: "/".to_owned() });
    }
}

pub fn location(answer: &Response) -> Url {
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

/// Hidden fields and ticked boxes.
fn form(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&#38;", "&").replace("&#34;", "\""))
    };
    let inputs = html.split("<input").skip(1).filter_map(|input| input.split('>').next());
    let sent = inputs.filter(|tag| {
        let kind = attribute(tag, "type").unwrap_or_default();
        kind == "hidden" || (kind == "checkbox" && tag.contains(" checked"))
    });
    sent.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
