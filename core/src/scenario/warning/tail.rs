//! What the tail of one deal's MOIC means for its mean and variance, in closed form.

use super::{Warning, WarningCode};
use crate::scenario::{
    AtCap, Config, DealOutlook, Marginal,
    number::{fixed, number, scientific},
    recycling::RecyclingRule,
    summary::exponent_exceeds,
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
        if !exponent_exceeds(&bucket.marginal, 2)
            && let Some(exponent) = DealOutlook::of(bucket).tail_exponent()
        {
            let message = format!(
                "the tail exponent of {:?} is {}: at 2 or less, and without a cap, its variance is infinite, \
                 so that means settle slowly and standard deviations not at all; maxMoic would bound it",
                bucket.name,
                fixed(exponent, 3)
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
        .filter_map(|bucket| Some((bucket, DealOutlook::of(bucket).tail_exponent()?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((bucket, exponent)) = heaviest {
        let lost = if exponent_exceeds(&bucket.marginal, power) { "variance is" } else { "mean and variance are" };
        let message = format!(
            "without maxRecycledShare, recycling raises large multiples to the power {power}: the tail exponent of {:?}, \
             {}, becomes {} in the recycled fund, whose {lost} infinite; set maxRecycledShare or maxMoic",
            bucket.name,
            fixed(exponent, 3),
            fixed(exponent / f64::from(power), 3)
        );
        let figures = [("exponent", exponent), ("tailPower", f64::from(power))];
        warnings.push(Warning::new(WarningCode::InfiniteVariance, "recycling.maxRecycledShare", message, &figures));
    }
}

/// Warns of caps from which much of a mean comes.
pub(super) fn cap_binds(config: &Config, warnings: &mut Vec<Warning>) {
    for (index, bucket) in config.buckets().iter().enumerate() {
        if let Some(AtCap { multiple: cap, share_of_deals, share_of_mean }) = DealOutlook::of(bucket).at_cap()
            && share_of_mean > CAP_BINDS_SHARE
        {
            let message = format!(
                "{} % of the mean of {:?} comes from the {} % of its deals that reach the cap of {}: the cap \
                 decides much of the outcome",
                fixed(share_of_mean * 100.0, 1),
                bucket.name,
                fixed(share_of_deals * 100.0, 3),
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
        let Some(AtCap { multiple: cap, share_of_deals, .. }) = DealOutlook::of(bucket).at_cap() else { continue };
        let deals = f64::from(config.num_scenarios()) * f64::from(bucket.deals);
        let expected = share_of_deals * deals;
        if expected < CAP_NEVER_REACHED {
            let message = format!(
                "{} of the {} deals of {:?} in this run are expected to reach the cap of {}: it almost \
                 surely changes nothing",
                scientific(expected),
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
