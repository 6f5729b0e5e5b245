//! `docs/without-aws.md` is followed, command by command, as a new user would.

use kit::{
    binaries,
    ministack::Ministack,
    operator::{Folder, environment, ran},
};
use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

const PAGE: &str = include_str!("../../docs/without-aws.md");
const OPERATION: &str = include_str!("../../docs/operate.md");

/// The shell commands of the page.
fn commands() -> Vec<String> {
    let blocks = PAGE.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    // A line that ends with a backslash goes on.
    let text = blocks.map(|(block, _)| block.replace("\\\n", " ")).collect::<Vec<String>>().join("\n");
    text.lines()
        .map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect()
}

/// From nothing to a token: every command of the page, but for two ports, what installs, and what starts the emulator
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
    for line in commands().iter().map(|line| here(line)) {
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
    assert!(local.is_some() && admits >= 3, "the page has lost its commands");
    // What the page shows is what happens, but for how long it took.
    let shown = PAGE.split("ends with a token that it has verified").nth(1).and_then(|rest| rest.split("```").nth(1));
    for line in shown.expect("a block").lines().map(|line| line.split(", in ").next().unwrap_or_default()) {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
    let explained = OPERATION.split("## Find out why").nth(1).and_then(|rest| rest.split("```\n").nth(2));
    for line in explained.expect("a block").lines().filter(|line| !line.starts_with("when")) {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
    for line in ["nothing to change", "400 invalid_client", "because   the client is unknown"] {
        assert!(seen.contains(line), "{line} in\n{seen}");
    }
}

/// Ends with the test.
struct LocalServer(Child);

impl LocalServer {
    /// The binary that `cargo run -p local` runs.
    fn start(words: &str, port: u16) -> LocalServer {
        let binary = binaries::of_workspace().join("local");
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let mut command = Command::new(&binary);
        command.args(words.split_whitespace()).args(["--port", &port.to_string()]).current_dir(root);
        let started = environment(&mut command).stdout(Stdio::null()).spawn();
        LocalServer(started.unwrap_or_else(|error| panic!("{}: {error}", binary.display())))
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn shell(folder: &Path, script: &str) -> (i32, String) {
    let bin = binaries::of_workspace().display();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new("bash");
    command.args(["-euc", script]).current_dir(folder);
    let ran = ran(environment(&mut command).env("PATH", path));
    (ran.exit, format!("{}{}", ran.out, ran.err))
}
