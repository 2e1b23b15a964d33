//! Settings that change no number of this run, or no distribution.

use super::{Warning, WarningCode};
use crate::scenario::{
    Bucket, Config, Marginal, Recycling,
    config::Micros,
    number::{fixed, number},
};

/// Warns of every setting without effect.
pub(super) fn without_effect(config: &Config, warnings: &mut Vec<Warning>) {
    let mut warn = |path: String, message: String, figures: &[(&str, f64)]| {
        warnings.push(Warning::new(WarningCode::LeverWithoutEffect, path, message, figures));
    };
    let weights = config.correlation_weights();
    let random: Vec<&Bucket> = config.buckets().iter().filter(|bucket| !bucket.is_constant()).collect();

    if random.is_empty() {
        let message = "every deal returns the same multiple, so that no random draw is used: the seed changes nothing";
        warn("seed".to_owned(), message.to_owned(), &[]);
    }
    for (index, bucket) in config.buckets().iter().enumerate() {
        let path = |member: &str| format!("buckets[{index}].{member}");
        let name = &bucket.name;
        if bucket.capital_allocation == 0.0 {
            let message = format!("{name:?} has no capital: it has figures of its own, but changes none of the fund's");
            warn(path("capitalAllocation"), message, &[("capitalAllocation", 0.0)]);
        }
        if bucket.deals > 1 && (bucket.is_constant() || weights.idiosyncratic == 0.0) {
            let why = if bucket.is_constant() {
                "every deal returns the same multiple"
            } else {
                "the idiosyncratic weight is 0, so that all deals of a bucket return the same"
            };
            let message = format!("{name:?} has {} deals, but {why}: one deal gives the same figures", bucket.deals);
            warn(path("deals"), message, &[("deals", bucket.deals.into())]);
        }
        if let (Some(cap), true) = (bucket.max_moic, bucket.is_constant()) {
            let message =
                format!("{name:?} is capped at {}, but every deal returns the same lower multiple", number(cap));
            warn(path("maxMoic"), message, &[("maxMoic", cap)]);
        }
    }
    weights_without_effect(config, &random, &mut warn);
    recycling_without_effect(config, &mut warn);
}

fn weights_without_effect(config: &Config, random: &[&Bucket], warn: &mut impl FnMut(String, String, &[(&str, f64)])) {
    let weights = config.correlation_weights();
    let sum = |a: f64, b: f64| Micros(Micros::round(a).0 + Micros::round(b).0).to_f64();
    let one_deal_each = random.iter().all(|bucket| bucket.deals == 1);
    match random {
        [] => {
            let message = "every deal returns the same multiple, so that nothing moves, together or alone";
            warn("correlationWeights".to_owned(), message.to_owned(), &[]);
        }
        [bucket] if one_deal_each => {
            let message = format!(
                "the one deal of {:?} is all that is random: how its variance is split changes the draws, but no \
                 distribution",
                bucket.name
            );
            warn("correlationWeights".to_owned(), message, &[]);
        }
        [bucket] if weights.macro_ > 0.0 => {
            let shared = sum(weights.macro_, weights.systematic);
            let message = format!(
                "only {:?} is random, so that macro and systematic act alike: their sum, {}, decides its distribution, \
                 not the split",
                bucket.name,
                number(shared)
            );
            warn("correlationWeights.macro".to_owned(), message, &[("macroAndSystematic", shared)]);
        }
        [_] => {}
        _ if one_deal_each && weights.systematic > 0.0 => {
            let own = sum(weights.systematic, weights.idiosyncratic);
            let message = format!(
                "every bucket is one deal, so that systematic and idiosyncratic act alike: their sum, {}, decides the \
                 distributions, not the split",
                number(own)
            );
            warn("correlationWeights.systematic".to_owned(), message, &[("systematicAndIdiosyncratic", own)]);
        }
        _ => {}
    }
}

fn recycling_without_effect(config: &Config, warn: &mut impl FnMut(String, String, &[(&str, f64)])) {
    let Recycling::SameBucket {
        reinvestment_rate: rate,
        avg_holding_period_years: period_years,
        fund_lifetime_years: lifetime_years,
        max_recycled_share,
    } = config.recycling()
    else {
        return;
    };
    let has_effect = rate > 0.0 && lifetime_years > period_years;
    let mut warn = |member: &str, message: String, figures: &[(&str, f64)]| {
        warn(format!("recycling.{member}"), message, figures);
    };
    if rate == 0.0 {
        let message = "no proceeds are reinvested, so that recycling changes nothing".to_owned();
        warn("reinvestmentRate", message, &[("reinvestmentRate", 0.0)]);
    }
    if lifetime_years <= period_years {
        let message = format!(
            "the fund lives {} years and a deal is held for {}: no time is left to reinvest, so that recycling changes \
             nothing",
            number(lifetime_years),
            number(period_years)
        );
        warn("fundLifetime", message, &[("fundLifetime", lifetime_years), ("avgHoldingPeriod", period_years)]);
    }
    match max_recycled_share {
        Some(0.0) => {
            let message = "at most a share of 0 is reinvested, so that recycling changes nothing".to_owned();
            warn("maxRecycledShare", message, &[("maxRecycledShare", 0.0)]);
        }
        Some(cap) if has_effect => {
            let rounds = lifetime_years / period_years - 1.0;
            let most = config
                .buckets()
                .iter()
                .map(|bucket| highest_multiple(bucket).map(|multiple| recycled_share(rate * multiple, rounds)))
                .try_fold(0.0, |most: f64, share| share.map(|share| most.max(share)));
            // A little room, since multiples are rounded to f32.
            if let Some(most) = most.filter(|most| *most * 1.000_001 < cap) {
                let message = format!(
                    "at most a share of {} can be reinvested, since no deal returns more than its cap: the limit \
                     of {} never binds",
                    fixed(most, 4),
                    number(cap)
                );
                warn("maxRecycledShare", message, &[("maxRecycledShare", cap), ("mostRecycled", most)]);
            }
        }
        _ => {}
    }
}

/// The highest multiple that a bucket can return, where there is one.
fn highest_multiple(bucket: &Bucket) -> Option<f64> {
    match bucket.marginal {
        Marginal::PowerLaw { median, p90 } if median == p90 => Some(median),
        _ => bucket.max_moic,
    }
}

/// What is reinvested per unit of capital when each round reinvests `growth` of the round before, over `rounds` rounds,
/// the last one in part: Σ d_k of `docs/MODEL.md` section 6 without a cap.
fn recycled_share(growth: f64, rounds: f64) -> f64 {
    let (mut sum, mut deployed, mut left) = (0.0, 1.0, rounds);
    // At most 199 rounds: 50 years of a quarter each, less one.
    while left > 0.0 {
        deployed *= growth * left.min(1.0);
        sum += deployed;
        left -= 1.0;
    }
    sum
}
