//! When a request's answer must be on its way. Lambda ends a request that runs out of time, wherever it is. So no call waits
//! longer than that, and nothing is written whose answer could no longer be sent. The time travels with the task, as the counts
//! do (`request_notes`), so that no rule has to pass it on.

use crate::Stopwatch;
use std::{future::Future, time::Duration};
use tokio::time::timeout;

/// As long as most functions have (`infra/template.yaml`); for servers that nobody gives a time.
pub const USUAL: Duration = Duration::from_secs(10);

/// More than any function has; a greater number is nobody's time.
const A_DAY: Duration = Duration::from_secs(86_400);

/// What a request has left when it comes in, where the one who will end it says so.
#[derive(Clone, Copy, Debug)]
pub struct TimeLeft(pub Duration);

tokio::task_local! {
    static DEADLINE: Deadline;
}

#[derive(Clone, Copy)]
struct Deadline {
    began: Stopwatch,
    whole: Duration,
}

/// Time is over, or would be before an answer came. Nothing was committed; a count may have been added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time of this request is over")]
pub struct OutOfTime;

/// How long a commit may take, in two parts: the answer to what was written may be lost, and then is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitTime {
    write: Option<Duration>,
    ask_again: Duration,
}

/// A commit asks again for so long at most, where nobody gives it a time.
const ASK_AGAIN: Duration = Duration::from_secs(2);

impl Deadline {
    /// For work. A twentieth of the whole is the answer's: it is written down for the audit trail, and sent.
    fn left(self) -> Duration {
        (self.whole - self.whole / 20).saturating_sub(self.began.elapsed())
    }
}

/// Runs this, whose answer must be there after this time. What a request does lies on the heap: it is a deep stack of waiting.
pub async fn within<F: Future>(time: Duration, work: F) -> F::Output {
    let whole = time.min(A_DAY);
    DEADLINE.scope(Deadline { began: Stopwatch::start(), whole }, Box::pin(work)).await
}

/// Waits for another, as long as there is time. Outside of a request nobody is in a hurry.
pub async fn in_time<F: Future>(work: F) -> Result<F::Output, OutOfTime> {
    match DEADLINE.try_with(|deadline| deadline.left()) {
        Ok(left) => timeout(left, Box::pin(work)).await.map_err(|_| OutOfTime),
        Err(_) => Ok(Box::pin(work).await),
    }
}

/// Whether nothing more can be waited for: what failed now may have failed for that alone.
pub fn is_over() -> bool {
    DEADLINE.try_with(|deadline| deadline.left().is_zero()).unwrap_or(false)
}

/// The time for a commit, if there is enough: less than a fifth of the whole, and it is not begun.
pub fn for_commit() -> Result<CommitTime, OutOfTime> {
    let Ok(deadline) = DEADLINE.try_with(|deadline| *deadline) else {
        return Ok(CommitTime { write: None, ask_again: ASK_AGAIN });
    };
    let left = deadline.left();
    if left < deadline.whole / 5 {
        return Err(OutOfTime);
    }
    let ask_again = ASK_AGAIN.min(left / 3);
    Ok(CommitTime { write: Some(left - ask_again), ask_again })
}

impl CommitTime {
    /// None where it took too long: nobody knows what was done.
    pub async fn write<F: Future>(self, work: F) -> Option<F::Output> {
        match self.write {
            Some(time) => timeout(time, Box::pin(work)).await.ok(),
            None => Some(Box::pin(work).await),
        }
    }

    pub async fn ask_again<F: Future>(self, work: F) -> Option<F::Output> {
        timeout(self.ask_again, Box::pin(work)).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use tokio::time::sleep;

    const TIME: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn whoever_waits_for_another_waits_until_there_is_just_time_for_an_answer() {
        let start = Stopwatch::start();
        let waited = within(TIME, async {
            assert_eq!(in_time(sleep(TIME / 10)).await, Ok(()));
            in_time(pending::<()>()).await
        });
        assert_eq!(waited.await, Err(OutOfTime));
        assert!(start.elapsed() >= TIME * 9 / 10, "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn a_commit_is_begun_while_it_can_be_told_of() {
        for (waits, is_begun) in [(Duration::ZERO, true), (TIME * 8 / 10, false), (TIME * 2, false)] {
            let time = within(TIME, async {
                sleep(waits).await;
                for_commit()
            });
            assert_eq!(time.await.is_ok(), is_begun, "{waits:?}");
        }
    }

    #[tokio::test]
    async fn a_commit_without_an_answer_has_time_to_ask_again_before_the_time_is_over() {
        for tenths in [0, 3, 6] {
            let time = within(TIME, async {
                sleep(TIME * tenths / 10).await;
                for_commit()
            });
            let Ok(CommitTime { write: Some(write), ask_again }) = time.await else { panic!("{tenths}: not begun") };
            assert!(write > ask_again && ask_again >= TIME / 20, "{write:?} {ask_again:?}");
            assert!(write + ask_again <= TIME * (10 - tenths) / 10 - TIME / 20, "{write:?} {ask_again:?}");
        }
        let long = within(TIME * 60, async { for_commit() }).await.expect("enough time");
        assert_eq!(long.ask_again, ASK_AGAIN);
    }

    #[tokio::test]
    async fn outside_of_a_request_nobody_is_in_a_hurry() {
        assert_eq!(in_time(sleep(TIME / 10)).await, Ok(()));
        let time = for_commit().expect("no end");
        assert_eq!((time.write, time.ask_again), (None, ASK_AGAIN));
        assert_eq!(time.write(sleep(TIME / 10)).await, Some(()));
    }
}
