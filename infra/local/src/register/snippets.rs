//! The settings of an app, as the libraries that most apps use want them.

use super::lines::Made;
use rules::{
    client::{Client, ClientAuthentication},
    tenant::GrantType,
};
use serde_json::{Value, json};

pub struct Snippet {
    pub id: &'static str,
    pub library: &'static str,
    pub text: String,
}

/// What every snippet needs.
pub struct Settings<'a> {
    pub issuer: &'a str,
    pub aud: &'a str,
    pub client: &'a Client,
    pub made: Option<&'a Made>,
}

enum Proof {
    Nothing,
    Secret(String),
    /// The private key as JSON, and the `kid`.
    Key {
        jwk: String,
        kid: String,
    },
}

pub fn snippets(settings: &Settings<'_>) -> Vec<Snippet> {
    if !settings.client.may_use(GrantType::AuthorizationCode) {
        return Vec::new();
    }
    let snippet = |id, library, text| Snippet { id, library, text };
    vec![
        snippet("fhirclient-js", "fhirclient.js, in the browser", settings.fhirclient()),
        snippet("openid-client", "openid-client, for Node", settings.openid_client()),
        snippet("spring", "Spring Security, for Java", settings.spring()),
        snippet("python", "Authlib, for Python", settings.authlib()),
    ]
}

impl Settings<'_> {
    fn proof(&self) -> Proof {
        match (&self.client.authentication, self.made) {
            (_, Some(Made::Secret(secret))) => Proof::Secret(secret.clone()),
            (_, Some(Made::Key(private))) => {
                let kid = private["kid"].as_str().unwrap_or_default().to_owned();
                Proof::Key { jwk: private.to_string(), kid }
            }
            (ClientAuthentication::None, None) => Proof::Nothing,
            (ClientAuthentication::PrivateKeyJwt { .. }, None) => {
                Proof::Key { jwk: json!({ "your": "private JWK" }).to_string(), kid: "its kid".to_owned() }
            }
            (_, None) => Proof::Secret("the secret that was shown once".to_owned()),
        }
    }

    fn redirect_uri(&self) -> &str {
        self.client.redirect_uris.first().map(|uri| uri.as_str()).unwrap_or_default()
    }

    /// For a standalone launch: an EHR's launch has `launch` in it.
    fn scope(&self) -> String {
        let scope = self.client.scope.to_string();
        let without_launch = scope.split(' ').filter(|scope| *scope != "launch");
        without_launch.collect::<Vec<_>>().join(" ")
    }

    fn fhirclient(&self) -> String {
        let (id, aud, back) = (quoted(&self.client.client_id), quoted(self.aud), quoted(self.redirect_uri()));
        let (launch_scope, scope) = (quoted(&self.client.scope.to_string()), quoted(&self.scope()));
        let proof = match self.proof() {
            Proof::Nothing => String::new(),
            Proof::Secret(secret) => {
                format!("  clientSecret: {}, // on a server alone: a page would show it\n", quoted(&secret))
            }
            Proof::Key { jwk, .. } => {
                format!("  clientPrivateJwk: {jwk}, // on a server alone: a page would show it\n")
            }
        };
        format!(
            "// The launch URL. Opened by an EHR, iss and launch are in its address; without them, iss below is used.\n\
             const ehr = new URLSearchParams(location.search).has(\"launch\");\n\
             FHIR.oauth2.authorize({{\n  iss: {aud},\n  clientId: {id},\n  redirectUri: {back},\n  \
             scope: ehr ? {launch_scope} : {scope},\n  pkceMode: \"required\",\n{proof}}});\n\n\
             // The redirect URI.\nFHIR.oauth2.ready().then(client => client.patient.read()).then(console.log);\n"
        )
    }

    fn openid_client(&self) -> String {
        let (issuer, id) = (quoted(self.issuer), quoted(&self.client.client_id));
        let (aud, back, scope) = (quoted(self.aud), quoted(self.redirect_uri()), quoted(&self.scope()));
        let (before, proof) = match self.proof() {
            Proof::Nothing => (String::new(), "client.None()".to_owned()),
            Proof::Secret(secret) => (String::new(), format!("client.ClientSecretBasic({})", quoted(&secret))),
            Proof::Key { jwk, kid } => (
                format!(
                    "const key = await crypto.subtle.importKey(\"jwk\", {jwk}, {{ name: \"ECDSA\", namedCurve: \"P-384\" }}, false, [\"sign\"]);\n"
                ),
                format!("client.PrivateKeyJwt({{ key, kid: {} }})", quoted(&kid)),
            ),
        };
        let plain = match self.issuer.starts_with("http:") {
            true => ", { execute: [client.allowInsecureRequests] }",
            false => "",
        };
        format!(
            "import * as client from \"openid-client\"; // version 6\n\n\
             {before}const config = await client.discovery(new URL({issuer}), {id}, undefined, {proof}{plain});\n\
             const checks = {{\n  pkceCodeVerifier: client.randomPKCECodeVerifier(),\n  expectedState: client.randomState(),\n  \
             expectedNonce: client.randomNonce(),\n}};\n\
             const to = client.buildAuthorizationUrl(config, {{\n  redirect_uri: {back},\n  scope: {scope},\n  aud: {aud},\n  \
             state: checks.expectedState,\n  nonce: checks.expectedNonce,\n  \
             code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),\n  code_challenge_method: \"S256\",\n}});\n\
             // Send the browser to `to`, keep `checks` in its session; then, with the address that it comes back to:\n\
             const tokens = await client.authorizationCodeGrant(config, new URL(request.url, {back}), checks);\n\
             console.log(tokens.access_token, tokens.patient);\n"
        )
    }

    fn spring(&self) -> String {
        let (issuer, id) = (quoted(self.issuer), quoted(&self.client.client_id));
        let (aud, back, scope) = (quoted(self.aud), quoted(self.redirect_uri()), self.scope());
        let scopes = scope.split(' ').map(|scope| format!("              - {}\n", quoted(scope))).collect::<String>();
        let proof = match self.proof() {
            Proof::Nothing => "            client-authentication-method: none\n".to_owned(),
            Proof::Secret(secret) => format!(
                "            client-secret: {}\n            client-authentication-method: client_secret_basic\n",
                quoted(&secret)
            ),
            Proof::Key { kid, .. } => format!(
                "            client-authentication-method: private_key_jwt # NimbusJwtClientAuthenticationParametersConverter, kid {kid}\n"
            ),
        };
        format!(
            "# application.yml\nspring:\n  security:\n    oauth2:\n      client:\n        registration:\n          admit:\n            \
             client-id: {id}\n{proof}            authorization-grant-type: authorization_code\n            \
             redirect-uri: {back}\n            scope:\n{scopes}        provider:\n          admit:\n            issuer-uri: {issuer}\n\n\
             // The security configuration: SMART needs aud, and PKCE from everybody.\n\
             var resolver = new DefaultOAuth2AuthorizationRequestResolver(registrations, \"/oauth2/authorization\");\n\
             resolver.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce()\n    \
             .andThen(request -> request.additionalParameters(more -> more.put(\"aud\", {aud}))));\n\
             http.oauth2Login(login -> login.authorizationEndpoint(at -> at.authorizationRequestResolver(resolver)));\n"
        )
    }

    fn authlib(&self) -> String {
        let (issuer, id) = (quoted(self.issuer), quoted(&self.client.client_id));
        let (aud, back, scope) = (quoted(self.aud), quoted(self.redirect_uri()), quoted(&self.scope()));
        let (before, secret, method, after) = match self.proof() {
            Proof::Nothing => (String::new(), "None".to_owned(), "\"none\"".to_owned(), String::new()),
            Proof::Secret(secret) => {
                (String::new(), quoted(&secret), "\"client_secret_basic\"".to_owned(), String::new())
            }
            Proof::Key { jwk, kid } => (
                format!(
                    "from authlib.oauth2.rfc7523 import PrivateKeyJWT\nfrom joserfc import jwk\n\n\
                     class ShortAssertion(PrivateKeyJWT):  # Authlib's live for an hour, SMART's for five minutes at most\n    \
                     def sign(self, auth, token_endpoint):\n        \
                     self.claims = {{\"exp\": int(time.time()) + 240}}\n        \
                     return super().sign(auth, token_endpoint)\n\nkey = jwk.import_key({jwk})\n"
                ),
                "key".to_owned(),
                "\"private_key_jwt\"".to_owned(),
                format!(
                    "session.register_client_auth_method(ShortAssertion(server[\"token_endpoint\"], headers={{\"kid\": {}}}, alg=\"ES384\"))\n",
                    quoted(&kid)
                ),
            ),
        };
        format!(
            "import time\nimport requests\nfrom authlib.common.security import generate_token\n\
             from authlib.integrations.requests_client import OAuth2Session\n{before}\n\
             server = requests.get({issuer} + \"/.well-known/openid-configuration\").json()\n\
             session = OAuth2Session({id}, {secret}, token_endpoint_auth_method={method},\n                        \
             redirect_uri={back}, scope={scope}, code_challenge_method=\"S256\")\n{after}\
             verifier = generate_token(64)\n\
             to, state = session.create_authorization_url(server[\"authorization_endpoint\"], code_verifier=verifier, aud={aud})\n\
             # Send the browser to `to`; then, with the whole address that it comes back to:\n\
             token = session.fetch_token(server[\"token_endpoint\"], authorization_response=came_back, state=state, code_verifier=verifier)\n\
             print(session.get({aud} + \"/Patient/\" + token[\"patient\"]).json())\n"
        )
    }
}

/// A text in JavaScript, Java, YAML and Python alike.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
