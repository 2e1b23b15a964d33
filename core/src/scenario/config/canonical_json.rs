//! The canonical JSON of a configuration, and of the parts that its keys hash (RFC 8785).

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{Bucket, Config, CorrelationWeights, Marginal, Recycling};
use crate::{canonical, scenario::MatrixKey};

impl Bucket {
    fn serialize_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        #[derive(Serialize)]
        struct Calibration {
            median: f64,
            p90: f64,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Table<'a> {
            bands: &'a [super::Band],
            tail_exponent: f64,
        }
        map.serialize_entry("name", &self.name)?;
        match &self.marginal {
            &Marginal::PowerLaw { median, p90 } => {
                map.serialize_entry("moicCalibration", &Calibration { median, p90 })?;
            }
            Marginal::Table { bands, tail_exponent } => {
                map.serialize_entry("outcomeTable", &Table { bands, tail_exponent: *tail_exponent })?;
            }
        }
        map.serialize_entry("deals", &self.deals)?;
        map.serialize_entry("lossProbability", &self.loss_probability)?;
        map.serialize_entry("maxMoic", &self.max_moic)
    }
}

impl Serialize for Bucket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("capitalAllocation", &self.capital_allocation)?;
        self.serialize_members(&mut map)?;
        map.end()
    }
}

/// A bucket without its allocation.
struct KeyedBucket<'a>(&'a Bucket);

impl Serialize for KeyedBucket<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.serialize_members(&mut map)?;
        map.end()
    }
}

impl Serialize for Recycling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Disabled => map.serialize_entry("enabled", &false)?,
            Self::SameBucket {
                reinvestment_rate,
                avg_holding_period_years,
                fund_lifetime_years,
                max_recycled_share,
            } => {
                map.serialize_entry("enabled", &true)?;
                map.serialize_entry("mode", "same-bucket")?;
                map.serialize_entry("reinvestmentRate", reinvestment_rate)?;
                map.serialize_entry("avgHoldingPeriod", avg_holding_period_years)?;
                map.serialize_entry("fundLifetime", fund_lifetime_years)?;
                map.serialize_entry("maxRecycledShare", max_recycled_share)?;
            }
        }
        map.end()
    }
}

/// What the matrix key hashes.
pub(super) fn matrix_json(config: &Config) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Keyed<'a> {
        schema: &'static str,
        taxonomy_version: &'a str,
        num_scenarios: u32,
        seed: &'a str,
        buckets: Vec<KeyedBucket<'a>>,
        correlation_weights: CorrelationWeights,
    }
    canonical::to_string(&Keyed {
        schema: "foliocast.matrix/1",
        taxonomy_version: &config.taxonomy_version,
        num_scenarios: config.num_scenarios,
        seed: &config.seed,
        buckets: config.buckets.iter().map(KeyedBucket).collect(),
        correlation_weights: config.correlation_weights,
    })
}

/// Buckets' allocations by their names.
struct Allocations<'a>(&'a [Bucket]);

impl Serialize for Allocations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|bucket| (&bucket.name, bucket.capital_allocation)))
    }
}

/// What the run key hashes.
pub(super) fn run_json(config: &Config, matrix_key: MatrixKey) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Keyed<'a> {
        schema: &'static str,
        matrix_key: MatrixKey,
        fund_id: &'a str,
        allocations: Allocations<'a>,
        recycling: Recycling,
    }
    canonical::to_string(&Keyed {
        schema: "foliocast.run/1",
        matrix_key,
        fund_id: &config.fund_id,
        allocations: Allocations(&config.buckets),
        recycling: config.recycling,
    })
}
