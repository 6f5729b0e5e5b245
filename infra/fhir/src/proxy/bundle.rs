//! Batch and transaction. The entries of a batch are requests of their own, here as anywhere. A transaction is judged
//! entry by entry and then sent as a whole, or not at all.

use serde_json::{Value, json};

use super::upstream::{Outgoing, Reply};
use super::write::{self, Judged};
use super::{Front, routes};
use crate::answer::Answer;
use crate::batch::{Taken, assign_ids, in_entry, response, response_bundle, take};
use crate::definitions;
use crate::problem::Problem;
use crate::routes::{Asked, known};

pub async fn answer(front: &Front<'_>, asked: &Asked<'_>) -> Result<Answer, Problem> {
    let taken = take(asked, front.base)?;
    if taken.is_transaction {
        return transaction(front, asked, taken).await;
    }
    let mut answers = vec![];
    for entry in &taken.entries {
        let headers = entry.headers(asked.request);
        let request = entry.request(&headers, asked.request);
        let answer = match entry.asked(&request) {
            Ok(asked) => Box::pin(routes::answer(front, &asked)).await,
            Err(problem) => Err(problem),
        };
        answers.push(response(answer.unwrap_or_else(Answer::from)));
    }
    Ok(Answer::ok(response_bundle("batch-response", answers)))
}

async fn transaction(front: &Front<'_>, asked: &Asked<'_>, taken: Taken) -> Result<Answer, Problem> {
    let Taken { mut entries, mut bundle, .. } = taken;
    only_urns(&mut bundle);
    let mut pending = 0;
    assign_ids(&mut entries, &bundle, |_| {
        pending += 1;
        format!("admit-not-there-yet-{pending}")
    })?;
    let mut judged = vec![];
    for (index, entry) in entries.iter().enumerate() {
        let headers = entry.headers(asked.request);
        let request = entry.request(&headers, asked.request);
        let write = match entry.asked(&request) {
            Ok(asked) => judge(front, &asked).await,
            Err(problem) => Err(problem),
        };
        judged.push(write.map_err(|problem| in_entry(index, problem))?);
    }
    let sent: Vec<Value> =
        judged.iter().enumerate().map(|(index, write)| sent(front, write, &bundle["entry"][index])).collect();
    let body = json!({"resourceType": "Bundle", "type": "transaction", "entry": sent}).to_string().into_bytes();
    let headers = vec![("content-type", "application/fhir+json".to_owned())];
    let reply = front.upstream.send(Outgoing { method: "POST", url: front.upstream.at(""), headers, body }).await?;
    let mut bundle = reply.good()?;
    let answers = judged.iter().enumerate().map(|(index, write)| shown(front, write, bundle["entry"][index].take()));
    Ok(Answer::ok(response_bundle("transaction-response", answers.collect())))
}

/// Another `fullUrl` than a name made for this Bundle could make a reference mean one thing here and another there.
fn only_urns(bundle: &mut Value) {
    for entry in bundle["entry"].as_array_mut().into_iter().flatten() {
        if !entry["fullUrl"].as_str().is_some_and(|url| url.starts_with("urn:")) {
            entry["fullUrl"] = Value::Null;
        }
    }
}

async fn judge(front: &Front<'_>, asked: &Asked<'_>) -> Result<Judged, Problem> {
    if !asked.only_general_parameters() || asked.request.header("if-none-exist").is_some() {
        let text = "A condition on an entry of a transaction cannot be judged here: send it by itself.";
        return Err(Problem::new(400, "not-supported", text));
    }
    match (asked.request.method, asked.segments().as_slice()) {
        ("POST", [of]) => write::judge_create(front, known(of)?, asked),
        ("PUT", [of, id]) => write::judge_update(front, (known(of)?, id), asked).await,
        ("PATCH", [of, id]) => write::judge_patch(front, (known(of)?, id), asked).await,
        ("DELETE", [of, id]) => write::judge_delete(front, (known(of)?, id), asked).await,
        _ => Err(Problem::new(400, "not-supported", "A transaction has only writes here: send reads in a batch.")),
    }
}

fn sent(front: &Front<'_>, write: &Judged, entry: &Value) -> Value {
    let mut sent = json!({"request": {"method": write.method, "url": write.path}});
    if let Some(etag) = &write.if_match {
        sent["request"]["ifMatch"] = json!(etag);
    }
    if ["POST", "PUT"].contains(&write.method) && entry["fullUrl"].is_string() {
        sent["fullUrl"] = entry["fullUrl"].clone();
    }
    if write.method != "DELETE" {
        let mut resource = entry["resource"].clone();
        front.upstream.rewrite(&mut resource);
        sent["resource"] = resource;
    }
    sent
}

fn shown(front: &Front<'_>, write: &Judged, mut entry: Value) -> Value {
    let told = entry["response"].take();
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    let status = told["status"].as_str().and_then(|status| status.get(..3)).and_then(|status| status.parse().ok());
    let reply = Reply {
        status: status.unwrap_or(200),
        etag: text("etag"),
        location: text("location").map(|location| absolute(front, location)),
        body: entry["resource"].take(),
    };
    let of = write.path.split('/').next().and_then(definitions::resource_type);
    let Some(of) = of else { return response(Answer { status: reply.status, ..Answer::default() }) };
    response(write::written(front, of, write.method, reply))
}

/// Locations in Bundles may be relative.
fn absolute(front: &Front<'_>, location: String) -> String {
    if location.contains("://") { location } else { format!("{}/{}", front.base, location.trim_start_matches('/')) }
}
