//! Progress: a bar on a terminal, a few plain lines elsewhere.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU32, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how many of a number of blocks are done. Safe to tell from many threads.
pub struct Progress {
    bar: Option<ProgressBar>,
    what: &'static str,
    total: u32,
    /// Tenths that were said on plain lines.
    said: AtomicU32,
}

impl Progress {
    /// Begins to show `what` over `total` blocks, on standard error.
    pub fn begin(what: &'static str, total: u32) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {eta}");
            let bar = ProgressBar::new(total.into()).with_message(what);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, what, total, said: AtomicU32::new(0) }
    }

    /// `done` blocks are done.
    pub fn at(&self, done: u32) {
        if let Some(bar) = &self.bar {
            bar.set_position(done.into());
            return;
        }
        let tenths = (u64::from(done) * 10 / u64::from(self.total.max(1))) as u32;
        // Short computations say nothing: their first news is that they are done.
        if tenths < 10 && self.total > 1_000 && self.said.fetch_max(tenths, Ordering::Relaxed) < tenths {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "{}: {} %", self.what, tenths * 10);
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
