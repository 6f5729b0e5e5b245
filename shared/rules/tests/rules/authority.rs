//! What must still be true when access is used.

use crate::{
    given::{FHIR, NOW, ParseSet, amy, app, backend, fhir_server, signed_in, tenant},
    grant::approval,
    identity_provider::provider,
    launch::launch,
};
use rules::{
    authority::{
        of_absence, of_client, of_id_token, of_launch, of_person, of_redirect, of_refresh_token, of_return, of_tenant,
        of_token, person_today,
    },
    client::{Client, ClientAuthentication, RegisteredKeys, redirect_uri::RedirectUri},
    credentials::{Credentials, methods::Proof},
    dpop::{Confirmation, Thumbprint},
    grant::{Approval, Grant, GrantId, GrantState, Refreshable},
    launch::{Launch, LaunchContext},
    secret::SecretHash,
    signed_in::SignedIn,
    tenant::{
        AccessOf, AuthenticationMethod, CONFIGURATION_AGE, DpopUse, Ehr, EndedAccess, GrantType, Profile, SecondFactor,
        Tenant, TenantRecord,
    },
    time::Timestamp,
    token::{AccessTokenClaims, IdTokenClaims},
    user::{Account, FhirUser, FhirUserType, User},
};

fn grant() -> Grant {
    Grant {
        tenant: tenant().id,
        id: GrantId("grant".into()),
        client_id: "app".into(),
        approval: approval(Refreshable::Offline),
        listed_until: NOW,
        state: GrantState::CodeIssued { code: rules::secret::SecretHash::of("code"), expires_at: NOW.plus(60) },
    }
}

/// A grant of somebody for whom this provider vouched.
fn of_provider(issuer: Option<&str>) -> Grant {
    let mut grant = grant();
    let (username, issuer) = ("okta#sub".into(), issuer.map(str::to_owned));
    grant.approval.account = Some(Account { username, provider: Some("okta".into()), issuer });
    grant
}

fn claims(scope: &str) -> AccessTokenClaims {
    AccessTokenClaims::of_grant(&record(tenant()), &grant(), &scope.parse_set(), 300, NOW)
}

fn record(tenant: Tenant) -> TenantRecord {
    TenantRecord { tenant, keys: Vec::new() }
}

fn with(change: impl FnOnce(&mut Tenant)) -> Tenant {
    let mut tenant = tenant();
    change(&mut tenant);
    tenant
}

fn ended(whose: AccessOf, at: Timestamp) -> Tenant {
    with(|tenant| tenant.ended.push(EndedAccess { whose, at }))
}

/// What was given at that second, or before it, is over; what was given after it is not.
#[test]
fn a_mark_ends_what_was_given_before_it_to_those_that_it_names() {
    let at = |sub: &str, patient: &str| AccessOf::PersonAt { sub: sub.into(), patient: patient.into() };
    for (whose, expected) in [
        (AccessOf::Everybody, true),
        (AccessOf::Client("app".into()), true),
        (AccessOf::Client("another".into()), false),
        (AccessOf::Person("sub-of-amy".into()), true),
        (AccessOf::Person("another".into()), false),
        (at("sub-of-amy", "amy-shaw"), true),
        (at("sub-of-amy", "another"), false),
        (at("another", "amy-shaw"), false),
    ] {
        for (when, counts) in [(NOW, true), (NOW.plus(1), true), (NOW.plus(-1), false)] {
            let tenant = ended(whose.clone(), when);
            assert_eq!(of_tenant(&grant(), &tenant).is_err(), expected && counts, "{whose:?}");
            assert_eq!(of_token(&claims("patient/*.rs"), &tenant).is_err(), expected && counts, "{whose:?}");
        }
    }
}

/// LIVE-6. The end of a removed client lies a little ahead, so an apply right after it must not bring it forward.
#[test]
fn of_two_ends_of_the_same_access_the_later_stays_for_as_long_as_it_matters() {
    let mark = |name: &str, at| EndedAccess { whose: AccessOf::Client(name.into()), at };
    let removed = EndedAccess::of_removed_client("a", NOW);
    assert_eq!(removed, mark("a", NOW.plus(CONFIGURATION_AGE)));
    let added = |list: &[EndedAccess], new: &[EndedAccess], now| EndedAccess::added(list, new.to_vec(), 100, now);
    for (list, new, expected) in [
        (vec![removed.clone()], vec![mark("a", NOW)], vec![removed.clone()]),
        (vec![mark("a", NOW)], vec![removed.clone()], vec![removed.clone()]),
        (vec![removed.clone(), mark("b", NOW)], vec![mark("a", NOW.plus(5))], vec![removed.clone(), mark("b", NOW)]),
        (vec![], vec![mark("a", NOW), mark("a", NOW.plus(1))], vec![mark("a", NOW.plus(1))]),
        (vec![mark("a", NOW), mark("a", NOW.plus(2))], vec![], vec![mark("a", NOW.plus(2))]),
        (vec![mark("a", NOW)], vec![mark("b", NOW)], vec![mark("a", NOW), mark("b", NOW)]),
    ] {
        assert_eq!(added(&list, &new, NOW), expected, "{list:?} and {new:?}");
    }
    // What was given before it may live for 100 seconds, and be given for 30 more by functions that know nothing of it yet.
    let list = [mark("a", NOW)];
    assert_eq!(added(&list, &[], NOW.plus(100 + CONFIGURATION_AGE)), list);
    assert_eq!(added(&list, &[], NOW.plus(101 + CONFIGURATION_AGE)), []);
}

#[test]
fn a_list_of_marks_stays_as_short_as_it_can() {
    let mark = |name: &str, at| EndedAccess { whose: AccessOf::Client(name.into()), at };
    let list = [mark("a", NOW), mark("b", NOW.plus(50)), mark("c", NOW.plus(100))];
    let added = EndedAccess::added(&list, vec![mark("c", NOW.plus(150))], 100, NOW.plus(150));
    assert_eq!(added, [mark("b", NOW.plus(50)), mark("c", NOW.plus(150))]);
    let of_person = |whose| EndedAccess { whose, at: NOW }.is_of_a_person();
    assert!(of_person(AccessOf::Person("s".into())));
    assert!(of_person(AccessOf::PersonAt { sub: "s".into(), patient: "p".into() }));
    assert!(!of_person(AccessOf::Everybody) && !of_person(AccessOf::Client("c".into())));
}

#[test]
fn a_grant_is_for_a_fhir_server_that_is_still_the_tenants() {
    assert_eq!(of_tenant(&grant(), &tenant()), Ok(()));
    assert_eq!(of_token(&claims("patient/*.rs"), &tenant()), Ok(()));
    let another = with(|tenant| tenant.fhir_servers = vec![fhir_server("https://another.example")]);
    assert!(of_tenant(&grant(), &another).is_err());
    assert!(of_token(&claims("patient/*.rs"), &another).is_err());
    let mut own = AccessTokenClaims { aud: another.issuer.as_str().to_owned(), ..claims("patient/*.rs") };
    assert!(of_token(&own, &another).is_err(), "a person's token is for no server of ours");
    own.grant_id = None;
    assert_eq!(of_token(&own, &another), Ok(()), "what is for this server itself");
}

#[test]
fn a_persons_access_lasts_while_people_like_them_sign_in_here() {
    assert_eq!(of_tenant(&grant(), &with(|tenant| tenant.policy.local_sign_in = Some(true))), Ok(()));
    assert!(of_tenant(&grant(), &with(|tenant| tenant.policy.local_sign_in = Some(false))).is_err());
    let trusted = || with(|tenant| tenant.identity_providers.push(provider()));
    let theirs = of_provider(Some("https://idp.example"));
    assert_eq!(of_tenant(&theirs, &trusted()), Ok(()));
    assert!(of_tenant(&theirs, &tenant()).is_err(), "the provider is gone");
    for issuer in [None, Some("https://another.example")] {
        assert!(of_tenant(&of_provider(issuer), &trusted()).is_err(), "{issuer:?}");
    }
    let mut kinds = trusted();
    kinds.identity_providers[0].user_types = [FhirUserType::Patient].into();
    assert_eq!(of_tenant(&theirs, &kinds), Ok(()));
    kinds.identity_providers[0].user_types = [FhirUserType::Practitioner].into();
    assert!(of_tenant(&theirs, &kinds).is_err());
    let mut before = grant();
    before.approval.account = None;
    assert_eq!(of_tenant(&before, &tenant()), Ok(()), "a grant of before accounts were kept runs out");
}

#[test]
fn a_token_is_worth_what_its_client_may_still_have() {
    let asks = "openid patient/Observation.rs";
    let left = |client: Option<&Client>, tenant: &Tenant| {
        of_client(&claims(asks), Some(&grant()), client, tenant).map(|set| set.to_string())
    };
    assert_eq!(left(Some(&app()), &tenant()), Ok(asks.to_owned()));
    assert!(left(None, &tenant()).is_err());
    assert!(left(Some(&Client { disabled: true, ..app() }), &tenant()).is_err());
    let narrowed = Client { scope: "openid patient/Patient.rs".parse_set(), ..app() };
    assert_eq!(left(Some(&narrowed), &tenant()), Ok("openid".to_owned()));
    assert!(left(Some(&Client { scope: "user/*.rs".parse_set(), ..app() }), &tenant()).is_err());
    // A grant type that client and tenant still have.
    for (way, good) in
        [(GrantType::AuthorizationCode, true), (GrantType::ClientCredentials, false), (GrantType::RefreshToken, false)]
    {
        assert_eq!(left(Some(&Client { grant_types: [way].into(), ..app() }), &tenant()).is_ok(), good, "{way:?}");
    }
    let offers = with(|tenant| tenant.policy.grant_types = [GrantType::ClientCredentials].into());
    assert!(left(Some(&app()), &offers).is_err());
    // A backend's own token, which no grant stands behind.
    let own = AccessTokenClaims { grant_id: None, ..claims("patient/*.rs") };
    let alone = |client: &Client, tenant: &Tenant| of_client(&own, None, Some(client), tenant).is_ok();
    let keys = RegisteredKeys::JwksUri("https://app.example/jwks".into());
    let with_key = Client { authentication: ClientAuthentication::PrivateKeyJwt { keys }, ..backend() };
    assert!(alone(&with_key, &tenant()) && !alone(&app(), &tenant()));
    let no_keys = with(|tenant| tenant.policy.client_authentication_methods = [AuthenticationMethod::None].into());
    assert!(!alone(&with_key, &no_keys), "nobody authenticates by a key any more");
    assert!(left(Some(&app()), &no_keys).is_ok(), "a public app authenticates by nothing");
    let by_secret = with(|tenant| tenant.policy.client_credentials_by_secret = true);
    assert!(alone(&backend(), &by_secret) && !alone(&backend(), &tenant()));
}

/// The way in which an app got a grant is one that it has still, and no other will do.
#[test]
fn a_grant_is_worth_something_while_its_app_could_get_it_in_the_same_way() {
    let redeemed = |code: Option<&str>| GrantState::Redeemed {
        code: code.map(SecretHash::of),
        refresh: None,
        revoked_tokens: Vec::new(),
        last_used: NOW,
        live_until: NOW,
        extensions: None,
    };
    let mut by_password = Grant { state: redeemed(None), ..grant() };
    by_password.approval.redirect_uri = String::new();
    let all = with(|tenant| tenant.policy.grant_types = GrantType::ALL.into());
    for (given, way) in [
        (grant(), GrantType::AuthorizationCode),
        (Grant { state: redeemed(Some("code")), ..grant() }, GrantType::AuthorizationCode),
        (Grant { state: redeemed(None), ..grant() }, GrantType::Implicit),
        (by_password, GrantType::Password),
    ] {
        assert_eq!(given.way(), way);
        for has in [GrantType::AuthorizationCode, GrantType::Implicit, GrantType::Password] {
            let client = Client { grant_types: [has, GrantType::RefreshToken].into(), ..app() };
            let token = of_client(&claims("patient/*.rs"), Some(&given), Some(&client), &all);
            assert_eq!(token.is_ok(), has == way, "{way:?} for an app that has {has:?}");
            let refreshed = of_refresh_token(&given, &client, &all, NOW);
            assert_eq!(refreshed.is_ok(), has == way, "{way:?} for an app that has {has:?}");
            let offers = with(|tenant| tenant.policy.grant_types = [has, GrantType::RefreshToken].into());
            let everything = Client { grant_types: GrantType::ALL.into(), ..app() };
            assert_eq!(of_refresh_token(&given, &everything, &offers, NOW).is_ok(), has == way);
        }
    }
}

#[test]
fn a_launch_is_good_while_whoever_made_it_could_make_it() {
    let made_by = |name: &str| Launch { ehr: name.into(), fhir_server: Some(FHIR.into()), ..launch() };
    let ehr = Ehr { name: "ehr".into(), secrets: Vec::new(), vouching: None };
    let there = with(|tenant| tenant.ehrs.push(ehr));
    let server = there.fhir_servers[0].name.clone();
    for name in ["ehr", &server] {
        assert_eq!(of_launch(&made_by(name), None, &there), Ok(()), "{name}");
        let gone = with(|tenant| tenant.fhir_servers[0].name = "another".into());
        assert!(of_launch(&made_by(name), None, &gone).is_err(), "{name}");
    }
    let keys = RegisteredKeys::JwksUri("https://app.example/jwks".into());
    let authentication = ClientAuthentication::PrivateKeyJwt { keys };
    let service = Client { scope: "system/*.rs __launch.create".parse_set(), authentication, ..backend() };
    let judged = |client: Client, tenant: &Tenant| of_launch(&made_by("service"), Some(&client), tenant).is_ok();
    assert!(judged(service.clone(), &tenant()));
    assert!(of_launch(&made_by("service"), None, &tenant()).is_err());
    for (what, client) in [
        ("off", Client { disabled: true, ..service.clone() }),
        ("without the power", Client { scope: "system/*.rs".parse_set(), ..service.clone() }),
        ("without the grant type", Client { grant_types: [GrantType::AuthorizationCode].into(), ..service.clone() }),
        ("for no FHIR server", Client { fhir_servers: Some([].into()), ..service.clone() }),
    ] {
        assert!(!judged(client, &tenant()), "{what}");
    }
    let offers = with(|tenant| tenant.policy.grant_types = [GrantType::AuthorizationCode].into());
    assert!(!judged(service, &offers));
}

#[test]
fn an_id_token_is_of_an_app_that_is_there_and_whose_access_was_not_ended() {
    let claims = IdTokenClaims {
        iss: tenant().issuer.as_str().into(),
        sub: "sub-of-amy".into(),
        aud: "app".into(),
        azp: "app".into(),
        iat: NOW,
        exp: NOW.plus(300),
        auth_time: NOW,
        nonce: None,
        amr: Vec::new(),
        acr: None,
        at_hash: String::new(),
        person: Default::default(),
    };
    assert_eq!(of_id_token(&claims, Some(&app()), &tenant()), Ok(()));
    assert!(of_id_token(&claims, None, &tenant()).is_err());
    assert!(of_id_token(&claims, Some(&Client { disabled: true, ..app() }), &tenant()).is_err());
    for whose in [AccessOf::Everybody, AccessOf::Client("app".into()), AccessOf::Person("sub-of-amy".into())] {
        assert!(of_id_token(&claims, Some(&app()), &ended(whose, NOW)).is_err());
    }
    assert_eq!(of_id_token(&claims, Some(&app()), &ended(AccessOf::Everybody, NOW.plus(-1))), Ok(()));
}

#[test]
fn a_code_goes_where_the_app_is_still_registered() {
    assert!(of_redirect(&grant(), &app()).is_err());
    let redirect_uris = vec![RedirectUri::register(crate::grant::REDIRECT_URI, false).unwrap()];
    assert_eq!(of_redirect(&grant(), &Client { redirect_uris, ..app() }), Ok(()));
}

#[test]
fn a_refresh_asks_whether_the_person_is_who_they_were_and_may_open_what_they_opened() {
    let judged = |today: Option<&User>| of_person(&grant().approval, today, &tenant()).is_ok();
    assert!(judged(Some(&amy())));
    assert!(!judged(None));
    assert!(!judged(Some(&User { sub: "another".into(), ..amy() })));
    assert!(!judged(Some(&User { fhir_user: None, ..amy() })));
    assert!(!judged(Some(&User { fhir_server: Some("https://another.example".into()), ..amy() })));
    assert!(judged(Some(&User { fhir_server: None, ..amy() })), "the only FHIR server is meant");
    // A proxy, whose patients are in their account.
    let resource = |resource| Some(FhirUser { resource, id: "r".into() });
    let of = |kind: FhirUserType, patients: &[&str], opened: Option<&str>| {
        let mut approval = grant().approval;
        approval.fhir_user = Some(format!("{FHIR}/{}/r", kind.as_str()));
        approval.context = LaunchContext { patient: opened.map(str::to_owned), ..LaunchContext::default() };
        let patients = patients.iter().map(|one| (*one).to_owned()).collect();
        of_person(&approval, Some(&User { fhir_user: resource(kind), patients, ..amy() }), &tenant()).is_ok()
    };
    assert!(of(FhirUserType::RelatedPerson, &["mia", "noah"], Some("mia")));
    assert!(!of(FhirUserType::RelatedPerson, &["noah"], Some("mia")));
    assert!(of(FhirUserType::RelatedPerson, &[], None));
    assert!(of(FhirUserType::Practitioner, &[], Some("mia")));
    assert!(of(FhirUserType::Person, &[], Some("mia")), "links are followed at sign-in alone");
}

/// LIVE-2. Somebody who has patients and no resource of their own is at one FHIR server too.
#[test]
fn a_refresh_asks_whether_the_person_is_known_at_the_fhir_server_of_the_grant() {
    let two = with(|tenant| tenant.fhir_servers.push(fhir_server("https://two.example")));
    let nobody = || User { fhir_user: None, fhir_server: None, ..amy() };
    let acts = |server: Option<&str>| User {
        patients: vec!["mia".into()],
        fhir_server: server.map(str::to_owned),
        ..nobody()
    };
    for (today, patient, good) in [
        (acts(Some(FHIR)), Some("mia"), true),
        (acts(Some("https://fhir.example/r4/")), Some("mia"), true),
        (acts(Some("https://two.example")), Some("mia"), false),
        (acts(Some("https://two.example")), None, false),
        (acts(None), Some("mia"), false),
        (nobody(), None, true),
        (User { fhir_server: Some("https://two.example".into()), ..nobody() }, None, true),
    ] {
        let mut approval = grant().approval;
        approval.fhir_user = None;
        approval.context = LaunchContext { patient: patient.map(str::to_owned), ..LaunchContext::default() };
        assert_eq!(of_person(&approval, Some(&today), &two).is_ok(), good, "{today:?}");
    }
}

#[test]
fn an_app_comes_back_while_it_is_registered_for_that() {
    let online = Refreshable::Online { until: NOW.plus(1_000), session: None };
    for (refresh, scope, good) in [
        (Refreshable::Offline, "openid offline_access", true),
        (Refreshable::Offline, "openid online_access", false),
        (online.clone(), "openid online_access", true),
        (online, "openid offline_access", false),
        (Refreshable::Never, "openid offline_access online_access", false),
    ] {
        let client = Client { scope: scope.parse_set(), ..app() };
        let approval = approval(refresh.clone());
        assert_eq!(of_return(&approval, &client, &tenant().policy).is_ok(), good, "{refresh:?} {scope}");
        let none = with(|tenant| tenant.policy.grant_types = [GrantType::AuthorizationCode].into());
        assert!(of_return(&approval, &client, &none.policy).is_err(), "nor where the tenant offers none: {scope}");
    }
}

/// A tenant that has come to want less wants it of those who are there already. The time of the code is the app's.
#[test]
fn an_app_goes_on_alone_for_as_long_as_the_tenant_says_today() {
    let bounded = with(|tenant| {
        tenant.policy.refresh_absolute_seconds = Some(100);
        tenant.policy.code_seconds = 60;
    });
    let judged = |refresh, later| of_absence(&approval(refresh), &bounded, NOW.plus(later)).is_ok();
    assert!(judged(Refreshable::Offline, 159) && !judged(Refreshable::Offline, 160));
    let online = Refreshable::Online { until: NOW.plus(1_000), session: None };
    assert!(judged(online, 160), "a session has an end already");
    assert!(of_absence(&approval(Refreshable::Offline), &tenant(), NOW.plus(1_000_000_000)).is_ok());
}

#[test]
fn offline_access_of_a_providers_person_has_a_bound_of_its_own() {
    let bounded = with(|tenant| tenant.policy.provider_offline_seconds = Some(100));
    let theirs = of_provider(Some("https://idp.example")).approval;
    let judged = |approval: &Approval, tenant: &Tenant, later| of_absence(approval, tenant, NOW.plus(later)).is_ok();
    assert!(judged(&theirs, &bounded, 99) && !judged(&theirs, &bounded, 100));
    assert!(judged(&theirs, &tenant(), 100) && judged(&grant().approval, &bounded, 100));
    let mut online = theirs;
    online.refresh = Refreshable::Online { until: NOW.plus(1_000), session: None };
    assert!(judged(&online, &bounded, 100), "a session has an end already");
}

#[test]
fn a_person_goes_on_as_who_they_are_today_with_what_they_showed_then() {
    let (was, own) = (signed_in(&amy()), Credentials::none_of(&amy()));
    let today =
        |was: &SignedIn, user: &User, own: &Credentials, tenant: &Tenant| person_today(was, Some((user, own)), tenant);
    let renamed = User { name: "Amy".into(), patients: vec!["mia".into()], ..amy() };
    let is = today(&was, &renamed, &own, &tenant()).unwrap();
    assert_eq!((is.name.as_str(), is.patients.as_slice()), ("Amy", ["mia".to_owned()].as_slice()));
    assert_eq!((is.auth_time, &is.amr, is.fhir_server.as_deref()), (was.auth_time, &was.amr, Some(FHIR)));
    assert!(person_today(&was, None, &tenant()).is_none());
    assert!(today(&was, &User { sub: "another".into(), ..amy() }, &own, &tenant()).is_none());
    assert!(today(&was, &amy(), &Credentials { generation: 1, ..own.clone() }, &tenant()).is_none());
    let no_passwords = with(|tenant| tenant.policy.local_sign_in = Some(false));
    assert!(today(&was, &amy(), &own, &no_passwords).is_none());
    let strict = with(|tenant| tenant.policy.second_factor = SecondFactor::Required);
    assert!(today(&was, &amy(), &own, &strict).is_none());
    for (proof, goes_on) in
        [(Proof::Passkey { copied: false }, false), (Proof::PasswordAndPasskey { copied: false }, true)]
    {
        let was = SignedIn { amr: proof.amr(), ..was.clone() };
        let has_passkeys = with(|tenant| tenant.policy.passkeys = true);
        assert!(today(&was, &amy(), &own, &has_passkeys).is_some());
        assert_eq!(today(&was, &amy(), &own, &tenant()).is_some(), goes_on, "{proof:?} where there are no passkeys");
    }
    let by_two = SignedIn { amr: Proof::PasswordAndCode.amr(), acr: Some("gold".into()), ..was };
    let is = today(&by_two, &amy(), &own, &strict).unwrap();
    assert_eq!((is.amr, is.acr), (by_two.amr.clone(), by_two.acr.clone()));
    // A provider's word needs no account here.
    let (provider_id, issuer) = (Some("okta".to_owned()), Some("https://idp.example".to_owned()));
    let theirs = SignedIn { provider: provider_id, issuer, ..by_two };
    assert!(person_today(&theirs, None, &tenant()).is_none());
    assert!(person_today(&theirs, None, &with(|tenant| tenant.identity_providers.push(provider()))).is_some());
}

#[test]
fn somebody_is_known_at_their_own_fhir_server() {
    let at = |server: Option<&str>, user: User| SignedIn { fhir_server: server.map(str::to_owned), ..signed_in(&user) };
    let nobody = || User { fhir_user: None, ..amy() };
    let acts = || User { patients: vec!["mia".into()], ..nobody() };
    for (who, good) in [
        (at(Some(FHIR), amy()), true),
        (at(Some("https://fhir.example/r4/"), amy()), true),
        (at(Some("https://another.example"), amy()), false),
        (at(None, amy()), false),
        (at(None, acts()), false),
        (at(None, nobody()), true),
        (signed_in(&nobody()), true),
        (signed_in(&acts()), true),
    ] {
        assert_eq!(who.is_known_at(FHIR), good, "{who:?}");
    }
    let two = with(|tenant| tenant.fhir_servers.push(fhir_server("https://two.example")));
    assert_eq!(two.fhir_server_of(&User { fhir_server: None, ..amy() }), None);
    assert_eq!(two.fhir_server_of(&amy()), Some(FHIR));
    let mia = SignedIn { patients: vec!["mia".into()], ..signed_in(&amy()) };
    assert!(mia.opens_the_same_as(&mia) && !mia.opens_the_same_as(&signed_in(&amy())));
}

/// DPOP-7: what was given before is a Bearer token, which anybody can use.
#[test]
fn a_token_that_is_bound_to_no_key_is_good_no_more_where_there_are_no_others() {
    let mut required = tenant();
    required.fhir_servers[0].dpop = DpopUse::Required;
    let mut accepted = tenant();
    accepted.fhir_servers[0].dpop = DpopUse::Accepted;
    let bound = Client { dpop_bound_access_tokens: true, ..app() };
    let strict = Client { profile: Profile::Fapi2, ..app() };
    let jkt = Thumbprint::parse(&"k".repeat(43)).unwrap();
    let with_key = claims("patient/*.rs").bound_to(Some(Confirmation { jkt }));
    for (client, tenant, unbound_is_good) in [
        (app(), tenant(), true),
        (app(), accepted.clone(), true),
        (app(), required, false),
        (bound, accepted.clone(), false),
        (strict, accepted, false),
    ] {
        let grant = grant();
        let judged = |claims| of_client(claims, Some(&grant), Some(&client), &tenant);
        assert!(judged(&with_key).is_ok());
        let unbound = judged(&claims("patient/*.rs"));
        let why = "its tokens are bound to a key now, and this one is not";
        assert_eq!(unbound.map(drop), if unbound_is_good { Ok(()) } else { Err(why) });
    }
}
