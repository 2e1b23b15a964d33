//! A bucket being typed.

use super::super::typed::{self, Unit, typed as text_of};
use super::{BucketField, BucketId};

/// Most bands of an outcome table.
pub const MAX_BANDS: usize = 20;

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

impl DraftBucket {
    /// A bucket as a person first sees it.
    pub(super) fn new(id: BucketId, name: String) -> Self {
        Self {
            id,
            name,
            capital: "0".into(),
            deals: "10".into(),
            loss: "30".into(),
            cap: "100".into(),
            shape: Shape::PowerLaw,
            median: typed::typed(1.5, Unit::Multiple),
            p90: "5".into(),
            bands: [(1.0, 0.6), (5.0, 0.28), (10.0, 0.07), (20.0, 0.03), (50.0, 0.015)]
                .map(|(to, share)| DraftBand {
                    to: typed::typed(to, Unit::Multiple),
                    share: typed::typed(share, Unit::Share),
                })
                .to_vec(),
            tail_exponent: typed::typed(1.44, Unit::Plain),
        }
    }

    /// The text of `field`; `None` if its band is gone.
    pub fn text(&self, field: BucketField) -> Option<&str> {
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

    pub(super) fn text_mut(&mut self, field: BucketField) -> Option<&mut String> {
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

    /// Comes out as an outcome table with these bands. A cap that does not lie above the last of them is left out, and
    /// returned.
    pub fn use_table(&mut self, bands: Vec<DraftBand>) -> Option<String> {
        self.shape = Shape::Table;
        let edge = bands.last().and_then(|band| typed::number(&band.to, Unit::Multiple))?;
        self.bands = bands;
        let is_above = typed::number(&self.cap, Unit::Multiple).is_none_or(|cap| cap > edge);
        (!is_above).then(|| core::mem::take(&mut self.cap))
    }

    /// Comes out as a power law through these two quantiles.
    pub fn use_range(&mut self, median: f64, p90: f64) {
        self.shape = Shape::PowerLaw;
        self.median = text_of(median, Unit::Multiple);
        self.p90 = text_of(p90, Unit::Multiple);
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
