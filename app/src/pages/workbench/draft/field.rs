//! The texts of a draft, each by a name of its own.

use super::super::typed::Unit;
use super::BucketId;

/// Where faults of the fund's size are reported, as the API does.
pub(in super::super) const FUND_SIZE_PATH: &str = "fundSize";

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
    /// How large the fund is; no part of the configuration.
    FundSize,
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
    /// All texts that are of no bucket.
    pub const OF_FUND: [Self; 8] = [
        Self::FundId,
        Self::NumScenarios,
        Self::Seed,
        Self::ReinvestmentRate,
        Self::MaxRecycledShare,
        Self::HoldingPeriod,
        Self::FundLifetime,
        Self::FundSize,
    ];

    /// What the page calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::FundId => "Fund",
            Self::NumScenarios => "Rows on the server",
            Self::Seed => "Seed",
            Self::ReinvestmentRate => "Reinvested",
            Self::MaxRecycledShare => "Reinvested at most",
            Self::HoldingPeriod => "Holding",
            Self::FundLifetime => "Fund life",
            Self::FundSize => "Fund size",
            Self::Bucket(_, field) => field.words(),
        }
    }

    /// What the field counts; `None` for words.
    pub fn unit(self) -> Option<Unit> {
        match self {
            Self::FundId | Self::Seed | Self::FundSize | Self::Bucket(_, BucketField::Name) => None,
            Self::NumScenarios | Self::Bucket(_, BucketField::Deals) => Some(Unit::Count),
            Self::ReinvestmentRate | Self::MaxRecycledShare => Some(Unit::Share),
            Self::HoldingPeriod | Self::FundLifetime => Some(Unit::Years),
            Self::Bucket(_, BucketField::Capital) => Some(Unit::Percent),
            Self::Bucket(_, BucketField::Loss | BucketField::BandShare(_)) => Some(Unit::Share),
            Self::Bucket(_, BucketField::TailExponent) => Some(Unit::Plain),
            Self::Bucket(..) => Some(Unit::Multiple),
        }
    }

    /// Where the configuration's reader reports faults of the field, given which place in the table its bucket has;
    /// `None` if that is gone.
    pub fn path(self, place: impl FnOnce(BucketId) -> Option<usize>) -> Option<String> {
        Some(match self {
            Self::FundId => "fundId".into(),
            Self::NumScenarios => "numScenarios".into(),
            Self::Seed => "seed".into(),
            Self::ReinvestmentRate => "recycling.reinvestmentRate".into(),
            Self::MaxRecycledShare => "recycling.maxRecycledShare".into(),
            Self::HoldingPeriod => "recycling.avgHoldingPeriod".into(),
            Self::FundLifetime => "recycling.fundLifetime".into(),
            Self::FundSize => FUND_SIZE_PATH.into(),
            Self::Bucket(id, field) => format!("buckets[{}].{}", place(id)?, field.path()),
        })
    }
}

impl BucketField {
    /// All texts of a bucket but those of its bands.
    pub const OF_BUCKET: [Self; 8] =
        [Self::Name, Self::Capital, Self::Deals, Self::Loss, Self::Cap, Self::Median, Self::P90, Self::TailExponent];

    /// What the page calls it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Capital => "Capital",
            Self::Deals => "Deals",
            Self::Loss => "Lose all",
            Self::Cap => "Cap",
            Self::Median => "Median",
            Self::P90 => "P90",
            Self::TailExponent => "Tail exponent",
            Self::BandTo(_) | Self::BandShare(_) => "Outcome table",
        }
    }

    pub(super) fn path(self) -> String {
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
