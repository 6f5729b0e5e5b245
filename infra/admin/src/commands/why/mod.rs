//! `admit why`: finds a refusal, or a smaller grant than asked, in the log by the reference that the app was given.

mod meaning;
mod record;

pub use record::{Record, records};

use crate::{
    commands::seconds_ago::seconds_ago,
    failure::Failure,
    out::Out,
    target::{LogLines, Logs, TargetOptions},
};
use serde_json::json;
use server::Clock;
use std::{fs, ops::ControlFlow, path::PathBuf};

#[derive(clap::Args, Debug)]
pub struct Why {
    /// The reference: at the end of error_description, on the error page, in the headers admit-refusal and admit-explanation
    // One in 64 begins with a hyphen.
    #[arg(allow_hyphen_values = true)]
    id: String,
    /// How far to look back, as in 30m, 12h, 7d
    #[arg(long, default_value = "7d", value_parser = seconds_ago)]
    since: i64,
    /// A file with the log, instead of CloudWatch Logs; - is standard input
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Log groups whose names begin so, where no stack says it
    #[arg(long, value_name = "PREFIX")]
    log_group: Option<String>,
}

impl Why {
    pub async fn run(self, options: &TargetOptions, out: &Out) -> Result<(), Failure> {
        if !is_reference(&self.id) {
            return Err(Failure::usage(format!(
                "{} is no reference: they have eight letters, digits, - and _",
                self.id
            )));
        }
        let logs = match &self.log {
            Some(file) => Logs::File(file.clone()),
            None => Logs::find(options).await?,
        };
        let lines = match logs {
            Logs::File(file) => read(&file)?,
            Logs::CloudWatch { aws, stack } => {
                let groups = match (&self.log_group, &stack) {
                    (Some(prefix), _) => aws.log_groups(prefix).await?,
                    (None, Some(stack)) => aws.function_logs(stack).await?,
                    (None, None) => {
                        let which = "say where the log is: --stack NAME, --local, --log FILE or --log-group PREFIX";
                        return Err(Failure::usage(which));
                    }
                };
                let (since, pattern) = ((Clock::System.now().0 - self.since) * 1000, format!("\"{}\"", self.id));
                let mut lines = Vec::new();
                for group in &groups {
                    out.progress(format!("looking into {group}"));
                    let wanted = LogLines { group, pattern: &pattern, since, until: None };
                    aws.log_lines(&wanted, async |page| {
                        let before = lines.len();
                        // CloudWatch matches whole words, so every line is checked again.
                        lines.extend(page.into_iter().filter(|line| line.contains(&self.id)));
                        Ok(if lines.len() > before { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
                    })
                    .await?;
                }
                out.progress_ends();
                lines.join("\n")
            }
        };
        let found = records(&lines, &self.id);
        if found.is_empty() {
            let of_this_laptop = options.local.is_some() || self.log.is_some();
            let perhaps = match of_this_laptop {
                true => {
                    "a local server starts a new log when it starts, and one with --in-memory has it in a folder of its own, \
                         which it says then: --local=FOLDER"
                }
                false => {
                    "it may be older than --since or than the log is kept, or not be there yet (CloudWatch takes some seconds)"
                }
            };
            return Err(Failure::failed(format!("the log says nothing of {}: {perhaps}", self.id)));
        }
        let human: Vec<String> = found.iter().map(Record::lines).collect();
        out.answer(&json!(found), human.join("\n\n"));
        Ok(())
    }
}

/// The form that the server makes (`random_text::<6>`): never more than one word of a filter pattern.
fn is_reference(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (6..=64).contains(&id.len()) && id.bytes().all(allowed)
}

fn read(file: &PathBuf) -> Result<String, Failure> {
    let text = match file.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    };
    text.map_err(|error| Failure::failed(format!("{}: {error}", file.display())))
}
