//! docs/resource-servers.md: the code on that page, as it stands there, judges tokens.

mod judge;

use crate::{java::classpath, world as elsewhere};
use kit::{
    Live,
    live::{INSTALL, installed, script},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};
use tokio::time::Instant;

const PAGE: &str = include_str!("../../docs/resource-servers.md");
const NAME: &str = "quay-fhir";
const SECRET: &str = "quay-fhir-secret-of-more-than-32-characters";
/// The tolerance of the libraries for clocks, and what is over then.
const TOLERANCE: Duration = Duration::from_secs(63);

#[derive(Clone, Copy)]
enum By {
    Jwt,
    Introspection,
}

/// A token, and how each way ends.
const CASES: [(&str, bool, bool); 9] = [
    ("good", true, true),
    // Until it ends, a JWT says nothing of what a person took away.
    ("revoked", true, false),
    ("brief", false, false),
    ("changed", false, false),
    ("unsigned", false, false),
    ("id", false, false),
    ("refresh", false, false),
    ("archive", false, false),
    ("another tenant's", false, false),
];

mod go {
    use super::{By, every_case, programs};

    #[test]
    fn judges_a_token_by_itself() {
        every_case(By::Jwt, programs::go);
    }

    #[test]
    fn judges_a_token_by_introspection() {
        every_case(By::Introspection, programs::go);
    }
}

mod java {
    use super::{By, every_case, programs};

    #[test]
    fn judges_a_token_by_itself() {
        every_case(By::Jwt, programs::java);
    }

    #[test]
    fn judges_a_token_by_introspection() {
        every_case(By::Introspection, programs::java);
    }
}

mod node {
    use super::{By, every_case, programs};

    #[test]
    fn judges_a_token_by_itself() {
        every_case(By::Jwt, programs::node);
    }

    #[test]
    fn judges_a_token_by_introspection() {
        every_case(By::Introspection, programs::node);
    }
}

mod python {
    use super::{By, every_case, programs};

    #[test]
    fn judges_a_token_by_itself() {
        every_case(By::Jwt, programs::python);
    }

    #[test]
    fn judges_a_token_by_introspection() {
        every_case(By::Introspection, programs::python);
    }
}

mod rust {
    use super::{By, every_case, programs};

    #[test]
    fn judges_a_token_by_itself() {
        every_case(By::Jwt, programs::rust);
    }

    #[test]
    fn judges_a_token_by_introspection() {
        every_case(By::Introspection, programs::rust);
    }
}

fn every_case(by: By, program: fn(&str, &[String]) -> Vec<String>) {
    let (tokens, made) = tokens();
    std::thread::sleep(TOLERANCE.saturating_sub(made.elapsed()));
    let presented: Vec<String> =
        CASES.iter().map(|(name, ..)| tokens[*name].as_str().expect("a token").to_owned()).collect();
    let function = match by {
        By::Jwt => "judge",
        By::Introspection => "introspect",
    };
    let said = program(function, &presented);
    assert_eq!(said.len(), CASES.len(), "{said:?}");
    for ((name, by_jwt, by_introspection), said) in CASES.iter().zip(said) {
        let good = match by {
            By::Jwt => *by_jwt,
            By::Introspection => *by_introspection,
        };
        assert_eq!(said != "refused", good, "{name}: {said}");
        if good {
            let claims: Value = serde_json::from_str(&said).expect("claims");
            assert_eq!(claims["patient"], "amy-shaw", "{name}");
            assert!(claims["scope"].as_str().is_some_and(|scope| scope.contains("patient/*.rs")), "{name}: {claims}");
        }
    }
}

fn world() -> &'static Live {
    static WORLD: OnceLock<Live> = OnceLock::new();
    WORLD.get_or_init(|| Live::start(include_str!("resource_servers.toml"), axum::Router::new()))
}

/// Made once, and when.
fn tokens() -> &'static (Value, Instant) {
    static TOKENS: OnceLock<(Value, Instant)> = OnceLock::new();
    TOKENS.get_or_init(|| {
        installed("browser/node_modules/openid-client");
        let script = |name| script(&format!("foreign/resource_servers/{name}"));
        let said = world().says(Command::new("node").arg(script("tokens.js")));
        let mut tokens: Value = serde_json::from_str(&said).expect("tokens");
        tokens["another tenant's"] = json!(elsewhere().says(Command::new("node").arg(script("elsewhere.js"))).trim());
        (tokens, Instant::now())
    })
}

/// The page's piece of code that has this function.
fn block(language: &str, function: &str) -> &'static str {
    let begin = format!("```{language}\n");
    let blocks = PAGE.split(&begin).skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.contains(&format!("{function}(")));
    let block = found.next().unwrap_or_else(|| panic!("the page has no {function} for {language}"));
    assert!(found.next().is_none(), "the page has two {function} for {language}");
    block
}

/// A folder for one program.
fn folder(language: &str, function: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("resource-server-{language}-{function}"));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// One line a token: its claims, or `refused`.
fn run(command: &mut Command, tokens: &[String]) -> Vec<String> {
    command
        .env("ISSUER", world().told("issuer"))
        .env("FHIR", world().told("fhir"))
        .env("NAME", NAME)
        .env("SECRET", SECRET);
    world().says(command.args(tokens)).lines().map(str::to_owned).collect()
}

mod programs {
    use super::{Command, INSTALL, NAME, SECRET, block, classpath, folder, fs, installed, judge, run, script, world};

    pub fn node(function: &str, tokens: &[String]) -> Vec<String> {
        let folder = folder("node", function);
        let modules = folder.join("node_modules");
        if !modules.exists() {
            std::os::unix::fs::symlink(installed("browser/node_modules"), modules).expect("a link");
        }
        let text = format!(
            "import '{crypto}'\nconst {{ ISSUER: issuer, FHIR: fhir, NAME: name, SECRET: secret }} = process.env\n{block}
for (const token of process.argv.slice(2)) {{
  console.log(await {function}(token).then(JSON.stringify, error => (console.error(error), 'refused')))
}}\n",
            crypto = script("foreign/webcrypto.js").display(),
            block = block("js", function)
        );
        let file = folder.join("server.mjs");
        fs::write(&file, text).expect("it is written");
        run(Command::new("node").arg(file), tokens)
    }

    pub fn python(function: &str, tokens: &[String]) -> Vec<String> {
        let text = format!(
            "import json, os, sys\nissuer, fhir, name, secret = (os.environ[it] for it in ('ISSUER', 'FHIR', 'NAME', 'SECRET'))
{block}\nfor token in sys.argv[1:]:\n    try:\n        print(json.dumps({function}(token)))\n    except Exception as error:
        print(repr(error), file=sys.stderr)\n        print('refused')\n",
            block = block("python", function)
        );
        let file = folder("python", function).join("server.py");
        fs::write(&file, text).expect("it is written");
        run(Command::new(installed(".venv/bin/python")).arg(file), tokens)
    }

    pub fn java(function: &str, tokens: &[String]) -> Vec<String> {
        let (imports, code): (Vec<&str>, Vec<&str>) =
            block("java", function).lines().partition(|line| line.starts_with("import "));
        let judged = if function == "judge" { "judge().process(token, null).getClaims()" } else { "introspect(token)" };
        let text = format!(
            "{imports}\npublic class Server {{
String issuer = System.getenv(\"ISSUER\"), fhir = System.getenv(\"FHIR\"), name = System.getenv(\"NAME\"), secret = System.getenv(\"SECRET\");
{code}
String judged(String token) {{
    try {{
        return com.nimbusds.jose.util.JSONObjectUtils.toJSONString(new java.util.HashMap<>({judged}));
    }} catch (Exception error) {{
        System.err.println(error);
        return \"refused\";
    }}
}}
public static void main(String[] tokens) {{
    for (var token : tokens) System.out.println(new Server().judged(token));
}}
}}\n",
            imports = imports.join("\n"),
            code = code.join("\n")
        );
        let file = folder("java", function).join("Server.java");
        fs::write(&file, text).expect("it is written");
        run(Command::new("java").args(["-XX:TieredStopAtLevel=1", "-cp", classpath()]).arg(file), tokens)
    }

    pub fn go(function: &str, tokens: &[String]) -> Vec<String> {
        let folder = folder("go", function);
        let call = if function == "judge" { "judge(context.Background(), token)" } else { "introspect(token)" };
        let context = if function == "judge" { "import \"context\"\n" } else { "" };
        let judged =
            format!("package main\n{context}func judged(token string) (map[string]any, error) {{ return {call} }}\n");
        fs::write(folder.join("judged.go"), judged).expect("it is written");
        fs::write(folder.join("server.go"), format!("package main\n{}", block("go", function))).expect("it is written");
        for file in ["foreign/resource_servers/main.go", "foreign/go/go.mod", "foreign/go/go.sum"] {
            let from = script(file);
            fs::copy(&from, folder.join(from.file_name().expect("a name"))).expect("it is copied");
        }
        let mut build = Command::new("go");
        build.current_dir(&folder).args(["build", "-o", "server", "."]);
        let output = build.output().unwrap_or_else(|error| panic!("go: {error}; {INSTALL}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        run(&mut Command::new(folder.join("server")), tokens)
    }

    /// Compiled with the tests: `judge.rs` is the page's text.
    pub fn rust(function: &str, tokens: &[String]) -> Vec<String> {
        let file = include_str!("resource_servers/judge.rs");
        assert!(file.contains(block("rust", function)), "judge.rs is another text than the page");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (issuer, fhir) = (world().told("issuer"), world().told("fhir"));
        let judged = tokens.iter().map(|token| {
            let answer = runtime.block_on(async {
                match function {
                    "judge" => judge::judge(issuer, fhir, token).await,
                    _ => judge::introspect(issuer, NAME, SECRET, token).await,
                }
            });
            answer.map_or_else(|_| "refused".to_owned(), |claims| claims.to_string())
        });
        judged.collect()
    }
}
