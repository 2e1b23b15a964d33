//! What one deal does in closed form, against quadrature, simulation and itself.

use foliocast_core::scenario::{Bucket, Config, DealOutlook, Limits, Run, default_fund};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::marginals::{any_bucket, config_of, every_kind};

fn outlook_of(mut bucket: Value) -> DealOutlook {
    bucket["name"] = json!("A");
    bucket["capitalAllocation"] = json!(100);
    let text = json!({"fundId": "deal", "buckets": [bucket]}).to_string();
    let config = Config::from_json(&text, &Limits::default()).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    DealOutlook::of(&config.buckets()[0])
}

fn assert_near(actual: f64, expected: f64, what: &str) {
    let error = (actual - expected).abs();
    assert!(error <= 1e-8 * expected.abs(), "{what}: {actual} instead of {expected}");
}

/// `fixtures/deals.json` comes from `scripts/make_deals.py`: the model's quantile functions, integrated with mpmath.
#[test]
fn means_shares_and_quantiles_are_those_of_quadrature() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/deals.json")).unwrap();
    let list = |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>();
    for case in fixture["deals"].as_array().unwrap() {
        let outlook = outlook_of(case["bucket"].clone());
        let what = case["bucket"].to_string();
        assert_near(outlook.mean(), case["mean"].as_f64().unwrap(), &what);
        for (multiple, share) in list(&fixture["multiples"]).into_iter().zip(list(&case["survival"])) {
            assert_near(outlook.survival(multiple), share, &format!("share from {multiple}, {what}"));
        }
        for (p, multiple) in list(&fixture["probabilities"]).into_iter().zip(list(&case["quantiles"])) {
            assert_near(outlook.quantile(p), multiple, &format!("quantile {p}, {what}"));
        }
        let at_cap = outlook.at_cap();
        assert_eq!(at_cap.is_some(), !case["shareOfMean"].is_null(), "{what}");
        if let Some(at_cap) = at_cap {
            assert_near(at_cap.share_of_deals, case["shareOfDeals"].as_f64().unwrap(), &what);
            assert_near(at_cap.share_of_mean, case["shareOfMean"].as_f64().unwrap(), &what);
        }
    }
}

#[test]
fn simulated_deals_come_out_as_the_closed_form_says() {
    let mut request: Value = serde_json::from_str(&every_kind()).unwrap();
    request["numScenarios"] = json!(200_000);
    request["correlationWeights"] = json!({"macro": 0, "systematic": 0, "idiosyncratic": 1});
    for bucket in request["buckets"].as_array_mut().unwrap() {
        bucket["deals"] = json!(1);
    }
    let config = Config::from_json(&request.to_string(), &Limits::default()).unwrap();
    let summary = Run::new(&config).finish().summary;
    let rows = f64::from(summary.num_scenarios);
    for (bucket, simulated) in config.buckets().iter().zip(&summary.buckets) {
        let (name, figures) = (&bucket.name, &simulated.distribution);
        let outlook = DealOutlook::of(bucket);
        // A tail of infinite variance and no cap has no error to measure by; the others are within 5 of theirs.
        if bucket.max_moic.is_some() || outlook.has_finite_variance() {
            let error = figures.errors.mean.unwrap_or(0.0).max(1e-6 * figures.mean);
            let distance = (outlook.mean() - figures.mean).abs();
            assert!(distance <= 5.0 * error, "{name}: {} instead of {} ± {error}", outlook.mean(), figures.mean);
        }
        let shares = &figures.probabilities;
        let asked = [(2.0, shares.ge2), (3.0, shares.ge3), (5.0, shares.ge5), (10.0, shares.ge10)];
        for (multiple, share) in asked.into_iter().chain([(1.0, 1.0 - shares.lt1)]) {
            let expected = outlook.survival(multiple);
            let error = (expected * (1.0 - expected) / rows).sqrt().max(1.0 / rows);
            assert!((share - expected).abs() <= 5.0 * error, "{name} from {multiple}: {expected}, {share} drawn");
        }
        let below = outlook.quantile(0.9);
        assert!(
            (below / figures.quantiles.p90 - 1.0).abs() < 0.05,
            "{name}: {below} instead of {}",
            figures.quantiles.p90
        );
    }
}

proptest! {
    #[test]
    fn quantiles_and_shares_are_each_other_s_inverse(members in any_bucket(), p in 0.0_f64..0.9999) {
        let config = config_of(1, &[("A".to_owned(), members)]);
        let outlook = DealOutlook::of(&config.buckets()[0]);
        let multiple = outlook.quantile(p);
        if multiple == 0.0 {
            prop_assert!(p <= outlook.loss_probability() + 1e-9);
        } else if config.buckets()[0].max_moic == Some(multiple) {
            prop_assert!(1.0 - p <= outlook.survival(multiple) * (1.0 + 1e-9));
        } else if outlook.tail_exponent().is_some() {
            // Steep pieces turn the last place of a multiple into many of a share.
            prop_assert!((outlook.survival(multiple) - (1.0 - p)).abs() < 1e-6, "{p} {multiple}");
        }
    }

    #[test]
    fn shares_fall_and_quantiles_rise(members in any_bucket(), x in 0.0_f64..200.0, p in 0.0_f64..0.999) {
        let config = config_of(1, &[("A".to_owned(), members)]);
        let outlook = DealOutlook::of(&config.buckets()[0]);
        prop_assert!(outlook.survival(x) >= outlook.survival(x * 1.01) - 1e-9);
        prop_assert!(outlook.quantile(p) <= outlook.quantile(p + 0.001) * (1.0 + 1e-9));
        prop_assert!((0.0..=1.0).contains(&outlook.survival(x)));
        prop_assert!(outlook.edges().is_sorted_by(|a, b| a.0 < b.0 && a.1 > b.1));
    }

    #[test]
    fn a_cap_only_takes(members in any_bucket()) {
        let config = config_of(1, &[("A".to_owned(), members)]);
        let capped = &config.buckets()[0];
        let mean = DealOutlook::of(capped).mean();
        prop_assert!(mean.is_finite() && mean > 0.0);
        if let Some(uncapped) = DealOutlook::of(capped).uncapped_mean() {
            let free = DealOutlook::of(&Bucket { max_moic: None, ..capped.clone() });
            prop_assert!(mean <= uncapped * (1.0 + 1e-9));
            prop_assert_eq!(free.mean(), uncapped);
        }
    }
}

#[test]
fn an_infinite_mean_is_said_to_be_none() {
    let outlook = outlook_of(json!({"moicCalibration": {"median": 1, "p90": 5}, "maxMoic": 100}));
    assert_eq!(outlook.uncapped_mean(), None);
    assert!(outlook.mean() < 100.0 && !outlook.has_finite_variance());
    let outlook = outlook_of(json!({"moicCalibration": {"median": 1, "p90": 4.999999}, "maxMoic": 100}));
    assert!(outlook.uncapped_mean().is_some_and(|mean| mean > 1e5));
}

#[test]
fn a_constant_has_one_multiple_and_no_tail() {
    let outlook =
        outlook_of(json!({"moicCalibration": {"median": 2, "p90": 2}, "lossProbability": 0.25, "maxMoic": 9}));
    assert_eq!((outlook.tail_exponent(), outlook.at_cap()), (None, None));
    assert_eq!((outlook.mean(), outlook.quantile(0.2), outlook.quantile(0.9)), (1.5, 0.0, 2.0));
    assert_eq!((outlook.survival(2.0), outlook.survival(2.1), outlook.survival(0.0)), (0.75, 0.0, 1.0));
}

#[test]
fn a_first_band_that_is_all_lost_has_no_deals_inside() {
    let table = json!({"bands": [{"to": 1, "share": 0.6}, {"to": 5, "share": 0.3}], "tailExponent": 2});
    let outlook = outlook_of(json!({"outcomeTable": table, "lossProbability": 0.6}));
    assert_eq!((outlook.quantile(0.59), outlook.quantile(0.6)), (0.0, 1.0));
    assert_near(outlook.survival(0.5), 0.4, "share above half");
}

#[test]
fn the_default_fund_s_seed_deals_are_those_of_the_documents() {
    let seed = DealOutlook::of(default_fund("default").buckets().iter().find(|bucket| bucket.name == "Seed").unwrap());
    assert_near(seed.survival(1.0), 0.34, "share that returns the money");
    assert_near(seed.survival(10.0), 0.055, "share from ten times");
}
