//! Keycloak, in a process of its own that ends with this one: development mode on loopback, a database in memory, and the realm
//! of a file.

use crate::{
    Live,
    live::{ends_with_this, free_port, installed},
    server::PASSWORD,
};
use axum::Router;
use serde_json::{Value, json};
use std::{process::Child, time::Duration};

const ADMIN: &str = "admin";
/// From nothing, on two cores with other work: it makes its database first.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Keycloak {
    _process: Child,
}

impl Keycloak {
    /// With a tenant whose people sign in there: `{keycloak}` in its file is the realm, and `{admit}` in the realm's is the tenant.
    pub fn with_tenant(tenant: &str, realm: &str, pages: Router) -> (Live, Keycloak) {
        let base = format!("http://127.0.0.1:{}", free_port());
        let keycloak = Keycloak::start(&base);
        let name =
            serde_json::from_str::<Value>(realm).expect("a realm")["realm"].as_str().expect("its name").to_owned();
        let issuer = format!("{base}/realms/{name}");
        let world = Live::start(tenant.replace("{keycloak}", &issuer).leak(), pages);
        import(&base, &issuer, &realm.replace("{admit}", world.told("issuer")).replace("{password}", PASSWORD));
        let admin = json!({ "base": base, "realm": name, "password": ADMIN }).to_string();
        (world.telling("keycloak", &admin), keycloak)
    }

    fn start(base: &str) -> Keycloak {
        let program = installed(".keycloak/bin/kc.sh");
        let port = base.rsplit(':').next().expect("a port");
        let server = format!("{} start-dev --db=dev-mem --http-host=127.0.0.1 --http-port={port}", program.display());
        let mut command = ends_with_this(&server);
        command.env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN).env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN);
        Keycloak { _process: command.spawn().expect("sh starts") }
    }
}

/// As its administrator does it.
fn import(base: &str, issuer: &str, realm: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let token = tokio::time::timeout(PATIENCE, token(base)).await.expect("Keycloak starts");
        let realm = reqwest::Client::new().post(format!("{base}/admin/realms")).body(realm.to_owned());
        let answer =
            realm.bearer_auth(token).header("content-type", "application/json").send().await.expect("it answers");
        assert_eq!(answer.status(), 201, "the realm: {:?}", answer.text().await);
        // Its first answers take seconds, which this server does not wait.
        for document in [".well-known/openid-configuration", "protocol/openid-connect/certs"] {
            reqwest::get(format!("{issuer}/{document}")).await.expect("it answers");
        }
    });
}

/// Asked for until Keycloak is there.
async fn token(base: &str) -> String {
    let endpoint = format!("{base}/realms/master/protocol/openid-connect/token");
    let form = [("grant_type", "password"), ("client_id", "admin-cli"), ("username", ADMIN), ("password", ADMIN)];
    loop {
        if let Ok(answer) = reqwest::Client::new().post(&endpoint).form(&form).send().await
            && let Ok(answer) = answer.json::<Value>().await
            && let Some(token) = answer["access_token"].as_str()
        {
            return token.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
