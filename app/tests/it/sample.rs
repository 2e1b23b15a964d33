//! A run to show: rows from a low-discrepancy sequence, summarised here by plain sorting and summing, so that the
//! figures the tests expect do not come from the code under test.

use std::collections::BTreeMap;

use foliocast_app::api::{CacheInfo, ConfigurationSource, Generation, Run, RunLinks, Tier};
use foliocast_core::scenario::{
    BucketSummary, Correlation, Deployed, Digest, Distribution, DistributionErrors, FundSummary, Histogram, Interval,
    MatrixKey, MeanErrorMethod, Probabilities, QuantileMethod, Quantiles, RunKey, Summary, Warning, WarningCode,
};

/// Rows of the sample.
pub const ROWS: usize = 10_000;

/// i written in `base`, mirrored at the point (van der Corput).
fn radical_inverse(mut i: usize, base: usize) -> f64 {
    let (mut value, mut digit) = (0.0, 1.0 / base as f64);
    while i > 0 {
        value += (i % base) as f64 * digit;
        i /= base;
        digit /= base as f64;
    }
    value
}

/// A spread of multiples between about 0.1 and 40 with a median of `median`.
fn column(base: usize, median: f64) -> Vec<f64> {
    (1..=ROWS)
        .map(|i| {
            let u = radical_inverse(i, base).clamp(1e-4, 1.0 - 1e-4);
            median * (u / (1.0 - u)).powf(0.45)
        })
        .collect()
}

fn sorted(rows: &[f64]) -> Vec<f64> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn quantiles(rows: &[f64]) -> Quantiles<f64> {
    let sorted = sorted(rows);
    let at = |p: f64| {
        let h = p * (sorted.len() - 1) as f64;
        let (low, part) = (h.floor() as usize, h.fract());
        sorted[low] + part * (sorted[(low + 1).min(sorted.len() - 1)] - sorted[low])
    };
    Quantiles {
        p1: at(0.01),
        p5: at(0.05),
        p10: at(0.10),
        p25: at(0.25),
        p50: at(0.50),
        p75: at(0.75),
        p90: at(0.90),
        p95: at(0.95),
        p99: at(0.99),
    }
}

/// A distribution of rows.
pub fn distribution(rows: &[f64]) -> Distribution {
    let n = rows.len() as f64;
    let sorted = sorted(rows);
    let mean = rows.iter().sum::<f64>() / n;
    let std_dev = (rows.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let share = |test: &dyn Fn(f64) -> bool| rows.iter().filter(|&&x| test(x)).count() as f64 / n;
    let mut edges = vec![0.0];
    edges.extend((-48..=80).map(|k| (f64::from(k) / 8.0).exp2()));
    let mut counts = vec![0_u32; edges.len()];
    for &x in rows {
        counts[edges.partition_point(|&edge| edge <= x) - 1] += 1;
    }
    let around = |x: f64| Interval { low: x * 0.98, high: x * 1.02 };
    let quantiles = quantiles(rows);
    let q = quantiles;
    let probabilities = Probabilities {
        lt1: share(&|x| x < 1.0),
        ge2: share(&|x| x >= 2.0),
        ge3: share(&|x| x >= 3.0),
        ge5: share(&|x| x >= 5.0),
        ge10: share(&|x| x >= 10.0),
    };
    let p = probabilities;
    let tail = rows.len() / 20;
    let top = rows.len() / 100;
    Distribution {
        mean,
        std_dev: Some(std_dev),
        min: sorted[0],
        max: sorted[rows.len() - 1],
        quantiles,
        probabilities,
        worst5_mean: sorted[..tail].iter().sum::<f64>() / tail as f64,
        top1_share: Some(sorted[rows.len() - top..].iter().sum::<f64>() / (mean * n)),
        histogram: Histogram { edges, counts },
        errors: DistributionErrors {
            mean: Some(std_dev / n.sqrt()),
            mean_method: MeanErrorMethod::StandardDeviation,
            std_dev: Some(0.05),
            min: None,
            max: None,
            quantiles: Quantiles {
                p1: None,
                p5: Some(around(q.p5)),
                p10: Some(around(q.p10)),
                p25: Some(around(q.p25)),
                p50: Some(around(q.p50)),
                p75: Some(around(q.p75)),
                p90: Some(around(q.p90)),
                p95: Some(around(q.p95)),
                p99: Some(around(q.p99)),
            },
            probabilities: Probabilities {
                lt1: around(p.lt1),
                ge2: around(p.ge2),
                ge3: around(p.ge3),
                ge5: around(p.ge5),
                ge10: around(p.ge10),
            },
            worst5_mean: Some(0.004),
            top1_share: Some(0.0021),
        },
        reasons: BTreeMap::new(),
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let product: f64 = a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum();
    let square = |x: &[f64], m: f64| x.iter().map(|v| (v - m).powi(2)).sum::<f64>().sqrt();
    product / (square(a, ma) * square(b, mb))
}

/// A summary of three buckets with the given names and capital 45, 35 and 20 %.
pub fn summary(names: [&str; 3]) -> Summary {
    let columns = [column(2, 1.75), column(3, 1.69), column(5, 1.81)];
    let weights = [0.45, 0.35, 0.20];
    let gross: Vec<f64> = (0..ROWS).map(|row| (0..3).map(|j| weights[j] * columns[j][row]).sum()).collect();
    let recycled: Vec<f64> =
        gross.iter().map(|m| m + (m - 1.0) * 0.2f64.min(0.1 * m)).map(|m: f64| m.max(0.0)).collect();
    let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
    let spread = |x: &[f64]| {
        let m = mean(x);
        (x.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (x.len() - 1) as f64).sqrt()
    };
    let all: Vec<&[f64]> = columns.iter().map(Vec::as_slice).chain([gross.as_slice()]).collect();
    let matrix: Vec<Vec<Option<f64>>> =
        all.iter().map(|a| all.iter().map(|b| Some(correlation(a, b))).collect()).collect();
    let bucket = |index: usize| BucketSummary {
        name: names[index].to_owned(),
        distribution: distribution(&columns[index]),
        deployed: Some(Deployed {
            mean: 1.187,
            quantiles: quantiles(&columns[index].iter().map(|m| 1.0 + (0.1 * m).min(0.25)).collect::<Vec<_>>()),
        }),
    };
    let share_of_mean = |j: usize| Some(weights[j] * mean(&columns[j]) / mean(&gross));
    let share_of_variance =
        |j: usize| Some(weights[j] * spread(&columns[j]) * correlation(&columns[j], &gross) / spread(&gross));
    Summary {
        num_scenarios: ROWS as u32,
        quantile_method: QuantileMethod::Exact,
        buckets: (0..3).map(bucket).collect(),
        fund: FundSummary {
            gross: distribution(&gross),
            recycled: distribution(&recycled),
            contribution_to_mean: (0..3).map(share_of_mean).collect(),
            contribution_to_variance: (0..3).map(share_of_variance).collect(),
            correlation: Correlation { pearson: matrix.clone(), spearman: matrix },
            reasons: BTreeMap::new(),
        },
    }
}

/// A run of the default fund's configuration with the sample's numbers.
pub fn run() -> Run {
    let configuration = foliocast_core::scenario::default_fund("fund-7").to_canonical_json();
    let key = "6b59b9bef1f5b6576e33605abe97be17dc9526e7d45965460f597230008559ea";
    let digest = Digest::from_bytes([0x5a; 32]);
    let run_key: RunKey = key.parse().expect("a key");
    Run {
        run_key,
        matrix_key: MatrixKey::from_bytes([0x07; 32]),
        digest,
        summary_digest: digest,
        model_version: 1,
        kernel: 1,
        configuration: serde_json::from_str(&configuration).expect("JSON"),
        configuration_source: ConfigurationSource::Request,
        num_scenarios: ROWS as u32,
        bucket_names: vec!["Seed".into(), "Series A".into(), "Series B".into()],
        cache: CacheInfo { hit: true, tier: Tier::Memory, latency_ms: 0.83, age_seconds: 3_720, unconfirmed: None },
        generation: Generation { duration_ms: 4.1, deal_draws: 450_000, draws_per_second: 1.1e8, threads: 2 },
        summary: summary(["Seed", "Series A", "Series B"]),
        warnings: vec![Warning {
            code: WarningCode::CapBinds,
            path: "buckets[0].maxMoic".into(),
            message: "Deals at the cap of 200 × make up a large part of this bucket’s mean.".into(),
            figures: BTreeMap::from([
                ("maxMoic".to_owned(), 200.0),
                ("shareOfDeals".to_owned(), 0.002),
                ("shareOfMean".to_owned(), 0.1234),
            ]),
        }],
        created_at: "2026-11-21T07:30:05Z".into(),
        links: RunLinks {
            self_: format!("/api/runs/{key}"),
            matrix: "/api/matrices/07".into(),
            data: "/api/matrices/07/data".into(),
            blocks: "/api/matrices/07/blocks".into(),
            page: format!("/runs/{key}"),
        },
    }
}
