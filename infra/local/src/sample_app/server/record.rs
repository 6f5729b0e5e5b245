//! The app at work: what it got, what it reads, and its buttons.

use super::{
    apps::Apps,
    conversation::{AUTHORIZATION_SERVER, Conversation, FHIR_SERVER},
    hosted::HostedApp,
    launch::{decoded, prove, sent_assertion},
    page::{self, Check, Identity, PatientInWords, RecordPage, RecordPart, ScopeRow, THEN},
    session::{ActionResult, Member, Read, Session, pretty},
    sign_out::sign_out,
};
use crate::{
    site::{Frame, Parts, html_in_parts, see_other},
    tenant::LocalTenant,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use rules::{
    jwk::KeySet,
    jws::UnverifiedJws,
    scope::{Outcome, ScopeSet, narrow},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The page begins at once. Who signed in and what is read follow as the answers come.
pub async fn show(
    State(apps): State<Arc<Apps>>,
    Path((tenant, client_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if apps.find(&tenant, &client_id).is_none() {
        return page::no_such_app();
    }
    let Some((session, token)) = signed_in(&apps, &headers) else { return see_other("/") };
    let (parts, response) = html_in_parts();
    tokio::spawn(async move {
        // A reader who has left reads it again on return.
        if let Some(session) = draw(&apps, &tenant, &client_id, session, &token, &parts).await {
            apps.sessions.put_if_unchanged(&headers, session);
        }
    });
    response
}

async fn draw(
    apps: &Apps,
    tenant: &str,
    client_id: &str,
    mut session: Session,
    token: &Value,
    parts: &Parts,
) -> Option<Session> {
    let (tenant, app) = apps.find(tenant, client_id)?;
    let page = record_page(tenant, app, &session, token).render().ok()?;
    let mut known = page.split(THEN);
    let mut talk = Conversation::new(apps, std::mem::take(&mut session.exchanges));
    parts.send(known.next()?).await?;
    if session.reads.is_empty()
        && let Some(path) = wanted(token).first()
    {
        session.reads.push(read_of(&session.iss, path, token, &mut talk).await);
    }
    parts.send(face(token, &session.reads).render().ok()?).await?;
    parts.send(known.next()?).await?;
    if let Some(identity) = identity(apps, app, &session, token, &mut talk).await {
        parts.send(RecordPart::Identity(identity).render().ok()?).await?;
    }
    parts.send(known.next()?).await?;
    for (place, path) in wanted(token).iter().enumerate() {
        if session.reads.len() <= place {
            session.reads.push(read_of(&session.iss, path, token, &mut talk).await);
        }
        parts.send(RecordPart::Read(&session.reads[place]).render().ok()?).await?;
    }
    parts.send(known.next()?).await?;
    parts.send(RecordPart::Outcome(page::outcome(&session.reads)).render().ok()?).await?;
    parts.send(known.next()?).await?;
    session.exchanges = talk.exchanges;
    session.simulated = talk.simulated.or(session.simulated);
    parts.send(RecordPart::Timeline(&session.exchanges).render().ok()?).await?;
    parts.send(known.next()?).await?;
    Some(session)
}

/// All that is known without a request.
fn record_page<'a>(tenant: &'a LocalTenant, app: &'a HostedApp, session: &'a Session, token: &Value) -> RecordPage<'a> {
    let assertion = sent_assertion(&session.exchanges).map(|jwt| pretty(&json!(decoded(jwt))));
    let text = |name: &str| token[name].as_str().unwrap_or_default();
    RecordPage {
        frame: Frame::at("").simulating(session.simulated.clone()),
        app,
        tenant_name: &tenant.items.tenant.name,
        answer: &session.answer,
        token: pretty(token),
        expires_in: token["expires_in"].as_i64().unwrap_or_default(),
        has_refresh_token: !text("refresh_token").is_empty(),
        assertion: assertion.unwrap_or_default(),
        proof: page::proof(app),
        scopes: scopes(&session.requested_scope, text("scope")),
        context: context(token),
        outcome: if session.reads.is_empty() { String::new() } else { page::outcome(&session.reads) },
        results: &session.results,
    }
}

fn face<'a>(token: &Value, reads: &'a [Read]) -> RecordPart<'a> {
    let read = reads.first().filter(|_| token["patient"].is_string());
    let person = read.filter(|read| read.is_good());
    let person = person.map(|read| PatientInWords { name: name(&read.body), facts: facts(&read.body) });
    RecordPart::Face(read, person.unwrap_or_default())
}

/// A button. Its result is on the page that follows, so that reloading repeats nothing.
pub async fn act(
    State(apps): State<Arc<Apps>>,
    Path((tenant, client_id, action)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some((_, app)) = apps.find(&tenant, &client_id) else { return page::no_such_app() };
    let Some((mut session, mut token)) = signed_in(&apps, &headers) else { return see_other("/") };
    if action == "sign-out" {
        apps.sessions.end(&headers);
        return sign_out(&apps.base, app, &session, &token);
    }
    let mut talk = Conversation::new(&apps, std::mem::take(&mut session.exchanges));
    let before = token["access_token"].clone();
    let result = run(&apps, app, &session, &mut token, &action, &mut talk).await;
    session.exchanges = talk.exchanges;
    session.simulated = talk.simulated.or(session.simulated.take());
    if token["access_token"] != before {
        // What was read with the old token is read again with the new one.
        session.reads.clear();
    }
    session.token = Some(token);
    let result = result.unwrap_or_else(|why| ActionResult::new(&action, "It did not work", why, &Value::Null));
    session.results.retain(|other| other.name != action);
    session.results.push(result);
    apps.sessions.put(&headers, session);
    see_other(&format!("{}/record#{action}", app.path))
}

async fn run(
    apps: &Apps,
    app: &HostedApp,
    session: &Session,
    token: &mut Value,
    action: &str,
    talk: &mut Conversation<'_>,
) -> Result<ActionResult, String> {
    let access_token = token["access_token"].as_str().unwrap_or_default().to_owned();
    let refresh_token = token["refresh_token"].as_str().unwrap_or_default().to_owned();
    let result = |title, outcome, body: &Value| Ok(ActionResult::new(action, title, outcome, body));
    let discovered = &session.discovered;
    match action {
        "refresh" => {
            let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
            let title = "A new token for the refresh token";
            let answer = prove(apps, app, discovered, "token_endpoint", title, &form, talk).await?;
            if !answer.is_good() || answer.body["access_token"].is_null() {
                let refused = if (400..500).contains(&answer.status) { "refused" } else { "not known" };
                return result("A new token", format!("{refused}, {}", answer.in_words()), &answer.body);
            }
            for (name, value) in answer.body.as_object().into_iter().flatten() {
                token[name] = value.clone();
            }
            result("A new token", "the old refresh token is used up; everything is read again".into(), &answer.body)
        }
        "introspect" => {
            let (title, form) = ("What is my token worth?", [("token", access_token.as_str())]);
            let answer = prove(apps, app, discovered, "introspection_endpoint", title, &form, talk).await?;
            let outcome = match answer.body["active"].as_bool().filter(|_| answer.is_good()) {
                Some(true) => "active".to_owned(),
                Some(false) => "not active".to_owned(),
                None => format!("not known, {}", answer.in_words()),
            };
            result("What the token is worth", outcome, &answer.body)
        }
        "revoke" => {
            let which = if refresh_token.is_empty() { access_token } else { refresh_token };
            let (title, form) = ("This token is given back", [("token", which.as_str())]);
            let answer = prove(apps, app, discovered, "revocation_endpoint", title, &form, talk).await?;
            if !answer.is_good() {
                return result("The token is not given back", answer.in_words(), &answer.body);
            }
            let outcome = format!("{}: whatever came of this sign-in is worth nothing now", answer.status);
            result("The token is given back", outcome, &answer.body)
        }
        "read-again" => {
            let path = format!("Patient/{}", token["patient"].as_str().unwrap_or_default());
            let read = read(&session.iss, &path, "Patient", &access_token, talk).await;
            result("The patient again", said(&read), &read.body)
        }
        "read-ungranted" => {
            let read = read(&session.iss, "Coverage?_count=1&patient=nobody", "Coverage", "not-a-token", talk).await;
            result("With a token that nobody issued", said(&read), &read.body)
        }
        _ => Err("there is no such button".into()),
    }
}

fn signed_in(apps: &Apps, headers: &HeaderMap) -> Option<(Session, Value)> {
    let session = apps.sessions.find(headers)?;
    let token = session.token.clone()?;
    Some((session, token))
}

/// The status, what the server said about it, and what it means.
fn said(read: &Read) -> String {
    let words = [&read.status_in_words(), read.reason.trim_end_matches('.'), read.means()];
    words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(". ")
}

const TYPES_TO_READ: [&str; 5] =
    ["Condition", "Observation", "MedicationRequest", "AllergyIntolerance", "Immunization"];

/// What an app reads of the patient that it was opened for, who comes first.
fn wanted(token: &Value) -> Vec<String> {
    let Some(patient) = token["patient"].as_str() else { return Vec::new() };
    let lists = TYPES_TO_READ.iter().map(|kind| format!("{kind}?patient={patient}&_count=5"));
    [format!("Patient/{patient}")].into_iter().chain(lists).collect()
}

async fn read_of(iss: &str, path: &str, token: &Value, talk: &mut Conversation<'_>) -> Read {
    let name = path.split(['/', '?']).next().unwrap_or_default();
    read(iss, path, name, token["access_token"].as_str().unwrap_or_default(), talk).await
}

pub async fn read(iss: &str, path: &str, name: &str, token: &str, talk: &mut Conversation<'_>) -> Read {
    let url = format!("{}/{path}", iss.trim_end_matches('/'));
    let answer = talk.get(FHIR_SERVER, &format!("Read {name}"), &url, Some(token)).await;
    let (status, reason, body) = match answer {
        Ok(answer) => (answer.status, answer.reason(), answer.body),
        Err(why) => (0, why, Value::Null),
    };
    let entries = body["entry"].as_array().map(|entries| entries.iter().map(|entry| &entry["resource"]).collect());
    let resources: Vec<&Value> = entries.unwrap_or_else(|| vec![&body]);
    let resources = resources.into_iter().filter(|resource| resource["resourceType"] == name);
    let summaries = resources.map(in_words).collect();
    Read { name: name.to_owned(), path: path.to_owned(), status, summaries, reason, body }
}

fn in_words(resource: &Value) -> String {
    let concepts =
        [&resource["code"], &resource["medicationCodeableConcept"], &resource["vaccineCode"], &resource["type"][0]];
    let text =
        |concept: &Value| concept["text"].as_str().or(concept["coding"][0]["display"].as_str()).map(str::to_owned);
    let what = concepts.iter().find_map(|concept| text(concept)).unwrap_or_else(|| name(resource));
    match resource["valueQuantity"]["value"].as_f64() {
        Some(value) => format!("{what}: {value} {}", resource["valueQuantity"]["unit"].as_str().unwrap_or_default()),
        None => what,
    }
}

pub fn name(resource: &Value) -> String {
    let name = &resource["name"][0];
    let given =
        name["given"].as_array().map(|given| given.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "));
    let family = name["family"].as_str().unwrap_or_default();
    let whole = format!("{} {family}", given.unwrap_or_default()).trim().to_owned();
    if whole.is_empty() { resource["id"].as_str().unwrap_or_default().to_owned() } else { whole }
}

pub fn facts(patient: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!(
        "{} · born {} · {}",
        text(&patient["gender"]),
        text(&patient["birthDate"]),
        text(&patient["identifier"][0]["value"])
    )
}

/// OpenID Connect Core §3.1.3.7.
async fn identity(
    apps: &Apps,
    app: &HostedApp,
    session: &Session,
    token: &Value,
    talk: &mut Conversation<'_>,
) -> Option<Identity> {
    let jwt = token["id_token"].as_str()?;
    let parts = decoded(jwt);
    let claims = parts.get(1)?;
    let url = session.discovered["jwks_uri"].as_str()?;
    let keys_were_fetched = session
        .exchanges
        .iter()
        .chain(&talk.exchanges)
        .any(|exchange| exchange.request.starts_with(&format!("GET {url}")));
    let keys = if keys_were_fetched {
        apps.http.get(apps.dial(url)).send().await.ok()?.bytes().await.ok()?.to_vec()
    } else {
        let answer = talk.get(AUTHORIZATION_SERVER, "Which keys do you sign with?", url, None).await.ok()?;
        answer.body.to_string().into_bytes()
    };
    let signed = UnverifiedJws::parse(jwt).ok().is_some_and(|jws| {
        let keys = KeySet::parse(&keys).map(|set| set.keys).unwrap_or_default();
        let key = keys.into_iter().find(|key| Some(&key.kid) == jws.header.kid.as_ref());
        key.is_some_and(|key| jws.verify::<Value>(&key).is_ok())
    });
    let now = apps.server.now().0;
    let check = |text, passed| Check { text, passed };
    let checks = vec![
        check("The signature is good, with a key that the server publishes", signed),
        check("iss is the issuer that discovery named", claims["iss"] == session.discovered["issuer"]),
        check("aud is this app", claims["aud"] == app.client_id.as_str()),
        check("exp is ahead", claims["exp"].as_i64().is_some_and(|exp| exp > now)),
        check("nonce is the one that was sent", claims["nonce"] == session.nonce.as_str()),
    ];
    let who = claims["fhirUser"].as_str().or(claims["sub"].as_str()).unwrap_or_default().to_owned();
    Some(Identity { who, checks, claims: pretty(&json!(parts)) })
}

fn scopes(requested: &str, granted: &str) -> Vec<ScopeRow> {
    let narrowed = narrow(&ScopeSet::parse(requested).set, &ScopeSet::parse(granted).set);
    let row = |step: &rules::scope::NarrowingStep| {
        let (outcome, left) = match &step.outcome {
            Outcome::Kept => ("kept", String::new()),
            Outcome::NarrowedTo(left) => {
                ("narrowed", left.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            }
            Outcome::Dropped => ("dropped", String::new()),
        };
        ScopeRow { scope: step.asked.to_string(), outcome, left }
    };
    narrowed.steps.iter().map(row).collect()
}

fn context(token: &Value) -> Vec<Member> {
    let names = ["patient", "encounter", "fhirContext", "need_patient_banner", "intent", "smart_style_url", "tenant"];
    let given = names.iter().filter(|name| !token[**name].is_null());
    let value = |name: &str| pretty(&token[name]).trim_matches('"').to_owned();
    given.map(|name| Member { name: (*name).to_owned(), value: value(name) }).collect()
}
