//! What the tail of one deal's MOIC means for its mean and variance, in closed form.

use super::{Warning, WarningCode};
use crate::{
    math,
    scenario::{Bucket, Config, Marginal, config::number, recycling::RecyclingRule, summary::exponent_exceeds},
};

/// Above this share of the mean from deals at the cap, the cap decides more than the calibration says.
const CAP_BINDS_SHARE: f64 = 0.1;

/// With fewer deals at the cap expected in a whole run, a thousand such runs have about one.
const CAP_NEVER_REACHED: f64 = 0.001;

/// Warns of marginals with an infinite variance.
pub(super) fn infinite_variance(config: &Config, warnings: &mut Vec<Warning>) {
    for (index, bucket) in config.buckets().iter().enumerate() {
        if bucket.max_moic.is_some() {
            continue;
        }
        let member = match bucket.marginal {
            Marginal::PowerLaw { .. } => "moicCalibration",
            Marginal::Table { .. } => "outcomeTable.tailExponent",
        };
        if !exponent_exceeds(&bucket.marginal, 2) {
            let exponent = exponent(&bucket.marginal);
            let message = format!(
                "the tail exponent of {:?} is {exponent:.3}: at 2 or less, and without a cap, its variance is infinite, \
                 so that means settle slowly and standard deviations not at all; maxMoic would bound it",
                bucket.name
            );
            let path = format!("buckets[{index}].{member}");
            warnings.push(Warning::new(WarningCode::InfiniteVariance, path, message, &[("exponent", exponent)]));
        }
    }
}

/// Warns where recycling without a cap takes the fund's variance, by the same comparison that leaves the summary's
/// errors out.
pub(super) fn infinite_recycled_variance(config: &Config, warnings: &mut Vec<Warning>) {
    let power = RecyclingRule::new(config.recycling()).map_or(1, |rule| rule.tail_power());
    let heaviest = config
        .buckets()
        .iter()
        .filter(|bucket| bucket.capital_allocation > 0.0 && bucket.max_moic.is_none())
        .filter(|bucket| power > 1 && !exponent_exceeds(&bucket.marginal, 2 * power))
        .map(|bucket| (bucket, exponent(&bucket.marginal)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((bucket, exponent)) = heaviest {
        let lost = if exponent_exceeds(&bucket.marginal, power) { "variance is" } else { "mean and variance are" };
        let message = format!(
            "without maxRecycledShare, recycling raises large multiples to the power {power}: the tail exponent of {:?}, \
             {exponent:.3}, becomes {:.3} in the recycled fund, whose {lost} infinite; set maxRecycledShare or maxMoic",
            bucket.name,
            exponent / f64::from(power)
        );
        let figures = [("exponent", exponent), ("tailPower", f64::from(power))];
        warnings.push(Warning::new(WarningCode::InfiniteVariance, "recycling.maxRecycledShare", message, &figures));
    }
}

/// Warns of caps from which much of a mean comes.
pub(super) fn cap_binds(config: &Config, warnings: &mut Vec<Warning>) {
    for (index, bucket) in config.buckets().iter().enumerate() {
        if let Some(Capped { cap, share_of_deals, share_of_mean }) = capped(bucket)
            && share_of_mean > CAP_BINDS_SHARE
        {
            let message = format!(
                "{:.1} % of the mean of {:?} comes from the {:.3} % of its deals that reach the cap of {}: the cap \
                 decides much of the outcome",
                share_of_mean * 100.0,
                bucket.name,
                share_of_deals * 100.0,
                number(cap)
            );
            let figures = [("shareOfMean", share_of_mean), ("shareOfDeals", share_of_deals), ("maxMoic", cap)];
            let path = format!("buckets[{index}].maxMoic");
            warnings.push(Warning::new(WarningCode::CapBinds, path, message, &figures));
        }
    }
}

/// Warns of caps that no deal of the run can be expected to reach.
pub(super) fn cap_never_reached(config: &Config, warnings: &mut Vec<Warning>) {
    for (index, bucket) in config.buckets().iter().enumerate() {
        let Some(Capped { cap, share_of_deals, .. }) = capped(bucket) else { continue };
        let deals = f64::from(config.num_scenarios()) * f64::from(bucket.deals);
        let expected = share_of_deals * deals;
        if expected < CAP_NEVER_REACHED {
            let message = format!(
                "{expected:.1e} of the {} deals of {:?} in this run are expected to reach the cap of {}: it almost \
                 surely changes nothing",
                number(deals),
                bucket.name,
                number(cap)
            );
            let figures = [("maxMoic", cap), ("expectedDealsAtCap", expected)];
            let path = format!("buckets[{index}].maxMoic");
            warnings.push(Warning::new(WarningCode::LeverWithoutEffect, path, message, &figures));
        }
    }
}

/// What a cap does to one deal.
struct Capped {
    cap: f64,
    /// Probability that a deal is at the cap.
    share_of_deals: f64,
    /// Share of the mean that comes from deals at the cap.
    share_of_mean: f64,
}

/// `None` without a cap, and where all deals return the same.
fn capped(bucket: &Bucket) -> Option<Capped> {
    let cap = bucket.max_moic?;
    let survival = 1.0 - bucket.loss_probability;
    let (below, share_of_deals) = match &bucket.marginal {
        &Marginal::PowerLaw { median, p90 } => {
            if median == p90 {
                return None;
            }
            let inverse_exponent = inverse_exponent(median, p90);
            let x_min = median * math::exp2(inverse_exponent * math::log2(0.5 / survival));
            let span = math::ln(cap / x_min) / inverse_exponent;
            (power_law_piece(x_min, survival, inverse_exponent, span), survival * exp(-span))
        }
        Marginal::Table { bands, tail_exponent } => {
            let first = bands.first()?;
            let mut beyond = 1.0 - first.share;
            let mut edge = first.to;
            let mut below = edge * (survival - beyond) / 2.0;
            for band in &bands[1..] {
                let next_beyond = beyond - band.share;
                let span = math::ln(beyond / next_beyond);
                below += power_law_piece(edge, beyond, math::ln(band.to / edge) / span, span);
                (edge, beyond) = (band.to, next_beyond);
            }
            let inverse_exponent = 1.0 / tail_exponent;
            let span = math::ln(cap / edge) / inverse_exponent;
            (below + power_law_piece(edge, beyond, inverse_exponent, span), beyond * exp(-span))
        }
    };
    let at_cap = cap * share_of_deals;
    Some(Capped { cap, share_of_deals, share_of_mean: at_cap / (below + at_cap) })
}

/// The tail's exponent; infinite where all deals return the same.
fn exponent(marginal: &Marginal) -> f64 {
    match *marginal {
        Marginal::PowerLaw { median, p90 } => 1.0 / inverse_exponent(median, p90),
        Marginal::Table { tail_exponent, .. } => tail_exponent,
    }
}

/// 1/α of the power law through the median and the 90 % quantile; 0 where they are equal.
fn inverse_exponent(median: f64, p90: f64) -> f64 {
    math::ln(p90 / median) / math::ln(5.0)
}

/// ∫ from·(top/p)^s dp over p from top·e^(−span) to top: what the piece of a power law that begins at multiple `from`
/// and upper-tail probability `top` adds to the mean.
///
/// With v = ln(top/p) it is from·top·∫₀^span e^(−(1 − s)·v) dv, and w = (1 − s)·span may be near 0.
fn power_law_piece(from: f64, top: f64, s: f64, span: f64) -> f64 {
    let w = (1.0 - s) * span;
    // (1 − e^(−w))/w by its series where the difference would cancel; the next term is below 10⁻¹².
    let mean_decay = if w.abs() < 1e-2 {
        1.0 - w / 2.0 * (1.0 - w / 3.0 * (1.0 - w / 4.0 * (1.0 - w / 5.0)))
    } else {
        (1.0 - exp(-w)) / w
    };
    from * top * span * mean_decay
}

/// eˣ, 0 where it is too small to matter. x ≤ 28: spans and ranges of multiples bound it.
fn exp(x: f64) -> f64 {
    if x < -700.0 { 0.0 } else { math::exp2(x * core::f64::consts::LOG2_E) }
}
