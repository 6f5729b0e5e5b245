//! An OpenID Connect provider outside the server, with people who sign in at once. It tells the truth unless a test makes
//! it lie.

use crate::assertion::sign_with;
use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::signing_keys::in_process;
use rules::{
    secret::random_text,
    signing_keys::SigningKeyRecord,
    tenant::{SigningAlg, TenantId},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::net::TcpListener;
use url::Url;

pub const CLIENT_ID: &str = "admit-at-the-provider";
pub const SECRET: &str = "the provider's secret + with/all=that&needs encoding";

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    inside: Arc<Mutex<Inside>>,
}

struct Inside {
    issuer: String,
    key: SigningKeyRecord,
    /// What the key set says, if not just that key.
    published: Option<Vec<Value>>,
    people: HashMap<String, SignIn>,
    lie: Option<Arc<Lie>>,
    document: Value,
    token_answer: Option<(u16, String)>,
    userinfo: Value,
    /// Paths, and forms of the token endpoint.
    requests: Vec<(String, HashMap<String, String>)>,
    authorization: Vec<String>,
}

/// Changes header and claims before they are signed; or gives another token altogether.
type Lie = dyn Fn(&mut Value, &mut Value) -> Option<String> + Send + Sync;

/// Somebody is back from the sign-in page with a code.
struct SignIn {
    parameters: HashMap<String, String>,
    claims: Value,
    now: i64,
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize?kept=1"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
        });
        let inside = Arc::new(Mutex::new(Inside {
            issuer: issuer.clone(),
            key: new_key(),
            published: None,
            people: HashMap::new(),
            lie: None,
            document,
            token_answer: None,
            userinfo: json!({}),
            requests: Vec::new(),
            authorization: Vec::new(),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(document_of))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(inside.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Provider { issuer, inside }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("nobody panicked")
    }

    /// `[[identity_providers]]` of a tenant file, with these lines beside the usual ones.
    pub fn in_tenant_file(&self, id: &str, lines: &str) -> String {
        let issuer = &self.issuer;
        format!(
            "\n[[identity_providers]]\nid = \"{id}\"\nname = \"Account at {id}\"\nissuer = \"{issuer}\"\nclient_id = \
             \"{CLIENT_ID}\"\n{lines}\n"
        )
    }

    /// The person is sent here and signs in; where the browser goes then.
    pub fn signs_in(&self, location: &str, claims: Value, now: i64) -> String {
        let parameters = parameters(location);
        assert!(location.starts_with(&self.issuer), "not this provider: {location}");
        let code = random_text::<16>();
        let back =
            Url::parse_with_params(&parameters["redirect_uri"], [("code", &code), ("state", &parameters["state"])]);
        self.inside().people.insert(code, SignIn { parameters, claims, now });
        back.expect("a URL").into()
    }

    /// The same with an error.
    pub fn refuses(&self, location: &str, error: &str) -> String {
        let parameters = parameters(location);
        let back = [("error", error), ("error_description", "<b>boo</b>"), ("state", &parameters["state"])];
        Url::parse_with_params(&parameters["redirect_uri"], back).expect("a URL").into()
    }

    /// From now on each id_token is changed like this before it is signed.
    pub fn lies(&self, lie: impl Fn(&mut Value, &mut Value) + Send + Sync + 'static) {
        self.inside().lie = Some(Arc::new(move |header, claims| {
            lie(header, claims);
            None
        }));
    }

    /// From now on each id_token is replaced by what this makes of header and claims.
    pub fn forges(&self, forge: impl Fn(&Value, &Value) -> String + Send + Sync + 'static) {
        self.inside().lie = Some(Arc::new(move |header, claims| Some(forge(header, claims))));
    }

    pub fn announces(&self, name: &str, value: Value) {
        self.inside().document[name] = value;
    }

    pub fn token_endpoint_answers(&self, status: u16, body: &str) {
        self.inside().token_answer = Some((status, body.to_owned()));
    }

    pub fn userinfo_says(&self, claims: Value) {
        self.inside().userinfo = claims;
    }

    /// A new key, at once in the key set; the old one is gone.
    pub fn rotates_its_key(&self) {
        self.inside().key = new_key();
    }

    /// A new key that the key set does not have.
    pub fn signs_with_a_key_it_does_not_publish(&self) {
        let mut inside = self.inside();
        inside.published = Some(vec![json!(inside.key.public)]);
        inside.key = new_key();
    }

    /// From now on the key set says this.
    pub fn publishes(&self, keys: Vec<Value>) {
        self.inside().published = Some(keys);
    }

    pub fn public_key(&self) -> String {
        json!(self.inside().key.public).to_string()
    }

    pub fn requests(&self, path: &str) -> Vec<HashMap<String, String>> {
        let inside = self.inside();
        inside.requests.iter().filter(|(p, _)| p == path).map(|(_, form)| form.clone()).collect()
    }

    /// `Authorization` headers of the token endpoint.
    pub fn authorization(&self) -> Vec<String> {
        self.inside().authorization.clone()
    }
}

/// The query of a URL.
pub fn parameters(url: &str) -> HashMap<String, String> {
    Url::parse(url).expect("a URL").query_pairs().into_owned().collect()
}

fn new_key() -> SigningKeyRecord {
    in_process::generate(&TenantId::parse("p").expect("an id"), SigningAlg::ES256, rules::time::Timestamp(0))
        .expect("a key")
}

type Shared = State<Arc<Mutex<Inside>>>;

async fn document_of(State(inside): Shared) -> Json<Value> {
    let mut inside = inside.lock().expect("nobody panicked");
    inside.requests.push(("/.well-known/openid-configuration".into(), HashMap::new()));
    Json(inside.document.clone())
}

async fn jwks(State(inside): Shared) -> Json<Value> {
    let mut inside = inside.lock().expect("nobody panicked");
    inside.requests.push(("/jwks".into(), HashMap::new()));
    let keys = inside.published.clone().unwrap_or_else(|| vec![json!(inside.key.public)]);
    Json(json!({ "keys": keys }))
}

async fn userinfo(State(inside): Shared, headers: HeaderMap) -> Response {
    let right = headers.get(header::AUTHORIZATION).is_some_and(|value| value == "Bearer the-access-token");
    let claims = inside.lock().expect("nobody panicked").userinfo.clone();
    if right { Json(claims).into_response() } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn token(State(inside): Shared, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut inside = inside.lock().expect("nobody panicked");
    inside.requests.push(("/token".into(), form.clone()));
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    inside.authorization.push(authorization.to_owned());
    if let Some((status, body)) = &inside.token_answer {
        return (StatusCode::from_u16(*status).expect("a status"), body.clone()).into_response();
    }
    // The code is good once, with the verifier and the redirect_uri it was asked with.
    let person = form.get("code").and_then(|code| inside.people.remove(code));
    let challenge = form.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    let good = person.filter(|person| {
        person.parameters.get("code_challenge") == challenge.as_ref()
            && person.parameters.get("redirect_uri") == form.get("redirect_uri")
    });
    let Some(person) = good else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let id_token = id_token(&inside, &person);
    Json(json!({ "access_token": "the-access-token", "token_type": "Bearer", "id_token": id_token })).into_response()
}

fn id_token(inside: &Inside, person: &SignIn) -> String {
    let key = &inside.key;
    let mut header = json!({ "alg": key.alg.as_str(), "typ": "JWT", "kid": key.public.kid });
    let mut claims = json!({
        "iss": inside.issuer, "sub": "somebody", "aud": person.parameters["client_id"],
        "iat": person.now, "exp": person.now + 300, "nonce": person.parameters["nonce"],
    });
    for (name, value) in person.claims.as_object().expect("claims") {
        claims[name] = value.clone();
    }
    if let Some(lie) = &inside.lie
        && let Some(forged) = lie(&mut header, &mut claims)
    {
        return forged;
    }
    sign_with(key, &header, &claims)
}
