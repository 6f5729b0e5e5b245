//! What is written in Python.

use crate::world;
use kit::live::{installed, script};
use std::process::Command;

mod fhirclient_for_python {
    use super::python;

    /// It knows no `.well-known`: the endpoints come from `/metadata`, the scopes are of SMART 1.0.
    #[test]
    fn launches_standalone_with_its_own_default_scopes() {
        python("fhirclient_python", "standalone");
    }

    #[test]
    fn launches_from_an_ehr_with_a_secret() {
        python("fhirclient_python", "ehr_launch");
    }

    #[test]
    fn authorizes_as_a_service() {
        python("fhirclient_python", "service");
    }
}

mod authlib {
    use super::python;

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        python("authlib_python", "basic");
    }

    #[test]
    fn gets_tokens_with_the_secret_in_the_form() {
        python("authlib_python", "post");
    }

    /// `authorize-post`: the request is a form, where long scopes have room.
    #[test]
    fn posts_the_authorization_request() {
        python("authlib_python", "authorize_post");
    }

    #[test]
    fn gets_tokens_with_rs384() {
        python("authlib_python", "rs384");
    }

    #[test]
    fn gets_tokens_with_es384() {
        python("authlib_python", "es384");
    }

    #[test]
    fn is_a_service_with_rs384() {
        python("authlib_python", "service_rs384");
    }

    #[test]
    fn is_a_service_with_es384() {
        python("authlib_python", "service_es384");
    }

    /// Its validator of RFC 9068 tokens, as a FHIR server would use it.
    #[test]
    fn accepts_the_access_token_as_a_resource_server() {
        python("authlib_python", "resource_server");
    }
}

mod requests_oauthlib {
    use super::python;

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        python("requests_oauthlib_python", "public");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        python("requests_oauthlib_python", "basic");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        python("requests_oauthlib_python", "post");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_rs384() {
        python("requests_oauthlib_python", "rs384");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_es384() {
        python("requests_oauthlib_python", "es384");
    }

    #[test]
    fn refreshes_by_itself_when_a_token_is_over() {
        python("requests_oauthlib_python", "refreshing");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        python("requests_oauthlib_python", "service");
    }

    #[test]
    fn finds_the_token_of_the_implicit_grant_in_the_fragment() {
        python("requests_oauthlib_python", "implicit");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        python("requests_oauthlib_python", "password");
    }

    #[test]
    fn knows_every_refusal_by_its_name() {
        python("requests_oauthlib_python", "refusals");
    }

    /// "If not [identical to the scope requested], REQUIRED" (RFC 6749 §5.1).
    #[test]
    fn is_told_that_the_scope_is_narrower_than_asked() {
        python("requests_oauthlib_python", "narrowed");
    }
}

fn python(client: &str, what: &str) {
    let python = installed(".venv/bin/python");
    world().runs(
        Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script(&format!("foreign/{client}.py"))).arg(what),
    );
}
