//! What drives the fund's figures: every input moved by a step, one at a time, with the draws of the others.

mod bars;
mod card;
mod controls;
mod lever;
mod progress;
mod ranking;
mod reasons;
mod sentences;
mod studies;
mod study;

pub(super) use card::Drivers;
pub use lever::{Direction, Lever, Move, Steps};
pub use ranking::{RankedLever, RankedSide, Ranking, Reasoned};
pub use sentences::sentences;
pub use study::{MovedFund, Side, StudiedLever, Study, Subject};
