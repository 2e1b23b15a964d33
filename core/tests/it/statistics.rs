//! Section 7 of `docs/MODEL.md`: what anyone can check in a sample.
//!
//! Every sample has a fixed seed, so nothing here is left to chance; the bounds are what a *correct* generator would
//! miss with the stated probability had the seed been drawn.
#![allow(clippy::disallowed_methods, reason = "closed forms are computed with the platform's functions, on purpose")]

use core::f64::consts::TAU;

use foliocast_core::scenario::{BLOCK_ROWS, Config, Generator, Limits, Observed, Scratch};

const SCENARIOS: usize = 1_000_000;
/// Standard errors allowed where nothing else is said: missed with probability 6e-7 (two-sided).
const STANDARD_ERRORS: f64 = 5.0;

/// A run of these buckets (members of their JSON objects without name and allocation).
fn config(seed: &str, buckets: &[&str]) -> Config {
    let share = 100.0 / buckets.len() as f64;
    let buckets: Vec<_> = buckets
        .iter()
        .enumerate()
        .map(|(index, members)| format!(r#"{{"name": "bucket {index}", "capitalAllocation": {share}, {members}}}"#))
        .collect();
    let text = format!(
        r#"{{"fundId": "statistics", "numScenarios": {SCENARIOS}, "seed": "{seed}", "buckets": [{}],
            "correlationWeights": {{"macro": 0.3, "systematic": 0.25, "idiosyncratic": 0.45}}}}"#,
        buckets.join(",")
    );
    Config::from_json(&text, &Limits::default()).unwrap()
}

/// A column of all scenarios.
fn sample(config: &Config, bucket: usize) -> Vec<f32> {
    let generator = Generator::new(config);
    let mut scratch = Scratch::default();
    let mut column = vec![f32::NAN; SCENARIOS];
    for (block, column) in column.chunks_mut(BLOCK_ROWS).enumerate() {
        generator.column(bucket, block as u32, &mut scratch, column);
    }
    column
}

/// Fails unless `count` of `trials` is within `standard_errors` of what `probability` makes likely.
fn assert_binomial(what: &str, count: usize, trials: usize, probability: f64, standard_errors: f64) {
    let expected = trials as f64 * probability;
    let error = (expected * (1.0 - probability)).sqrt();
    let off = (count as f64 - expected) / error;
    assert!(off.abs() < standard_errors, "{what}: {count} of {trials}, {off:.2} standard errors from {expected}");
}

fn count(sample: &[f32], holds: impl Fn(f64) -> bool) -> usize {
    sample.iter().filter(|value| holds(f64::from(**value))).count()
}

/// Kolmogorov and Smirnov's distance times √n, over the values where `within` holds; a correct sample is above 2.7
/// with probability 2·exp(−2·2.7²) = 9e-7.
fn kolmogorov_smirnov(sample: &[f32], within: impl Fn(f64) -> bool, cdf: impl Fn(f64) -> f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().filter(|(_, value)| within(f64::from(**value))).map(|(rank, &value)| {
        let probability = cdf(f64::from(value));
        (probability - rank as f64 / n).abs().max((probability - (rank + 1) as f64 / n).abs())
    });
    distances.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn a_single_deal_has_the_median_and_p90_of_its_calibration() {
    for (seed, median, p90) in [("a", 1.0, 3.0), ("b", 1.5, 2.0), ("c", 0.4, 1.9)] {
        let sample =
            sample(&config(seed, &[&format!(r#""moicCalibration": {{"median": {median}, "p90": {p90}}}"#)]), 0);
        for (quantile, probability) in [(median, 0.5), (p90, 0.9)] {
            let below = count(&sample, |value| value <= quantile);
            assert_binomial("deals up to the quantile", below, SCENARIOS, probability, STANDARD_ERRORS);
        }
    }
}

#[test]
fn deals_return_nothing_with_the_loss_probability() {
    let table = r#""outcomeTable": {"bands": [{"to": 1, "share": 0.6}], "tailExponent": 2}, "lossProbability": 0.35"#;
    let law = r#""moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.35"#;
    let config = config("losses", &[table, law]);
    for bucket in 0..2 {
        let lost = count(&sample(&config, bucket), |value| value == 0.0);
        assert_binomial("lost deals", lost, SCENARIOS, 0.35, STANDARD_ERRORS);
    }
}

#[test]
fn the_bands_of_a_table_have_their_shares() {
    let bands = [(1.0, 0.5), (2.0, 0.2), (5.0, 0.15), (10.0, 0.08), (20.0, 0.04), (50.0, 0.02)];
    let members: Vec<_> = bands.iter().map(|(to, share)| format!(r#"{{"to": {to}, "share": {share}}}"#)).collect();
    let members = format!(
        r#""outcomeTable": {{"bands": [{}], "tailExponent": 1.44}}, "lossProbability": 0.2, "maxMoic": 400"#,
        members.join(",")
    );
    let sample = sample(&config("bands", &[&members]), 0);
    let mut from = -1.0;
    for (to, share) in bands {
        // Four standard errors: seven bands are missed with probability 4e-4.
        let inside = count(&sample, |value| from < value && value <= to);
        assert_binomial(&format!("deals up to {to}"), inside, SCENARIOS, share, 4.0);
        from = to;
    }
    assert_binomial("deals in the tail", count(&sample, |value| value > 50.0), SCENARIOS, 0.01, 4.0);
    let capped = 0.01 * (50.0_f64 / 400.0).powf(1.44);
    assert_binomial("deals at the cap", count(&sample, |value| value == 400.0), SCENARIOS, capped, 4.0);

    let cdf = |x: f64| {
        if x < 1.0 {
            return 0.2 + 0.3 * x;
        }
        let mut above = 0.5;
        for pair in bands.windows(2) {
            let ((low, _), (high, share)) = (pair[0], pair[1]);
            if x < high {
                let exponent = f64::ln(above / (above - share)) / f64::ln(high / low);
                return 1.0 - above * (low / x).powf(exponent);
            }
            above -= share;
        }
        1.0 - above * (50.0 / x).powf(1.44)
    };
    let distance = kolmogorov_smirnov(&sample, |value| value > 0.0 && value < 400.0, cdf);
    assert!(distance < 2.7, "√n·D is {distance}");
}

#[test]
fn a_power_law_has_its_distribution_and_its_mean() {
    let (median, p90, q) = (1.2_f64, 1.9_f64, 0.15);
    let members = format!(r#""moicCalibration": {{"median": {median}, "p90": {p90}}}, "lossProbability": {q}"#);
    let sample = sample(&config("mean", &[&members]), 0);
    let exponent = 5_f64.ln() / (p90 / median).ln();
    assert!(exponent > 2.0);
    let minimum = median * f64::powf(0.5 / (1.0 - q), 1.0 / exponent);

    let cdf = |x: f64| 1.0 - 0.5 * (median / x).powf(exponent);
    let distance = kolmogorov_smirnov(&sample, |value| value > 0.0, cdf);
    assert!(distance < 2.7, "√n·D is {distance}");

    let mean = (1.0 - q) * exponent * minimum / (exponent - 1.0);
    let second_moment = (1.0 - q) * exponent * minimum * minimum / (exponent - 2.0);
    let error = ((second_moment - mean * mean) / SCENARIOS as f64).sqrt();
    let sample_mean = sample.iter().copied().map(f64::from).sum::<f64>() / SCENARIOS as f64;
    let off = (sample_mean - mean) / error;
    assert!(off.abs() < STANDARD_ERRORS, "the mean is {sample_mean}, {off:.2} standard errors from {mean}");
}

/// Two normal scores with correlation ρ are both above 0 with probability ¼ + arcsin(ρ)/2π (Sheppard), and a MOIC is
/// above its median exactly where its score is above 0.
fn both_above_zero(correlation: f64) -> f64 {
    0.25 + correlation.asin() / TAU
}

#[test]
fn scores_of_two_buckets_correlate_by_the_macro_weight() {
    let law = r#""moicCalibration": {"median": 1, "p90": 3}"#;
    let config = config("macro", &[law, law]);
    let (first, second) = (sample(&config, 0), sample(&config, 1));
    let both = first.iter().zip(&second).filter(|(a, b)| **a > 1.0 && **b > 1.0).count();
    assert_binomial("both above their medians", both, SCENARIOS, both_above_zero(0.3), STANDARD_ERRORS);
}

#[test]
fn scores_within_a_bucket_correlate_by_the_macro_and_systematic_weights() {
    let config = config("systematic", &[r#""moicCalibration": {"median": 1, "p90": 3}, "deals": 2"#]);
    let generator = Generator::new(&config);
    let mut scratch = Scratch::default();
    let (mut both, mut rows) = (0, 0);
    for block in 0..976 {
        let mut sums: Vec<Vec<f64>> = Vec::new();
        generator.observe(0, block, &mut scratch, &mut |what, values| {
            if what == Observed::Sum {
                sums.push(values.to_vec());
            }
        });
        both += sums[0].iter().zip(&sums[1]).filter(|(first, sum)| **first > 1.0 && **sum - **first > 1.0).count();
        rows += sums[0].len();
    }
    assert_binomial("both deals above their median", both, rows, both_above_zero(0.3 + 0.25), STANDARD_ERRORS);
}

#[test]
fn shocks_are_standard_normal_and_unrelated() {
    let config = config("shocks", &[r#""moicCalibration": {"median": 1, "p90": 3}"#]);
    let generator = Generator::new(&config);
    let mut scratch = Scratch::default();
    let mut shocks: [Vec<f64>; 3] = Default::default();
    for block in 0..976 {
        let mut vectors = shocks.iter_mut();
        generator.observe(0, block, &mut scratch, &mut |what, values| {
            if what != Observed::Sum {
                vectors.next().unwrap().extend_from_slice(values);
            }
        });
    }
    let n = shocks[0].len() as f64;
    for (index, shock) in shocks.iter().enumerate() {
        // Moments 1 to 4 of a standard normal, each with its variance: 1, 2, 15 and 96.
        for (power, moment, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let mean = shock.iter().map(|value| value.powi(power)).sum::<f64>() / n;
            let off = (mean - moment) / f64::sqrt(variance / n);
            assert!(off.abs() < STANDARD_ERRORS, "shock {index}, moment {power}: {mean}, {off:.2} standard errors");
        }
        for other in &shocks[..index] {
            let product = shock.iter().zip(other).map(|(a, b)| a * b).sum::<f64>() / n.sqrt();
            assert!(product.abs() < STANDARD_ERRORS, "two shocks correlate: {product:.2} standard errors");
        }
        // The two normals of a pair, and neighbours in a lane.
        for lag in [1, 8, 16] {
            let product = shock.iter().zip(&shock[lag..]).map(|(a, b)| a * b).sum::<f64>() / n.sqrt();
            assert!(product.abs() < STANDARD_ERRORS, "normals {lag} apart correlate: {product:.2} standard errors");
        }
    }
}
