//! When a yes needs no page (RFC 8252 §8.6).

use super::*;
use rules::{
    authorize::{
        next_step::Offer,
        oidc_params::Prompt,
        redirect_target::ResponseType,
        remembered::{ConsentQuestion, RememberedConsent, by_operator, by_person, name, needs_no_page, to_remember},
    },
    client::AsksConsent,
    tenant::{Policy, RememberFor},
};

/// All that a question is about.
struct Asked {
    request: AuthorizationRequest,
    client: Client,
    user: SignedIn,
    scope: String,
    context: LaunchContext,
}

impl Asked {
    fn new() -> Asked {
        let scope = "openid patient/*.rs".to_owned();
        Asked { request: asking(&[]), client: app(), user: amy(), scope, context: patient("amy-shaw") }
    }

    fn with(change: impl FnOnce(&mut Asked)) -> Asked {
        let mut asked = Asked::new();
        change(&mut asked);
        asked
    }

    fn judge<T>(&self, judge: impl FnOnce(&ConsentQuestion<'_>) -> T) -> T {
        let offer = Offer { user: &self.user, scope: self.scope.parse_set(), context: self.context.clone() };
        judge(&ConsentQuestion { request: &self.request, client: &self.client, offer: &offer })
    }
}

#[test]
fn a_page_is_needed_for_an_app_that_anybody_could_be_and_where_one_is_wanted() {
    const LOOPBACK: &str = "http://127.0.0.1/callback";
    const NATIVE: &str = "com.example.app:/callback";
    use ResponseType::{Code, Token};
    for (client, redirect_uri, wants_a_page, response, none_needed) in [
        (app(), REDIRECT_URI, false, Code, true),
        (app(), REDIRECT_URI, true, Code, false),
        (app(), REDIRECT_URI, false, Token, false),
        (app(), LOOPBACK, false, Code, false),
        (app(), NATIVE, false, Code, false),
        (confidential(), LOOPBACK, false, Code, true),
        (confidential(), REDIRECT_URI, false, Code, true),
        (confidential(), REDIRECT_URI, true, Code, false),
        (confidential(), REDIRECT_URI, false, Token, false),
    ] {
        let asked = Asked::with(|it| {
            it.client = client;
            it.request.redirect.redirect_uri = redirect_uri.into();
            it.request.redirect.response = response;
            it.request.prompt = wants_a_page.then_some(Prompt::Consent).into_iter().collect();
        });
        let judged = needs_no_page(&asked.request, &asked.client);
        assert_eq!(judged, none_needed, "{redirect_uri} {wants_a_page} {response:?}");
    }
}

#[test]
fn an_operator_answers_for_an_app_of_their_own_and_for_no_other() {
    for (consent, answered) in [(AsksConsent::Ask, None), (AsksConsent::Never, Some("openid patient/*.rs".parse_set()))]
    {
        assert_eq!(Asked::with(|it| it.client.consent = consent).judge(by_operator), answered);
    }
}

#[test]
fn a_yes_of_before_holds_for_as_much_as_was_offered_and_chosen_then() {
    const OFFERED: &str = "openid patient/*.rs";
    for (asked, required, chosen, answer) in [
        (OFFERED, "", OFFERED, Some(OFFERED)),
        (OFFERED, "", "patient/Goal.rs", Some("patient/Goal.rs")),
        ("patient/Goal.rs", "", OFFERED, Some("patient/Goal.rs")),
        (OFFERED, "patient/Goal.rs", "patient/Goal.rs", Some("patient/Goal.rs")),
        (OFFERED, "user/*.rs", "patient/Goal.rs", Some("patient/Goal.rs")),
        // More than they were offered.
        ("openid patient/*.cruds", "", OFFERED, None),
        ("openid patient/*.rs offline_access", "", OFFERED, None),
        // What the app has come to need.
        (OFFERED, "patient/Task.rs", "patient/Goal.rs", None),
        (OFFERED, "openid", "patient/*.rs", None),
        // Nothing that was chosen.
        ("patient/Task.rs", "", "patient/Goal.rs", None),
        ("patient/Task.rs", "", "openid", None),
    ] {
        let question = Asked::with(|it| {
            it.scope = asked.into();
            it.client.required_scope = required.parse_set();
        });
        let before = RememberedConsent {
            tenant: tenant().id,
            sub: amy().sub,
            client_id: "app".into(),
            name: SecretHash::of("name"),
            offered: OFFERED.parse_set(),
            chosen: chosen.parse_set(),
            lasts_until: None,
            given_at: NOW,
            expires_at: NOW.plus(60),
        };
        // It is remembered for a minute: as of now, also where it was for longer when the yes was given.
        let tenant = Tenant { policy: Policy { remember_consent_seconds: 60, ..Policy::default() }, ..tenant() };
        let judged = |later| question.judge(|question| by_person(question, &before, &tenant, NOW.plus(later)));
        assert_eq!(judged(59).map(|scope| scope.to_string()).as_deref(), answer, "{asked}, {required}, {chosen}");
        assert_eq!(judged(60), None);
    }
}

/// What is written stands, unless the tenant remembers no yes for so long any more.
#[test]
fn a_yes_holds_until_its_end_or_until_the_end_that_the_policy_of_today_gives_it() {
    let written = |given: i64, ends: i64| RememberedConsent {
        tenant: tenant().id,
        sub: amy().sub,
        client_id: "app".into(),
        name: SecretHash::of("name"),
        offered: "".parse_set(),
        chosen: "".parse_set(),
        lasts_until: None,
        given_at: NOW.plus(given),
        expires_at: NOW.plus(ends),
    };
    for (given, ends, policy, holds) in
        [(0, 60, 60, 60), (0, 60, 30, 30), (0, 60, 90, 60), (0, 60, 0, 0), (0, 0, 60, 0), (-60, 60, 90, 30)]
    {
        let policy = Policy { remember_consent_seconds: policy, ..Policy::default() };
        let until = written(given, ends).holds_until(&policy);
        assert_eq!(until, NOW.plus(holds), "{given} {ends} {}", policy.remember_consent_seconds);
    }
}

#[test]
fn a_yes_is_remembered_for_as_long_as_the_policy_says_where_no_page_would_be_needed() {
    let chosen = "patient/Goal.rs".parse_set();
    let remembered = |asked: &Asked, remember_consent_seconds| {
        let policy = Policy { remember_consent_seconds, ..Policy::default() };
        asked
            .judge(|question| to_remember(question, &chosen, None, &Tenant { policy: policy.clone(), ..tenant() }, NOW))
    };
    let asked = Asked::new();
    let kept = remembered(&asked, 60).unwrap();
    assert_eq!((kept.sub.as_str(), kept.client_id.as_str(), kept.tenant), ("sub-of-amy", "app", tenant().id));
    assert_eq!(
        (kept.offered, &kept.chosen, kept.expires_at),
        ("openid patient/*.rs".parse_set(), &chosen, NOW.plus(60))
    );
    assert_eq!(kept.name, asked.judge(|question| name(question, &Policy::default())));
    assert!(remembered(&asked, 1).is_some());
    for seconds in [0, -1] {
        assert!(remembered(&asked, seconds).is_none(), "{seconds}");
    }
    let native = Asked::with(|it| it.request.redirect.redirect_uri = "com.example.app:/callback".into());
    assert!(remembered(&native, 60).is_none());
}

#[test]
fn a_yes_is_for_one_app_one_server_and_one_record_unless_the_policy_says_any() {
    let named = |remember_consent_for, change: fn(&mut Asked)| {
        let policy = Policy { remember_consent_for, ..Policy::default() };
        Asked::with(change).judge(|question| name(question, &policy))
    };
    let other_app: fn(&mut Asked) = |it| it.client.client_id = "other".into();
    let other_server: fn(&mut Asked) = |it| it.request.aud = "https://other.example/r4".into();
    let other_record: fn(&mut Asked) = |it| it.context = patient("wei");
    let no_record: fn(&mut Asked) = |it| it.context = LaunchContext::default();
    let more_asked: fn(&mut Asked) = |it| it.scope = "openid".into();
    for (holds_for, change, same) in [
        (RememberFor::Patient, more_asked, true),
        (RememberFor::Patient, other_record, false),
        (RememberFor::Patient, no_record, false),
        (RememberFor::User, other_record, true),
        (RememberFor::User, no_record, true),
        (RememberFor::Patient, other_app, false),
        (RememberFor::User, other_app, false),
        (RememberFor::Patient, other_server, false),
        (RememberFor::User, other_server, false),
    ] {
        assert_eq!(named(holds_for, change) == named(holds_for, |_| ()), same, "{holds_for:?}");
    }
}

/// CIMD-18.
#[test]
fn a_public_app_that_nobody_registered_is_asked_about_each_time_and_one_with_a_key_for_each_document() {
    let of = |client: Client, document: Option<&str>| {
        Asked::with(|it| it.client = Client { origin: document.map(origin), ..client })
    };
    for (client, document, needed) in [
        (app(), None, false),
        (app(), Some("one"), true),
        (confidential(), None, false),
        (confidential(), Some("one"), false),
    ] {
        let asked = of(client, document);
        assert_eq!(!needs_no_page(&asked.request, &asked.client), needed, "{document:?}");
    }
    let named = |document| of(confidential(), document).judge(|question| name(question, &Policy::default()));
    assert_eq!(named(Some("one")), named(Some("one")));
    assert_ne!(named(Some("one")), named(Some("another")));
    assert_ne!(named(Some("one")), named(None));
}
