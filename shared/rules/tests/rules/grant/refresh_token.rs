//! Whether a refresh token is used, and what follows it (RFR-2 to RFR-11).

mod bound;

use super::*;
use crate::given::{app, tenant};
use rules::{
    client::{Client, ClientAuthentication},
    dpop::Thumbprint,
    grant::{
        RefreshFamily, RevocationReason, RevokedToken,
        refresh_token::{RefreshTokenRequest, Refreshing, new_family, refresh},
        token::parse_refresh_token,
    },
    oauth::error::ErrorCode,
    session::SessionId,
    tenant::{GrantType, Policy, Tenant},
    time::Timestamp,
};

const DAY: i64 = 86_400;

/// A refresh that is right in every way, an hour after the exchange.
struct Refresh {
    grant: Grant,
    token: Secret,
    scope: Option<&'static str>,
    resource: Option<&'static str>,
    client: Client,
    tenant: Tenant,
    fresh: FreshSecrets,
    proof: Option<Thumbprint>,
    now: Timestamp,
}

impl Refresh {
    fn right() -> Refresh {
        let (client, tenant) = (app(), tenant());
        let mut grant = grant(Refreshable::Offline, redeemed());
        let (family, token) = new_family(&grant, &client, &tenant, &fresh(), NOW).unwrap();
        grant.state = GrantState::Redeemed {
            code: Some(SecretHash::of("code")),
            live_until: family.idle_until,
            refresh: Some(family),
            revoked_tokens: Vec::new(),
            last_used: NOW,
            extensions: None,
        };
        let fresh = FreshSecrets::random();
        let now = NOW.plus(3600);
        Refresh { grant, token, scope: None, resource: None, client, tenant, fresh, proof: None, now }
    }

    fn with(change: impl FnOnce(&mut Refresh)) -> Refresh {
        let mut refresh = Refresh::right();
        change(&mut refresh);
        refresh
    }

    fn family(&mut self) -> &mut RefreshFamily {
        let GrantState::Redeemed { refresh: Some(family), .. } = &mut self.grant.state else { panic!("no family") };
        family
    }

    fn decided(&self) -> Decided {
        let request = RefreshTokenRequest {
            refresh_token: self.token.clone(),
            scope: self.scope.map(str::to_owned),
            resource: self.resource.map(str::to_owned),
        };
        let presented = parse_refresh_token(self.token.expose()).unwrap();
        let (client, tenant, fresh) = (&self.client, &self.tenant, &self.fresh);
        let proof = self.proof.as_ref();
        let refreshing = Refreshing {
            request: &request,
            presented: &presented,
            client,
            tenant,
            fresh,
            proof,
            extensions: None,
            now: self.now,
        };
        refresh(&self.grant, &refreshing).into()
    }

    /// What it issued; the grant is as it is afterwards.
    fn carried_out(&mut self) -> Issuance {
        let Decided { outcome, next } = self.decided();
        if let Some(next) = next {
            self.grant.state = next;
        }
        outcome.unwrap()
    }

    /// The tokens of the first refresh are here, and the next one is prepared.
    fn second() -> Refresh {
        let mut refresh = Refresh::right();
        refresh.token = refresh.carried_out().refresh_token.unwrap();
        refresh.fresh = FreshSecrets::random();
        refresh
    }

    /// The first refresh token, once more, so many seconds after its use.
    fn repeated(later: i64) -> Refresh {
        let mut refresh = Refresh::right();
        refresh.tenant.policy.refresh_grace_seconds = 30;
        refresh.carried_out();
        refresh.fresh = FreshSecrets::random();
        refresh.now = refresh.now.plus(later);
        refresh
    }
}

fn refused(refresh: &Refresh) -> String {
    let Decided { outcome, next } = refresh.decided();
    assert!(next.is_none(), "a refusal changed the grant");
    let error = outcome.unwrap_err();
    format!("{} {}", error.code.as_str(), error.description)
}

const UNKNOWN: &str = "invalid_grant the refresh token is unknown, has expired or was revoked";

/// RFR-11, RFR-12.
#[test]
fn only_what_lasts_gets_a_refresh_token_and_only_an_app_that_may_refresh() {
    let family = |refresh: Refreshable, client: &Client| {
        new_family(&grant(refresh, redeemed()), client, &tenant(), &fresh(), NOW)
    };
    let once = Client { grant_types: [GrantType::AuthorizationCode].into(), ..app() };
    assert!(family(Refreshable::Never, &app()).is_none());
    assert!(family(Refreshable::Offline, &once).is_none());
    assert!(family(Refreshable::Offline, &app()).is_some());
}

/// RFR-10, RFR-11.
#[test]
fn a_family_ends_when_it_was_idle_and_at_its_end() {
    let session = Some(SessionId("of-amy".into()));
    let online = Refreshable::Online { until: NOW.plus(100), session };
    for (refresh, absolute, own_idle, idle_until, ends_at) in [
        (Refreshable::Offline, None, None, 90 * DAY, None),
        (Refreshable::Offline, None, Some(50), 50, None),
        (Refreshable::Offline, Some(1000), None, 1000, Some(1000)),
        (Refreshable::Offline, Some(1000), Some(50), 50, Some(1000)),
        (online, None, None, 100, Some(100)),
    ] {
        let client = Client { refresh_idle_seconds: own_idle, ..app() };
        let policy = Policy { refresh_absolute_seconds: absolute, ..Policy::default() };
        let tenant = Tenant { policy, ..tenant() };
        let (family, _) = new_family(&grant(refresh, redeemed()), &client, &tenant, &fresh(), NOW).unwrap();
        assert_eq!((family.idle_until, family.ends_at), (NOW.plus(idle_until), ends_at.map(|end| NOW.plus(end))));
    }
}

/// RFR-3, RFR-7, RFR-15.
#[test]
fn a_refresh_gives_all_that_was_approved_and_another_refresh_token() {
    let mut refresh = Refresh::right();
    let issued = refresh.carried_out();
    assert_eq!(issued.scope, refresh.grant.approval.scope);
    assert_eq!((issued.nonce, issued.access_token_seconds), (None, 3600));
    assert_ne!(issued.refresh_token.unwrap().expose(), refresh.token.expose());
}

#[test]
fn an_app_may_have_a_lifetime_of_its_own() {
    assert_eq!(Refresh::with(|it| it.client.access_token_seconds = Some(60)).carried_out().access_token_seconds, 60);
}

/// RFR-7.
#[test]
fn each_refresh_token_leads_to_the_next() {
    let mut refresh = Refresh::second();
    assert!(refresh.decided().outcome.is_ok());
    let third = refresh.carried_out().refresh_token.unwrap();
    refresh.token = third;
    assert!(refresh.decided().outcome.is_ok());
}

/// RFR-8.
#[test]
fn a_refresh_token_that_was_used_before_ends_the_grant() {
    let mut refresh = Refresh::right();
    refresh.carried_out();
    refresh.fresh = FreshSecrets::random();
    refresh.now = refresh.now.plus(Policy::default().refresh_grace_seconds);
    let lives = refresh.grant.forget_at();
    let Decided { outcome, next } = refresh.decided();
    assert_eq!(outcome.unwrap_err().description, "the refresh token was used before; the grant is revoked");
    let Some(GrantState::Revoked { at, why, live_until }) = next else { panic!("not revoked") };
    assert_eq!((at, why, live_until), (refresh.now, RevocationReason::RefreshTokenReused, lives));
}

/// RFR-9.
#[test]
fn a_repeat_within_the_grace_time_gets_the_same_successor() {
    let first = Refresh::with(|it| it.tenant.policy.refresh_grace_seconds = 30);
    let successor = |refresh: &Refresh| {
        let Decided { outcome, next } = refresh.decided();
        (outcome.unwrap().refresh_token.unwrap().expose().to_owned(), next)
    };
    let mut grant = first.grant.clone();
    let (token, next) = successor(&first);
    grant.state = next.unwrap();
    for later in [0, 29] {
        let repeated = Refresh { grant: grant.clone(), now: first.now.plus(later), ..Refresh::right() };
        let repeated = Refresh { tenant: first.tenant.clone(), token: first.token.clone(), ..repeated };
        let (again, next) = successor(&repeated);
        assert_eq!(again, token, "after {later} seconds");
        assert!(next.is_none());
    }
}

/// RFR-9: the repeat is worth as much as the first use, and no more.
#[test]
fn after_the_grace_time_a_repeat_is_a_second_use() {
    assert!(Refresh::repeated(29).decided().next.is_none());
    let Decided { outcome, next } = Refresh::repeated(30).decided();
    assert!(outcome.is_err());
    assert!(matches!(next, Some(GrantState::Revoked { why: RevocationReason::RefreshTokenReused, .. })));
}

/// RFR-8, RFR-9: a function goes by the time at which its request arrived, which may be before the refresh that it finds.
#[test]
fn a_request_that_began_before_the_last_refresh_repeats_it_only_where_there_is_a_grace_time() {
    assert!(Refresh::repeated(-1).decided().outcome.is_ok());
    let mut refresh = Refresh::repeated(-1);
    refresh.tenant.policy.refresh_grace_seconds = 0;
    let next = refresh.decided().next;
    assert!(matches!(next, Some(GrantState::Revoked { why: RevocationReason::RefreshTokenReused, .. })));
}

#[test]
fn within_the_grace_time_only_the_last_refresh_can_be_repeated() {
    let mut refresh = Refresh::repeated(1);
    let successor = refresh.decided().outcome.unwrap().refresh_token.unwrap();
    let first = std::mem::replace(&mut refresh.token, successor);
    refresh.carried_out();
    refresh.token = first;
    assert!(matches!(refresh.decided().next, Some(GrantState::Revoked { .. })));
}

/// Its answer from the table was lost, and somebody else has written since: it decides again, with the same chance.
#[test]
fn a_request_that_finds_its_own_rotation_gives_the_answer_it_owes() {
    let mut refresh = Refresh::right();
    let issued = refresh.carried_out().refresh_token.unwrap();
    let Decided { outcome, next } = refresh.decided();
    assert_eq!(outcome.unwrap().refresh_token.unwrap().expose(), issued.expose());
    assert!(next.is_none());
}

/// RFR-2, RFR-13: a stranger learns nothing and ends nothing.
#[test]
fn a_token_that_is_nobodys_or_anothers_changes_nothing() {
    let wrong: [fn(&mut Refresh); 4] = [
        |it| it.token = Secret::new(format!("{}.{}", it.grant.id.0, "x".repeat(86))),
        |it| it.client.client_id = "other".into(),
        |it| it.grant.state = redeemed(),
        |it| it.grant.state = rules::grant::revocation::by_user(&it.grant, NOW).unwrap(),
    ];
    for change in wrong {
        assert_eq!(refused(&Refresh::with(change)), UNKNOWN);
    }
}

/// RFR-10, RFR-11.
#[test]
fn a_refresh_token_is_good_until_it_was_idle_and_until_its_end() {
    let at_the_end = |change: fn(&mut Refresh)| {
        let mut refresh = Refresh::with(change);
        refresh.now = NOW.plus(99);
        assert!(refresh.decided().outcome.is_ok());
        refresh.now = NOW.plus(100);
        refused(&refresh)
    };
    assert_eq!(at_the_end(|it| it.family().idle_until = NOW.plus(100)), UNKNOWN);
    assert_eq!(at_the_end(|it| it.family().ends_at = Some(NOW.plus(100))), UNKNOWN);
}

/// RFR-3, RFR-6.
#[test]
fn less_may_be_asked_for_and_the_next_refresh_gets_all_again() {
    let mut refresh = Refresh::with(|it| it.scope = Some("patient/Patient.r"));
    let issued = refresh.carried_out();
    assert_eq!(issued.scope.to_string(), "patient/Patient.r");
    refresh.token = issued.refresh_token.unwrap();
    refresh.scope = None;
    assert_eq!(refresh.carried_out().scope, refresh.grant.approval.scope);
}

/// RFR-3.
#[test]
fn more_than_was_approved_or_what_is_no_scope_is_refused_and_costs_no_token() {
    for scope in ["patient/*.cruds", "openid offline_access", "openid nonsense", " "] {
        let refresh = Refresh::with(|it| it.scope = Some(scope));
        assert_eq!(refused(&refresh), "invalid_scope scope asks for more than the user approved", "{scope}");
    }
}

#[test]
fn what_the_operator_has_taken_from_the_app_since_is_gone() {
    let registered = |scope: &'static str| Refresh::with(|it| it.client.scope = scope.parse_set());
    assert_eq!(registered("offline_access patient/Patient.rs").carried_out().scope.to_string(), "patient/Patient.rs");
    let refusal = "invalid_scope this app may no longer have any of these scopes";
    let asked = Refresh::with(|it| {
        it.client.scope = "offline_access user/*.rs".parse_set();
        it.scope = Some("patient/Patient.rs");
    });
    assert_eq!(refused(&asked), refusal);
    let refusal = "invalid_grant the refresh token is unknown, has expired or was revoked";
    assert_eq!(refused(&registered("patient/Patient.rs")), refusal);
}

#[test]
fn a_refresh_is_for_the_server_that_was_approved_alone() {
    assert!(Refresh::with(|it| it.resource = Some("https://fhir.example/r4/")).decided().outcome.is_ok());
    assert!(Refresh::with(|it| it.resource = Some("HTTPS://FHIR.example/r4")).decided().outcome.is_ok(), "MCP-2");
    let elsewhere = Refresh::with(|it| it.resource = Some("https://other.example/r4"));
    assert_eq!(refused(&elsewhere), "invalid_target resource is not the server that the user approved");
}

/// RFR-10: each use starts the time anew, up to the end of the family.
#[test]
fn each_use_starts_the_idle_time_anew() {
    for (own_idle, ends_at, idle_until) in
        [(None, None, 90 * DAY), (Some(50), None, 50), (None, Some(70), 70), (Some(50), Some(70), 50)]
    {
        let mut refresh = Refresh::with(|it| it.client.refresh_idle_seconds = own_idle);
        refresh.family().ends_at = ends_at.map(|end| NOW.plus(3600 + end));
        refresh.carried_out();
        let family = refresh.family().clone();
        assert_eq!(family.idle_until, NOW.plus(3600 + idle_until));
        assert_eq!(family.ends_at, ends_at.map(|end| NOW.plus(3600 + end)));
    }
}

/// TOK-7. A repeat in the grace time may get an access token that lives a little longer than the first.
#[test]
fn the_grant_outlives_the_last_token_that_it_can_give() {
    for (own_idle, own_access, live_until) in [(50, 100, 130), (1000, 100, 1000)] {
        let mut refresh = Refresh::with(|it| {
            it.client.refresh_idle_seconds = Some(own_idle);
            it.client.access_token_seconds = Some(own_access);
            it.tenant.policy.refresh_grace_seconds = 30;
        });
        let GrantState::Redeemed { live_until: before, .. } = &mut refresh.grant.state else { panic!("redeemed") };
        *before = NOW;
        refresh.carried_out();
        assert_eq!(refresh.grant.forget_at(), refresh.now.plus(live_until));
    }
}

#[test]
fn tokens_that_were_revoked_are_remembered_until_they_would_have_expired() {
    let mut refresh = Refresh::right();
    let GrantState::Redeemed { revoked_tokens, .. } = &mut refresh.grant.state else { panic!("redeemed") };
    for (jti, expires_at) in [("expired", NOW.plus(3600)), ("alive", NOW.plus(3601))] {
        revoked_tokens.push(RevokedToken { jti: jti.into(), expires_at });
    }
    refresh.carried_out();
    assert!(refresh.grant.honours("expired") && !refresh.grant.honours("alive"));
}

#[test]
fn the_grant_remembers_when_the_app_came_last() {
    let mut refresh = Refresh::right();
    refresh.carried_out();
    let GrantState::Redeemed { last_used, .. } = &refresh.grant.state else { panic!("redeemed") };
    assert_eq!(*last_used, NOW.plus(3600));
}

/// CIMD-17.
#[test]
fn an_app_whose_document_has_it_prove_itself_no_more_has_lost_its_grant() {
    let refresh = Refresh::with(|it| of_another_document(&mut it.grant, &mut it.client));
    let lives = refresh.grant.forget_at();
    let Decided { outcome, next } = refresh.decided();
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.code, error.detail.as_str()),
        (ErrorCode::InvalidGrant, "the client's document has it prove itself no more")
    );
    let Some(GrantState::Revoked { at, why, live_until }) = next else { panic!("not revoked") };
    assert_eq!((at, why, live_until), (refresh.now, RevocationReason::DocumentChanged, lives));
}
