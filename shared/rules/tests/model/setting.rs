//! Who takes part, and how far: the bounds within which every order is tried.

use super::{
    explore::Model,
    functions::{Functions, Rules},
    given::NOW,
    promises,
    world::{App, Configuration, Item, Step, Thief, Token, World},
};
use std::rc::Rc;

/// The function and its callers, within bounds.
pub struct Setting {
    pub functions: Functions,
    pub bounds: Bounds,
}

#[derive(Clone, Copy)]
pub struct Bounds {
    pub app_requests: u8,
    pub app: Habits,
    /// When it may be left without a refresh token.
    pub app_may_lose: fn(&App) -> bool,
    /// It may revoke the newest access token it has, or its refresh token: one of them, once.
    pub app_revokes: bool,
    pub thief_requests: u8,
    /// How often the thief copies what the app holds at that moment.
    pub thefts: u8,
    pub person_takes_away: bool,
    pub operator_acts: bool,
    /// The request for the code came with a challenge, whose verifier the thief does not have.
    pub has_challenge: bool,
    /// Whether a request can begin before the last token of the grant runs out, and write after that.
    pub requests_outlive_the_grant: bool,
    /// How many answers of the table are lost.
    pub losses: u8,
    /// How often time passes, and by how many seconds.
    pub clock: u8,
    pub time_steps: &'static [i64],
}

/// How an app repeats a request that got no answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Habits {
    /// It repeats anything at any time.
    Careless,
    /// It repeats no code, and a refresh only while the grace time of its first attempt lasts. It uses the next token when its earlier
    /// requests have ended: an access token lives longer than a function may run.
    Careful,
    /// The same, but it uses the next token at once.
    Hasty,
}

impl Bounds {
    /// The app alone.
    pub const APP: Bounds = Bounds {
        app_requests: 4,
        app: Habits::Careful,
        app_may_lose: |_| false,
        app_revokes: true,
        thief_requests: 0,
        thefts: 0,
        person_takes_away: false,
        operator_acts: false,
        has_challenge: true,
        requests_outlive_the_grant: false,
        losses: 2,
        clock: 3,
        time_steps: &[5],
    };

    /// The app and a thief.
    pub const THEFT: Bounds = Bounds {
        app_requests: 3,
        app: Habits::Careless,
        app_may_lose: |_| true,
        app_revokes: false,
        thief_requests: 2,
        thefts: 1,
        losses: 1,
        clock: 2,
        time_steps: &[10, 60],
        ..Bounds::APP
    };

    /// The app, and those who may end its access.
    pub const ENDING: Bounds = Bounds {
        app_requests: 2,
        app_revokes: true,
        thief_requests: 0,
        thefts: 0,
        person_takes_away: true,
        operator_acts: true,
        clock: 1,
        ..Bounds::THEFT
    };

    /// All of them at once, each once or twice.
    pub const EVERYBODY: Bounds = Bounds {
        app_requests: 2,
        thief_requests: 1,
        person_takes_away: true,
        operator_acts: true,
        clock: 1,
        time_steps: &[10],
        ..Bounds::THEFT
    };
}

impl Setting {
    pub fn new(rules: Rules, grace_seconds: i64, bounds: Bounds) -> Setting {
        Setting { functions: Functions::new(rules, grace_seconds), bounds }
    }
}

impl Model for Setting {
    type State = World;
    type Step = Step;

    fn start(&self) -> World {
        World {
            now: NOW,
            clock: self.bounds.clock,
            losses: self.bounds.losses,
            item: Item { grant: self.functions.approved(self.bounds.has_challenge, NOW), version: 1, written_by: None },
            configuration: Configuration::default(),
            changed_at: None,
            in_flight: Vec::new(),
            app: App {
                holds: Some(Token::Code),
                access: None,
                waits_for: None,
                sent: 0,
                tried_at: None,
                revoked: false,
                could_refresh: false,
                missed_tokens: false,
                overlapped: false,
            },
            thief: Thief::default(),
            person_came: false,
            history: Rc::default(),
        }
    }

    fn steps(&self, world: &World) -> Vec<(Step, World)> {
        let mut steps = Vec::new();
        self.arrivals(world, &mut steps);
        self.answers(world, &mut steps);
        self.others(world, &mut steps);
        steps
    }

    fn broken_promise(&self, world: &World) -> Option<&'static str> {
        promises::first_broken(self, world)
    }
}
