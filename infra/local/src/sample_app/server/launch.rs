//! From the launch to the token: the same steps as in the browser, but with credentials.

use super::{
    apps::Apps,
    conversation::{AUTHORIZATION_SERVER, Answer, BasicCredentials, Conversation, Exchange, FHIR_SERVER},
    hosted::{Credential, HostedApp},
    page::{self, AskPage, Parameter},
    session::{Member, Session},
};
use crate::{
    site::{Frame, html_in_frame, query, see_other},
    tenant::LocalTenant,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rules::{
    oauth::params::Params,
    scope::{Scope, ScopeSet},
    secret::{SecretHash, random_text},
};
use serde_json::Value;
use std::sync::Arc;

/// The EHR, or a person, opens the app.
pub async fn launch(
    State(apps): State<Arc<Apps>>,
    Path((tenant, client_id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some((tenant, app)) = apps.find(&tenant, &client_id) else { return page::no_such_app() };
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let iss = params.get("iss").unwrap_or_default();
    // A server that keeps a secret speaks only to servers it knows.
    if tenant.items.tenant.fhir_server(iss).is_none() {
        return page::problem(
            tenant,
            app,
            "The app does not know this server",
            &format!("`iss` is “{iss}”."),
            Vec::new(),
        );
    }
    match ask(&apps, tenant, app, iss, params.get("launch")).await {
        Ok((session, page)) => {
            let is_framed = headers.get("sec-fetch-dest").is_some_and(|place| place == "iframe");
            let mut response = html_in_frame(&AskPage { is_framed, ..page });
            if let Some(cookie) = apps.sessions.begin(&app.path, session) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(why) => page::problem(tenant, app, "The app could not go on", &why, Vec::new()),
    }
}

async fn ask<'a>(
    apps: &Apps,
    tenant: &'a LocalTenant,
    app: &'a HostedApp,
    iss: &str,
    launch: Option<&str>,
) -> Result<(Session, AskPage<'a>), String> {
    let mut talk = Conversation::new(apps, opened(iss, launch));
    let url = format!("{}/.well-known/smart-configuration", iss.trim_end_matches('/'));
    let discovery = talk.get(FHIR_SERVER, "Who issues tokens for you?", &url, None).await?;
    if !discovery.is_good() {
        return Err(format!("GET {url} answered {}", discovery.in_words()));
    }
    let endpoint =
        discovery.body["authorization_endpoint"].as_str().ok_or("discovery names no authorization_endpoint")?;
    let (state, nonce, verifier) = (random_text::<32>(), random_text::<32>(), random_text::<32>());
    // RFC 7636 §4.2: the hash of the verifier in base64url, which is what a SecretHash is.
    let challenge = SecretHash::of(&verifier).as_str().to_owned();
    let (scope, redirect_uri) = (requested_scope(app, launch.is_some()), redirect_uri(apps, app));
    let mut parameters = vec![
        Parameter::new(
            "response_type",
            "code",
            "Send a code, not a token: a code is useless to somebody who reads it on the way.",
        ),
        Parameter::new("client_id", &app.client_id, "Which app this is. The proof comes later, from server to server."),
        Parameter::new(
            "redirect_uri",
            &redirect_uri,
            "Where the answer goes. It must be registered, character by character.",
        ),
        Parameter::new("scope", &scope, "What the app would like to do. You may be given less."),
        Parameter::new("state", &state, "A random value that must come back: nobody else can have started this."),
        Parameter::new("aud", iss, "The FHIR server that the token is for."),
        Parameter::new("code_challenge", &challenge, "The hash of a secret that stays on the app’s server (PKCE)."),
        Parameter::new("code_challenge_method", "S256", "The hash is SHA-256."),
        Parameter::new("nonce", &nonce, "Must appear in the id_token."),
    ];
    if let Some(launch) = launch {
        parameters.push(Parameter::new("launch", launch, "Back to the server that knows what it stands for."));
    }
    let pairs = parameters.iter().map(|parameter| (parameter.name, parameter.value.as_str()));
    let location = format!("{endpoint}?{}", query(pairs));
    talk.exchanges.push(Exchange {
        from: "App",
        to: "Browser",
        title: "Go and sign in there".into(),
        request: format!("303 See Other\nlocation: {location}"),
        response: String::new(),
    });
    let session = Session {
        iss: iss.to_owned(),
        state,
        nonce,
        verifier,
        requested_scope: scope,
        discovered: discovery.body,
        exchanges: talk.exchanges.clone(),
        ..Session::default()
    };
    let page = AskPage {
        frame: Frame::at(""),
        app,
        tenant_name: &tenant.items.tenant.name,
        proof: page::proof(app),
        parameters,
        location,
        is_framed: false,
        exchanges: talk.exchanges,
    };
    Ok((session, page))
}

/// The browser comes back with a code.
pub async fn callback(
    State(apps): State<Arc<Apps>>,
    Path((tenant, client_id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some((tenant, app)) = apps.find(&tenant, &client_id) else { return page::no_such_app() };
    let params = Params::parse(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let session = apps.sessions.find(&headers).filter(|session| {
        // Each state is good for one answer.
        session.answer.is_empty() && params.get("state") == Some(session.state.as_str())
    });
    let Some(mut session) = session else {
        let why = "This answer belongs to no sign-in that this browser began, or was used before.";
        return page::problem(tenant, app, "The app refuses this answer", why, Vec::new());
    };
    session.exchanges.push(Exchange {
        from: AUTHORIZATION_SERVER,
        to: "App",
        title: if params.has("error") { "No".into() } else { "Here is your code".into() },
        request: format!("GET {}{uri}", apps.base),
        response: String::new(),
    });
    session.answer =
        params.iter().map(|(name, value)| Member { name: name.to_owned(), value: value.to_owned() }).collect();
    let outcome = exchange(&apps, app, &mut session, &params).await;
    apps.sessions.put(&headers, session.clone());
    match outcome {
        // Without the code in the address.
        Ok(()) => see_other(&format!("{}/record", app.path)),
        Err(no_token) => page::problem_in(&session, tenant, app, &no_token.title, &no_token.why),
    }
}

struct NoToken {
    title: String,
    why: String,
}

async fn exchange(apps: &Apps, app: &HostedApp, session: &mut Session, params: &Params) -> Result<(), NoToken> {
    let failed = |title: &str, why: String| NoToken { title: title.to_owned(), why };
    if let Some(error) = params.get("error") {
        let why = params.get("error_description").unwrap_or_default();
        if why.contains("(simulated") {
            session.simulated = Some(error.to_owned());
        }
        return Err(failed(&format!("The answer was no: {error}"), why.to_owned()));
    }
    // RFC 9207 §2.4.
    if params.get("iss") != session.discovered["issuer"].as_str() {
        return Err(failed(
            "The app throws the code away",
            "It came from another issuer than the one that was asked.".into(),
        ));
    }
    let redirect_uri = redirect_uri(apps, app);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", params.get("code").unwrap_or_default()),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", &session.verifier),
    ];
    let mut talk = Conversation::new(apps, std::mem::take(&mut session.exchanges));
    let answer = prove(apps, app, &session.discovered, "token_endpoint", "A code for a token", &form, &mut talk).await;
    session.exchanges = talk.exchanges;
    session.simulated = talk.simulated.or(session.simulated.take());
    match answer {
        Ok(answer) if answer.is_good() => {
            session.token = Some(answer.body);
            Ok(())
        }
        Ok(answer) => Err(failed(&format!("The token endpoint said {}", answer.status), answer.in_words())),
        Err(why) => Err(failed("The token endpoint does not answer", why)),
    }
}

/// A request to an endpoint that discovery names, with the app's proof of who it is. The audience of an assertion is the token
/// endpoint everywhere.
pub async fn prove(
    apps: &Apps,
    app: &HostedApp,
    discovered: &Value,
    endpoint: &str,
    title: &str,
    form: &[(&str, &str)],
    talk: &mut Conversation<'_>,
) -> Result<Answer, String> {
    let discovered = |name: &str| discovered[name].as_str().ok_or(format!("discovery names no {name}"));
    let (url, audience) = (discovered(endpoint)?, discovered("token_endpoint")?);
    match &app.credential {
        Credential::Secret(secret) => {
            let basic = BasicCredentials { client_id: &app.client_id, secret: secret.expose() };
            talk.post(title, url, Some(basic), form).await
        }
        Credential::Key(key) => {
            let assertion = key.assertion(&app.client_id, audience, apps.server.now()).ok_or("the key can't sign")?;
            let mut form = form.to_vec();
            form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
            form.push(("client_assertion", &assertion));
            talk.post(title, url, None, &form).await
        }
    }
}

fn redirect_uri(apps: &Apps, app: &HostedApp) -> String {
    format!("{}{}/callback", apps.base, app.path)
}

/// All that it is registered for and that fits this kind of launch.
fn requested_scope(app: &HostedApp, is_ehr_launch: bool) -> String {
    let fits = |scope: &Scope| match scope {
        Scope::Launch(_) if is_ehr_launch => scope.to_string() == "launch",
        Scope::Launch(_) => scope.to_string() == "launch/patient",
        _ => true,
    };
    let mut scope = ScopeSet::parse(&app.scope).set;
    scope.retain(fits);
    scope.to_string()
}

fn opened(iss: &str, launch: Option<&str>) -> Vec<Exchange> {
    let request = match launch {
        Some(launch) => format!("iss: {iss}\nlaunch: {launch}"),
        None => format!("iss: {iss}"),
    };
    vec![Exchange { from: "EHR", to: "App", title: "Open this app".into(), request, response: String::new() }]
}

/// The first client assertion that the app sent.
pub fn sent_assertion(exchanges: &[Exchange]) -> Option<&str> {
    let after = exchanges.iter().find_map(|exchange| Some(exchange.request.split_once("client_assertion=")?.1))?;
    after.split(['\n', '&']).next()
}

/// Header and claims of a JWT, for people to read. Nothing is verified here.
pub fn decoded(jwt: &str) -> Vec<Value> {
    let part = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    jwt.split('.').take(2).filter_map(part).collect()
}
