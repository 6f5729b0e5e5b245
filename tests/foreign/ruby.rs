//! What is written in Ruby, from Debian's packages.

use crate::world;
use kit::live::script;
use std::process::Command;

mod openid_connect {
    fn ruby(what: &str) {
        super::ruby("openid_connect", what);
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        ruby("public_app");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        ruby("basic");
    }

    #[test]
    fn gets_tokens_with_a_secret_that_needs_encoding_encoded_and_raw() {
        ruby("encoded");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        ruby("posted");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_rs384() {
        ruby("rs384");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_es384() {
        ruby("es384");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        ruby("service");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        ruby("password");
    }

    #[test]
    fn knows_every_refusal() {
        ruby("refusals");
    }
}

mod oauth2 {
    fn ruby(what: &str) {
        super::ruby("oauth2_ruby", what);
    }

    #[test]
    fn gets_and_refreshes_tokens_as_a_public_app() {
        ruby("public_app");
    }

    #[test]
    fn gets_and_refreshes_tokens_with_basic() {
        ruby("basic");
    }

    #[test]
    fn gets_tokens_with_basic_that_should_have_been_encoded() {
        ruby("raw");
    }

    #[test]
    fn gets_and_refreshes_tokens_with_the_secret_in_the_form() {
        ruby("posted");
    }

    #[test]
    fn gets_and_refreshes_tokens_with_rs384() {
        ruby("rs384");
    }

    #[test]
    fn gets_and_refreshes_tokens_with_es384() {
        ruby("es384");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        ruby("service");
    }

    #[test]
    fn gets_the_token_of_the_implicit_grant() {
        ruby("implicit");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        ruby("password");
    }

    #[test]
    fn knows_every_refusal() {
        ruby("refusals");
    }
}

/// The strict checks of a SMART client in Ruby, not the client itself.
mod safire_checks {
    fn ruby(what: &str) {
        super::ruby("safire_checks", what);
    }

    #[test]
    fn accept_the_metadata() {
        ruby("metadata");
    }

    #[test]
    fn accept_a_public_launch() {
        ruby("public_app");
    }

    #[test]
    fn accept_a_posted_authorization_request() {
        ruby("authorize_post");
    }

    #[test]
    fn accept_launches_with_raw_basic() {
        ruby("basic");
    }

    #[test]
    fn accept_a_launch_with_rs384_and_no_client_id() {
        ruby("rs384");
    }

    #[test]
    fn accept_a_launch_with_es384_and_no_client_id() {
        ruby("es384");
    }

    #[test]
    fn accept_a_service_with_rs384_and_es384() {
        ruby("service");
    }
}

fn ruby(client: &str, what: &str) {
    world().runs(Command::new("ruby").arg(script(&format!("foreign/{client}.rb"))).arg(what));
}
