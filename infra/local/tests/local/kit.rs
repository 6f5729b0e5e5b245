//! A local server in memory, and a browser that follows no redirect by itself.

use local::{Local, options::Options};
use reqwest::{Client, Response, redirect::Policy};
use std::collections::HashMap;
use url::Url;

pub struct Desk {
    pub base: String,
    pub http: Client,
}

pub async fn desk() -> Desk {
    let options = Options { port: 0, in_memory: true, ..Options::default() };
    desk_of(local::prepare(&options).await.unwrap())
}

/// Serves what is prepared.
pub fn desk_of(local: Local) -> Desk {
    let base = local.base.clone();
    tokio::spawn(async move { axum::serve(local.listener, local.router).await });
    let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    Desk { base, http }
}

impl Desk {
    pub async fn get(&self, path: &str) -> Response {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.http.get(url).send().await.unwrap()
    }

    pub async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Where a launch leads.
    pub async fn launch(&self, query: &str) -> Url {
        let answer = self.get(&format!("/launcher/launch?{query}")).await;
        assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
        location(&answer)
    }

    /// What the authorization endpoint says to a good request of the sample app with this launch.
    pub async fn authorize(&self, client_id: &str, launch: &str) -> Url {
        self.authorize_at(client_id, &format!("{}/app/riverside/callback", self.base), launch).await
    }

    pub async fn authorize_at(&self, client_id: &str, redirect_uri: &str, launch: &str) -> Url {
        let (base, challenge) = (&self.base, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let url = Url::parse_with_params(
            &format!("{base}/riverside/authorize"),
            [
                ("response_type", "code"),
                ("client_id", client_id),
                ("redirect_uri", redirect_uri),
                ("scope", "launch patient/Patient.rs"),
                ("state", "a state"),
                ("aud", &format!("{base}/riverside/fhir")),
                ("code_challenge", challenge),
                ("code_challenge_method", "S256"),
                ("launch", launch),
            ],
        );
        let answer = self.get(url.unwrap().as_str()).await;
        assert_eq!(answer.status(), 303);
        location(&answer)
    }
}

pub fn location(answer: &Response) -> Url {
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

pub fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}
