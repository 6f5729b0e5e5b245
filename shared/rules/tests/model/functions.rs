//! What the functions decide: they find the grant, ask the rules, and say what is to be written. Every decision is one of `rules`;
//! the order of the questions is that of `functions/token`, `functions/revoke` and `connected_apps`.

use super::{
    approval::{REDIRECT_URI, VERIFIER, approval},
    explore::FastMap,
    given::{amy, app, tenant},
    numbered::{Numbered, chance},
    world::{AccessToken, Answer, Caller, Configuration, GrantNumber, Next, Request},
};
use rules::{
    authority,
    client::{Client, authenticate::by_secret, presented_credentials::PresentedCredentials, redirect_uri::RedirectUri},
    grant::{
        Decision, Grant, GrantId, GrantState, Issuance, RevokedToken,
        authorization_code::{AuthorizationCodeRequest, Redemption, redeem},
        grant_index::{indexed, reindexed},
        refresh_token::{RefreshTokenRequest, Refreshing, refresh},
        revocation,
        token::{parse_code, parse_refresh_token},
    },
    hash_work::HashWork,
    secret::Secret,
    tenant::{AccessOf, EndedAccess, Tenant, TenantRecord},
    time::Timestamp,
    token::AccessTokenClaims,
};
use std::{cell::RefCell, sync::Arc};

const GRANT: &str = "grant-of-amy-22-letter";
const CODE: &str = "grant-of-amy-22-letter.code-of-43-characters-aaaaaaaaaaaaaaaaaaaaa";

const CODE_SECONDS: i64 = 60;
const ACCESS_TOKEN_SECONDS: i64 = 50;
const REFRESH_IDLE_SECONDS: i64 = 100;

/// The rules under test. A test of the model itself puts a broken one here.
#[derive(Clone, Copy)]
pub struct Rules {
    pub redeem: fn(&Grant, &Redemption<'_>) -> Decision,
    pub refresh: fn(&Grant, &Refreshing<'_>) -> Decision,
    pub by_user: fn(&Grant, Timestamp) -> Option<GrantState>,
    /// The table writes only what replaces the version that was read.
    pub versions_are_checked: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { redeem, refresh, by_user: revocation::by_user, versions_are_checked: true }
    }
}

/// What the functions decide about a request.
#[derive(Clone, Copy)]
pub struct Decided {
    pub answer: Answer,
    pub next: Option<Next>,
}

/// A request that has arrived, and the grant that was found for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    pub grant: GrantNumber,
    pub request: Request,
    pub caller: Caller,
    pub now: Timestamp,
    pub configuration: Configuration,
}

pub struct Functions {
    rules: Rules,
    client: Client,
    tenant: Tenant,
    grants: Numbered<Grant>,
    refresh_tokens: Numbered<Secret>,
    /// A rule is a function, so it is asked once.
    decided: RefCell<FastMap<Question, Decided>>,
    honoured: RefCell<FastMap<(GrantNumber, AccessToken, Timestamp, Configuration), bool>>,
}

impl Functions {
    pub fn new(rules: Rules, grace_seconds: i64) -> Functions {
        let mut tenant = tenant();
        tenant.policy.refresh_grace_seconds = grace_seconds;
        tenant.policy.code_seconds = CODE_SECONDS;
        let client = Client {
            redirect_uris: vec![RedirectUri::register(REDIRECT_URI, false).unwrap()],
            access_token_seconds: Some(ACCESS_TOKEN_SECONDS),
            refresh_idle_seconds: Some(REFRESH_IDLE_SECONDS),
            ..app()
        };
        Functions {
            rules,
            client,
            tenant,
            grants: Numbered::default(),
            refresh_tokens: Numbered::default(),
            decided: RefCell::default(),
            honoured: RefCell::default(),
        }
    }

    pub fn grace_seconds(&self) -> i64 {
        self.tenant.policy.refresh_grace_seconds
    }

    pub fn versions_are_checked(&self) -> bool {
        self.rules.versions_are_checked
    }

    /// The person has said yes at this moment, and the code is on its way.
    pub fn approved(&self, challenge: bool, now: Timestamp) -> GrantNumber {
        let code = parse_code(CODE).unwrap();
        let grant = Grant {
            tenant: self.tenant.id.clone(),
            id: GrantId(GRANT.into()),
            client_id: self.client.client_id.clone(),
            approval: approval(challenge, now),
            listed_until: now,
            state: GrantState::CodeIssued { code: code.secret.hash(), expires_at: now.plus(CODE_SECONDS) },
        };
        let (grant, _) = indexed(grant, &self.client, &self.tenant.policy, now);
        self.number(grant)
    }

    fn number(&self, grant: Grant) -> GrantNumber {
        self.grants.number(serde_json::to_string(&grant).unwrap(), || grant)
    }

    /// From then on the store does not find it.
    pub fn forgotten_at(&self, grant: GrantNumber) -> Timestamp {
        self.grants.get(grant).forget_at()
    }

    /// Whether there is something that a second use could end.
    pub fn is_redeemed(&self, grant: GrantNumber, now: Timestamp) -> bool {
        let grant = self.grants.get(grant);
        matches!(grant.state, GrantState::Redeemed { .. }) && grant.is_live(now)
    }

    pub fn decide(&self, question: Question) -> Decided {
        if let Some(decided) = self.decided.borrow().get(&question) {
            return *decided;
        }
        let decided = self.asked(question);
        self.decided.borrow_mut().insert(question, decided);
        decided
    }

    fn asked(&self, question: Question) -> Decided {
        let Question { grant, request, now, configuration, .. } = question;
        let (client, tenant) = (self.client(configuration), self.tenant(configuration));
        let found = self.grants.get(grant);
        // The store does not see what has expired.
        let found = (!found.forget_at().is_past(now)).then_some(found);
        if request == Request::TakeAccessAway {
            let state = found.as_ref().and_then(|grant| (self.rules.by_user)(grant, now));
            return self.ending(found.as_deref(), state, true);
        }
        let presented = PresentedCredentials::Nothing { client_id: Some(self.client.client_id.clone()) };
        let (Ok(client), Some(grant)) = (by_secret(&presented, client, HashWork::default()), found) else {
            return Decided::refused();
        };
        match request {
            Request::Exchange { with_verifier } => {
                let request = AuthorizationCodeRequest {
                    code: Secret::new(CODE),
                    redirect_uri: Some(REDIRECT_URI.into()),
                    code_verifier: with_verifier.then(|| Secret::new(VERIFIER)),
                    resource: None,
                };
                let (presented, fresh) = (parse_code(CODE).unwrap(), chance(question.caller));
                let redemption = Redemption {
                    request: &request,
                    presented: &presented,
                    client: &client,
                    tenant: &tenant,
                    fresh: &fresh,
                    proof: None,
                    extensions: None,
                    now,
                };
                self.carried_out(&question, &grant, (self.rules.redeem)(&grant, &redemption), true)
            }
            Request::Refresh(number) => {
                let token = self.refresh_tokens.get(number);
                let request = RefreshTokenRequest { refresh_token: (*token).clone(), scope: None, resource: None };
                let (presented, fresh) = (parse_refresh_token(token.expose()).unwrap(), chance(question.caller));
                let refreshing = Refreshing {
                    request: &request,
                    presented: &presented,
                    client: &client,
                    tenant: &tenant,
                    fresh: &fresh,
                    proof: None,
                    extensions: None,
                    now,
                };
                match (self.rules.refresh)(&grant, &refreshing) {
                    Decision::Issue(..) if authority::of_person(&grant.approval, Some(&amy()), &tenant).is_err() => {
                        Decided::refused()
                    }
                    decision => self.carried_out(&question, &grant, decision, false),
                }
            }
            Request::RevokeRefreshToken(number) => {
                let presented = parse_refresh_token(self.refresh_tokens.get(number).expose()).unwrap();
                let is_of_family = match &grant.state {
                    GrantState::Redeemed { refresh: Some(family), .. } => {
                        family.family.matches(presented.family.expose())
                    }
                    _ => false,
                };
                let state = is_of_family.then(|| revocation::of_refresh_token(&grant, now)).flatten();
                self.ending(Some(&grant), state, false)
            }
            Request::RevokeAccessToken(token) => {
                let revoked = RevokedToken { jti: jti(token.got_by), expires_at: token.expires_at };
                self.ending(Some(&grant), revocation::of_access_token(&grant, revoked, now), false)
            }
            Request::TakeAccessAway => Decided::refused(),
        }
    }

    fn carried_out(&self, question: &Question, grant: &Grant, decision: Decision, is_transaction: bool) -> Decided {
        let now = question.now;
        let next = |state| {
            let (next, line) = reindexed(Grant { state, ..grant.clone() }, now);
            self.next(next, is_transaction || line.is_some())
        };
        match decision {
            Decision::Refuse(_) => Decided::refused(),
            Decision::Revoke(_, state) | Decision::End(_, state, _) => {
                Decided { answer: Answer::Noticed, next: Some(next(state)) }
            }
            Decision::Issue(Issuance { refresh_token, access_token_seconds, .. }, state) => {
                let number = |token: Secret| self.refresh_tokens.number(token.expose().to_owned(), || token.clone());
                let access =
                    AccessToken { got_by: question.caller, issued_at: now, expires_at: now.plus(access_token_seconds) };
                Decided { answer: Answer::Tokens { refresh: refresh_token.map(number), access }, next: state.map(next) }
            }
        }
    }

    fn ending(&self, grant: Option<&Grant>, state: Option<GrantState>, is_transaction: bool) -> Decided {
        let next = state.zip(grant).map(|(state, grant)| self.next(Grant { state, ..grant.clone() }, is_transaction));
        Decided { answer: Answer::Over, next }
    }

    fn next(&self, grant: Grant, is_transaction: bool) -> Next {
        let is_revoked = matches!(grant.state, GrantState::Revoked { .. });
        Next { grant: self.number(grant), is_revoked, is_transaction }
    }

    /// Whether introspection would call this access token active.
    pub fn honours(
        &self,
        grant: GrantNumber,
        token: AccessToken,
        now: Timestamp,
        configuration: Configuration,
    ) -> bool {
        let question = (grant, token, now, configuration);
        *self.honoured.borrow_mut().entry(question).or_insert_with(|| {
            let (client, tenant) = (self.client(configuration), self.tenant(configuration));
            let grant = self.grants.get(grant);
            let tenant = TenantRecord { tenant, keys: Vec::new() };
            let seconds = token.expires_at.since(token.issued_at);
            let scope = &grant.approval.scope;
            let jti = jti(token.got_by);
            let claims = AccessTokenClaims {
                jti,
                ..AccessTokenClaims::of_grant(&tenant, &grant, scope, seconds, token.issued_at)
            };
            !claims.exp.is_past(now)
                && !grant.forget_at().is_past(now)
                && grant.honours(&claims.jti)
                && authority::of_tenant(&grant, &tenant).is_ok()
                && authority::of_token(&claims, &tenant).is_ok()
                && authority::of_client(&claims, Some(&grant), client.as_deref(), &tenant).is_ok()
        })
    }

    fn client(&self, configuration: Configuration) -> Option<Arc<Client>> {
        (!configuration.client_disabled).then(|| Arc::new(self.client.clone()))
    }

    fn tenant(&self, configuration: Configuration) -> Tenant {
        let whose = AccessOf::Client(self.client.client_id.clone());
        let ended = configuration.all_ended_at.map(|at| EndedAccess { whose, at });
        Tenant { ended: ended.into_iter().collect(), ..self.tenant.clone() }
    }
}

impl Decided {
    fn refused() -> Decided {
        Decided { answer: Answer::Refused, next: None }
    }
}

fn jti(got_by: Caller) -> String {
    format!("{got_by:?}")
}
