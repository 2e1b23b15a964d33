//! What commands say: results on standard output, everything about them on standard error.

use std::io::{self, Write};

/// The two ends a command writes to.
pub struct Output {
    results: Box<dyn Write + Send>,
    notes: Box<dyn Write + Send>,
}

impl Output {
    /// Standard output and standard error.
    pub fn standard() -> Self {
        Self { results: Box::new(io::stdout()), notes: Box::new(io::stderr()) }
    }

    /// A line of the result.
    ///
    /// # Errors
    /// What writing it met.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.results, "{text}")?;
        self.results.flush()
    }

    /// A line about the result.
    ///
    /// # Errors
    /// What writing it met.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.notes, "{text}")
    }
}
