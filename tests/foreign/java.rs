//! What is written in Java.

use crate::world;
use kit::live::{INSTALL, java_classpath};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, MutexGuard, OnceLock},
};

/// The SDK that Spring and many others stand on.
mod nimbus {
    fn java(what: &str) {
        super::java("nimbus", what);
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        java("public");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        java("basic");
    }

    #[test]
    fn gets_tokens_with_a_secret_that_needs_encoding() {
        java("encoded");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        java("post");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_rs384() {
        java("rs384");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_es384() {
        java("es384");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        java("services");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        java("password");
    }

    #[test]
    fn introspects_as_the_fhir_server() {
        java("introspection");
    }

    /// RFC 9068 §4.
    #[test]
    fn accepts_the_access_token_as_a_resource_server_and_not_the_id_token() {
        java("validation");
    }

    #[test]
    fn knows_every_refusal() {
        java("refusals");
    }
}

/// A Spring Boot application with Spring Security's own sign-in.
mod spring {
    fn java(what: &str) {
        super::java("spring", what);
    }

    #[test]
    fn signs_in_and_refreshes_as_a_public_app() {
        java("public");
    }

    #[test]
    fn signs_in_and_refreshes_with_basic() {
        java("basic");
    }

    #[test]
    fn signs_in_and_refreshes_with_the_secret_in_the_form() {
        java("post");
    }

    #[test]
    fn signs_in_and_refreshes_with_rs384() {
        java("rs384");
    }

    #[test]
    fn signs_in_and_refreshes_with_es384() {
        java("es384");
    }

    #[test]
    fn is_launched_by_the_ehr() {
        java("launch");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        java("services");
    }

    #[test]
    fn knows_the_refusals() {
        java("refusals");
    }
}

fn java(client: &str, what: &str) {
    let said = program().goes(&format!("{client} {what}"));
    assert_eq!(said, "passed");
}

/// One virtual machine for all ways: it takes longer to start than to go any of them.
struct Program {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    _process: Child,
}

impl Program {
    fn start() -> Program {
        let mut command = Command::new("java");
        command.args(["-XX:TieredStopAtLevel=1", "-cp", classpath(), "foreign.Main"]).env("WORLD", world().as_json());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = child.unwrap_or_else(|error| panic!("java: {error}; {INSTALL}"));
        let input = process.stdin.take().expect("its input");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        Program { input, output, _process: process }
    }

    fn goes(&mut self, way: &str) -> String {
        writeln!(self.input, "{way}").expect("it reads");
        let mut said = String::new();
        self.output.read_line(&mut said).expect("it writes");
        said.trim().replace("\\n", "\n")
    }
}

fn program() -> MutexGuard<'static, Program> {
    static PROGRAM: OnceLock<Mutex<Program>> = OnceLock::new();
    PROGRAM.get_or_init(|| Mutex::new(Program::start())).lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Compiled once a run.
pub fn classpath() -> &'static str {
    static CLASSPATH: OnceLock<String> = OnceLock::new();
    CLASSPATH.get_or_init(|| java_classpath("foreign/java"))
}
