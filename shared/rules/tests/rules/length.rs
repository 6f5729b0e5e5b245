//! What is issued is accepted: a scope and a token have a bound, which is judged before anybody is asked (TOK-17).

use crate::given::{FHIR, ISSUER, NOW, ParseSet, app, backend, key, signed, tenant};
use proptest::{prelude::*, sample::select};
use rules::{
    client::{AccessTokenFormat, Client},
    grant::{
        Approval, Grant, GrantId, GrantState, Refreshable,
        client_credentials::{self, ClientCredentialsRequest},
    },
    launch::LaunchContext,
    length::{
        self, MOST_ANSWER_BYTES, MOST_JWT_BYTES, MOST_NONCE_BYTES, MOST_SCOPE_BYTES, MOST_SCOPES, in_json, in_url,
    },
    oauth::error::{ErrorCode, OAuthError},
    scope::{ScopeSet, narrow},
    signing_keys::SigningKeyRecord,
    tenant::{DpopUse, Issuer, SigningAlg, TenantRecord},
    token::{AccessTokenClaims, IdTokenClaims, IdTokenFacts},
};
use serde_json::{Value, json};
use std::sync::OnceLock;

fn numbered(start: &str, count: usize) -> String {
    (0..count).map(|n| format!("{start}{n}")).collect::<Vec<_>>().join(" ")
}

fn bounded(scope: &str, client: &Client) -> Result<ScopeSet, OAuthError> {
    length::bounded(scope.parse_set(), client, &tenant(), FHIR)
}

fn is_refused<T: std::fmt::Debug>(outcome: Result<T, OAuthError>) -> OAuthError {
    let error = outcome.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidScope);
    assert!(error.description.contains("scope"), "{}", error.description);
    error
}

fn by_reference() -> Client {
    Client { access_token_format: AccessTokenFormat::Reference, ..app() }
}

#[test]
fn a_scope_is_read_up_to_its_bound_and_nothing_of_it_beyond() {
    let longest = format!("openid patient/Observation.rs?code={}", "x".repeat(MOST_SCOPE_BYTES - 35));
    assert_eq!(longest.len(), MOST_SCOPE_BYTES);
    assert_eq!(length::read(&longest).unwrap().set.len(), 2);
    is_refused(length::read(&format!("{longest}x")));
    assert_eq!(length::read(&numbered("__x", MOST_SCOPES)).unwrap().set.len(), MOST_SCOPES);
    is_refused(length::read(&numbered("__x", MOST_SCOPES + 1)));
    // Those that nobody knows, and repetitions, are work as well.
    is_refused(length::read(&numbered("x", MOST_SCOPES + 1)));
    is_refused(length::read(&"x ".repeat(MOST_SCOPES + 1)));
    assert!(length::read(&" ".repeat(MOST_SCOPE_BYTES)).unwrap().set.is_empty());
}

/// One wildcard with a limit of 12 kB, and 280 types that are allowed: 3.4 MB.
#[test]
fn a_long_limit_is_not_multiplied_by_every_type_that_is_allowed() {
    let types: Vec<String> = (0..280).map(|n| format!("patient/T{}.rs", "x".repeat(n + 1))).collect();
    let allowed = types.join(" ").parse_set();
    let asked = format!("openid patient/*.rs?code={}", "x".repeat(12_000)).parse_set();
    let narrowing = narrow(&asked, &allowed);
    assert!(narrowing.is_cut && narrowing.granted.bytes() < 128_000);
    is_refused(length::grantable(&asked, &allowed));
    let honest = "patient/*.rs".parse_set();
    assert_eq!(length::grantable(&honest, &allowed).unwrap().len(), 280);
}

/// Of each client the first scope that is refused: its token would be longer than the bound, and not as long.
#[test]
fn a_jwt_that_just_fits_is_granted() {
    for more in 0..8 {
        let client = Client { client_id: "c".repeat(10 + more), ..app() };
        let refused = (1..MOST_SCOPE_BYTES).find_map(|n| bounded(&format!("__{}", "x".repeat(n)), &client).err());
        let detail = refused.expect("a scope that is too long").detail;
        let (_, bytes) = detail.split_once("would have up to ").expect("a length");
        let bytes: usize = bytes.split(' ').next().expect("a number").parse().expect("a number");
        assert!(bytes > MOST_JWT_BYTES, "{detail}");
    }
}

/// The sum, part by part: an issuer of 27 bytes, an audience of 23 that stands there twice, a client_id of 10 that does so too, a person,
/// and 62 for a key.
#[test]
fn the_longest_jwt_is_the_sum_of_its_parts() {
    let client = Client { client_id: "c".repeat(10), ..app() };
    let mut binding = tenant();
    binding.fhir_servers[0].dpop = DpopUse::Accepted;
    for (tenant, key) in [(tenant(), 0), (binding, 62)] {
        assert_eq!((tenant.issuer.as_str().len(), FHIR.len()), (27, 23));
        let person = 255 + 64 + 64 + 23 + 15 + 64;
        let others = key + 300 + 27 + 23 + 2 * 10 + person;
        // 5,396 bytes of claims are 7,195 of base64url; 805 are the header, the dots and the signature.
        let most = 5_396 - others;
        let scope = |bytes: usize| format!("__{}", "x".repeat(bytes - 2)).parse_set();
        assert!(length::bounded(scope(most), &client, &tenant, FHIR).is_ok(), "{most}");
        let refused = length::bounded(scope(most + 1), &client, &tenant, FHIR).unwrap_err();
        assert!(refused.detail.contains("up to 8001 bytes"), "{}", refused.detail);
    }
}

#[test]
fn a_jwt_has_room_for_what_fits_into_a_header_and_a_reference_for_more() {
    let (small, large, huge) = (numbered("__x", 400), numbered("__x", 1_000), "__".to_owned() + &"x".repeat(16_000));
    for (scope, as_jwt, as_reference) in [(&small, true, true), (&large, false, true), (&huge, false, false)] {
        assert_eq!(bounded(scope, &app()).is_ok(), as_jwt, "{}", scope.len());
        assert_eq!(bounded(scope, &by_reference()).is_ok(), as_reference, "{}", scope.len());
    }
    let error = is_refused(bounded(&large, &app()));
    assert!(error.detail.contains("reference") && error.detail.contains("8000"), "{}", error.detail);
}

/// US Core asks for each of its categories by name; a client_id may have 1,024 characters.
#[test]
fn an_ordinary_app_is_far_from_the_bound() {
    let category =
        |n| format!("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation|c{n}");
    let granular = (0..20).map(category).collect::<Vec<_>>().join(" ");
    let asked = format!("launch openid fhirUser offline_access {granular}");
    assert!(bounded(&asked, &app()).is_ok());
    let long_name = Client { client_id: "x".repeat(1_024), ..app() };
    assert!(bounded("launch openid fhirUser offline_access patient/*.rs user/*.rs", &long_name).is_ok());
    is_refused(bounded(&asked, &Client { client_id: "\"".repeat(1_024), ..app() }));
}

#[test]
fn a_token_in_an_address_leaves_room_for_its_scope_a_second_time() {
    let in_address = |scope: &str, around| {
        let scope = scope.parse_set();
        length::bounded_by_address(scope, &app(), &tenant(), FHIR, around).is_ok()
    };
    assert!(in_address("patient/*.rs", 400) && !in_address("patient/*.rs", MOST_ANSWER_BYTES));
    assert!(bounded(&numbered("__x", 400), &app()).is_ok() && !in_address(&numbered("__x", 400), 3_000));
}

#[test]
fn a_backend_service_hears_of_it_before_a_token_is_signed() {
    let client = Client { scope: "system/*.rs".parse_set(), ..backend() };
    let mut tenant = tenant();
    tenant.policy.client_credentials_by_secret = true;
    let grants = |scope: &str| {
        let request = ClientCredentialsRequest { scope: Some(scope.to_owned()), resource: None };
        client_credentials::grant(&client, &tenant, &request, None).map(|access| access.scope.len())
    };
    assert_eq!(grants(&numbered("system/Observation.rs?code=", 100)).unwrap(), 100);
    for scope in [
        numbered("system/Observation.rs?code=", 300),
        numbered("system/Observation.rs?code=", 1_001),
        format!("system/Observation.rs?code={}", "x".repeat(16_000)),
    ] {
        is_refused(grants(&scope));
    }
}

#[test]
fn lengths_are_those_of_json_and_of_urls() {
    for text in ["", "abc", "a\"b\\c\n\u{1}", "é€😀", "a b+c/d?e=f&g|h"] {
        assert_eq!(in_json(text), json!(text).to_string().len() - 2, "{text}");
        assert_eq!(in_url(text), url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().len());
    }
}

fn keys() -> &'static [SigningKeyRecord] {
    static KEYS: OnceLock<Vec<SigningKeyRecord>> = OnceLock::new();
    KEYS.get_or_init(|| [SigningAlg::ES384, SigningAlg::RS256].into_iter().map(key).collect())
}

/// Signed as the server does it.
fn token(kind: &str, key: &SigningKeyRecord, claims: &Value) -> String {
    signed(key, &json!({ "typ": kind, "alg": key.alg.as_str(), "kid": key.public.kid }), claims)
}

fn text(longest: usize) -> impl Strategy<Value = String> {
    (1..=longest, select(vec!["x", "\"", "é", "\\", "-"])).prop_map(|(length, of)| {
        let text = of.repeat(length);
        text.chars().take(length).collect()
    })
}

fn scope() -> impl Strategy<Value = String> {
    let one =
        (select(vec!["patient/Observation.rs?code=", "user/*.cruds?_tag=", "__x", "https://x.example/"]), 1..400_usize)
            .prop_map(|(start, length)| format!("{start}{}", "y".repeat(length)));
    let resources = prop::collection::vec(one, 1..40).prop_map(|scopes| scopes.join(" "));
    resources.prop_map(|scope| format!("openid fhirUser {scope}"))
}

fn grant_of(client: &Client, sub: String, nonce: Option<String>, scope: &ScopeSet) -> Grant {
    let id = "a".repeat(64);
    let context = LaunchContext { patient: Some(id.clone()), encounter: Some(id.clone()), ..LaunchContext::default() };
    Grant {
        tenant: tenant().id,
        id: GrantId::random(),
        client_id: client.client_id.clone(),
        approval: Approval {
            hti: None,
            name: None,
            sub,
            account: None,
            fhir_user: Some(format!("{FHIR}/RelatedPerson/{id}")),
            auth_time: NOW,
            approved_at: NOW,
            amr: vec!["pwd".into(), "otp".into(), "mfa".into()],
            acr: None,
            vouched_by: None,
            scope: scope.clone(),
            context,
            aud: FHIR.into(),
            resource: None,
            lasts_until: None,
            redirect_uri: String::new(),
            code_challenge: None,
            dpop_jkt: None,
            nonce,
            refresh: Refreshable::Never,
            explanation: None,
            document: None,
        },
        listed_until: NOW,
        state: GrantState::Redeemed {
            code: None,
            refresh: None,
            revoked_tokens: Vec::new(),
            last_used: NOW,
            live_until: NOW.plus(3_600),
            extensions: None,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever app, person, nonce and scope there are: what may be granted makes a token that fits into a header, and that we know
    /// again ourselves.
    #[test]
    fn every_token_that_may_be_issued_passes_our_own_verification(
        client_id in text(1_024),
        sub in "[!#-\\[\\]-~]{1,255}",
        nonce in text(MOST_NONCE_BYTES),
        scope in scope(),
        path in "[a-z]{1,200}",
    ) {
        prop_assume!(in_json(&nonce) <= MOST_NONCE_BYTES);
        let client = Client { client_id, ..app() };
        let mut tenant = tenant();
        tenant.issuer = Issuer::parse(&format!("{ISSUER}/{path}")).unwrap();
        let Ok(scope) = length::bounded(scope.parse_set(), &client, &tenant, FHIR) else { return Ok(()) };
        let record = TenantRecord { tenant, keys: keys().to_vec() };
        let grant = grant_of(&client, sub, Some(nonce.clone()), &scope);
        for key in keys() {
            let of_person = json!(AccessTokenClaims::of_grant(&record, &grant, &scope, 3_600, NOW));
            let of_service = json!(AccessTokenClaims::of_client(&record, &client.client_id, FHIR, &scope, 3_600, NOW));
            for claims in [of_person, of_service] {
                let token = token("at+jwt", key, &claims);
                prop_assert!(token.len() <= MOST_JWT_BYTES, "{} bytes", token.len());
                let found = record.verify_own::<AccessTokenClaims>(&token, rules::jws::TokenKind::AccessToken);
                prop_assert_eq!(json!(found.unwrap()), claims);
            }
            let facts = IdTokenFacts { scope: &scope, nonce: Some(nonce.clone()), access_token: "a", now: NOW };
            let claims = json!(IdTokenClaims::new(&record, &grant, facts));
            let token = token("JWT", key, &claims);
            let found = record.verify_own::<IdTokenClaims>(&token, rules::jws::TokenKind::IdToken);
            prop_assert_eq!(json!(found.unwrap()), claims);
        }
    }

    /// A bound that nearly nothing meets would be none.
    #[test]
    fn four_thousand_bytes_of_scope_fit_beside_ordinary_names(length in 1..3_900_usize) {
        let fits = bounded(&format!("openid __{}", "x".repeat(length)), &app()).is_ok();
        prop_assert!(fits);
    }

    #[test]
    fn a_set_knows_how_long_its_text_is(scope in scope()) {
        let set = format!("http://smarthealthit.org/fhir/scopes/patient/*.read {scope}").parse_set();
        prop_assert_eq!(set.bytes(), set.to_string().len());
    }
}
