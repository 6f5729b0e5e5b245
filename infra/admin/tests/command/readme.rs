//! `infra/README.md` is followed, command by command, as a new user would.

use crate::kit::{ADMIT, Folder, environment, ran};
use admin::{commands::cost, cost::prices};
use clap::Parser as _;
use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};
use tests::ministack::Ministack;

const README: &str = include_str!("../../../README.md");

/// The shell commands below this heading.
fn commands(heading: &str) -> Vec<String> {
    let (_, section) = README.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    // A line that ends with a backslash goes on.
    let text = blocks.map(|(block, _)| block.replace("\\\n", " ")).collect::<Vec<String>>().join("\n");
    text.lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect()
}

/// From nothing to a token: every command of the section, but for two ports, what installs, and what starts the emulator
/// and the server: those are started here with the same words.
#[tokio::test(flavor = "multi_thread")]
async fn from_an_empty_table_to_a_token() {
    let folder = Folder::new();
    let aws = format!("127.0.0.1:{}", Ministack::shared().address.port());
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let here =
        |line: &str| line.replace("127.0.0.1:4566", &aws).replace("127.0.0.1:9000", &format!("127.0.0.1:{port}"));
    let mut exports = String::new();
    let (mut admits, mut seen, mut local) = (0, String::new(), None);
    for line in commands("## Try it without AWS").iter().map(|line| here(line)) {
        match line.split_whitespace().next().unwrap_or_default() {
            "export" => exports += &format!("{line}\n"),
            "admit" | "until" => {
                admits += 1;
                let done = shell(&folder.0, &format!("{exports}{line}"));
                assert_eq!(done.0, 0, "{line}\n{}", done.1);
                seen += &done.1;
            }
            "cargo" if line.contains("-p local") => {
                let words = line.split(" -- ").nth(1).unwrap_or_default().trim_end_matches(" &");
                let log = folder.0.join("admit.log").display().to_string();
                let words = words.replace("$AWS_ENDPOINT_URL", &format!("http://{aws}")).replace("admit.log", &log);
                local = Some(LocalServer::start(&words, port));
            }
            "cargo" | "pip" | "python3" | "." => {}
            other => assert!(line.contains("ministack"), "what is `{other}`? {line}"),
        }
    }
    assert!(local.is_some() && admits >= 3, "the section has lost its commands");
    // What the section shows is what happens, but for how long it took.
    let shown = README.split("ends with a token that it has verified").nth(1).and_then(|rest| rest.split("```").nth(1));
    for line in shown.expect("a block").lines().map(|line| line.split(", in ").next().unwrap_or_default()) {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
    let explained = README.split("## Find out why").nth(1).and_then(|rest| rest.split("```\n").nth(2));
    for line in explained.expect("a block").lines().filter(|line| !line.starts_with("when")) {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
    for line in ["nothing to change", "401 invalid_client", "because   the client is unknown"] {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
}

/// Ends with the test.
struct LocalServer(Child);

impl LocalServer {
    /// The binary that `cargo run -p local` runs: it lies beside this one after `cargo test --workspace`.
    fn start(words: &str, port: u16) -> LocalServer {
        let binary = Path::new(ADMIT).with_file_name("local");
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let mut command = Command::new(&binary);
        command.args(words.split_whitespace()).args(["--port", &port.to_string()]).current_dir(root);
        let started = environment(&mut command).stdout(Stdio::null()).spawn();
        LocalServer(started.unwrap_or_else(|error| panic!("{}: {error}; build the workspace", binary.display())))
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn shell(folder: &Path, script: &str) -> (i32, String) {
    let bin = Path::new(ADMIT).parent().expect("a folder").display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.args(["-euc", script]).current_dir(folder);
    let ran = ran(environment(&mut command).env("PATH", path));
    (ran.exit, format!("{}{}", ran.out, ran.err))
}

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
