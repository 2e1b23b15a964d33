//! Which inputs of two drafts differ.

use foliocast_core::scenario::{Config, CorrelationWeights, Marginal, Recycling};

use super::super::typed::{Unit, typed};
use crate::format;

/// An input that differs between two configurations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which input, as the page calls it.
    pub what: String,
    /// In the one.
    pub from: String,
    /// In the other.
    pub to: String,
}

/// What differs between two configurations, in the order of the inputs panel. Numbers of rows are left out: they change no
/// scenario.
///
/// ```
/// use foliocast_app::pages::workbench::changes;
/// use foliocast_core::scenario::default_fund;
///
/// assert!(changes(&default_fund("one"), &default_fund("one")).is_empty());
/// assert_eq!(changes(&default_fund("one"), &default_fund("two"))[0].what, "Fund");
/// ```
pub fn changes(from: &Config, to: &Config) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    changes.note("Fund", from.fund_id().to_owned(), to.fund_id().to_owned());
    buckets(from, to, &mut changes);
    weights(from.correlation_weights(), to.correlation_weights(), &mut changes);
    recycling(from.recycling(), to.recycling(), &mut changes);
    changes.note("Seed", from.seed().to_owned(), to.seed().to_owned());
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn note(&mut self, what: impl Into<String>, from: String, to: String) {
        if from != to {
            self.0.push(Change { what: what.into(), from, to });
        }
    }
}

const NONE: &str = "none";

fn buckets(from: &Config, to: &Config, changes: &mut Changes) {
    for bucket in from.buckets() {
        let name = format::isolated(&bucket.name);
        let Some(other) = to.buckets().iter().find(|other| other.name == bucket.name) else {
            changes.note(name, "a bucket".into(), NONE.into());
            continue;
        };
        let capital = |percent| format!("{} %", typed(percent, Unit::Percent));
        let cap = |cap: Option<f64>| cap.map_or_else(|| NONE.to_owned(), multiple);
        let of = |what: &str| format!("{what}, {name}");
        changes.note(of("Capital"), capital(bucket.capital_allocation), capital(other.capital_allocation));
        changes.note(of("Deals"), format::count(bucket.deals.into()), format::count(other.deals.into()));
        changes.note(of("Lose all"), share(bucket.loss_probability), share(other.loss_probability));
        changes.note(of("Cap"), cap(bucket.max_moic), cap(other.max_moic));
        changes.note(of("One deal"), marginal(&bucket.marginal), marginal(&other.marginal));
    }
    for bucket in to.buckets().iter().filter(|bucket| from.buckets().iter().all(|other| other.name != bucket.name)) {
        changes.note(format::isolated(&bucket.name), NONE.into(), "a bucket".into());
    }
}

fn weights(from: CorrelationWeights, to: CorrelationWeights, changes: &mut Changes) {
    changes.note("Macro", share(from.macro_), share(to.macro_));
    changes.note("Bucket", share(from.systematic), share(to.systematic));
    changes.note("Deal itself", share(from.idiosyncratic), share(to.idiosyncratic));
}

fn recycling(from: Recycling, to: Recycling, changes: &mut Changes) {
    let parts = |recycling| match recycling {
        Recycling::Disabled => None,
        Recycling::SameBucket {
            reinvestment_rate,
            avg_holding_period_years,
            fund_lifetime_years,
            max_recycled_share,
        } => Some([
            ("Reinvested", share(reinvestment_rate)),
            ("At most", max_recycled_share.map_or_else(|| "no cap".to_owned(), share)),
            ("Holding", format::years(avg_holding_period_years)),
            ("Fund life", format::years(fund_lifetime_years)),
        ]),
    };
    match (parts(from), parts(to)) {
        (Some(from), Some(to)) => {
            for ((what, from), (_, to)) in from.into_iter().zip(to) {
                changes.note(what, from, to);
            }
        }
        (from, to) => {
            let words = |is_on: bool| if is_on { "on".to_owned() } else { "off".to_owned() };
            changes.note("Recycling", words(from.is_some()), words(to.is_some()));
        }
    }
}

/// One deal's outcomes in a few words.
fn marginal(marginal: &Marginal) -> String {
    match marginal {
        Marginal::PowerLaw { median, p90 } => format!("median {}, P90 {}", multiple(*median), multiple(*p90)),
        Marginal::Table { bands, tail_exponent } => {
            let bands: Vec<String> =
                bands.iter().map(|band| format!("{} to {}", share(band.share), multiple(band.to))).collect();
            format!("{}, tail exponent {}", bands.join(", "), typed(*tail_exponent, Unit::Plain))
        }
    }
}

fn multiple(value: f64) -> String {
    format!("{} ×", typed(value, Unit::Multiple))
}

fn share(value: f64) -> String {
    format!("{} %", typed(value, Unit::Share))
}
