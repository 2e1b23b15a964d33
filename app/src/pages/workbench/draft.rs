//! What a person is typing: texts as typed, apart from any valid configuration.

use std::collections::BTreeMap;

use foliocast_core::scenario::{Bucket, Config, Limits, Marginal, Recycling, default_fund};
use foliocast_core::{Error, Errors};
use serde_json::{Map, Value, json};

use super::typed::{self, Unit, typed as text_of};
use super::weights::{WEIGHT_NAMES, Weights};

/// Identifies a bucket of a draft while it is edited, whatever its name and place.
pub type BucketId = u32;

/// Most buckets of a configuration.
pub const MAX_BUCKETS: usize = 50;
/// Most bands of an outcome table.
pub const MAX_BANDS: usize = 20;
/// Rows of a server run unless the person asks for another number.
pub const SERVER_ROWS: &str = "1,000,000";

/// A configuration being typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Whose run.
    pub fund_id: String,
    /// Name space of the buckets; not shown, kept.
    pub taxonomy_version: String,
    /// Rows of the run on the server.
    pub num_scenarios: String,
    /// Selects the random streams.
    pub seed: String,
    /// The buckets in the order of the table.
    pub buckets: Vec<DraftBucket>,
    /// What moves deals together.
    pub weights: Weights,
    /// Whether proceeds are reinvested.
    pub recycling: bool,
    /// Share of proceeds reinvested, percent.
    pub reinvestment_rate: String,
    /// Most that is reinvested, percent of the initial capital; empty is no cap.
    pub max_recycled_share: String,
    /// Years a deal is held.
    pub holding_period: String,
    /// Years the fund lives.
    pub fund_lifetime: String,
    next_id: BucketId,
}

/// A bucket being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftBucket {
    /// Its identity while edited.
    pub id: BucketId,
    /// Name.
    pub name: String,
    /// Percent of the fund's capital.
    pub capital: String,
    /// Number of deals.
    pub deals: String,
    /// Probability that a deal returns nothing, percent.
    pub loss: String,
    /// Cap on one deal's multiple; empty is no cap.
    pub cap: String,
    /// Which of the two ways below says how one deal comes out; what was typed for the other is kept.
    pub shape: Shape,
    /// Power law: median multiple.
    pub median: String,
    /// Power law: 90 % quantile of the multiple.
    pub p90: String,
    /// Outcome table: the bands.
    pub bands: Vec<DraftBand>,
    /// Outcome table: exponent of the tail above the last band.
    pub tail_exponent: String,
}

/// How one deal's multiple is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A power law through its median and its 90 % quantile.
    PowerLaw,
    /// Shares of deals up to each multiple, then a power-law tail.
    Table,
}

/// One band of an outcome table being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftBand {
    /// Upper edge, a multiple.
    pub to: String,
    /// Percent of deals in the band.
    pub share: String,
}

/// A text of the draft that a person can type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Whose run.
    FundId,
    /// Rows of the run on the server.
    NumScenarios,
    /// Selects the random streams.
    Seed,
    /// Share of proceeds reinvested.
    ReinvestmentRate,
    /// Most that is reinvested.
    MaxRecycledShare,
    /// Years a deal is held.
    HoldingPeriod,
    /// Years the fund lives.
    FundLifetime,
    /// A text of a bucket.
    Bucket(BucketId, BucketField),
}

/// A text of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketField {
    /// Name.
    Name,
    /// Share of the fund's capital.
    Capital,
    /// Number of deals.
    Deals,
    /// Probability that a deal returns nothing.
    Loss,
    /// Cap on one deal's multiple.
    Cap,
    /// Power law: median.
    Median,
    /// Power law: 90 % quantile.
    P90,
    /// Outcome table: tail exponent.
    TailExponent,
    /// Outcome table: upper edge of a band.
    BandTo(usize),
    /// Outcome table: share of a band.
    BandShare(usize),
}

impl Field {
    /// What the field counts; `None` for words.
    pub fn unit(self) -> Option<Unit> {
        match self {
            Self::FundId | Self::Seed | Self::Bucket(_, BucketField::Name) => None,
            Self::NumScenarios | Self::Bucket(_, BucketField::Deals) => Some(Unit::Count),
            Self::ReinvestmentRate | Self::MaxRecycledShare => Some(Unit::Share),
            Self::HoldingPeriod | Self::FundLifetime => Some(Unit::Years),
            Self::Bucket(_, BucketField::Capital) => Some(Unit::Percent),
            Self::Bucket(_, BucketField::Loss | BucketField::BandShare(_)) => Some(Unit::Share),
            Self::Bucket(_, BucketField::TailExponent) => Some(Unit::Plain),
            Self::Bucket(..) => Some(Unit::Multiple),
        }
    }
}

impl BucketField {
    fn path(self) -> String {
        match self {
            Self::Name => "name".into(),
            Self::Capital => "capitalAllocation".into(),
            Self::Deals => "deals".into(),
            Self::Loss => "lossProbability".into(),
            Self::Cap => "maxMoic".into(),
            Self::Median => "moicCalibration.median".into(),
            Self::P90 => "moicCalibration.p90".into(),
            Self::TailExponent => "outcomeTable.tailExponent".into(),
            Self::BandTo(band) => format!("outcomeTable.bands[{band}].to"),
            Self::BandShare(band) => format!("outcomeTable.bands[{band}].share"),
        }
    }
}

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

impl Default for Draft {
    /// The default fund, with the server's number of rows.
    fn default() -> Self {
        let mut draft = Self::from_config(&default_fund("default"));
        draft.num_scenarios = SERVER_ROWS.to_owned();
        draft
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

    /// The request's text: what the API's `simulate` takes. Texts that are no numbers travel as strings, so that the
    /// one reader of configurations refuses them in its own words.
    pub fn request_json(&self) -> String {
        self.json_with_rows(typed::json(&self.num_scenarios, Unit::Count))
    }

    /// The same configuration with `rows` scenarios, for the preview.
    pub fn preview_json(&self, rows: u32) -> String {
        self.json_with_rows(rows.into())
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

    fn json_with_rows(&self, rows: Value) -> String {
        let recycling = if self.recycling {
            json!({
                "enabled": true,
                "mode": "same-bucket",
                "reinvestmentRate": typed::json(&self.reinvestment_rate, Unit::Share),
                "avgHoldingPeriod": typed::json(&self.holding_period, Unit::Years),
                "fundLifetime": typed::json(&self.fund_lifetime, Unit::Years),
                "maxRecycledShare": or_null(&self.max_recycled_share, Unit::Share),
            })
        } else {
            json!({"enabled": false})
        };
        let weights: Map<String, Value> =
            WEIGHT_NAMES.into_iter().map(String::from).zip(self.weights.shares().map(Value::from)).collect();
        json!({
            "fundId": self.fund_id,
            "taxonomyVersion": self.taxonomy_version,
            "numScenarios": rows,
            "seed": self.seed,
            "buckets": self.buckets.iter().map(DraftBucket::json).collect::<Vec<_>>(),
            "correlationWeights": weights,
            "recycling": recycling,
        })
        .to_string()
    }

    /// The text of `field`; `None` if its bucket or band is gone.
    pub fn text(&self, field: Field) -> Option<&str> {
        Some(match field {
            Field::FundId => &self.fund_id,
            Field::NumScenarios => &self.num_scenarios,
            Field::Seed => &self.seed,
            Field::ReinvestmentRate => &self.reinvestment_rate,
            Field::MaxRecycledShare => &self.max_recycled_share,
            Field::HoldingPeriod => &self.holding_period,
            Field::FundLifetime => &self.fund_lifetime,
            Field::Bucket(id, field) => self.bucket(id)?.text(field)?,
        })
    }

    /// Takes what was typed into `field`.
    pub fn set_text(&mut self, field: Field, text: String) {
        let slot = match field {
            Field::FundId => Some(&mut self.fund_id),
            Field::NumScenarios => Some(&mut self.num_scenarios),
            Field::Seed => Some(&mut self.seed),
            Field::ReinvestmentRate => Some(&mut self.reinvestment_rate),
            Field::MaxRecycledShare => Some(&mut self.max_recycled_share),
            Field::HoldingPeriod => Some(&mut self.holding_period),
            Field::FundLifetime => Some(&mut self.fund_lifetime),
            Field::Bucket(id, field) => self.bucket_mut(id).and_then(|bucket| bucket.text_mut(field)),
        };
        if let Some(slot) = slot {
            *slot = text;
        }
    }

    /// The number typed into `field`, in the configuration's unit.
    pub fn number(&self, field: Field) -> Option<f64> {
        typed::number(self.text(field)?, field.unit()?)
    }

    /// Where the configuration's reader reports faults of `field`; `None` if its bucket is gone.
    pub fn path(&self, field: Field) -> Option<String> {
        Some(match field {
            Field::FundId => "fundId".into(),
            Field::NumScenarios => "numScenarios".into(),
            Field::Seed => "seed".into(),
            Field::ReinvestmentRate => "recycling.reinvestmentRate".into(),
            Field::MaxRecycledShare => "recycling.maxRecycledShare".into(),
            Field::HoldingPeriod => "recycling.avgHoldingPeriod".into(),
            Field::FundLifetime => "recycling.fundLifetime".into(),
            Field::Bucket(id, field) => format!("buckets[{}].{}", self.place(id)?, field.path()),
        })
    }

    /// The bucket `id`.
    pub fn bucket(&self, id: BucketId) -> Option<&DraftBucket> {
        self.buckets.iter().find(|bucket| bucket.id == id)
    }

    /// The bucket `id`.
    pub fn bucket_mut(&mut self, id: BucketId) -> Option<&mut DraftBucket> {
        self.buckets.iter_mut().find(|bucket| bucket.id == id)
    }

    /// The place of bucket `id` in the table.
    pub fn place(&self, id: BucketId) -> Option<usize> {
        self.buckets.iter().position(|bucket| bucket.id == id)
    }

    /// Adds a bucket with what is left of the capital, and gives its id; `None` where there are 50 already.
    pub fn add_bucket(&mut self) -> Option<BucketId> {
        if self.buckets.len() >= MAX_BUCKETS {
            return None;
        }
        let left = self.allocated().map_or(0.0, |allocated| (100.0 - allocated).max(0.0));
        let name = (self.buckets.len() + 1..)
            .map(|number| format!("Bucket {number}"))
            .find(|name| self.buckets.iter().all(|bucket| bucket.name.trim() != name))?;
        let id = self.new_id();
        self.buckets.push(DraftBucket { capital: text_of(left, Unit::Percent), ..DraftBucket::new(id, name) });
        Some(id)
    }

    /// Removes a bucket; the last one stays.
    pub fn remove_bucket(&mut self, id: BucketId) {
        if self.buckets.len() > 1 {
            self.buckets.retain(|bucket| bucket.id != id);
        }
    }

    /// Moves a bucket up (−1) or down (1) in the table. The order changes no number, only how the table reads.
    pub fn move_bucket(&mut self, id: BucketId, by: isize) {
        if let Some(place) = self.place(id)
            && let Some(target) = place.checked_add_signed(by)
            && target < self.buckets.len()
        {
            let bucket = self.buckets.remove(place);
            self.buckets.insert(target, bucket);
        }
    }

    /// Percent of the capital given to buckets so far, to six decimals; `None` while one of them is no number.
    pub fn allocated(&self) -> Option<f64> {
        let micros = self
            .buckets
            .iter()
            .map(|bucket| typed::number(&bucket.capital, Unit::Percent).map(|percent| (percent * 1e6).round()));
        micros.sum::<Option<f64>>().map(|micros| micros / 1e6)
    }

    /// Deals over all buckets; `None` while one of them is no number.
    pub fn deals(&self) -> Option<f64> {
        self.buckets.iter().map(|bucket| typed::number(&bucket.deals, Unit::Count)).sum()
    }

    fn new_id(&mut self) -> BucketId {
        self.next_id += 1;
        self.next_id
    }
}

impl DraftBucket {
    /// A bucket as a person first sees it.
    fn new(id: BucketId, name: String) -> Self {
        Self {
            id,
            name,
            capital: "0".into(),
            deals: "10".into(),
            loss: "30".into(),
            cap: "100".into(),
            shape: Shape::PowerLaw,
            median: "1.5".into(),
            p90: "5".into(),
            bands: [("1", "60"), ("5", "28"), ("10", "7"), ("20", "3"), ("50", "1.5")]
                .map(|(to, share)| DraftBand { to: to.into(), share: share.into() })
                .to_vec(),
            tail_exponent: "1.44".into(),
        }
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

    fn json(&self) -> Value {
        let mut bucket = json!({
            "name": self.name,
            "capitalAllocation": typed::json(&self.capital, Unit::Percent),
            "deals": typed::json(&self.deals, Unit::Count),
            "lossProbability": typed::json(&self.loss, Unit::Share),
            "maxMoic": or_null(&self.cap, Unit::Multiple),
        });
        match self.shape {
            Shape::PowerLaw => {
                bucket["moicCalibration"] = json!({
                    "median": typed::json(&self.median, Unit::Multiple),
                    "p90": typed::json(&self.p90, Unit::Multiple),
                });
            }
            Shape::Table => {
                let band = |band: &DraftBand| {
                    json!({
                        "to": typed::json(&band.to, Unit::Multiple),
                        "share": typed::json(&band.share, Unit::Share),
                    })
                };
                bucket["outcomeTable"] = json!({
                    "bands": self.bands.iter().map(band).collect::<Vec<_>>(),
                    "tailExponent": typed::json(&self.tail_exponent, Unit::Plain),
                });
            }
        }
        bucket
    }

    fn text(&self, field: BucketField) -> Option<&str> {
        Some(match field {
            BucketField::Name => &self.name,
            BucketField::Capital => &self.capital,
            BucketField::Deals => &self.deals,
            BucketField::Loss => &self.loss,
            BucketField::Cap => &self.cap,
            BucketField::Median => &self.median,
            BucketField::P90 => &self.p90,
            BucketField::TailExponent => &self.tail_exponent,
            BucketField::BandTo(band) => &self.bands.get(band)?.to,
            BucketField::BandShare(band) => &self.bands.get(band)?.share,
        })
    }

    fn text_mut(&mut self, field: BucketField) -> Option<&mut String> {
        Some(match field {
            BucketField::Name => &mut self.name,
            BucketField::Capital => &mut self.capital,
            BucketField::Deals => &mut self.deals,
            BucketField::Loss => &mut self.loss,
            BucketField::Cap => &mut self.cap,
            BucketField::Median => &mut self.median,
            BucketField::P90 => &mut self.p90,
            BucketField::TailExponent => &mut self.tail_exponent,
            BucketField::BandTo(band) => &mut self.bands.get_mut(band)?.to,
            BucketField::BandShare(band) => &mut self.bands.get_mut(band)?.share,
        })
    }

    /// Percent of deals in the bands, to four decimals; `None` while one of them is no number.
    pub fn banded(&self) -> Option<f64> {
        let micros =
            self.bands.iter().map(|band| typed::number(&band.share, Unit::Share).map(|share| (share * 1e6).round()));
        micros.sum::<Option<f64>>().map(|micros| micros / 1e4)
    }

    /// Adds a band above the last, with half of the deals that are left.
    pub fn add_band(&mut self) {
        if self.bands.len() < MAX_BANDS {
            let edge = self.bands.last().and_then(|band| typed::number(&band.to, Unit::Multiple)).unwrap_or(0.5);
            let left = self.banded().map_or(0.0, |banded| ((100.0 - banded) / 2.0).max(0.0) / 100.0);
            self.bands.push(DraftBand { to: text_of(edge * 2.0, Unit::Multiple), share: text_of(left, Unit::Share) });
        }
    }

    /// Removes a band; the last one stays.
    pub fn remove_band(&mut self, band: usize) {
        if self.bands.len() > 1 && band < self.bands.len() {
            self.bands.remove(band);
        }
    }
}

fn or_null(text: &str, unit: Unit) -> Value {
    if text.trim().is_empty() { Value::Null } else { typed::json(text, unit) }
}
