//! What the app, the thief, the person, the operator and time may do next.

use super::{
    setting::{Habits, Setting},
    world::{Caller, Configuration, InFlight, Phase, Remembers, Request, Step, Token, World},
};
use rules::tenant::CONFIGURATION_AGE;
use std::rc::Rc;

type Steps = Vec<(Step, World)>;

/// Two instances, each with one request.
const INSTANCES: usize = 2;

impl Setting {
    /// Requests that may arrive now.
    pub fn arrivals(&self, world: &World, steps: &mut Steps) {
        if world.in_flight.len() == INSTANCES {
            return;
        }
        if let Some(request) = self.next_of_app(world) {
            let caller = Caller::App(world.app.sent + 1);
            self.sends(world, caller, request, steps, |next| {
                next.app.overlapped |= next.app.tried_at.is_some() && next.in_flight.iter().any(InFlight::is_of_app);
                next.app.waits_for = Some(caller);
                next.app.sent += 1;
                next.app.tried_at.get_or_insert(next.now);
            });
        }
        for request in self.revocations_by_app(world) {
            let caller = Caller::AppRevoking;
            self.sends(world, caller, request, steps, |next| {
                next.app.revoked = true;
                if let Request::RevokeRefreshToken(_) = request {
                    next.app.holds = None;
                }
            });
        }
        if world.thief.sent < self.bounds.thief_requests {
            let caller = Caller::Thief(world.thief.sent + 1);
            for token in &world.thief.knows {
                self.sends(world, caller, request_with(*token, false), steps, |next| next.thief.sent += 1);
            }
        }
        if self.bounds.person_takes_away && !world.person_came {
            self.sends(world, Caller::Person, Request::TakeAccessAway, steps, |next| next.person_came = true);
        }
    }

    fn next_of_app(&self, world: &World) -> Option<Request> {
        let app = &world.app;
        let token = app.holds.filter(|_| app.waits_for.is_none() && app.sent < self.bounds.app_requests)?;
        let still_running = world.in_flight.iter().any(InFlight::is_of_app);
        let may = match (self.bounds.app, app.tried_at) {
            (Habits::Careless, _) => true,
            (Habits::Careful, None) => !still_running,
            (Habits::Hasty, None) => true,
            (Habits::Careful | Habits::Hasty, Some(_)) => token != Token::Code,
        };
        may.then(|| request_with(token, self.bounds.has_challenge))
    }

    fn revocations_by_app(&self, world: &World) -> Vec<Request> {
        let app = &world.app;
        if !self.bounds.app_revokes || app.revoked {
            return Vec::new();
        }
        let refresh = match app.holds {
            Some(Token::Refresh(number)) if self.bounds.app == Habits::Careless => {
                Some(Request::RevokeRefreshToken(number))
            }
            _ => None,
        };
        [app.access.map(Request::RevokeAccessToken), refresh].into_iter().flatten().collect()
    }

    fn sends(&self, world: &World, caller: Caller, request: Request, steps: &mut Steps, change: impl Fn(&mut World)) {
        let former = world.changed_at.is_some_and(|at| world.now.since(at) < CONFIGURATION_AGE);
        let former = former.then_some((Remembers::TheFormer, Configuration::default()));
        for (remembers, configuration) in [(Remembers::TheCurrent, world.configuration)].into_iter().chain(former) {
            let mut next = world.clone();
            change(&mut next);
            let phase = Phase::Arrived { lost_at: None, owes_tokens: false };
            next.in_flight.push(InFlight { caller, request, now: world.now, configuration, phase });
            next.in_flight.sort_by_key(|request| request.caller);
            steps.push((Step::Sends(caller, request, remembers), next));
        }
    }

    /// What is no request.
    pub fn others(&self, world: &World, steps: &mut Steps) {
        let mut step = |step: Step, change: &dyn Fn(&mut World)| {
            let mut next = world.clone();
            change(&mut next);
            steps.push((step, next));
        };
        if world.app.waits_for.is_some() {
            step(Step::GivesUp, &|next| next.app.waits_for = None);
        }
        if let Some(token) = world.app.holds
            && world.thief.thefts < self.bounds.thefts
            && !world.thief.knows.contains(&token)
        {
            step(Step::Steals(token), &|next| {
                next.thief.thefts += 1;
                next.thief.knows.insert(token);
            });
        }
        if self.bounds.operator_acts && world.changed_at.is_none() {
            step(Step::DisablesClient, &|next| {
                next.changed_at = Some(next.now);
                next.configuration.client_disabled = true;
            });
            step(Step::EndsAll, &|next| {
                next.changed_at = Some(next.now);
                next.configuration.all_ended_at = Some(next.now);
            });
        }
        for seconds in self.bounds.time_steps {
            if world.clock > 0 && self.app_lets_pass(world, *seconds) && self.requests_let_pass(world, *seconds) {
                step(Step::TimePasses(*seconds), &|next| {
                    next.clock -= 1;
                    next.now = next.now.plus(*seconds);
                    let now = next.now;
                    Rc::make_mut(&mut next.history).access_tokens.retain(|token| !token.expires_at.is_past(now));
                });
            }
        }
    }

    /// An app that repeats within the grace time does not let it run out.
    fn app_lets_pass(&self, world: &World, seconds: i64) -> bool {
        let tried_at = world.app.tried_at.filter(|_| self.bounds.app != Habits::Careless);
        tried_at.is_none_or(|at| world.now.plus(seconds).since(at) < self.functions.grace_seconds())
    }

    fn requests_let_pass(&self, world: &World, seconds: i64) -> bool {
        self.bounds.requests_outlive_the_grant
            || world.in_flight.is_empty()
            || !self.functions.forgotten_at(world.item.grant).is_past(world.now.plus(seconds))
    }
}

fn request_with(token: Token, with_verifier: bool) -> Request {
    match token {
        Token::Code => Request::Exchange { with_verifier },
        Token::Refresh(number) => Request::Refresh(number),
    }
}

impl InFlight {
    fn is_of_app(&self) -> bool {
        matches!(self.caller, Caller::App(_))
    }
}
