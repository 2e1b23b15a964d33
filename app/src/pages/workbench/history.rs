//! Drafts as they were, one step back and forth at a time.

use std::collections::VecDeque;

use super::draft::{Draft, Field};

/// Most steps that can be undone; the oldest are forgotten first.
pub const MOST_STEPS: usize = 200;
/// Typing that pauses for longer goes on in another step, milliseconds.
pub const PAUSE_MS: f64 = 1_000.0;

/// What an edit is about: edits about one thing, one soon after the other, are one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One text.
    Text(Field),
    /// What moves deals together.
    Weights,
}

/// Drafts as they were. A step is kept as the whole draft before it: whatever a draft grows to hold, it comes back.
#[derive(Clone, Debug, Default)]
pub struct History {
    past: VecDeque<Draft>,
    future: Vec<Draft>,
    /// What the newest step is about and when it last grew; another edit about it may join.
    growing: Option<(Subject, f64)>,
    /// Whether a slider is held: its drag is one step however long it pauses.
    is_held: bool,
}

impl History {
    /// Notes that `present` is about to be edited, at a time in milliseconds. An edit about nothing that could go on is a
    /// step of its own.
    pub fn note(&mut self, present: &Draft, subject: Option<Subject>, now_ms: f64) {
        let joins = self.growing.is_some_and(|(growing, grew_at_ms)| {
            subject == Some(growing) && (self.is_held || now_ms - grew_at_ms <= PAUSE_MS)
        });
        self.growing = subject.map(|subject| (subject, now_ms));
        self.future.clear();
        if joins {
            return;
        }
        if self.past.len() == MOST_STEPS {
            self.past.pop_front();
        }
        self.past.push_back(present.clone());
    }

    /// Notes that a slider is held, or no longer.
    pub fn hold(&mut self, is_held: bool) {
        if is_held != self.is_held {
            self.is_held = is_held;
            self.growing = None;
        }
    }

    /// The draft before the last step that changed anything; `None` where there is none.
    pub fn undo(&mut self, present: &Draft) -> Option<Draft> {
        self.growing = None;
        while let Some(draft) = self.past.pop_back() {
            if draft != *present {
                self.future.push(present.clone());
                return Some(draft);
            }
        }
        None
    }

    /// The draft that was undone last; `None` where nothing was, or something was edited since.
    pub fn redo(&mut self, present: &Draft) -> Option<Draft> {
        self.growing = None;
        let draft = self.future.pop()?;
        self.past.push_back(present.clone());
        Some(draft)
    }

    /// Whether there are steps to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there are steps to redo.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}
