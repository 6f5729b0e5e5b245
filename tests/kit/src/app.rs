//! The app: asks for authorization, exchanges its code, refreshes, as a strict client does.

use crate::{
    Answer, Assertion, Person, TestServer,
    dpop::DpopKey,
    http::{basic, encode},
    server::ISSUER,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::tenant::SigningAlg;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A registered app of the fixtures or of the samples, and how it authenticates.
#[derive(Clone)]
pub struct App<'a> {
    pub server: &'a TestServer,
    pub tenant: &'static str,
    /// The FHIR server it wants to use.
    pub aud: String,
    /// Where its pages are from, if they call the server themselves.
    pub origin: Option<&'static str>,
    pub client_id: &'static str,
    pub redirect_uri: &'static str,
    pub proof: Proof,
    /// The key that its tokens are bound to.
    pub key: Option<&'a DpopKey>,
}

#[derive(Clone)]
pub enum Proof {
    Public,
    Basic(&'static str),
    Post(&'static str),
    Assertion(SigningAlg),
    /// The same for the issuer, as FAPI 2.0 has it.
    AssertionForIssuer(SigningAlg),
}

/// 43 to 128 characters (RFC 7636 §4.1).
pub const VERIFIER: &str = "a-code-verifier-of-43-to-128-characters-0123456789";
pub const STATE: &str = "state-of-the-app";

/// Names and values of a form, or of headers.
pub type Pairs = Vec<(String, String)>;

/// What came from the token endpoint.
#[derive(Clone, Debug)]
pub struct Tokens(pub Value);

impl Tokens {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }

    pub fn access_token(&self) -> &str {
        self.text("access_token")
    }

    pub fn refresh_token(&self) -> &str {
        self.text("refresh_token")
    }

    pub fn scope(&self) -> &str {
        self.text("scope")
    }

    /// The claims of a JWT member, unverified.
    pub fn claims(&self, name: &str) -> Value {
        claims(self.text(name))
    }
}

pub fn claims(jwt: &str) -> Value {
    part(jwt, 1)
}

pub fn header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn part(jwt: &str, index: usize) -> Value {
    let part = jwt.split('.').nth(index).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

impl<'a> App<'a> {
    fn of_clinic(server: &'a TestServer, client_id: &'static str, redirect_uri: &'static str, proof: Proof) -> App<'a> {
        let (tenant, aud) = ("clinic", server.fhir.url.clone());
        App { server, tenant, aud, origin: None, client_id, redirect_uri, proof, key: None }
    }

    pub fn public(server: &'a TestServer) -> App<'a> {
        App::of_clinic(server, "public-app", "https://app.example/callback", Proof::Public)
    }

    pub fn second(server: &'a TestServer) -> App<'a> {
        App::of_clinic(server, "second-app", "https://second.example/callback", Proof::Public)
    }

    pub fn symmetric(server: &'a TestServer) -> App<'a> {
        let proof = Proof::Basic("symmetric-secret-of-more-than-32-characters");
        App::of_clinic(server, "symmetric-app", "https://symmetric.example/callback", proof)
    }

    pub fn post(server: &'a TestServer) -> App<'a> {
        let proof = Proof::Post("post-secret-of-more-than-thirty-two-characters");
        App::of_clinic(server, "post-app", "https://post.example/callback", proof)
    }

    pub fn legacy(server: &'a TestServer) -> App<'a> {
        let proof = Proof::Basic("legacy-secret-of-more-than-32-characters");
        App::of_clinic(server, "legacy-app", "https://legacy.example/callback", proof)
    }

    pub fn asymmetric(server: &'a TestServer, alg: SigningAlg) -> App<'a> {
        let (client_id, redirect_uri) = match alg {
            SigningAlg::RS384 => ("rs384-app", "https://rs384.example/callback"),
            _ => ("es384-app", "https://es384.example/callback"),
        };
        App::of_clinic(server, client_id, redirect_uri, Proof::Assertion(alg))
    }

    pub fn backend(server: &'a TestServer) -> App<'a> {
        App::of_clinic(server, "backend", "", Proof::Assertion(SigningAlg::ES384))
    }

    /// `test-app` of the sample tenant `riverside`: a page on this machine.
    pub fn sample(server: &'a TestServer) -> App<'a> {
        let (origin, redirect_uri) = ("http://127.0.0.1:3000", "http://127.0.0.1:3000/callback");
        App { origin: Some(origin), ..App::of_clinic(server, "test-app", redirect_uri, Proof::Public) }.at("riverside")
    }

    /// `symmetric-app` of the same tenant.
    pub fn sample_with_secret(server: &'a TestServer) -> App<'a> {
        let proof = Proof::Basic("growth-chart-sample-secret-for-a-laptop");
        App { client_id: "symmetric-app", proof, ..App::sample(server) }
    }

    /// The same app, which proves this key with each request.
    #[must_use]
    pub fn with_key(self, key: &'a DpopKey) -> App<'a> {
        App { key: Some(key), ..self }
    }

    /// The same app at another tenant of the local server.
    #[must_use]
    pub fn at(self, tenant: &'static str) -> App<'a> {
        App { tenant, aud: format!("{}/{tenant}/fhir", self.server.base), ..self }
    }

    /// A URL of its tenant.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.server.base, self.tenant)
    }

    /// The parameters of a good authorization request; tests change one.
    pub fn request(&self, scope: &str) -> Pairs {
        [
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("scope", scope),
            ("state", STATE),
            ("aud", &self.aud),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// The URL of a standalone launch.
    pub fn standalone(&self, scope: &str) -> String {
        self.authorize_url(&self.request(scope))
    }

    /// The URL of an EHR launch.
    pub fn with_launch(&self, scope: &str, launch: &str) -> String {
        let mut request = self.request(scope);
        request.push(("launch".into(), launch.into()));
        self.authorize_url(&request)
    }

    fn authorize_url(&self, request: &[(String, String)]) -> String {
        let pairs: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        format!("{}?{}", self.url("authorize"), encode(&pairs))
    }

    /// A code, by a person who signs in and says yes.
    pub async fn code(&self, username: &str, scope: &str, patient: Option<&str>) -> String {
        self.code_from(&mut Person::named(self.server, username), scope, patient).await
    }

    /// The same by this person, with what their browser has kept.
    pub async fn code_from(&self, person: &mut Person<'_>, scope: &str, patient: Option<&str>) -> String {
        let answer = person.goes_through(&self.standalone(scope), patient).await;
        answer.query("code").unwrap_or_else(|| panic!("no code: {}", answer.location()))
    }

    /// The answer to a request that the app sends ahead (RFC 9126).
    pub async fn pushes(&self, request: &[(String, String)]) -> Answer {
        let names_itself = matches!(self.proof, Proof::Public | Proof::Post(_));
        let form: Pairs = request.iter().filter(|(name, _)| !names_itself || name != "client_id").cloned().collect();
        self.sends("par", &form).await
    }

    /// The URL that its user's browser is sent to instead of the request.
    pub async fn pushed(&self, request: &[(String, String)]) -> String {
        self.url_of_push(&self.pushes(request).await)
    }

    /// The same for a push that was answered.
    pub fn url_of_push(&self, answer: &Answer) -> String {
        assert_eq!(answer.status, 201, "{}", answer.body);
        let answer = answer.json();
        let reference = answer["request_uri"].as_str().expect("a request_uri");
        self.authorize_url(
            &[("client_id", self.client_id), ("request_uri", reference)].map(|(n, v)| (n.into(), v.into())),
        )
    }

    /// What the app sends beside the grant: its client_id, a header, or an assertion.
    pub fn authentication(&self) -> (Pairs, Pairs) {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match &self.proof {
            Proof::Public => (vec![pair("client_id", self.client_id)], vec![]),
            Proof::Basic(secret) => (vec![], vec![pair("authorization", &basic(self.client_id, secret))]),
            Proof::Post(secret) => (vec![pair("client_id", self.client_id), pair("client_secret", secret)], vec![]),
            Proof::Assertion(_) | Proof::AssertionForIssuer(_) => (assertion_form(&self.assertion().sign()), vec![]),
        }
    }

    /// A good assertion for the token endpoint.
    pub fn assertion(&self) -> Assertion {
        let (alg, aud) = match &self.proof {
            Proof::Assertion(alg) => (alg, format!("{ISSUER}/token")),
            Proof::AssertionForIssuer(alg) => (alg, ISSUER.to_owned()),
            _ => panic!("this app has no key"),
        };
        Assertion::new(*alg, self.client_id, &aud, self.server.now().0)
    }

    /// Posts to an endpoint of the tenant with this app's authentication.
    pub async fn posts(&self, endpoint: &str, form: &[(&str, &str)]) -> Answer {
        let (authentication, headers) = self.authentication();
        let mut all: Vec<(&str, &str)> = form.to_vec();
        all.extend(authentication.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let mut headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        headers.extend(self.origin.map(|origin| ("origin", origin)));
        let proof = self.key.map(|key| key.proof(self.server, "POST", &self.url(endpoint)).sign());
        headers.extend(proof.as_deref().map(|proof| ("dpop", proof)));
        self.server.post(&format!("/{}/{endpoint}", self.tenant), &all, &headers).await
    }

    /// The answer to a code exchange.
    pub async fn redeems(&self, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.posts("token", &form).await
    }

    /// The tokens for a code.
    pub async fn exchanges(&self, code: &str) -> Tokens {
        tokens(self.redeems(code).await)
    }

    /// The answer to a refresh.
    pub async fn sends_refresh(&self, refresh_token: &str, scope: Option<&str>) -> Answer {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.posts("token", &form).await
    }

    pub async fn refreshes(&self, refresh_token: &str) -> Tokens {
        tokens(self.sends_refresh(refresh_token, None).await)
    }

    /// The whole way: a person approves, the app exchanges.
    pub async fn gets_tokens(&self, username: &str, scope: &str, patient: Option<&str>) -> Tokens {
        let code = self.code(username, scope, patient).await;
        self.exchanges(&code).await
    }

    /// A backend service's answer.
    pub async fn asks_for_itself(&self, scope: &str) -> Answer {
        self.posts("token", &[("grant_type", "client_credentials"), ("scope", scope)]).await
    }

    /// The form of a good code exchange; tests change one parameter.
    pub fn exchange_form(&self, code: &str) -> Vec<(String, String)> {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", VERIFIER),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// The same as `posts`, for a form that was changed.
    pub async fn sends(&self, endpoint: &str, form: &[(String, String)]) -> Answer {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.posts(endpoint, &form).await
    }

    /// Gives a token back (RFC 7009).
    pub async fn revokes(&self, token: &str) -> Answer {
        self.posts("revoke", &[("token", token)]).await
    }

    /// What the FHIR server learns of a token.
    pub async fn introspected(&self, token: &str) -> Value {
        introspect(self.server, token).await
    }
}

/// What clinic's FHIR server learns of a token.
pub async fn introspect(server: &TestServer, token: &str) -> Value {
    let authorization = basic("clinic-fhir", "clinic-fhir-secret-of-more-than-32-characters");
    let answer = server.post("/clinic/introspect", &[("token", token)], &[("authorization", &authorization)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

pub fn tokens(answer: Answer) -> Tokens {
    assert_eq!(answer.status, 200, "{}", answer.body);
    Tokens(answer.json())
}

pub fn assertion_form(assertion: &str) -> Pairs {
    vec![
        ("client_assertion_type".to_owned(), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ("client_assertion".to_owned(), assertion.to_owned()),
    ]
}

/// The URL of a request to the tenant `clinic`.
pub fn authorize_url(request: &[(String, String)]) -> String {
    let pairs: Vec<(&str, &str)> = request.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    format!("{ISSUER}/authorize?{}", encode(&pairs))
}

/// A request with one parameter changed, or taken out by `None`.
pub fn with(mut request: Pairs, name: &str, value: Option<&str>) -> Pairs {
    request.retain(|(n, _)| n != name);
    request.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    request
}
