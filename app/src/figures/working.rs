//! The arithmetic of the examples, with the opening fund's own numbers.

use foliocast_core::scenario::{Comparison, Config, Distribution, Limits, Preview, Summary, default_fund};

use crate::charts::wilson_interval;
use crate::format::{
    change_with_error, count, decimal, multiple, percent, percent_interval, standard_error, standard_error_points,
};

fn fund(summary: &Summary) -> &Distribution {
    &summary.fund.recycled
}

fn rows(summary: &Summary) -> String {
    count(summary.num_scenarios.into())
}

/// Scenarios in bins from `edge` up; exact where `edge` is a bin's.
fn at_or_above(distribution: &Distribution, edge: f64) -> u64 {
    let histogram = &distribution.histogram;
    let first = histogram.edges.partition_point(|&other| other < edge);
    histogram.counts.iter().skip(first).map(|&count| u64::from(count)).sum()
}

pub(super) fn median(summary: &Summary) -> String {
    let h = f64::from(summary.num_scenarios - 1) * 0.5;
    format!(
        "S = {}, so h = {} × 0.5 = {}: the median lies between the sorted scenarios {} and {}, {} of the way.",
        rows(summary),
        count(u64::from(summary.num_scenarios) - 1),
        decimal(h, 1),
        count(h.floor() as u64 + 1),
        count(h.floor() as u64 + 2),
        decimal(h.fract(), 1),
    )
}

/// Seed's losses five points higher, compared with the opening fund in its own scenarios.
pub(super) fn change(summary: &Summary) -> String {
    let opening = default_fund("default");
    let text = opening.to_canonical_json().replacen("\"lossProbability\":0.4,", "\"lossProbability\":0.45,", 1);
    let Ok(moved) = Config::from_json(&text, &Limits::default()) else { return String::new() };
    let outcomes = |config: &Config| {
        let mut preview = Preview::new(config);
        while !preview.step(1) {}
        preview.outcomes(preview.rows_available())
    };
    let comparison = outcomes(&opening).zip(outcomes(&moved)).and_then(|(a, b)| Comparison::new(&a, &b).ok());
    let Some(change) = comparison.and_then(|comparison| Some(comparison.recycled?.probabilities.lt1)) else {
        return String::new();
    };
    let points = |share: Option<f64>| share.map_or_else(String::new, standard_error_points);
    format!(
        "With 45 % of Seed’s deals lost instead of 40 %, in the same {} scenarios: {}. Two separate runs would know it to ± {} points.",
        rows(summary),
        change_with_error(
            change.difference.unwrap_or_default() * 100.0,
            change.error.map(|error| error * 100.0),
            "points"
        ),
        points(change.separate_error),
    )
}

pub(super) fn rows_enough(summary: &Summary) -> String {
    let Some(interval) = fund(summary).errors.quantiles.p50 else { return String::new() };
    let half = (interval.high - interval.low) / 2.0;
    let needed = f64::from(summary.num_scenarios) * (half / 0.01) * (half / 0.01);
    format!(
        "{} scenarios know the median to ± {}; for ± 0.01 it takes {} × ({} ÷ 0.01)² = {} of them.",
        rows(summary),
        standard_error(half),
        rows(summary),
        standard_error(half),
        count(needed.ceil() as u64),
    )
}

pub(super) fn mean(summary: &Summary) -> String {
    let Some(s) = fund(summary).std_dev else { return String::new() };
    format!(
        "s = {}, S = {}: the standard error is {} ÷ √{} = {}.",
        decimal(s, 4),
        rows(summary),
        decimal(s, 4),
        rows(summary),
        standard_error(s / f64::from(summary.num_scenarios).sqrt()),
    )
}

fn share(hits: u64, summary: &Summary, what: &str) -> String {
    let total = u64::from(summary.num_scenarios);
    format!(
        "{} of {} scenarios {what}: p = {} ÷ {} = {}. Wilson’s interval with z = 1.96 is {}.",
        count(hits),
        count(total),
        count(hits),
        count(total),
        percent(hits as f64 / total as f64),
        percent_interval(wilson_interval(hits, total)),
    )
}

pub(super) fn loses_money(summary: &Summary) -> String {
    let hits = u64::from(summary.num_scenarios) - at_or_above(fund(summary), 1.0);
    share(hits, summary, "return less than 1 ×")
}

pub(super) fn triples(summary: &Summary) -> String {
    // 3 is no edge of the histogram; the share is a whole number of scenarios all the same.
    let hits = (fund(summary).probabilities.ge3 * f64::from(summary.num_scenarios)).round() as u64;
    share(hits, summary, "return 3 × or more")
}

pub(super) fn worst_5(summary: &Summary) -> String {
    let tail = f64::from(summary.num_scenarios) / 20.0;
    format!(
        "S ÷ 20 = {}: the lowest {} scenarios return {} together, {} each on average.",
        decimal(tail, 2),
        decimal(tail, 2),
        multiple(fund(summary).worst5_mean * tail),
        multiple(fund(summary).worst5_mean),
    )
}

pub(super) fn top_1(summary: &Summary) -> String {
    let Some(share) = fund(summary).top1_share else { return String::new() };
    let best = summary.num_scenarios.div_ceil(100);
    let sum = fund(summary).mean * f64::from(summary.num_scenarios);
    format!(
        "All {} scenarios return {} together; the best {} of them {} × {} = {}, {} each on average.",
        rows(summary),
        multiple(sum),
        count(best.into()),
        percent(share),
        multiple(sum),
        multiple(share * sum),
        multiple(share * sum / f64::from(best)),
    )
}

pub(super) fn quantiles(summary: &Summary) -> String {
    let h = f64::from(summary.num_scenarios - 1) * 0.95;
    format!(
        "For the 95 % quantile h = {} × 0.95 = {}: between the sorted scenarios {} and {}, {} of the way.",
        count(u64::from(summary.num_scenarios) - 1),
        decimal(h, 2),
        count(h.floor() as u64 + 1),
        count(h.floor() as u64 + 2),
        decimal(h.fract(), 2),
    )
}

pub(super) fn standard_deviation(summary: &Summary) -> String {
    let (Some(s), mean) = (fund(summary).std_dev, fund(summary).mean) else { return String::new() };
    format!(
        "s² = {}² = {}; the spread is {} of the mean of {}.",
        decimal(s, 4),
        decimal(s * s, 4),
        percent(s / mean),
        multiple(mean),
    )
}

pub(super) fn histogram(summary: &Summary) -> String {
    let (histogram, median) = (&fund(summary).histogram, fund(summary).quantiles.p50);
    let bin = histogram.edges.partition_point(|&edge| edge <= median).saturating_sub(1);
    let (Some(&low), Some(&high), Some(&hits)) =
        (histogram.edges.get(bin), histogram.edges.get(bin + 1), histogram.counts.get(bin))
    else {
        return String::new();
    };
    format!(
        "The median lies in the bin from {} to {}, which holds {} of {} scenarios: {}.",
        decimal(low, 3),
        decimal(high, 3),
        count(hits.into()),
        rows(summary),
        percent(f64::from(hits) / f64::from(summary.num_scenarios)),
    )
}

pub(super) fn contribution(summary: &Summary) -> String {
    let sum = |shares: &[Option<f64>]| {
        let parts: Vec<String> = shares.iter().flatten().map(|&share| percent(share)).collect();
        format!("{} = {}", parts.join(" + "), percent(shares.iter().flatten().sum()))
    };
    format!(
        "Of the mean: {}. Of the variance: {}. (Parts are rounded, sums are not of the rounded parts.)",
        sum(&summary.fund.contribution_to_mean),
        sum(&summary.fund.contribution_to_variance),
    )
}

pub(super) fn correlation(summary: &Summary) -> String {
    format!(
        "The matrix has {} rows and columns: the buckets in order, and the fund before recycling last.",
        summary.buckets.len() + 1
    )
}

pub(super) fn recycling(summary: &Summary) -> String {
    let deployed = summary.buckets.first().and_then(|bucket| bucket.deployed.as_ref());
    let Some(deployed) = deployed else { return String::new() };
    format!(
        "The fund lives 10 years and holds deals 5, so T = 10 ÷ 5 − 1 = 1 round: D = 1 + min(0.1·m, 0.25). From m = 2.5 on \
         the limit holds D at 1.25, which is its 95 % quantile here: {}.",
        decimal(deployed.quantiles.p95, 3),
    )
}

pub(super) fn infinite_variance(summary: &Summary) -> String {
    format!(
        "The opening fund’s tables have a tail exponent of 1.44 (the variance would be infinite), and caps of 200, 100 and \
         60 ×, which bound it: s = {}, and the error of the mean is its standard error.",
        fund(summary).std_dev.map_or_else(|| crate::format::ABSENT.to_owned(), |s| decimal(s, 4)),
    )
}
