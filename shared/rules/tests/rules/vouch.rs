//! An EHR's word for its user: whose it may be, and what it is worth later (VOUCH-5, VOUCH-9, VOUCH-11, VOUCH-12).

use crate::given::{NOW, amy, key, signed, tenant};
use rules::{
    authority::person_today,
    credentials::{
        Credentials,
        methods::{self, MULTI_FACTOR, could_be_more},
    },
    jwk::{KeySet, RegisteredKeys},
    jws::UnverifiedJws,
    session::Session,
    signed_in::SignedIn,
    tenant::{AssertionAudience, Ehr, SecondFactor, SigningAlg, Tenant, Vouching},
    user::{FhirUser, FhirUserType, User},
    vouch::{
        Vouched, account_name,
        assertion::{Expected, verify},
        is_name_of, may_vouch_for,
    },
};
use serde_json::{Value, json};

fn clinic() -> Tenant {
    let keys = RegisteredKeys::JwksUri("https://ehr.example/jwks".into());
    let vouching = Vouching { keys, user_types: [FhirUserType::Practitioner].into(), offline: false };
    Tenant { ehrs: vec![Ehr { name: "ehr".into(), secrets: Vec::new(), vouching: Some(vouching) }], ..tenant() }
}

fn hannah() -> User {
    let fhir_user = FhirUser { resource: FhirUserType::Practitioner, id: "hannah".into() };
    User { username: "hannah".into(), fhir_user: Some(fhir_user), ..amy() }
}

fn vouched(amr: &[&str], acr: Option<&str>) -> SignedIn {
    let word = Vouched {
        username: "hannah".into(),
        sub: hannah().sub,
        auth_time: NOW.plus(-600),
        amr: amr.iter().map(|method| (*method).to_owned()).collect(),
        acr: acr.map(str::to_owned),
    };
    word.person("ehr", &hannah(), &Credentials::none_of(&hannah()), &clinic())
}

fn today(was: &SignedIn, user: &User, tenant: &Tenant) -> Option<SignedIn> {
    person_today(was, Some((user, &Credentials::none_of(user))), tenant)
}

#[test]
fn the_person_is_who_signed_in_at_the_ehr() {
    let person = vouched(&["sc", "mfa"], Some("gold"));
    assert_eq!((person.auth_time, person.amr.join(" ")), (NOW.plus(-600), "sc mfa ehr".to_owned()));
    let today = today(&person, &hannah(), &clinic()).expect("she is still there");
    assert_eq!((today.amr, today.acr, today.vouched_by), (person.amr, person.acr, Some("ehr".into())));
}

/// Each of these takes the person away, whatever the EHR said before.
#[test]
fn the_word_ends_with_what_it_relies_on() {
    let person = vouched(&["pwd"], None);
    let with = |change: fn(&mut Tenant)| {
        let mut tenant = clinic();
        change(&mut tenant);
        tenant
    };
    for (why, tenant) in [
        ("no EHR", with(|tenant| tenant.ehrs.clear())),
        ("an EHR that vouches no longer", with(|tenant| tenant.ehrs[0].vouching = None)),
        (
            "another kind of people",
            with(|tenant| {
                if let Some(vouching) = &mut tenant.ehrs[0].vouching {
                    vouching.user_types = [FhirUserType::Patient].into();
                }
            }),
        ),
        ("two factors are wanted", with(|tenant| tenant.policy.second_factor = SecondFactor::Required)),
        ("no people of its own", with(|tenant| tenant.policy.local_sign_in = Some(false))),
        ("Koppeltaal", with(|tenant| tenant.policy.assertion_audience = AssertionAudience::Koppeltaal)),
        ("HTI", with(|tenant| tenant.policy.capabilities = Some(vec!["context-ehr-hti".into()]))),
    ] {
        assert!(today(&person, &hannah(), &tenant).is_none(), "{why}");
    }
    for (why, user) in [
        ("somebody else", User { sub: "another".into(), ..hannah() }),
        ("another password", User { password: crate::given::hash("x"), ..hannah() }),
        ("a patient now", User { fhir_user: amy().fhir_user, ..hannah() }),
        ("nobody in particular", User { fhir_user: None, ..hannah() }),
    ] {
        assert!(today(&person, &user, &clinic()).is_none(), "{why}");
    }
    let two = vouched(&["pwd", "mfa"], None);
    assert!(today(&two, &hannah(), &with(|tenant| tenant.policy.second_factor = SecondFactor::Required)).is_some());
}

#[test]
fn what_the_app_asks_for_is_met_by_what_the_ehr_says_and_by_nothing_else() {
    let asked = |acr: &str| vec![acr.to_owned()];
    for (amr, acr, wants, more, says) in [
        (&["pwd"][..], None, vec![], false, None),
        (&["pwd"], None, asked("gold"), true, None),
        (&["pwd"], Some("gold"), asked("gold"), false, Some("gold")),
        (&["pwd"], Some("gold"), asked("silver"), true, Some("gold")),
        (&["mfa"], None, asked(MULTI_FACTOR), false, Some(MULTI_FACTOR)),
        (&["mfa"], Some("gold"), asked(MULTI_FACTOR), false, Some(MULTI_FACTOR)),
        // A key at the EHR is none that this server has seen.
        (&["hwk", "mfa"], None, asked("phr"), true, Some(MULTI_FACTOR)),
    ] {
        let person = vouched(amr, acr);
        assert_eq!(could_be_more(&clinic(), &person, &wants), more, "{amr:?} {acr:?} {wants:?}");
        assert_eq!(methods::acr(&person, &wants).as_deref(), says, "{amr:?} {acr:?} {wants:?}");
    }
}

#[test]
fn a_session_for_it_ends_by_the_clock_of_the_ehr_and_opens_for_nobody() {
    let person = vouched(&["pwd"], None);
    let session = Session::of_vouched(&clinic().id, rules::session::SessionId::random(), &person, &clinic().policy);
    assert_eq!(session.ends_at, NOW.plus(8 * 3600 - 600));
    assert!(session.is_open(NOW) && !session.is_open(session.ends_at));
    assert!(session.opened_by(&rules::secret::Secret::random(), NOW).is_none());
}

#[test]
fn a_name_is_the_persons_own_and_a_reference_leads_to_the_account_beside_it() {
    for (name, own) in
        [("hannah", true), ("HANNAH", true), ("Practitioner/hannah", true), ("amy", false), ("Practitioner/x", false)]
    {
        assert_eq!(is_name_of(name, &hannah()), own, "{name}");
    }
    assert_eq!(account_name("hannah", Some("amy")), "hannah", "what was signed counts");
    assert_eq!(account_name("Practitioner/hannah", Some("hannah")), "hannah");
    assert_eq!(account_name("Practitioner/hannah", None), "Practitioner/hannah");
    assert!(may_vouch_for("ehr", hannah().fhir_user.as_ref(), &clinic()).is_ok());
    assert!(may_vouch_for("other", hannah().fhir_user.as_ref(), &clinic()).is_err());
    assert!(may_vouch_for("ehr", None, &clinic()).is_err());
}

/// Unknown methods of a sign-in are left out; the EHR's `auth_time` is kept.
#[test]
fn an_assertion_says_what_rfc_8176_has_words_for() {
    let key = key(SigningAlg::ES256);
    let header = json!({ "alg": "ES256", "typ": "EHR-User+JWT", "kid": key.public.kid });
    let claims = json!({
        "iss": "ehr", "sub": "hannah", "aud": "https://auth.example/clinic", "iat": NOW.0, "exp": NOW.0 + 60, "jti": "1",
        "auth_time": NOW.0 - 600, "amr": ["pwd", "badge", "ehr", "mfa"], "client_id": "app", "sid": "s",
    });
    let expected = Expected { ehr: "ehr", issuer: "https://auth.example/clinic", jwks_uri: None };
    let keys = KeySet::of(vec![key.public.clone()]);
    let verified = |claims: &Value| {
        let text = signed(&key, &header, claims);
        verify(&UnverifiedJws::parse_whatever_is_critical(&text).unwrap(), &expected, &keys, NOW)
    };
    let word = verified(&claims).unwrap();
    assert_eq!((word.amr.join(" "), word.auth_time, word.user.as_str()), ("pwd mfa".into(), NOW.plus(-600), "hannah"));
    let signed_in_at = |auth_time: i64| {
        let mut claims = claims.clone();
        claims["auth_time"] = json!(auth_time);
        verified(&claims).is_ok()
    };
    assert!(signed_in_at(NOW.0) && !signed_in_at(NOW.0 + 1), "after the assertion was made");
    assert!(signed_in_at(1) && !signed_in_at(0) && !signed_in_at(-1), "before all times");
    // As old as it may be, with what clocks may differ by.
    assert_eq!(word.refused_from, NOW.plus(70));
    let at = |now| {
        let text = signed(&key, &header, &claims);
        verify(&UnverifiedJws::parse_whatever_is_critical(&text).unwrap(), &expected, &keys, now).is_ok()
    };
    assert!(at(NOW.plus(69)) && !at(NOW.plus(70)) && at(NOW.plus(-10)) && !at(NOW.plus(-11)));
}
