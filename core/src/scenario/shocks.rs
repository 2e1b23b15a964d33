//! The normals that a column is made of, vector after vector: drawn where they are needed, or kept for the next edit.

use core::fmt;

use crate::kernel::{Lanes, Passes, VECTOR_ROWS, Vector1024, Words};

/// A bucket's normals in one block, in the order of the stream: its systematic shock, then each deal's own.
pub(super) trait Shocks {
    fn next(&mut self) -> &[f64];
}

/// A stream at some point, and the room to draw from it.
pub(super) struct Drawing<'a> {
    pub(super) passes: Passes,
    pub(super) lanes: Lanes,
    pub(super) words: &'a mut Words,
}

/// Normals drawn into the same place again and again: their first rows, whole groups.
pub(super) struct FreshShocks<'a> {
    pub(super) drawing: Drawing<'a>,
    pub(super) normals: &'a mut [f64],
}

impl Shocks for FreshShocks<'_> {
    fn next(&mut self) -> &[f64] {
        let Drawing { passes, lanes, words } = &mut self.drawing;
        passes.normals(lanes, words, self.normals);
        self.normals
    }
}

/// The normals of a bucket in one block that were drawn so far. They depend on the seed, the bucket's name and the
/// block alone.
#[derive(Default)]
pub(super) struct KeptShocks {
    /// Each with the state of the stream behind it, so that more can follow.
    drawn: Vec<(Vector1024, Lanes)>,
}

impl KeptShocks {
    /// Forgets all but the first `vectors`.
    pub(super) fn truncate(&mut self, vectors: usize) {
        self.drawn.truncate(vectors);
    }

    /// Normals from here, and from `start`, the beginning of the stream, what is not here yet.
    pub(super) fn follow<'a>(&'a mut self, start: Drawing<'a>) -> FollowedShocks<'a> {
        FollowedShocks { kept: self, taken: 0, drawing: start }
    }
}

impl fmt::Debug for KeptShocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptShocks").field("drawn", &self.drawn.len()).finish()
    }
}

/// Goes through [`KeptShocks`] and adds to them.
pub(super) struct FollowedShocks<'a> {
    kept: &'a mut KeptShocks,
    taken: usize,
    drawing: Drawing<'a>,
}

impl Shocks for FollowedShocks<'_> {
    fn next(&mut self) -> &[f64] {
        let drawn = &mut self.kept.drawn;
        if self.taken == drawn.len() {
            let Drawing { passes, lanes, words } = &mut self.drawing;
            let mut state = drawn.last().map_or_else(|| lanes.clone(), |(_, behind)| behind.clone());
            let mut normals = Vector1024([0.0; VECTOR_ROWS]);
            passes.normals(&mut state, words, &mut normals.0);
            drawn.push((normals, state));
        }
        self.taken += 1;
        &drawn[self.taken - 1].0.0
    }
}
