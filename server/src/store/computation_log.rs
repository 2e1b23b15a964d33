//! What is written down of a computation as it goes on, a line for each event: when, Unix milliseconds, and what.

use std::time::Duration;

use super::Priority;

/// Characters of a log that are kept, from its end. PostgreSQL's function `with_line` has the same number.
pub const LOG_CHARACTERS: i64 = 8_000;

/// Characters of a line that are kept.
const MOST_CHARACTERS: usize = 500;

/// The result is stored.
pub const COMPLETE: &str = "complete: the result is stored";
/// Its process stops, or could not store the result.
pub const HANDED_BACK: &str = "handed back by its process; the attempt does not count";
/// Its process is gone, or did not say in time that it is there.
pub const LEFT_BEHIND: &str = "its process was not heard of any more; waits for another";
/// Everybody who had asked for it let it go.
pub const UNWANTED: &str = "cancelled: nobody waits for it any more";

/// It is new.
pub fn taken_on(priority: Priority) -> String {
    format!("taken on, priority {}", priority.name())
}

/// An attempt begins.
pub fn claimed_by(attempt: i64, process: &str) -> String {
    text(&format!("attempt {attempt} begun by {process}"))
}

/// An attempt came to nothing.
pub fn attempt_failed(error: &str, retry_after: Option<Duration>) -> String {
    text(&match retry_after {
        Some(pause) => format!("the attempt failed: {error}; next one after {:.1} s", pause.as_secs_f64()),
        None => format!("failed: {error}"),
    })
}

/// An operator ended it.
pub fn cancelled_by(key_name: &str) -> String {
    text(&format!("cancelled by {key_name}"))
}

/// An operator lets it begin anew.
pub fn retried_by(key_name: &str) -> String {
    text(&format!("to be tried again, asked by {key_name}"))
}

/// A text that is one line, and not a long one; databases keep no NUL.
pub fn text(words: &str) -> String {
    let is_kept = |character: &char| !character.is_control();
    let mut characters = words.chars().map(|character| if is_kept(&character) { character } else { ' ' });
    let mut kept: String = characters.by_ref().take(MOST_CHARACTERS).collect();
    if characters.next().is_some() {
        kept.push('…');
    }
    kept
}

/// A line as it is kept.
pub fn line(at_ms: i64, words: &str) -> String {
    format!("{at_ms} {}\n", text(words))
}

/// The lines of a log, oldest first. The first one of a log that was cut may lack its beginning: then it is left out.
pub fn lines(log: &str) -> Vec<(i64, String)> {
    let read = |line: &str| {
        let (at_ms, words) = line.split_once(' ')?;
        // A cut number is one of another time.
        (at_ms.len() >= 13).then_some(())?;
        Some((at_ms.parse().ok()?, words.to_owned()))
    };
    log.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_as_it_was_written() {
        let log = [line(1_790_000_000_000, &taken_on(Priority::Low)), line(1_790_000_000_500, "two\nlines\0")].concat();
        let read = lines(&log);
        let expected = [(1_790_000_000_000, "taken on, priority low"), (1_790_000_000_500, "two lines ")];
        assert_eq!(read, expected.map(|(at_ms, words)| (at_ms, words.to_owned())));
    }

    #[test]
    fn what_is_left_of_a_cut_line_is_left_out() {
        let log = line(1_790_000_000_000, "first") + &line(1_790_000_000_500, "second");
        for cut in 1..20 {
            assert_eq!(lines(&log[cut..]), [(1_790_000_000_500, "second".to_owned())], "cut at {cut}");
        }
    }
}
