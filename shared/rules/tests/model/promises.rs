//! What must hold in every state, whatever happened before.

use super::{
    functions::{Decided, Question},
    setting::Setting,
    world::{Answer, Caller, Configuration, Request, Token, World},
};
use std::collections::BTreeSet;

type Promise = fn(&Setting, &World) -> bool;

const PROMISES: [(&str, Promise); 7] = [
    ("there is one live chain of tokens", one_chain),
    ("what is ended stays ended", ended_is_ended),
    ("a disabled client gets nothing", disabled_is_disabled),
    ("a second use ends the grant, once the grace time is over", second_use_ends_all),
    ("without a grace time, the app and a thief never both get tokens that can be used", no_sharing),
    ("a code is worth nothing without its verifier", verifier_is_needed),
    ("the app keeps a refresh token that can be used", app_keeps_its_token),
];

pub fn first_broken(setting: &Setting, world: &World) -> Option<&'static str> {
    PROMISES.iter().find(|(_, holds)| !holds(setting, world)).map(|(name, _)| *name)
}

impl Setting {
    /// What the rightful app's client would be told now.
    fn would_be_told(&self, world: &World, request: Request) -> Decided {
        let World { now, configuration, .. } = *world;
        let question = Question { grant: world.item.grant, request, caller: Caller::Onlooker, now, configuration };
        self.functions.decide(question)
    }

    fn presented(&self, world: &World, token: Token) -> Decided {
        let request = match token {
            Token::Code => Request::Exchange { with_verifier: self.bounds.has_challenge },
            Token::Refresh(number) => Request::Refresh(number),
        };
        self.would_be_told(world, request)
    }

    fn is_good(&self, world: &World, token: Token) -> bool {
        matches!(self.presented(world, token).answer, Answer::Tokens { .. })
    }

    fn anything_is_good(&self, world: &World) -> bool {
        let World { now, configuration, history, item, .. } = world;
        let refresh_tokens = history.refresh_tokens.iter().map(|number| Token::Refresh(*number));
        let honoured = |token| self.functions.honours(item.grant, token, *now, *configuration);
        refresh_tokens.chain([Token::Code]).any(|token| self.is_good(world, token))
            || history.access_tokens.iter().any(|token| honoured(*token))
    }
}

/// At most one refresh token is current. Whatever else is answered gets that same token once more.
fn one_chain(setting: &Setting, world: &World) -> bool {
    let mut ends = BTreeSet::new();
    for number in &world.history.refresh_tokens {
        match setting.presented(world, Token::Refresh(*number)) {
            Decided { answer: Answer::Tokens { .. }, next: Some(_) } => ends.extend([Token::Refresh(*number)]),
            Decided { answer: Answer::Tokens { refresh, .. }, .. } => ends.extend(refresh.map(Token::Refresh)),
            _ => {}
        }
    }
    ends.extend(Some(Token::Code).filter(|code| setting.is_good(world, *code)));
    ends.len() <= 1
}

/// By a revocation, by a reuse that was noticed, by the person, by the operator for all at once: no code, refresh token or access
/// token of before is good for anybody.
fn ended_is_ended(setting: &Setting, world: &World) -> bool {
    let has_ended = world.history.has_ended || world.configuration.all_ended_at.is_some();
    !has_ended || !setting.anything_is_good(world)
}

fn disabled_is_disabled(setting: &Setting, world: &World) -> bool {
    !world.configuration.client_disabled || !setting.anything_is_good(world)
}

/// The app's next use notices a thief who was first, and the thief's next use notices itself where the app was first.
fn second_use_ends_all(setting: &Setting, world: &World) -> bool {
    let can_be_noticed =
        world.configuration == Configuration::default() && setting.functions.is_redeemed(world.item.grant, world.now);
    let is_noticed = |token| matches!(setting.presented(world, token).answer, Answer::Noticed);
    let grace = |token| match token {
        Token::Code => 0,
        Token::Refresh(_) => setting.functions.grace_seconds(),
    };
    let mut used = world.history.used.iter().filter(|(token, at)| world.now.since(**at) >= grace(**token));
    !can_be_noticed || used.all(|(token, _)| is_noticed(*token))
}

fn no_sharing(setting: &Setting, world: &World) -> bool {
    let shared = setting.functions.grace_seconds() == 0 && world.thief.got_tokens;
    !shared || !world.app.holds.is_some_and(|token| setting.is_good(world, token))
}

/// It gets its bearer no tokens, and it can't be used to end the grant either (TOK-6).
fn verifier_is_needed(setting: &Setting, world: &World) -> bool {
    let told = setting.would_be_told(world, Request::Exchange { with_verifier: false });
    !setting.bounds.has_challenge || (matches!(told.answer, Answer::Refused) && told.next.is_none())
}

/// At each moment where there is a grace time; without, when all its requests have come to their end.
fn app_keeps_its_token(setting: &Setting, world: &World) -> bool {
    let judged = world.app.could_refresh && (setting.functions.grace_seconds() > 0 || world.in_flight.is_empty());
    !judged
        || (setting.bounds.app_may_lose)(&world.app)
        || world.app.holds.is_some_and(|token| setting.is_good(world, token))
}
