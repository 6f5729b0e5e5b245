//! What is written in JavaScript.

use crate::world;
use kit::{
    Live,
    live::{installed, script},
};
use std::{process::Command, sync::OnceLock};

/// The certified one, through the whole of SMART App Launch.
mod openid_client {
    use kit::Live;
    use std::sync::OnceLock;

    fn node(what: &str) {
        super::node("openid_client", what);
    }

    #[test]
    fn goes_through_a_public_launch() {
        node("public");
    }

    #[test]
    fn goes_through_a_launch_with_basic() {
        node("basic");
    }

    #[test]
    fn goes_through_a_launch_with_a_secret_that_needs_encoding() {
        node("encoded");
    }

    #[test]
    fn goes_through_a_launch_with_rs384() {
        node("rs384");
    }

    #[test]
    fn goes_through_a_launch_with_es384() {
        node("es384");
    }

    /// PAR-1, PAR-4, PAR-6.
    #[test]
    fn sends_its_request_ahead_as_each_kind_of_client() {
        node("pushed");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        node("services");
    }

    #[test]
    fn gets_tokens_bound_to_its_keys_which_are_nothing_to_a_thief() {
        super::node_bound("openid_client");
    }

    /// FAPI-1 to FAPI-11.
    #[test]
    fn goes_through_a_tenant_that_conforms_to_fapi_2() {
        static WORLD: OnceLock<Live> = OnceLock::new();
        let world = WORLD.get_or_init(|| Live::start(include_str!("fapi.toml"), axum::Router::new()));
        super::node_in(world, "openid_client", "fapi");
    }

    #[test]
    fn is_told_that_the_person_said_no() {
        node("denied");
    }

    #[test]
    fn is_told_that_a_code_was_used() {
        node("used");
    }

    #[test]
    fn introspects_as_the_fhir_server() {
        node("introspection");
    }
}

mod oauth4webapi {
    fn node(what: &str) {
        super::node("oauth4webapi", what);
    }

    #[test]
    fn discovers_by_both_documents() {
        node("discovery");
    }

    #[test]
    fn gets_tokens_bound_to_its_keys() {
        super::node_bound("oauth4webapi");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        node("public");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        node("basic");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        node("post");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_rs384() {
        node("rs384");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_es384() {
        node("es384");
    }

    /// PAR-1, PAR-4, PAR-6.
    #[test]
    fn sends_its_request_ahead_as_each_kind_of_client() {
        node("pushed");
    }

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        node("services");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        node("password");
    }

    #[test]
    fn introspects_as_the_fhir_server_and_as_the_app() {
        node("introspection");
    }

    /// RFC 9068 §4.
    #[test]
    fn validates_access_tokens_as_the_fhir_server_does() {
        node("validation");
    }

    #[test]
    fn knows_every_refusal() {
        node("refusals");
    }
}

mod simple_oauth2 {
    fn node(what: &str) {
        super::node("simple_oauth2", what);
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        node("basic");
    }

    #[test]
    fn gets_tokens_with_a_secret_that_needs_encoding_encoded_and_raw() {
        node("encoded");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        node("post");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        node("password");
    }

    #[test]
    fn knows_every_refusal() {
        node("refusals");
    }
}

mod badgateway_oauth2_client {
    fn node(what: &str) {
        super::node("badgateway_oauth2_client", what);
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_as_a_public_app() {
        node("public");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_basic() {
        node("basic");
    }

    #[test]
    fn gets_tokens_with_a_secret_that_needs_encoding() {
        node("encoded");
    }

    #[test]
    fn gets_refreshes_and_revokes_tokens_with_the_secret_in_the_form() {
        node("post");
    }

    #[test]
    fn gets_tokens_for_a_password() {
        node("password");
    }

    #[test]
    fn introspects_as_the_fhir_server() {
        node("introspection");
    }

    #[test]
    fn refreshes_behind_its_fetch() {
        node("fetches");
    }

    #[test]
    fn knows_every_refusal() {
        node("refusals");
    }
}

mod fhir_kit_client {
    fn node(what: &str) {
        super::node("fhir_kit_client", what);
    }

    #[test]
    fn finds_the_endpoints_in_either_document() {
        node("discovery");
    }

    #[test]
    fn reads_and_pages_with_the_token() {
        node("reads");
    }

    #[test]
    fn is_refused_what_was_not_granted() {
        node("refusals");
    }
}

/// That of agents: it is told an address and nothing else (RFC 9728).
mod mcp_sdk {
    fn node(what: &str) {
        super::node("mcp_sdk", what);
    }

    /// PRM-1, PRM-2.
    #[test]
    fn finds_who_guards_a_fhir_server_by_its_address() {
        node("discovery");
    }

    /// PRM-5, R8707-2.
    #[test]
    fn gets_from_a_refusal_to_a_token() {
        node("tokens");
    }

    /// PRM-6.
    #[test]
    fn asks_for_more_where_a_token_is_too_little() {
        node("stepsUp");
    }

    /// CIMD-12.
    #[test]
    fn shows_its_document_where_nobody_registered_it() {
        node("document");
    }
}

/// MCP-1, CIMD-12: the conformance suite of the Model Context Protocol, with an app that nobody registered.
#[test]
fn mcp_conformance_has_nothing_to_say_against_metadata_and_code_flow() {
    node("mcp_conformance", "");
}

/// Where the FHIR server takes bound tokens, and proofs must hold a nonce.
fn node_bound(client: &str) {
    static WORLD: OnceLock<Live> = OnceLock::new();
    let world = WORLD.get_or_init(|| {
        let (policy, url) = ("[policy]\n", "url = \"{base}/{id}/fhir\"\n");
        let tenant = include_str!("tenant.toml");
        assert!(tenant.contains(policy) && tenant.contains(url));
        let tenant = tenant.replacen(policy, &format!("{policy}dpop_nonce = true\n"), 1);
        Live::start(tenant.replacen(url, &format!("{url}dpop = \"accepted\"\n"), 1).leak(), axum::Router::new())
    });
    node_in(world, client, "bound");
}

fn node_in(world: &Live, client: &str, what: &str) {
    installed("browser/node_modules/.package-lock.json");
    world.runs(Command::new("node").arg(script(&format!("foreign/{client}.js"))).arg(what));
}

fn node(client: &str, what: &str) {
    node_in(world(), client, what);
}
