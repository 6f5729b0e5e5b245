//! How an instance goes on with its request: read, decide, commit, answer, as `functions/token` and `store::commit` do. The table may
//! refuse a write whose version has passed, and its answer may be lost before or after the write took effect.

use super::{
    functions::{Decided, Question},
    setting::Setting,
    world::{Answer, Caller, InFlight, Pending, Phase, Request, Step, Token, World},
};
use std::rc::Rc;

type Steps = Vec<(Step, World)>;

/// What came of a commit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    Done,
    LostRace,
}

impl Setting {
    /// What the requests in flight may come to next.
    pub fn answers(&self, world: &World, steps: &mut Steps) {
        for (index, request) in world.in_flight.iter().enumerate() {
            let caller = request.caller;
            match request.phase {
                Phase::Arrived { lost_at, .. } => {
                    steps.push((Step::Reads(caller), self.read(world, index, lost_at)));
                    if world.losses > 0 {
                        steps.push((Step::Dies(caller), died(world, index)));
                    }
                }
                Phase::Decided(pending) => {
                    let unsure = |took_effect| Phase::Unsure { pending, took_effect };
                    let (commit, written) = self.write(world, request, pending);
                    if world.losses > 0 {
                        let lost = |took_effect| Step::WriteUnanswered { caller, took_effect };
                        steps.push((lost(false), in_phase(with_a_loss(world), index, unsure(false))));
                        if commit == Commit::Done {
                            steps.push((lost(true), in_phase(with_a_loss(&written), index, unsure(true))));
                        }
                    }
                    let step = if commit == Commit::Done { Step::Writes(caller) } else { Step::LosesRace(caller) };
                    steps.push((step, heard(written, index, pending, commit)));
                }
                Phase::Unsure { pending, took_effect } => {
                    let (commit, written) = self.write_again(world, request, pending, took_effect);
                    if world.losses > 0 {
                        steps.push((Step::Dies(caller), died(world, index)));
                    }
                    // The second answer may be lost as well, after the write took effect.
                    if world.losses > 0 && commit == Commit::Done {
                        let done = in_phase(written.clone(), index, Phase::Unsure { pending, took_effect: true });
                        steps.push((Step::Dies(caller), died(&done, index)));
                    }
                    let mut next = heard(written, index, pending, commit);
                    if let (Commit::LostRace, Answer::Tokens { .. }) = (commit, pending.answer) {
                        let lost_at = Some(pending.version);
                        next.in_flight[index].phase = Phase::Arrived { lost_at, owes_tokens: took_effect };
                    }
                    steps.push((Step::AsksAgain(caller), next));
                }
            }
        }
    }

    fn read(&self, world: &World, index: usize, lost_at: Option<u8>) -> World {
        let InFlight { caller, request, now, configuration, .. } = world.in_flight[index];
        let version = world.item.version;
        // Nobody else wrote: what did not hold was another condition.
        if lost_at == Some(version) {
            return answered(world.clone(), index, Answer::Refused);
        }
        let question = Question { grant: world.item.grant, request, caller, now, configuration };
        match self.functions.decide(question) {
            Decided { answer, next: Some(next) } => {
                in_phase(world.clone(), index, Phase::Decided(Pending { version, answer, next }))
            }
            Decided { answer, next: None } => {
                let mut done = world.clone();
                remember(&mut done, &world.in_flight[index], answer);
                answered(done, index, answer)
            }
        }
    }

    /// One conditional write. The world afterwards is this one if it was refused.
    fn write(&self, world: &World, request: &InFlight, pending: Pending) -> (Commit, World) {
        let mut written = world.clone();
        if self.functions.versions_are_checked() && world.item.version != pending.version {
            return (Commit::LostRace, written);
        }
        written.item.grant = pending.next.grant;
        written.item.version += 1;
        written.item.written_by = Some(request.caller);
        Rc::make_mut(&mut written.history).has_ended |= pending.next.is_revoked;
        remember(&mut written, request, pending.answer);
        (Commit::Done, written)
    }

    /// The same write once more, under the same id: a transaction is answered as it was the first time, and a single write that finds
    /// its own id in the item was done.
    fn write_again(&self, world: &World, request: &InFlight, pending: Pending, took_effect: bool) -> (Commit, World) {
        let known = took_effect && pending.next.is_transaction;
        if known || world.item.written_by == Some(request.caller) {
            return (Commit::Done, world.clone());
        }
        self.write(world, request, pending)
    }
}

fn heard(world: World, index: usize, pending: Pending, commit: Commit) -> World {
    match commit {
        Commit::Done => answered(world, index, pending.answer),
        Commit::LostRace => {
            in_phase(world, index, Phase::Arrived { lost_at: Some(pending.version), owes_tokens: false })
        }
    }
}

fn with_a_loss(world: &World) -> World {
    World { losses: world.losses - 1, ..world.clone() }
}

fn in_phase(mut world: World, index: usize, phase: Phase) -> World {
    world.in_flight[index].phase = phase;
    forget_write_id(&mut world);
    world
}

/// An id is of use only to somebody who still asks.
fn forget_write_id(world: &mut World) {
    let asks = |request: &InFlight| {
        matches!(request.phase, Phase::Unsure { .. }) && Some(request.caller) == world.item.written_by
    };
    if !world.in_flight.iter().any(asks) {
        world.item.written_by = None;
    }
}

/// Writes into the history what goes out, or would go out.
fn remember(world: &mut World, request: &InFlight, answer: Answer) {
    let history = Rc::make_mut(&mut world.history);
    if let Answer::Tokens { refresh, access } = answer {
        let used = match request.request {
            Request::Refresh(number) => Token::Refresh(number),
            _ => Token::Code,
        };
        history.used.entry(used).or_insert(request.now);
        history.refresh_tokens.extend(refresh);
        history.access_tokens.extend((!access.expires_at.is_past(world.now)).then_some(access));
    }
    // A person who finds nothing is told that access is over, too.
    history.has_ended |= request.request == Request::TakeAccessAway;
}

fn died(world: &World, index: usize) -> World {
    let InFlight { caller, phase, .. } = world.in_flight[index];
    let mut next = with_a_loss(world);
    let owes_tokens = match phase {
        Phase::Arrived { owes_tokens, .. } => owes_tokens,
        Phase::Unsure { pending, took_effect } => took_effect && matches!(pending.answer, Answer::Tokens { .. }),
        Phase::Decided(_) => false,
    };
    next.app.missed_tokens |= owes_tokens && matches!(caller, Caller::App(_));
    next.in_flight.remove(index);
    forget_write_id(&mut next);
    if next.app.waits_for == Some(caller) {
        next.app.waits_for = None;
    }
    next
}

/// The answer goes out, and finds its caller waiting or not.
fn answered(mut world: World, index: usize, answer: Answer) -> World {
    let InFlight { caller, .. } = world.in_flight.remove(index);
    forget_write_id(&mut world);
    match (caller, answer) {
        (Caller::App(_), _) if world.app.waits_for == Some(caller) => {
            let app = &mut world.app;
            (app.waits_for, app.tried_at) = (None, None);
            app.holds = None;
            if let Answer::Tokens { refresh, access } = answer {
                app.holds = refresh.map(Token::Refresh);
                app.access = Some(access);
                app.could_refresh |= refresh.is_some();
            }
        }
        (Caller::App(_), Answer::Tokens { .. }) => world.app.missed_tokens = true,
        (Caller::Thief(_), Answer::Tokens { refresh, .. }) => {
            world.thief.knows.extend(refresh.map(Token::Refresh));
            world.thief.got_tokens = true;
        }
        _ => {}
    }
    world
}
