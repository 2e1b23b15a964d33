//! What a person is typing: texts as typed, apart from any valid configuration.

mod bucket;
mod changes;
mod configuration;
mod difference;
mod field;
mod kept;
mod request;

use foliocast_core::scenario::default_fund;

pub use bucket::{DraftBand, DraftBucket, MAX_BANDS, Shape};
pub use changes::{Change, changes};
pub use configuration::Check;
pub use difference::difference;
pub(super) use field::FUND_SIZE_PATH;
pub use field::{BucketField, Field};

use super::typed::{self, Unit, typed as text_of};
use super::weights::Weights;

/// Identifies a bucket of a draft while it is edited, whatever its name and place.
pub type BucketId = u32;

/// Most buckets of a configuration.
pub const MAX_BUCKETS: usize = 50;
/// Rows of a server run unless the person asks for another number.
pub const SERVER_ROWS: u32 = 1_000_000;

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
    /// How large the fund is, amount and currency; empty is not known. It is no part of the configuration.
    pub fund_size: String,
    next_id: BucketId,
}

impl Default for Draft {
    /// The default fund, with the server's number of rows.
    fn default() -> Self {
        let mut draft = Self::from_config(&default_fund("default"));
        draft.num_scenarios = text_of(SERVER_ROWS.into(), Unit::Count);
        draft
    }
}

impl Draft {
    /// Whether this is the default fund, whatever its size and the number of rows of a server's run.
    pub fn is_default_fund(&self) -> bool {
        let free = (self.num_scenarios.clone(), self.fund_size.clone());
        *self == Self { num_scenarios: free.0, fund_size: free.1, ..Self::default() }
    }

    /// Whether both stand for one request and one size of the fund, valid or not, whatever else is typed where it does not
    /// count.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.fund_size.trim() == other.fund_size.trim() && self.request_json() == other.request_json()
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
            Field::FundSize => &self.fund_size,
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
            Field::FundSize => Some(&mut self.fund_size),
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
