//! Launches from the launcher, and what the app that is launched asks then.

use kit::{App, TestServer};
use std::collections::HashMap;
use url::Url;

/// Where a launch leads.
pub async fn launch(server: &TestServer, query: &str) -> Url {
    let answer = server.get(&format!("/launcher/launch?{query}")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    Url::parse(answer.location()).unwrap()
}

/// What the authorization endpoint says to a good request of an app of the sample app's pages with this launch.
pub async fn authorize(server: &TestServer, client_id: &'static str, launch: &str) -> Url {
    authorize_at(server, client_id, format!("{}/app/riverside/callback", server.base).leak(), launch).await
}

pub async fn authorize_at(
    server: &TestServer,
    client_id: &'static str,
    redirect_uri: &'static str,
    launch: &str,
) -> Url {
    let app = App { client_id, redirect_uri, ..App::sample(server) };
    let answer = server.get(&app.with_launch("launch patient/Patient.rs", launch)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    Url::parse(answer.location()).unwrap()
}

pub fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}
