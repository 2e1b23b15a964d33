//! How many rows are enough, and what a heavy tail makes of that.

use foliocast_core::scenario::{Config, DealOutlook, Distribution, MeanErrorMethod};

use crate::components::KeyFigure;
use crate::format;

/// Most scenarios of a run.
const MOST_ROWS: f64 = 1e8;

/// How many rows a figure needs to be known as well as is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Advice {
    /// The rows that are there are enough; fewer would be.
    Enough {
        /// As many would do.
        rows: u32,
    },
    /// So many are needed.
    Needs {
        /// Rows, to two digits upwards.
        rows: u32,
    },
    /// More than a run can have.
    TooMany,
    /// An error that shrinks slower than 1/√n promises nothing.
    NoPromise,
    /// The figure has no error here.
    Unknown,
}

/// How many rows make a figure's 95 % interval reach no further than `reach` to each side, given what `rows` rows say of it:
/// intervals shrink as 1/√n.
///
/// A run of 10,000 rows that knows a figure to ± 0.04 needs four times as many to know it to ± 0.02.
pub fn advise(figure: KeyFigure, distribution: &Distribution, rows: u32, reach: f64) -> Advice {
    if figure == KeyFigure::Mean && distribution.errors.mean_method == MeanErrorMethod::BatchMeans {
        return Advice::NoPromise;
    }
    let Some(present) = figure.reach(distribution).filter(|present| *present > 0.0 && reach > 0.0) else {
        return Advice::Unknown;
    };
    let needed = f64::from(rows) * (present / reach) * (present / reach);
    if needed > MOST_ROWS {
        Advice::TooMany
    } else if present <= reach {
        Advice::Enough { rows: two_digits_up(needed) }
    } else {
        Advice::Needs { rows: two_digits_up(needed) }
    }
}

/// A number of rows, upwards to two significant digits: 587,123 becomes 590,000.
fn two_digits_up(rows: f64) -> u32 {
    let rows = rows.ceil().clamp(1.0, MOST_ROWS) as u32;
    let mut unit = 1;
    while rows / unit >= 100 {
        unit *= 10;
    }
    rows.div_ceil(unit) * unit
}

/// How much of the mean comes from few scenarios and few deals.
pub fn tail_sentences(distribution: &Distribution, config: &Config) -> Vec<String> {
    let mut sentences = Vec::new();
    if distribution.errors.mean_method == MeanErrorMethod::BatchMeans {
        sentences.push(
            "The variance is infinite: more rows narrow the mean slower than 1/√n, and a rare scenario can still move it. \
             The median and the other quantiles hold."
                .to_owned(),
        );
    }
    if let Some(share) = distribution.top1_share {
        let error = distribution
            .errors
            .top1_share
            .map_or(String::new(), |error| format!(" (± {} points)", format::standard_error_points(error)));
        sentences.push(format!("The top 1 % of scenarios give {}{error} of the mean.", format::percent(share)));
    }
    sentences.extend(cap_sentence(config));
    sentences
}

/// What deals at their cap give, in closed form: of a bucket's mean, and of the fund's before recycling.
fn cap_sentence(config: &Config) -> Option<String> {
    let mut parts = Vec::new();
    let (mut of_caps, mut of_all) = (0.0, 0.0);
    for bucket in config.buckets() {
        let outlook = DealOutlook::of(bucket);
        let mean = bucket.capital_allocation * outlook.mean();
        of_all += mean;
        if let Some(cap) = outlook.at_cap() {
            of_caps += mean * cap.share_of_mean;
            parts.push(format!("{} {}", format::isolated(&bucket.name), format::percent(cap.share_of_mean)));
        }
    }
    (of_caps > 0.0 && of_all > 0.0).then(|| {
        format!(
            "Deals at their cap give {} of the fund’s mean before recycling (of each bucket’s: {}).",
            format::percent(of_caps / of_all),
            parts.join(", ")
        )
    })
}
