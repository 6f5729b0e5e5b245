//! What `infra/README.md` shows of `admit` is what `admit` knows and prints. Its commands are followed in `operator_on_aws`.

use admin::{commands::cost, cost::prices};
use clap::Parser as _;

const README: &str = include_str!("../../infra/README.md");

/// Each `admit …` anywhere in the README is one that the command line knows.
#[test]
fn every_command_it_shows_exists() {
    let shown: Vec<String> = README
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```"))
        .flat_map(|(block, _)| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.trim().starts_with("admit "))
        .collect();
    assert!(shown.len() > 10, "{shown:?}");
    for line in shown {
        // A quoted text is one word.
        let parts = line.split(" #").next().unwrap_or_default().split('"').enumerate();
        let line: String =
            parts.map(|(n, part)| if n % 2 == 1 { part.replace(' ', "_") } else { part.replace('…', "") }).collect();
        // What a command puts there is a word too.
        let line = match line.split_once("$(").and_then(|(before, rest)| Some((before, rest.split_once(')')?.1))) {
            Some((before, after)) => format!("{before}abcdEF12{after}"),
            None => line,
        };
        let line = line.split(['|', '>', '<']).next().unwrap_or_default().to_owned();
        let words = line.split_whitespace().map(str::to_owned);
        if let Err(error) = admin::commands::Options::try_parse_from(words) {
            panic!("{line}\n{error}");
        }
    }
}

/// The table of costs is the command's own.
#[test]
fn the_costs_it_shows_are_what_the_command_prints() {
    for line in cost::text(false).lines() {
        assert!(README.lines().any(|shown| shown.trim_end() == line.trim_end()), "{line}");
    }
    // Each price has its page, and all of them a date.
    for price in prices::ALL {
        assert!(
            price.page.starts_with("aws.amazon.com/") && README.contains(price.page) && README.contains(price.what)
        );
    }
    assert!(README.contains(prices::AS_OF) && README.contains(prices::REGION));
}
