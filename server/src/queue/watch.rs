//! Whether a line is still to be trusted, and what is to be done over it now and then.

use std::sync::atomic::Ordering;

use super::line::Line;
use super::{JobQueue, TIMEOUT, recovery};

/// Looks in a row after which a line is given up over which nothing is answered, or whose worker takes nothing though there
/// are messages and it has room: it waits for an answer that will not come.
const LOOKS_TO_ANSWER: u32 = 3;
const LOOKS_TO_TAKE: u32 = 10;

/// Looks from one clearing of what ended long ago to the next, and from one search for messages left behind to the next.
const LOOKS_TO_CLEAR: u32 = 60;
const LOOKS_TO_RECOVER: u32 = 5;

/// What was seen of a line so far.
#[derive(Default)]
pub struct Watch {
    looked: u32,
    /// Looks in a row without an answer.
    unanswered: u32,
    /// Looks in a row at which messages waited that its worker had room for.
    not_taken: u32,
    /// Messages that its worker had taken at the last look.
    num_taken: u64,
}

impl Watch {
    /// Looks once. The link's connection may be well and the line's own be such that nobody is at their other end.
    pub async fn holds(&mut self, queue: &JobQueue, line: &Line) -> bool {
        let looked = queue.answers().await;
        let answer = tokio::time::timeout(TIMEOUT, line.jobs.is_paused()).await;
        let is_paused = answer.ok().and_then(Result::ok);
        self.unanswered = if is_paused.is_none() { self.unanswered + 1 } else { 0 };

        let num_taken = line.num_taken();
        let is_to_take = line.has_room() && is_paused == Some(false) && num_taken == self.num_taken;
        let leaves = is_to_take && looked.is_some() && queue.inner.num_waiting.load(Ordering::Relaxed) > 0;
        self.not_taken = if leaves { self.not_taken + 1 } else { 0 };
        self.num_taken = num_taken;

        if self.unanswered >= LOOKS_TO_ANSWER
            || self.not_taken >= LOOKS_TO_TAKE
            || looked == Some(false)
            || queue.inner.link.trouble().is_some()
            || !line.is_running()
        {
            return false;
        }
        if line.takes_messages() && self.looked.is_multiple_of(LOOKS_TO_RECOVER) {
            recovery::recover(&queue.inner.link, &line.jobs).await;
        }
        if self.looked.is_multiple_of(LOOKS_TO_CLEAR) {
            queue.clear(&line.jobs).await;
        }
        self.looked = self.looked.wrapping_add(1);
        true
    }
}
