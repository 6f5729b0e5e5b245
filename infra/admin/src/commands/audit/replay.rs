//! `admit audit replay`: sealed events wait in the functions' logs for as long as those are kept. What comes twice has the same id.

use crate::{
    commands::why::seconds_ago,
    failure::Failure,
    out::Out,
    target::{LogLines, Logs, Target, TargetOptions},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

#[derive(clap::Args, Debug)]
pub struct Replay {
    /// How far to look back, as in 30m, 12h, 7d
    #[arg(long, default_value = "1d", value_parser = seconds_ago)]
    since: i64,
    /// Up to how long ago
    #[arg(long, default_value = "0s", value_parser = seconds_ago)]
    until: i64,
}

/// A line has some three kilobytes; the function takes sixty seconds at most, and a megabyte.
const MOST_AT_ONCE: usize = 200;

/// As the subscriptions of the template.
const SEALED: &str = "{ $.audit = 1 }";

impl Replay {
    pub async fn run(self, target: &Target, options: &TargetOptions, out: &Out) -> Result<(), Failure> {
        let (Logs::CloudWatch { aws, prefix: Some(prefix) }, Some(stack)) = (&target.logs, &options.stack) else {
            return Err(Failure::usage("say which stack: --stack NAME. On a laptop nothing is sealed"));
        };
        let mut groups = aws.log_groups(prefix).await?;
        groups.extend(target.outputs.get("OperatorLog").cloned());
        let (function, now) = (format!("{stack}-audit:live"), target.now().0);
        let mut count = 0;
        for group in &groups {
            out.progress(format!("looking into {group}"));
            let (since, until) = ((now - self.since) * 1000, (now - self.until) * 1000);
            let wanted = LogLines { group, pattern: SEALED, since, until: Some(until) };
            let mut sealed = Vec::new();
            aws.all_log_lines(&wanted, |page| {
                sealed.extend(page);
                Ok(())
            })
            .await?;
            for some in sealed.chunks(MOST_AT_ONCE) {
                aws.invoke(&function, &subscription(group, some)?).await?;
                count += some.len();
                out.progress(format!("{count} events are in the trail"));
            }
        }
        out.progress_ends();
        out.answer(
            &json!({ "replayed": count }),
            format!("{count} events were handed to {function}, and are in the trail"),
        );
        Ok(())
    }
}

/// What a subscription of CloudWatch Logs sends.
fn subscription(group: &str, lines: &[String]) -> Result<Value, Failure> {
    let events = lines.iter().enumerate();
    let events = events.map(|(id, line)| json!({ "id": id.to_string(), "timestamp": 0, "message": line }));
    let data = json!({
        "messageType": "DATA_MESSAGE", "logGroup": group, "logStream": "replay", "subscriptionFilters": ["replay"],
        "logEvents": events.collect::<Vec<_>>(),
    });
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(data.to_string().as_bytes()).map_err(Failure::failed)?;
    Ok(json!({ "awslogs": { "data": STANDARD.encode(packed.finish().map_err(Failure::failed)?) } }))
}
