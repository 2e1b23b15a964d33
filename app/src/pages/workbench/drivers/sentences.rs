//! What the bars say, in words.

use super::lever::Lever;
use super::ranking::{RankedLever, Ranking};
use crate::format;

/// Which input moves the figure most, and which of the shares of capital, which a person sets at will.
pub fn sentences(ranking: &Ranking) -> Vec<String> {
    let figure = ranking.figure;
    let phrase = figure.phrase();
    let chance = || format!("than chance would in {}", format::rows(ranking.num_scenarios));
    let Some(base) = ranking.base else {
        return vec![format!("Here {phrase} is undefined, so that nothing can be said to move it.")];
    };
    let what_it_does = |row: &RankedLever| {
        let side = row.largest()?;
        let from = &row.from;
        let others = if matches!(row.lever, Lever::Capital(_)) { ", the others in their proportion," } else { "" };
        Some(format!(
            "from {from} to {}{others} it goes from {} to {} ({})",
            side.to,
            figure.words(base),
            figure.words(base + side.change),
            figure.change_words(side.change, side.error),
        ))
    };
    let mut sentences = Vec::new();
    let first = ranking.rows.first().filter(|row| row.is_clear);
    match first.and_then(|row| Some((row, what_it_does(row)?))) {
        Some((row, words)) => {
            sentences.push(format!("Of all inputs, {} moves {phrase} most: {words}.", input_phrase(row)));
            if matches!(row.lever, Lever::Capital(_)) {
                return sentences;
            }
        }
        None => return vec![format!("None of the inputs, moved by this step, changes {phrase} more {}.", chance())],
    }
    match ranking.first_capital() {
        Some(row) if row.is_clear => {
            let bucket = row.bucket.as_deref().map(format::isolated).unwrap_or_default();
            sentences.extend(
                what_it_does(row).map(|words| format!("Of the shares of capital it is that of {bucket}: {words}.")),
            );
        }
        Some(_) => sentences.push(format!("None of the shares of capital changes it more {}.", chance())),
        None => {}
    }
    sentences
}

/// An input inside a sentence.
fn input_phrase(row: &RankedLever) -> String {
    match &row.bucket {
        Some(bucket) => format!("“{}” of {}", row.label, format::isolated(bucket)),
        None => format!("“{}”", row.label),
    }
}
