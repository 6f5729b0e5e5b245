//! `admit audit search`: the trail's events about a person, a patient, an app or an address.

use crate::{
    commands::seconds_ago::seconds_ago,
    failure::Failure,
    out::{Out, table},
    target::{LogLines, Logs, OperatorTrail, Target, tenant_id},
};
use rules::time::Timestamp;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, ops::ControlFlow};

#[derive(clap::Args, Debug)]
pub struct Search {
    tenant: String,
    /// Who or what it is about: a user's sub, `Patient/123`, a client_id, an address. Several must all be there
    #[arg(value_name = "TEXT")]
    about: Vec<String>,
    /// How far to look back, as in 30m, 12h, 7d
    #[arg(long, default_value = "7d", value_parser = seconds_ago)]
    since: i64,
    /// Up to how long ago; without it, up to now
    #[arg(long, value_parser = seconds_ago)]
    until: Option<i64>,
    /// Only what did not succeed
    #[arg(long)]
    refused: bool,
}

impl Search {
    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        let id = tenant_id(&self.tenant)?;
        let lines = self.lines(target, out).await?;
        let mut seen = BTreeSet::new();
        let mut found: Vec<Value> = lines
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["resourceType"] == "AuditEvent" && event["source"]["site"] == id.as_str())
            .filter(|event| self.about.iter().all(|about| speaks_of(event, about)))
            .filter(|event| !self.refused || event["outcome"] != "0")
            // Each event comes at least once.
            .filter(|event| seen.insert(event["id"].as_str().map(str::to_owned)))
            .collect();
        found.sort_by_key(|event| event["recorded"].as_str().map(str::to_owned));
        let rows: Vec<Vec<String>> = found.iter().map(row).collect();
        let human = match rows.is_empty() {
            true => "the trail says nothing of that; --since looks further back".to_owned(),
            false => table(&["RECORDED", "WHAT", "OUTCOME", "WHO", "ABOUT"], &rows),
        };
        out.answer(&json!(found), human);
        Ok(())
    }

    /// The first moment and the last of what is looked for.
    fn period(&self, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
        (now.plus(-self.since), self.until.map(|until| now.plus(-until)))
    }

    async fn lines(&self, target: &Target, out: &Out) -> Result<Vec<String>, Failure> {
        let Logs::CloudWatch { aws, .. } = &target.logs else {
            let (since, until) = self.period(target.now());
            // Both as FHIR writes an instant in UTC, so the later one is the greater text.
            let (since, until) = (since.to_string(), until.map(|until| until.to_string()));
            let mut lines = of_laptop(&target.trail)?;
            lines.retain(|line| {
                let event: Value = serde_json::from_str(line).unwrap_or_default();
                event["recorded"]
                    .as_str()
                    .is_some_and(|at| at >= since.as_str() && until.as_ref().is_none_or(|until| at <= until.as_str()))
            });
            return Ok(lines);
        };
        let nowhere = || Failure::usage("say which trail: --stack NAME, whose outputs say it, or --local");
        let group = target.outputs.get("AuditLog").ok_or_else(nowhere)?;
        out.progress(format!("looking into {group}"));
        let pattern = format!("{{ $.resourceType = \"AuditEvent\" && $.source.site = \"{}\" }}", self.tenant);
        let (since, until) = self.period(target.now());
        let until = until.map(|until| until.0 * 1000);
        let wanted = LogLines { group, pattern: &pattern, since: since.0 * 1000, until };
        let mut lines = Vec::new();
        aws.log_lines(&wanted, async |page| {
            lines.extend(page);
            Ok(ControlFlow::Continue(()))
        })
        .await?;
        out.progress_ends();
        Ok(lines)
    }
}

fn of_laptop(trail: &OperatorTrail) -> Result<Vec<String>, Failure> {
    let OperatorTrail::File(file) = trail else {
        return Err(Failure::failed("this server keeps no audit trail: it was started without --audit FILE"));
    };
    let text = fs::read_to_string(file).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Whether the event holds this, as a whole value or as what a reference ends with.
fn speaks_of(event: &Value, about: &str) -> bool {
    match event {
        Value::String(text) => {
            text == about || text.strip_suffix(about).is_some_and(|before| before.ends_with(['/', ':']))
        }
        Value::Array(values) => values.iter().any(|value| speaks_of(value, about)),
        Value::Object(members) => members.values().any(|value| speaks_of(value, about)),
        _ => false,
    }
}

fn row(event: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let who = |agent: &Value| {
        let who = &agent["who"];
        [&who["reference"], &who["identifier"]["value"], &agent["altId"], &who["display"]]
            .into_iter()
            .find_map(|name| name.as_str().map(str::to_owned))
    };
    let of = |list: &Value, name: &dyn Fn(&Value) -> Option<String>| {
        let names: BTreeSet<String> = list.as_array().into_iter().flatten().filter_map(name).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let asked = event["agent"].as_array().into_iter().flatten().filter(|agent| agent["requestor"] == true);
    let asked = Value::Array(asked.cloned().collect());
    let about = |entity: &Value| {
        let what = &entity["what"];
        [&what["reference"], &what["identifier"]["value"], &entity["name"]]
            .into_iter()
            .find_map(|name| name.as_str().map(str::to_owned))
    };
    let outcome = match event["outcome"].as_str() {
        Some("0") => "done",
        Some("4") => "refused",
        Some("8") => "failed",
        _ => "broken",
    };
    vec![
        text(&event["recorded"]),
        text(&event["subtype"][0]["display"]),
        outcome.to_owned(),
        of(&asked, &who),
        of(&event["entity"], &about),
    ]
}
