//! From a configuration to what a person would have typed, and back.

use std::collections::BTreeMap;

use foliocast_core::scenario::{Bucket, Config, DealOutlook, Limits, Marginal, Recycling};
use foliocast_core::{Error, Errors};
use serde_json::Value;

use super::super::typed::{Unit, typed as text_of};
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
            fund_size: String::new(),
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
}

impl DraftBucket {
    /// What one deal of the bucket does; `None` while something of how it comes out is not valid. What is typed
    /// elsewhere, the capital and the number of deals do not matter.
    pub fn outlook(&self) -> Option<DealOutlook> {
        let config = Config::from_json(&self.request_json(), &Limits::default()).ok()?;
        config.buckets().first().map(DealOutlook::of)
    }

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
