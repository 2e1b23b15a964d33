//! From a configuration to what a person would have typed, and back.

use std::collections::BTreeMap;

use foliocast_core::scenario::{Bucket, Config, Limits, Marginal, Recycling};
use foliocast_core::{Error, Errors};
use serde::Serialize;
use serde_json::Value;

use super::super::typed::{Typed, Unit, typed as text_of};
use super::super::weights::Weights;
use super::{BucketId, Draft, DraftBand, DraftBucket, Shape};

/// What is typed, read as a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The configuration a server run would use; `None` where the input is not valid.
    pub config: Option<Config>,
    /// The request's text for a server run, in the order of the table.
    pub request: String,
    /// Everything that is wrong.
    pub errors: Vec<Error>,
}

impl Check {
    /// Whether a preview can be made: a fault of the server run's size alone does not stop it.
    pub fn allows_preview(&self) -> bool {
        self.errors.iter().all(|error| error.path == "numScenarios")
    }
}

impl Draft {
    /// The draft that a person would have typed to get `config`.
    pub fn from_config(config: &Config) -> Self {
        let mut draft = Self {
            fund_id: config.fund_id().to_owned(),
            taxonomy_version: config.taxonomy_version().to_owned(),
            num_scenarios: text_of(config.num_scenarios().into(), Unit::Count),
            seed: config.seed().to_owned(),
            buckets: Vec::new(),
            weights: {
                let weights = config.correlation_weights();
                Weights::new([weights.macro_, weights.systematic, weights.idiosyncratic])
            },
            recycling: false,
            reinvestment_rate: "10".into(),
            max_recycled_share: "25".into(),
            holding_period: "5".into(),
            fund_lifetime: "10".into(),
            next_id: 0,
        };
        if let Recycling::SameBucket {
            reinvestment_rate,
            avg_holding_period_years,
            fund_lifetime_years,
            max_recycled_share,
        } = config.recycling()
        {
            draft.recycling = true;
            draft.reinvestment_rate = text_of(reinvestment_rate, Unit::Share);
            draft.max_recycled_share = max_recycled_share.map_or(String::new(), |share| text_of(share, Unit::Share));
            draft.holding_period = text_of(avg_holding_period_years, Unit::Years);
            draft.fund_lifetime = text_of(fund_lifetime_years, Unit::Years);
        }
        for bucket in config.buckets() {
            let id = draft.new_id();
            draft.buckets.push(DraftBucket::from_bucket(id, bucket));
        }
        draft
    }

    /// Reads a configuration's text, keeping the order of its buckets.
    ///
    /// # Errors
    /// Everything that is wrong with it, as [`Config::from_json`] says it.
    pub fn from_json(text: &str) -> Result<Self, Errors> {
        let config = Config::from_json(text, &Limits::default())?;
        let mut draft = Self::from_config(&config);
        let order: BTreeMap<String, usize> = serde_json::from_str::<Value>(text)
            .ok()
            .and_then(|value| value.get("buckets")?.as_array().cloned())
            .into_iter()
            .flatten()
            .enumerate()
            .filter_map(|(place, bucket)| Some((bucket.get("name")?.as_str()?.trim().to_owned(), place)))
            .collect();
        draft.buckets.sort_by_key(|bucket| order.get(&bucket.name).copied().unwrap_or(usize::MAX));
        Ok(draft)
    }

    /// Reads the draft as a configuration.
    pub fn check(&self) -> Check {
        let request = self.request_json();
        let (config, errors) = match Config::from_json(&request, &Limits::default()) {
            Ok(config) => (Some(config), Vec::new()),
            Err(errors) => (None, errors.iter().cloned().collect()),
        };
        Check { config, request, errors }
    }

    /// The request's text: what the API's `simulate` takes. Texts that are no numbers travel as strings, so that the
    /// one reader of configurations refuses them in its own words.
    pub fn request_json(&self) -> String {
        // Names are texts and numbers are finite: nothing here can fail to be written.
        serde_json::to_string(&Request::of(self)).unwrap_or_default()
    }
}

impl DraftBucket {
    fn from_bucket(id: BucketId, bucket: &Bucket) -> Self {
        let mut draft = Self {
            capital: text_of(bucket.capital_allocation, Unit::Percent),
            deals: text_of(bucket.deals.into(), Unit::Count),
            loss: text_of(bucket.loss_probability, Unit::Share),
            cap: bucket.max_moic.map_or(String::new(), |cap| text_of(cap, Unit::Multiple)),
            ..Self::new(id, bucket.name.clone())
        };
        match &bucket.marginal {
            Marginal::PowerLaw { median, p90 } => {
                draft.shape = Shape::PowerLaw;
                draft.median = text_of(*median, Unit::Multiple);
                draft.p90 = text_of(*p90, Unit::Multiple);
            }
            Marginal::Table { bands, tail_exponent } => {
                draft.shape = Shape::Table;
                draft.tail_exponent = text_of(*tail_exponent, Unit::Plain);
                draft.bands = bands
                    .iter()
                    .map(|band| DraftBand {
                        to: text_of(band.to, Unit::Multiple),
                        share: text_of(band.share, Unit::Share),
                    })
                    .collect();
            }
        }
        draft
    }
}

/// What the API's `simulate` takes, as it is typed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    fund_id: &'a str,
    taxonomy_version: &'a str,
    num_scenarios: Typed<'a>,
    seed: &'a str,
    buckets: Vec<RequestBucket<'a>>,
    correlation_weights: RequestWeights,
    recycling: RequestRecycling<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestBucket<'a> {
    name: &'a str,
    capital_allocation: Typed<'a>,
    deals: Typed<'a>,
    loss_probability: Typed<'a>,
    max_moic: Option<Typed<'a>>,
    /// This or the next member says how a deal comes out.
    #[serde(skip_serializing_if = "Option::is_none")]
    moic_calibration: Option<RequestCalibration<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_table: Option<RequestTable<'a>>,
}

#[derive(Serialize)]
struct RequestCalibration<'a> {
    median: Typed<'a>,
    p90: Typed<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestTable<'a> {
    bands: Vec<RequestBand<'a>>,
    tail_exponent: Typed<'a>,
}

#[derive(Serialize)]
struct RequestBand<'a> {
    to: Typed<'a>,
    share: Typed<'a>,
}

#[derive(Serialize)]
struct RequestWeights {
    #[serde(rename = "macro")]
    macro_: f64,
    systematic: f64,
    idiosyncratic: f64,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum RequestRecycling<'a> {
    Off {
        enabled: bool,
    },
    On {
        enabled: bool,
        mode: &'static str,
        reinvestment_rate: Typed<'a>,
        avg_holding_period: Typed<'a>,
        fund_lifetime: Typed<'a>,
        max_recycled_share: Option<Typed<'a>>,
    },
}

impl<'a> Request<'a> {
    fn of(draft: &'a Draft) -> Self {
        let [macro_, systematic, idiosyncratic] = draft.weights.shares();
        Self {
            fund_id: &draft.fund_id,
            taxonomy_version: &draft.taxonomy_version,
            num_scenarios: Typed(&draft.num_scenarios, Unit::Count),
            seed: &draft.seed,
            buckets: draft.buckets.iter().map(RequestBucket::of).collect(),
            correlation_weights: RequestWeights { macro_, systematic, idiosyncratic },
            recycling: RequestRecycling::of(draft),
        }
    }
}

impl<'a> RequestRecycling<'a> {
    fn of(draft: &'a Draft) -> Self {
        if !draft.recycling {
            return Self::Off { enabled: false };
        }
        Self::On {
            enabled: true,
            mode: "same-bucket",
            reinvestment_rate: Typed(&draft.reinvestment_rate, Unit::Share),
            avg_holding_period: Typed(&draft.holding_period, Unit::Years),
            fund_lifetime: Typed(&draft.fund_lifetime, Unit::Years),
            max_recycled_share: unless_empty(&draft.max_recycled_share, Unit::Share),
        }
    }
}

impl<'a> RequestBucket<'a> {
    fn of(bucket: &'a DraftBucket) -> Self {
        let (calibration, table) = match bucket.shape {
            Shape::PowerLaw => (Some(RequestCalibration::of(bucket)), None),
            Shape::Table => (None, Some(RequestTable::of(bucket))),
        };
        Self {
            name: &bucket.name,
            capital_allocation: Typed(&bucket.capital, Unit::Percent),
            deals: Typed(&bucket.deals, Unit::Count),
            loss_probability: Typed(&bucket.loss, Unit::Share),
            max_moic: unless_empty(&bucket.cap, Unit::Multiple),
            moic_calibration: calibration,
            outcome_table: table,
        }
    }
}

impl<'a> RequestCalibration<'a> {
    fn of(bucket: &'a DraftBucket) -> Self {
        Self { median: Typed(&bucket.median, Unit::Multiple), p90: Typed(&bucket.p90, Unit::Multiple) }
    }
}

impl<'a> RequestTable<'a> {
    fn of(bucket: &'a DraftBucket) -> Self {
        Self {
            bands: bucket.bands.iter().map(RequestBand::of).collect(),
            tail_exponent: Typed(&bucket.tail_exponent, Unit::Plain),
        }
    }
}

impl<'a> RequestBand<'a> {
    fn of(band: &'a DraftBand) -> Self {
        Self { to: Typed(&band.to, Unit::Multiple), share: Typed(&band.share, Unit::Share) }
    }
}

/// What an empty text leaves out is `null`.
fn unless_empty(text: &str, unit: Unit) -> Option<Typed<'_>> {
    (!text.trim().is_empty()).then_some(Typed(text, unit))
}
