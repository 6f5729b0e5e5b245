//! SMART and OAuth clients that nobody here wrote, against the local server with only a tenant file to configure it.
//! Each file beside this one is a client; its functions are what the client goes through. A person without a browser
//! fills in the pages' forms for it.

use std::{process::Command, sync::OnceLock};
use tests::{
    Live,
    live::{installed, script},
    real_provider::RealProvider,
};

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

mod openid_client {
    use super::node;

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

    #[test]
    fn is_a_service_with_rs384_and_es384() {
        node("services");
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

mod oidc_provider {
    use super::at_provider;

    #[test]
    fn signs_people_in_whichever_way_the_server_proves_itself() {
        at_provider("proofs");
    }

    #[test]
    fn signs_in_staff_who_are_found_by_their_number() {
        at_provider("identifier");
    }

    #[test]
    fn knows_people_whom_nobody_knows_here() {
        at_provider("unknown");
    }

    #[test]
    fn lets_people_say_no() {
        at_provider("refused");
    }

    #[test]
    fn hears_what_the_app_wishes() {
        at_provider("wishes");
    }

    #[test]
    fn is_one_of_several_ways_in() {
        at_provider("choice");
    }
}

fn at_provider(what: &str) {
    static WORLD: OnceLock<(Live, RealProvider)> = OnceLock::new();
    installed("browser/node_modules/openid-client");
    let (world, _) = WORLD.get_or_init(|| {
        let provider = RealProvider::start();
        let tenant = include_str!("identity_providers.toml").replace("{provider}", &provider.issuer);
        let world = Live::start(tenant.leak(), axum::Router::new());
        provider.registers(world.told("issuer"));
        (world, provider)
    });
    world.runs(Command::new("node").arg(script("foreign/identity_providers.js")).arg(what));
}

fn python(client: &str, what: &str) {
    let python = installed(".venv/bin/python");
    world().runs(
        Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script(&format!("foreign/{client}.py"))).arg(what),
    );
}

fn node(what: &str) {
    installed("browser/node_modules/openid-client");
    world().runs(Command::new("node").arg(script("foreign/openid_client.js")).arg(what));
}

fn world() -> &'static Live {
    static WORLD: OnceLock<Live> = OnceLock::new();
    WORLD.get_or_init(|| Live::start(include_str!("tenant.toml"), axum::Router::new()))
}
