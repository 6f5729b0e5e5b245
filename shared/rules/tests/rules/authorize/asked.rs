//! What an app asks for, judged without asking anyone (AUTHZ-2, AUTHZ-5 to AUTHZ-10, LEG-1, SCP-11, SCP-13, RFR-11).

use super::*;
use crate::given::fhir_server;
use rules::{
    authorize::oidc_params::{Hint, Prompt},
    client::Pkce,
    tenant::{DpopUse, GrantType, Policy},
};

fn said(error: &OAuthError) -> String {
    format!("{} {}", error.code.as_str(), error.description)
}

#[track_caller]
fn refused(changes: &[(&str, &str)], why: &str) {
    refused_to(changes, &app(), &tenant(), why);
}

#[track_caller]
fn refused_to(changes: &[(&str, &str)], client: &Client, tenant: &Tenant, why: &str) {
    assert_eq!(said(&judged(changes, client, tenant).unwrap_err()), why, "{changes:?}");
}

fn with_grants(client: Client, grant_types: &[GrantType]) -> Client {
    Client { grant_types: grant_types.iter().copied().collect(), ..client }
}

fn tenant_with_all_grants() -> Tenant {
    Tenant { policy: Policy { grant_types: GrantType::ALL.into(), ..Policy::default() }, ..tenant() }
}

#[test]
fn a_right_request_is_understood() {
    let request = asking(&[]);
    assert_eq!((request.client_id.as_str(), request.aud.as_str()), ("app", FHIR));
    assert_eq!(
        (request.asked_scope.as_str(), &request.scope),
        ("openid patient/*.rs", &"openid patient/*.rs".parse_set())
    );
    assert_eq!(request.code_challenge.as_deref(), Some(CHALLENGE));
    assert_eq!(request.redirect.redirect_uri, REDIRECT_URI);
    assert!(request.launch.is_none() && request.nonce.is_none() && request.id_token_hint.is_none());
    assert!(request.prompt.is_empty() && request.ui_locales.is_empty() && request.acr_values.is_empty());
    assert_eq!((request.max_age, request.login_hint, request.idp_hint), (None, None, None));
}

/// OIDC-9 to OIDC-12; LCTX-5: of a launch the hash is kept.
#[test]
fn what_an_app_may_add_is_understood_too() {
    let request = asking(&[
        ("nonce", "n"),
        ("login_hint", "amy"),
        ("idp_hint", "okta"),
        ("prompt", "login  consent select_account later"),
        ("max_age", "60"),
        ("id_token_hint", "a.b.c"),
        ("ui_locales", "nl  de-AT"),
        ("acr_values", "phr other"),
        ("launch", "handle"),
        ("scope", "launch openid"),
        ("unknown", "ignored"),
    ]);
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!((request.login_hint.as_deref(), request.idp_hint.as_deref()), (Some("amy"), Some("okta")));
    assert_eq!(request.max_age, Some(60));
    assert_eq!(request.id_token_hint, Some(Hint::Unreadable), "until somebody with the keys has read it");
    assert_eq!(
        (request.ui_locales, request.acr_values),
        (vec!["nl".into(), "de-AT".into()], vec!["phr".into(), "other".into()])
    );
    assert!(request.launch.unwrap().matches("handle"));
}

/// OIDC-10: values that nobody has defined are passed over.
#[test]
fn an_app_says_what_is_to_be_shown() {
    use Prompt::{Consent, Login, None, SelectAccount};
    for (text, prompts) in [
        ("", &[][..]),
        ("create", &[]),
        ("none", &[None]),
        ("none none", &[None]),
        ("login", &[Login]),
        ("consent", &[Consent]),
        ("select_account", &[SelectAccount]),
        ("consent login", &[Login, Consent]),
    ] {
        let request = asking(&[("prompt", text)]);
        assert_eq!(request.prompt, prompts.iter().copied().collect(), "{text}");
        for prompt in [None, Login, Consent, SelectAccount] {
            assert_eq!(request.prompts(prompt), prompts.contains(&prompt), "{text} {prompt:?}");
        }
    }
    refused(&[("prompt", "none login")], "invalid_request prompt=none can't be combined");
    refused(&[("prompt", "other none")], "invalid_request prompt=none can't be combined");
}

#[test]
fn an_age_is_a_number_of_seconds() {
    for (text, seconds) in [("0", 0), ("3600", 3600), ("18446744073709551615", i64::MAX)] {
        assert_eq!(asking(&[("max_age", text)]).max_age, Some(seconds), "{text}");
    }
    for bad in ["-1", "1.5", "soon", " 1"] {
        refused(&[("max_age", bad)], "invalid_request max_age must be a number of seconds");
    }
}

/// AUTHZ-2, AUTHZ-6 to AUTHZ-9, OIDC-13.
#[test]
fn a_request_that_is_wrong_in_one_way_is_refused_with_the_reason() {
    for (changes, why) in [
        (&[("response_type", "")][..], "invalid_request response_type is missing"),
        (&[("response_type", "id_token")], "unsupported_response_type this response_type is not supported"),
        (&[("response_type", "token")], "unsupported_response_type this response_type is not supported"),
        (&[("response_mode", "fragment")], "invalid_request response_mode must be query"),
        (&[("state", "")], "invalid_request state is missing"),
        (&[("nonce", "a"), ("nonce", "a")], "invalid_request a parameter came twice"),
        (&[("resource", FHIR), ("resource", FHIR)], "invalid_target resource must name one FHIR server"),
        (&[("request", "a.b.c")], "request_not_supported the parameter request is not supported"),
        (&[("request_uri", "urn:x")], "request_uri_not_supported the parameter request_uri is not supported"),
        (&[("registration", "{}")], "registration_not_supported the parameter registration is not supported"),
        (&[("aud", "")], "invalid_request aud is missing"),
        (&[("code_challenge", "")], "invalid_request code_challenge is missing: PKCE with S256 is required"),
        (&[("code_challenge_method", "plain")], "invalid_request code_challenge_method must be S256"),
        (&[("code_challenge_method", "")], "invalid_request code_challenge_method is missing: it must be S256"),
        (&[("scope", "")], "invalid_scope scope is missing"),
        (
            &[("aud", "https://auth.example/clinic")],
            "invalid_request aud is this authorization server itself: use https://fhir.example/r4, or open the app again",
        ),
    ] {
        refused(changes, why);
    }
    assert!(judged(&[("response_mode", "query")], &app(), &tenant()).is_ok());
}

/// DEF-1: the client's, or else its tenant's; within what the client is registered for, as any other scope.
#[test]
fn a_request_without_a_scope_asks_for_the_default() {
    let defaults = |of_client: Option<&str>, of_tenant: Option<&str>| {
        let client = Client { default_scope: of_client.map(|scope| scope.parse_set()), ..app() };
        let policy = Policy { default_scope: of_tenant.map(|scope| scope.parse_set()), ..Policy::default() };
        (client, Tenant { policy, ..tenant() })
    };
    for (of_client, of_tenant, expected) in [
        (Some("patient/Patient.r"), Some("openid patient/*.rs"), "patient/Patient.r"),
        (None, Some("openid patient/*.rs"), "openid patient/*.rs"),
        (Some("openid"), None, "openid"),
    ] {
        let (client, tenant) = defaults(of_client, of_tenant);
        for absent in [&[("scope", "")][..], &[("scope", ""), ("prompt", "login")]] {
            let request = judged(absent, &client, &tenant).expect("it is understood");
            assert_eq!((request.asked_scope.as_str(), &request.scope), (expected, &expected.parse_set()));
        }
        let request = judged(&[("scope", "openid")], &client, &tenant).expect("it is understood");
        assert_eq!(request.asked_scope, "openid", "whoever asks gets no default");
        // An EHR's launch is of an app that knows what it wants.
        refused_to(&[("scope", ""), ("launch", "x")], &client, &tenant, "invalid_scope scope is missing");
    }
    let (client, tenant) = defaults(None, Some("user/*.cruds"));
    let client = Client { scope: "user/Patient.r openid".parse_set(), ..client };
    let request = judged(&[("scope", "")], &client, &tenant).expect("it is understood");
    assert_eq!(request.scope, "user/Patient.r".parse_set());
    let client = Client { scope: "openid".parse_set(), ..client };
    let nothing = "invalid_scope none of the scopes asked for can be granted to this app";
    refused_to(&[("scope", "")], &client, &tenant, nothing);
}

/// AUTHZ-9: 43 characters of base64url.
#[test]
fn a_challenge_is_the_hash_that_s256_makes() {
    let digits = |count: usize| "0".repeat(count);
    for good in [digits(43), format!("{}-_", digits(41)), format!("{}aZ", digits(41))] {
        assert_eq!(asking(&[("code_challenge", &good)]).code_challenge, Some(good));
    }
    for bad in
        [digits(42), digits(44), format!("{}+", digits(42)), format!("{}=", digits(42)), format!("{}.", digits(42))]
    {
        refused(&[("code_challenge", &bad)], "invalid_request code_challenge must be 43 characters of base64url");
    }
}

/// AUTHZ-10.
#[test]
fn a_confidential_app_of_smart_1_may_go_without_pkce() {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let missing = "invalid_request code_challenge is missing: PKCE with S256 is required";
    let old = |client| Client { pkce: Pkce::OptionalForSmartV1, ..client };
    assert_eq!(judged(&without, &old(confidential()), &tenant()).unwrap().code_challenge, None);
    let with = judged(&[], &old(confidential()), &tenant()).unwrap();
    assert_eq!(with.code_challenge.as_deref(), Some(CHALLENGE), "one that does it is held to it");
    refused_to(&[("code_challenge", "")], &old(confidential()), &tenant(), missing);
    refused_to(&without, &old(app()), &tenant(), missing);
    refused_to(&without, &confidential(), &tenant(), missing);
}

/// AUTHZ-7, AUTHZ-8.
#[test]
fn a_request_names_one_fhir_server_of_the_tenant() {
    const OTHER: &str = "https://other.example/r4";
    let two = Tenant { fhir_servers: vec![fhir_server(FHIR), fhir_server(OTHER)], ..tenant() };
    let (slash, shouted) = (format!("{FHIR}/"), FHIR.replace("https://fhir.example", "HTTPS://FHIR.example"));
    for (aud, resource, server) in [
        (FHIR, "", FHIR),
        (&slash, "", FHIR),
        ("", OTHER, OTHER),
        (FHIR, &slash, FHIR),
        (OTHER, OTHER, OTHER),
        ("", &shouted, FHIR),
        (FHIR, &shouted, FHIR),
    ] {
        let request = judged(&[("aud", aud), ("resource", resource)], &app(), &two).unwrap();
        assert_eq!(request.aud, server, "{aud} {resource}");
    }
    const FOREIGN: &str = "https://foreign.example/r4";
    let foreign = |name: &str| format!("{name} is not a FHIR server of this authorization server");
    for (aud, resource, why) in [
        ("", "", "invalid_request aud is missing".to_owned()),
        (FOREIGN, "", format!("invalid_request {}", foreign("aud"))),
        (&shouted, "", format!("invalid_request {}", foreign("aud"))),
        ("", FOREIGN, format!("invalid_target {}", foreign("resource"))),
        (FOREIGN, FHIR, format!("invalid_request {}", foreign("aud"))),
        (FOREIGN, FOREIGN, format!("invalid_request {}", foreign("aud"))),
        (FHIR, FOREIGN, "invalid_target aud and resource name different servers".to_owned()),
        (FHIR, OTHER, "invalid_target aud and resource name different servers".to_owned()),
    ] {
        refused_to(&[("aud", aud), ("resource", resource)], &app(), &two, &why);
    }
    let error = judged(&[("aud", FOREIGN)], &app(), &two).unwrap_err();
    assert!(error.detail.ends_with(&format!("{FHIR}, {OTHER}")), "{}", error.detail);
}

/// LEG-1, LEG-2: RFC 6749 §2.1, a client that can keep a secret has no need of the implicit grant.
#[test]
fn a_response_type_is_for_those_who_may_use_its_grant() {
    use GrantType::{AuthorizationCode, Implicit, RefreshToken};
    let code_alone = Tenant { policy: Policy { grant_types: [Implicit].into(), ..Policy::default() }, ..tenant() };
    let all = tenant_with_all_grants();
    let why = "this app may not use this response_type";
    for (response_type, client, tenant, detail) in [
        ("code", confidential(), &all, None),
        ("token", with_grants(app(), &[Implicit]), &all, None),
        (
            "token",
            with_grants(confidential(), &[Implicit]),
            &all,
            Some("it needs the grant type implicit, which is for public clients alone"),
        ),
        (
            "token",
            app(),
            &all,
            Some("it needs the grant type implicit; the client is registered for: authorization_code, refresh_token"),
        ),
        (
            "code",
            with_grants(app(), &[Implicit, RefreshToken]),
            &all,
            Some("it needs the grant type authorization_code; the client is registered for: refresh_token, implicit"),
        ),
        (
            "code",
            with_grants(app(), &[AuthorizationCode]),
            &code_alone,
            Some("it needs the grant type authorization_code; the tenant offers: implicit"),
        ),
    ] {
        let judged = judged(&[("response_type", response_type)], &client, tenant);
        let error = judged.err().map(|error| (said(&error), error.detail));
        assert_eq!(error, detail.map(|detail| (format!("unauthorized_client {why}"), detail.to_owned())));
    }
}

/// LEG-3, LEG-4, LEG-6: no code comes, so there is nothing to challenge; and nothing to refresh, and no id_token.
#[test]
fn an_implicit_request_needs_no_challenge_and_gets_rights_alone() {
    let client = with_grants(app(), &[GrantType::Implicit, GrantType::RefreshToken]);
    let scope = "openid fhirUser profile offline_access online_access launch/patient patient/*.rs system/*.rs";
    let changes = [("response_type", "token"), ("scope", scope), ("code_challenge", "")];
    let request = judged(&changes, &client, &tenant_with_all_grants()).unwrap();
    assert_eq!(request.scope, "launch/patient patient/*.rs".parse_set());
    assert_eq!(request.code_challenge, None);
    let mode = |mode| [("response_type", "token"), ("response_mode", mode)];
    assert!(judged(&mode("fragment"), &client, &tenant_with_all_grants()).is_ok());
    let why = "invalid_request response_mode must be fragment";
    refused_to(&mode("query"), &client, &tenant_with_all_grants(), why);
    let no_aud = [("response_type", "token"), ("aud", "")];
    refused_to(&no_aud, &client, &tenant_with_all_grants(), "invalid_request aud is missing");
}

/// SCP-11, SCP-13, RFR-11.
#[test]
fn an_app_is_offered_what_it_asks_for_and_is_registered_for_and_what_such_a_flow_can_give() {
    use GrantType::{AuthorizationCode, RefreshToken};
    let once = with_grants(app(), &[AuthorizationCode]);
    let often = with_grants(app(), &[AuthorizationCode, RefreshToken]);
    let narrow = Client { scope: "openid launch patient/Task.rs".parse_set(), ..often.clone() };
    let launch = ("launch", "handle");
    for (client, asked, launch, offered) in [
        (&often, "patient/Task.rs user/Task.r system/Task.r", None, "patient/Task.rs user/Task.r"),
        (&often, "openid fhirUser profile nonsense", None, "openid fhirUser profile"),
        (&often, "openid offline_access online_access", None, "openid offline_access"),
        (&often, "launch offline_access online_access", Some(launch), "launch offline_access online_access"),
        (&once, "openid offline_access online_access", None, "openid"),
        (&once, "launch openid offline_access online_access", Some(launch), "launch openid"),
        (&narrow, "openid patient/*.cruds", None, "openid patient/Task.rs"),
    ] {
        let changes: Vec<_> = [("scope", asked)].into_iter().chain(launch).collect();
        let request = judged(&changes, client, &tenant()).unwrap();
        assert_eq!(request.scope, offered.parse_set(), "{asked}");
        assert_eq!(request.asked_scope, asked);
    }
}

#[test]
fn an_app_that_could_get_nothing_of_use_is_told_so() {
    let none = "invalid_scope none of the scopes asked for can be granted to this app";
    for asked in ["system/*.rs", "offline_access", "offline_access online_access", "nonsense", "__mine"] {
        refused(&[("scope", asked)], none);
    }
    let unregistered = Client { scope: "openid patient/*.rs".parse_set(), ..app() };
    let changes = [("scope", "launch openid"), ("launch", "handle")];
    refused_to(&changes, &unregistered, &tenant(), "invalid_scope this app is not registered for the scope launch");
    let detail = "what it is registered for, of which system/… is for backend services alone: openid patient/*.rs";
    for changes in [&[("scope", "")][..], &[("scope", "user/*.rs")], &changes] {
        assert_eq!(judged(changes, &unregistered, &tenant()).unwrap_err().detail, detail, "{changes:?}");
    }
}

/// A person's app speaks for nobody but that person: it neither introspects for the tenant nor makes launches.
#[test]
fn no_persons_app_gets_a_power_over_this_server() {
    let all = "openid __introspect __launch.create __vendor patient/*.rs".parse_set();
    let client = Client { scope: all.clone(), ..app() };
    let asks = [("scope", "openid __introspect __launch.create __vendor patient/*.rs")];
    let granted = judged(&asks, &client, &tenant()).unwrap().scope;
    assert_eq!(granted, "openid __vendor patient/*.rs".parse_set());
    assert_ne!(granted, all);
}

/// LCTX-7: an EHR launch is one by its parameter, and the scope `launch` means something in one alone.
#[test]
fn a_launch_is_told_by_its_parameter() {
    for (asked, launch, granted) in [
        ("launch patient/*.rs", "handle", "launch patient/*.rs"),
        ("launch/patient patient/*.rs", "handle", "launch/patient patient/*.rs"),
        ("patient/*.rs", "handle", "patient/*.rs"),
        ("launch patient/*.rs", "", "patient/*.rs"),
        ("launch launch/patient", "", "launch/patient"),
    ] {
        let request = asking(&[("scope", asked), ("launch", launch)]);
        assert_eq!((request.scope.to_string().as_str(), request.launch.is_some()), (granted, !launch.is_empty()));
    }
    refused(&[("scope", "launch")], "invalid_scope none of the scopes asked for can be granted to this app");
}

/// DPOP-11.
#[test]
fn a_key_for_the_code_is_a_thumbprint_and_nothing_where_no_token_can_be_bound() {
    let with = |dpop: DpopUse| {
        let mut tenant = tenant();
        tenant.fhir_servers[0].dpop = dpop;
        tenant
    };
    let key = "k".repeat(43);
    let asked = |jkt: &str, tenant: &Tenant| judged(&[("dpop_jkt", jkt)], &app(), tenant).map(|asked| asked.dpop_jkt);
    let read = asked(&key, &with(DpopUse::Accepted)).unwrap().unwrap();
    assert_eq!(read.as_str(), key);
    let why = "invalid_request dpop_jkt must be the SHA-256 thumbprint of a key (RFC 7638)";
    refused_to(&[("dpop_jkt", "short")], &app(), &with(DpopUse::Accepted), why);
    assert_eq!(asked("short", &with(DpopUse::Off)).unwrap(), None);
    assert_eq!(asked("", &with(DpopUse::Accepted)).unwrap(), None);
}

/// DPOP-7: no proof comes with a redirect.
#[test]
fn an_implicit_request_gets_no_token_that_would_have_to_be_bound() {
    let why = "invalid_request tokens that are bound to a key need response_type=code";
    let token = [("response_type", "token"), ("code_challenge", "")];
    let client = with_grants(app(), &[GrantType::Implicit]);
    let bound = Client { dpop_bound_access_tokens: true, ..client.clone() };
    let mut tenant = tenant_with_all_grants();
    for (dpop, client, refused) in [
        (DpopUse::Off, &client, false),
        (DpopUse::Accepted, &client, false),
        (DpopUse::Required, &client, true),
        (DpopUse::Required, &bound, true),
        (DpopUse::Accepted, &bound, true),
    ] {
        tenant.fhir_servers[0].dpop = dpop;
        let found = judged(&token, client, &tenant).err().map(|error| said(&error));
        assert_eq!(found, refused.then(|| why.to_owned()), "{dpop:?}");
    }
}

/// CIMD-19.
#[test]
fn an_app_that_nobody_registered_may_leave_its_state_out() {
    let unregistered = Client { origin: Some(origin("document")), ..app() };
    assert_eq!(judged(&[("state", "")], &unregistered, &tenant()).unwrap().redirect.state, None);
    refused(&[("state", "")], "invalid_request state is missing");
}

/// DPOP-8: before anybody is asked and a launch is spent.
#[test]
fn a_client_with_bound_tokens_alone_is_told_at_once_that_a_fhir_server_takes_none() {
    let bound = Client { dpop_bound_access_tokens: true, ..app() };
    let why = "invalid_target this FHIR server takes no DPoP-bound tokens, and this client may have no others";
    refused_to(&[], &bound, &tenant(), why);
    for dpop in [DpopUse::Accepted, DpopUse::Required] {
        let mut taking = tenant();
        taking.fhir_servers[0].dpop = dpop;
        for client in [&bound, &app()] {
            assert!(judged(&[], client, &taking).is_ok());
        }
    }
}
