//! `admit audit replay`: sealed events wait in the functions' logs for as long as those are kept. What comes twice has the same id.

use crate::{
    commands::seconds_ago::seconds_ago,
    failure::Failure,
    out::Out,
    target::{LogLines, Logs, Target},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::{io::Write, ops::ControlFlow};

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
    pub async fn run(self, target: &Target, out: &Out) -> Result<(), Failure> {
        let Logs::CloudWatch { aws, stack: Some(stack) } = &target.logs else {
            return Err(Failure::usage("say which stack: --stack NAME. On a laptop nothing is sealed"));
        };
        let mut groups = aws.function_logs(stack).await?;
        groups.extend(target.outputs.get("OperatorLog").cloned());
        let (function, now) = (format!("{stack}-audit:live"), target.now().0);
        let mut count = 0;
        for group in &groups {
            out.progress(format!("looking into {group}"));
            let (since, until) = ((now - self.since) * 1000, (now - self.until) * 1000);
            let wanted = LogLines { group, pattern: SEALED, since, until: Some(until) };
            let mut hand_over = async |some: &[String]| {
                aws.invoke(&function, &subscription(group, some)?).await?;
                count += some.len();
                out.progress(format!("{count} events are in the trail"));
                Ok::<(), Failure>(())
            };
            // What does not make a whole handful yet; a group may hold more than this machine.
            let mut waiting: Vec<String> = Vec::new();
            aws.log_lines(&wanted, async |page| {
                waiting.extend(page);
                while waiting.len() >= MOST_AT_ONCE {
                    let rest = waiting.split_off(MOST_AT_ONCE);
                    hand_over(&std::mem::replace(&mut waiting, rest)).await?;
                }
                Ok(ControlFlow::Continue(()))
            })
            .await?;
            if !waiting.is_empty() {
                hand_over(&waiting).await?;
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
