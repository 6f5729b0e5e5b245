//! What is written in Go.

use crate::world;
use kit::live::{INSTALL, script};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// `golang.org/x/oauth2` with `coreos/go-oidc`.
mod oauth2 {
    fn go(what: &str) {
        super::go("oauth2", what);
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        go("public");
    }

    /// Its default is Basic, and the form where that was refused.
    #[test]
    fn finds_by_itself_how_an_app_proves_itself() {
        go("detected");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        go("basic");
    }

    #[test]
    fn gets_tokens_with_a_secret_that_needs_encoding() {
        go("encoded");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        go("post");
    }

    #[test]
    fn gets_tokens_with_rs384() {
        go("rs384");
    }

    #[test]
    fn gets_tokens_with_es384() {
        go("es384");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        go("services");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        go("password");
    }

    #[test]
    fn knows_every_refusal() {
        go("refusals");
    }

    #[test]
    fn refuses_an_id_token_for_another_app_and_another_issuer() {
        go("strangers");
    }
}

/// A certified relying party that trusts little.
mod zitadel {
    fn go(what: &str) {
        super::go("zitadel", what);
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        go("public");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        go("basic");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        go("post");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_rs384() {
        go("rs384");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_es384() {
        go("es384");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        go("services");
    }

    /// They are signed with RS256 by whatever RSA key, and live an hour.
    #[test]
    fn is_refused_the_assertions_that_it_makes_itself() {
        go("own");
    }

    #[test]
    fn introspects_as_the_fhir_server() {
        go("introspection");
    }

    #[test]
    fn signs_a_person_out() {
        go("signs-out");
    }
}

fn go(client: &str, what: &str) {
    world().runs(Command::new(program()).args([client, what]));
}

/// Compiled once a run, from the sources as they are.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign-go");
        let mut build = Command::new("go");
        build.current_dir(script("foreign/go")).args(["build", "-o"]).arg(&program).arg(".");
        let output = build.output().unwrap_or_else(|error| panic!("go: {error}; {INSTALL}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        program
    })
}
