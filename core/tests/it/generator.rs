//! What a matrix is: its published rows, its closed forms, and the laws of section 3 of `docs/MODEL.md`.
#![allow(clippy::disallowed_methods, reason = "closed forms are computed with the platform's functions, on purpose")]

use foliocast_core::kernel::Target;
use foliocast_core::scenario::{
    BLOCK_ROWS, Config, Generator, KERNEL_VERSION, Limits, Marginal, Observed, Scratch, block_digest, default_fund,
};
use proptest::prelude::*;

use crate::marginals::{any_bucket, any_table, config_of, every_kind};

fn read(text: &str) -> Config {
    Config::from_json(text, &Limits::default()).unwrap()
}

/// The first `count` rows of a block, on the fastest target.
fn rows(config: &Config, block: u32, count: usize) -> Vec<f32> {
    let generator = Generator::new(config);
    let mut rows = vec![f32::NAN; count * generator.num_columns()];
    generator.block(block, &mut Scratch::default(), &mut rows);
    rows
}

fn column(config: &Config, bucket: usize, block: u32) -> Vec<f32> {
    let mut column = vec![f32::NAN; BLOCK_ROWS];
    Generator::new(config).column(bucket, block, &mut Scratch::default(), &mut column);
    column
}

/// A bucket by itself.
fn alone(members: &str) -> Generator {
    Generator::new(&config_of(0, &[("bucket".to_owned(), members.to_owned())]))
}

fn named(buckets: Vec<String>) -> Vec<(String, String)> {
    buckets.into_iter().enumerate().map(|(index, members)| (format!("bucket {index:02}"), members)).collect()
}

/// The numbers are `docs/MODEL.md` section 8's, computed independently of this code.
#[test]
fn the_worked_example_has_the_published_rows() {
    let config = read(
        r#"{"fundId": "fund-1", "numScenarios": 3, "seed": "2026", "buckets": [
            {"name": "Series A", "capitalAllocation": 60, "moicCalibration": {"median": 1.5, "p90": 3.5}, "deals": 2},
            {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25}]}"#,
    );
    let published = [3.291_249_5_f32, 1.795_812_3, 0.905_674_7, 1.416_529_4, 1.014_106_9, 1.653_606_5];
    assert_eq!(rows(&config, 0, 3), published);
}

#[test]
fn the_default_fund_has_the_published_first_row() {
    let published = [2.314_643_f32, 1.294_27, 4.254_213];
    for (made, published) in rows(&default_fund("fund-1"), 0, 1).iter().zip(published) {
        assert!((made - published).abs() < 1e-6, "{made} for {published}");
    }
}

/// This kernel's own bits, natively and in WebAssembly: they change only with `KERNEL_VERSION`.
#[test]
fn the_bits_of_kernel_1_are_these() {
    assert_eq!(KERNEL_VERSION, 1);
    for (config, rows_digest, vectors_digest) in [
        (
            default_fund("fund-1"),
            "2d706acaf65e79e688dc98155537f555e07bb99e7a336025339fc78dab4237f5",
            "31e00b88e02798c8f6a0ce2152fb508a86e8854fc1fac702cdd8673c3b334e84",
        ),
        (
            read(&every_kind()),
            "ce2d76bffecd823e227b2e7bfe6294aef02d26eac8ba8fa85a92e8a968248162",
            "c48518a9b0bae701f56f38df15ece381c766f5c2ed99f451c36dfe09bdf6dc2b",
        ),
    ] {
        let generator = Generator::new(&config);
        let mut vectors = blake3::Hasher::new();
        for bucket in 0..generator.num_columns() {
            generator.observe(bucket, 9, &mut Scratch::default(), &mut |_, values| {
                for value in values {
                    vectors.update(&value.to_le_bytes());
                }
            });
        }
        let made = (block_digest(&rows(&config, 9, BLOCK_ROWS)).to_string(), vectors.finalize().to_string());
        assert_eq!(made, (rows_digest.to_owned(), vectors_digest.to_owned()));
    }
}

/// Scores with f = −ln of their upper tail, by mpmath.
fn tails() -> impl Iterator<Item = (f64, f64)> {
    include_str!("fixtures/neg_ln_upper_tail.txt").lines().map(|line| {
        let (z, f) = line.split_once(' ').unwrap();
        (f64::from_bits(u64::from_str_radix(z, 16).unwrap()), f.parse().unwrap())
    })
}

#[test]
fn a_power_law_follows_its_closed_form() {
    for (median, p90, q) in [(1.0, 3.0, 0.0), (1.5, 3.5, 0.25), (0.001, 0.0049, 0.499), (250.0, 1_200.0, 0.1)] {
        let generator =
            alone(&format!(r#""moicCalibration": {{"median": {median}, "p90": {p90}}}, "lossProbability": {q}"#));
        let exponent = 5_f64.ln() / f64::ln(p90 / median);
        let lost_below = -f64::ln_1p(-q);
        for (z, f) in tails().filter(|(_, f)| (f - lost_below).abs() > 1e-9) {
            let minimum = median * (0.5 / (1.0 - q)).powf(1.0 / exponent);
            let expected = if f < lost_below { 0.0 } else { minimum * ((f + (1.0 - q).ln()) / exponent).exp() };
            let made = generator.moic_of_score(0, z).unwrap();
            assert!((made - expected).abs() <= 1e-9 * expected, "score {z}: {expected:e}, not {made:e}");
        }
    }
}

#[test]
fn a_power_law_gives_its_median_and_p90_at_their_scores() {
    let generator = alone(r#""moicCalibration": {"median": 1.25, "p90": 4.75}"#);
    assert!((generator.moic_of_score(0, 0.0).unwrap() / 1.25 - 1.0).abs() < 1e-9);
    // The 90 % quantile of the standard normal, to 17 digits.
    assert!((generator.moic_of_score(0, 1.281_551_565_544_600_4).unwrap() / 4.75 - 1.0).abs() < 1e-9);
}

#[test]
fn equal_quantiles_are_a_constant_to_the_bit() {
    for median in [0.000_001, 0.3, 1.0, 1.7, 262_144.015_625, 1_000_000.0] {
        let generator = alone(&format!(r#""moicCalibration": {{"median": {median}, "p90": {median}}}, "deals": 1"#));
        for z in [-15.0, -1.0, 0.0, 0.3, 15.0] {
            assert_eq!(generator.moic_of_score(0, z), Some(median));
        }
    }
}

#[test]
fn an_outcome_table_follows_its_closed_form() {
    let edges = [(1.0, 0.5), (2.0, 0.2), (5.0, 0.15), (10.0, 0.08), (20.0, 0.04), (50.0, 0.02)];
    let (tail_exponent, q, cap) = (1.44, 0.2, 200.0);
    let bands: Vec<_> = edges.iter().map(|(to, share)| format!(r#"{{"to": {to}, "share": {share}}}"#)).collect();
    let generator = alone(&format!(
        r#""outcomeTable": {{"bands": [{}], "tailExponent": {tail_exponent}}}, "lossProbability": {q}, "maxMoic": {cap}"#,
        bands.join(",")
    ));
    let above: Vec<f64> = (1..=edges.len()).map(|n| 1.0 - edges[..n].iter().map(|edge| edge.1).sum::<f64>()).collect();
    for (z, f) in tails() {
        let p = (-f).exp();
        if (p - (1.0 - q)).abs() < 1e-9 || above.iter().any(|share| (p - share).abs() < 1e-9) {
            continue;
        }
        let expected = if p > 1.0 - q {
            0.0
        } else if p > above[0] {
            edges[0].0 * (-f64::exp_m1(-f) - q) / (1.0 - q - above[0])
        } else {
            let band = above.iter().rposition(|&share| p <= share).unwrap();
            let exponent = match edges.get(band + 1) {
                Some(next) => (above[band] / above[band + 1]).ln() / (next.0 / edges[band].0).ln(),
                None => tail_exponent,
            };
            (edges[band].0 * (above[band] / p).powf(1.0 / exponent)).min(cap)
        };
        let made = generator.moic_of_score(0, z).unwrap();
        let tolerance = 1e-9 * expected.max(edges[0].0);
        assert!((made - expected).abs() <= tolerance, "score {z}: {expected:e}, not {made:e}");
    }
}

#[test]
fn without_loss_probability_no_deal_is_lost() {
    let table = r#""outcomeTable": {"bands": [{"to": 0.000001, "share": 0.6}], "tailExponent": 2}"#;
    for members in [table, r#""moicCalibration": {"median": 0.000001, "p90": 0.000004}"#] {
        for z in [-15.0, -7.4, -5.0, 0.0] {
            assert!(alone(members).moic_of_score(0, z).unwrap() as f32 > 0.0);
        }
    }
}

#[test]
fn between_neighbouring_scores_a_multiple_steps_down_by_at_most_the_last_place_of_an_f32() {
    // The polynomials' rounding is a few units in the last place of an f64; where that meets the middle between two
    // f32, as here, it shows.
    let generator = alone(r#""moicCalibration": {"median": 1, "p90": 2}"#);
    let moic = |z: f64| generator.moic_of_score(0, z).unwrap() as f32;
    let z = -1.859_995_262_589_993_1_f64;
    assert!(moic(z) > moic(z.next_up()));
    assert_eq!(moic(z), moic(z.next_up()).next_up());
}

#[test]
fn a_narrow_first_band_is_off_by_at_most_the_tails_error_over_its_width() {
    // docs/MODEL.md, "Accuracy": 8.1e-11·p/(share₁ − q) of the edge. The band is laid around scores that are known.
    let known = tails().filter(|(_, f)| (0.2..0.6).contains(f));
    let mut worst: f64 = 0.0;
    for (z, f) in known {
        let (p, lost) = ((-f).exp(), -f64::exp_m1(-f));
        let q = (lost * 1e6).floor() / 1e6;
        let share = ((q + 2e-6) * 1e6).round() / 1e6;
        let generator = alone(&format!(
            r#""outcomeTable": {{"bands": [{{"to": 1, "share": {share}}}, {{"to": 3, "share": 0.4}}], "tailExponent": 3}},
               "lossProbability": {q}"#
        ));
        let (expected, made) = ((lost - q) / (share - q), generator.moic_of_score(0, z).unwrap());
        let error = (made - expected).abs();
        assert!(error <= 8.2e-11 * p / (share - q) + 1e-9, "score {z}: {expected:e}, not {made:e}");
        worst = worst.max(error);
    }
    assert!(worst > 1e-9, "{worst:e}: as narrow as this, the band shows the error of the tail's table");
}

#[test]
fn losses_may_fill_the_first_band() {
    let generator = alone(
        r#""outcomeTable": {"bands": [{"to": 1, "share": 0.45}, {"to": 3, "share": 0.45}], "tailExponent": 2},
           "lossProbability": 0.45"#,
    );
    for k in -8_000..8_000 {
        let moic = generator.moic_of_score(0, f64::from(k) / 1_000.0).unwrap();
        assert!(moic == 0.0 || moic >= 1.0, "{moic} is below the second band");
    }
}

#[test]
fn what_does_not_exist_is_left_as_it_is() {
    let generator = Generator::new(&default_fund("fund-1"));
    let mut column = [7.0; 3];
    generator.column(3, 0, &mut Scratch::default(), &mut column);
    assert_eq!(column, [7.0; 3]);
    assert_eq!(generator.moic_of_score(3, 0.0), None);
    generator.block(0, &mut Scratch::default(), &mut []);
    let mut rest = [7.0; 5];
    generator.block(0, &mut Scratch::default(), &mut rest);
    assert_eq!(rest[3..], [7.0, 7.0]);
    assert_ne!(rest[..3], [7.0; 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn moic_is_finite_and_rises_with_the_score(members in any_bucket(), at in -15.0..15.0_f64, step in 0.0..0.5_f64) {
        let generator = alone(&members);
        let moic = |z: f64| generator.moic_of_score(0, z).unwrap() as f32;
        for (low, high) in [(at, at + step), (at, at + 1e-9), (-at, -at + step * step)] {
            prop_assert!(moic(low).is_finite() && moic(low) >= 0.0);
            prop_assert!(moic(low) <= moic(high), "{} at {low}, {} at {high}", moic(low), moic(high));
        }
        prop_assert!(moic(at) <= moic(at.next_up()).next_up());
    }

    #[test]
    fn bands_meet_at_their_edges_without_a_step_down(members in any_table()) {
        let config = config_of(0, &[("bucket".to_owned(), members.clone())]);
        let generator = alone(&members);
        let moic = |z: f64| generator.moic_of_score(0, z).unwrap();
        let Marginal::Table { bands, .. } = &config.buckets()[0].marginal else { unreachable!() };
        for edge in bands.iter().map(|band| band.to) {
            // The neighbouring scores between which the edge is crossed.
            let (mut low, mut high) = (-9.0_f64, 9.0_f64);
            while low.next_up() < high {
                let middle = (low + high) / 2.0;
                if middle <= low || middle >= high {
                    break;
                }
                if moic(middle) < edge { low = middle } else { high = middle }
            }
            prop_assert!(moic(low) <= edge && edge <= moic(high));
            let mut z = low;
            for _ in 0..40 {
                z = z.next_down();
            }
            for _ in 0..80 {
                prop_assert!(moic(z) as f32 <= moic(z.next_up()) as f32, "a step down at {z}");
                z = z.next_up();
            }
        }
    }

    #[test]
    fn the_first_rows_of_a_long_run_are_the_short_run(
        buckets in prop::collection::vec(any_bucket(), 1..4), block in 0..977_u32, count in 1..=BLOCK_ROWS,
    ) {
        let config = config_of(3, &named(buckets));
        let whole = rows(&config, block, BLOCK_ROWS);
        let short = rows(&config, block, count);
        prop_assert!(whole[..short.len()] == short[..]);
    }

    #[test]
    fn changing_a_bucket_changes_no_other_column(
        buckets in prop::collection::vec(any_bucket(), 2..5), other in any_bucket(), block in 0..977_u32,
    ) {
        let before = config_of(5, &named(buckets.clone()));
        let mut changed = buckets;
        changed[1] = other;
        let after = config_of(5, &named(changed));
        let columns = before.buckets().len();
        let (before, after) = (rows(&before, block, 100), rows(&after, block, 100));
        for (index, (before, after)) in before.iter().zip(&after).enumerate() {
            prop_assert!(index % columns == 1 || before == after);
        }
    }

    #[test]
    fn removing_and_reordering_buckets_changes_no_column_that_stays(
        buckets in prop::collection::vec(any_bucket(), 3), block in 0..977_u32,
    ) {
        let named = named(buckets);
        let reversed: Vec<_> = named.iter().rev().cloned().collect();
        let (all, reversed) = (config_of(8, &named), config_of(8, &reversed));
        prop_assert!(rows(&all, block, 70) == rows(&reversed, block, 70));
        prop_assert!(column(&all, 2, block) == column(&config_of(8, &named[2..]), 0, block));
    }

    #[test]
    fn a_column_is_the_blocks_column(
        buckets in prop::collection::vec(any_bucket(), 1..5), block in 0..977_u32, count in 1..=BLOCK_ROWS,
    ) {
        let config = config_of(1, &named(buckets));
        let generator = Generator::new(&config);
        let (whole, columns) = (rows(&config, block, BLOCK_ROWS), generator.num_columns());
        // One scratch for everything: what an earlier call left there changes nothing.
        let mut scratch = Scratch::default();
        for bucket in 0..columns {
            let mut column = vec![f32::NAN; count];
            generator.column(bucket, block, &mut scratch, &mut column);
            prop_assert!(column.iter().eq(whole.iter().skip(bucket).step_by(columns).take(count)));
        }
    }

    #[test]
    fn raising_deals_keeps_the_draws_already_made(members in any_bucket(), block in 0..977_u32) {
        let fewer = config_of(2, &[("bucket".to_owned(), members.clone())]);
        let deals = fewer.buckets()[0].deals;
        let members = members.replace(&format!(r#""deals": {deals}"#), r#""deals": 9"#);
        let more = config_of(2, &[("bucket".to_owned(), members)]);
        let traces = |config: &Config| {
            let mut traces: Vec<(Observed, Vec<u64>)> = Vec::new();
            Generator::new(config).observe(0, block, &mut Scratch::default(), &mut |what, values| {
                traces.push((what, values.iter().map(|value| value.to_bits()).collect()));
            });
            traces
        };
        let (fewer, more) = (traces(&fewer), traces(&more));
        prop_assert_eq!(fewer.len(), 2 + 2 * deals as usize);
        prop_assert_eq!(more.len(), 2 + 2 * 9);
        prop_assert!(more.starts_with(&fewer));
    }

    #[test]
    fn every_target_makes_the_same_rows_of_any_configuration(
        buckets in prop::collection::vec(any_bucket(), 1..4), seed: u64, block in 0..977_u32, count in 1..=BLOCK_ROWS,
    ) {
        let config = config_of(seed, &named(buckets));
        let made = |target: Target| {
            let generator = Generator::with_target(&config, target);
            let mut rows = vec![f32::NAN; count * generator.num_columns()];
            generator.block(block, &mut Scratch::default(), &mut rows);
            rows.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let reference = made(Target::Scalar);
        for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
            prop_assert!(made(target) == reference, "{target:?} differs from scalar");
        }
    }
}
