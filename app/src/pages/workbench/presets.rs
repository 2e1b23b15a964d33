//! Outcome tables to begin with: published ones, each with its source, and the default fund's illustrations.

use super::draft::{DraftBand, DraftBucket};
use super::typed::{Unit, typed};

/// What a table counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// Each deal once.
    Deals,
    /// Each deal by the money in it.
    Dollars,
    /// Nothing that was counted.
    Illustrative,
}

impl Weighting {
    /// In words, behind a name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Deals => "weighted by deals",
            Self::Dollars => "weighted by dollars",
            Self::Illustrative => "illustrative",
        }
    }
}

/// An outcome table to begin with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Name.
    pub name: &'static str,
    /// What it counts.
    pub weighting: Weighting,
    /// Upper edge of each band, a multiple, and its share in percent as the source gives it.
    pub bands: &'static [(f64, f64)],
    /// Percent above the last band, as the source gives it. Where all shares together are not 100, they are scaled.
    pub beyond: f64,
    /// Exponent of the tail above the last band.
    pub tail_exponent: f64,
    /// Percent of all deals that return nothing, part of the first band.
    pub loss: f64,
    /// Author, year, sample, and how the numbers are known.
    pub source: &'static str,
    /// What is not in the source.
    pub assumed: &'static str,
}

const OURS_IS_THE_TAIL: &str =
    "Ours: the tail exponent 1.44, which Correlation Ventures’ shares above 20 × and 50 × have between them.";

/// All of them, published ones first.
pub const PRESETS: [Preset; 7] = [
    Preset {
        name: "Correlation Ventures 2004–2013",
        weighting: Weighting::Deals,
        bands: &[(1.0, 64.8), (5.0, 25.3), (10.0, 5.9), (20.0, 2.5), (50.0, 1.1)],
        beyond: 0.4,
        tail_exponent: 1.44,
        loss: 25.92,
        source: "Correlation Ventures, about 21,000 US venture financings of 2004–2013; decimals as commonly cited",
        assumed: "Ours: the tail exponent 1.44, from the shares above 20 × and 50 ×; and that two in five of the deals \
                  below 1 × return nothing, so that those deals return 0.3 × on average.",
    },
    Preset {
        name: "Correlation Ventures, update of 2019",
        weighting: Weighting::Dollars,
        bands: &[(1.0, 51.0), (10.0, 45.0)],
        beyond: 4.0,
        tail_exponent: 1.44,
        loss: 20.4,
        source: "Correlation Ventures 2019, US exits of the decade before: 51 % of dollars lost money, less than 4 % \
                 reached 10 ×; by financings almost two thirds lost money",
        assumed: "Ours: 4 % for “less than 4 %”; the tail exponent 1.44 of their financings of 2004–2013; and that two in \
                  five of the dollars below 1 × return nothing.",
    },
    Preset {
        name: "Horsley Bridge 1985–2014",
        weighting: Weighting::Deals,
        bands: &[(1.0, 50.0), (10.0, 44.0)],
        beyond: 6.0,
        tail_exponent: 1.44,
        loss: 20.0,
        source: "Horsley Bridge in B. Evans 2016, more than 7,000 investments of venture funds: about half return less \
                 than 1 ×, 6 % return 10 × or more",
        assumed: "Ours: 50 % for “about half”; the tail exponent 1.44 of Correlation Ventures’ financings; and that two in \
                  five of the deals below 1 × return nothing.",
    },
    Preset {
        name: "Angels, Wiltbank & Boeker 2007",
        weighting: Weighting::Deals,
        bands: &[(1.0, 52.0), (5.0, 26.0), (10.0, 13.0), (30.0, 4.0)],
        beyond: 3.0,
        tail_exponent: 1.44,
        loss: 35.0,
        source: "Wiltbank and Boeker 2007, 1,137 exits of 539 angel investors in North America; bars as commonly cited, \
                 which sum to 98 % and are scaled to 100 %; 35 % return nothing",
        assumed: "Ours: the tail exponent 1.44 of Correlation Ventures’ financings.",
    },
    Preset {
        name: "Default fund, Seed",
        weighting: Weighting::Illustrative,
        bands: &[(1.0, 66.0), (5.0, 22.0), (10.0, 6.5), (20.0, 3.0), (50.0, 1.7)],
        beyond: 0.8,
        tail_exponent: 1.44,
        loss: 40.0,
        source: "In the shape of published venture outcomes; no sample",
        assumed: OURS_IS_THE_TAIL,
    },
    Preset {
        name: "Default fund, Series A",
        weighting: Weighting::Illustrative,
        bands: &[(1.0, 58.0), (5.0, 29.0), (10.0, 8.0), (20.0, 3.3), (50.0, 1.35)],
        beyond: 0.35,
        tail_exponent: 1.44,
        loss: 30.0,
        source: "In the shape of published venture outcomes; no sample",
        assumed: OURS_IS_THE_TAIL,
    },
    Preset {
        name: "Default fund, Series B",
        weighting: Weighting::Illustrative,
        bands: &[(1.0, 45.0), (5.0, 42.0), (10.0, 9.0), (20.0, 3.0), (50.0, 0.85)],
        beyond: 0.15,
        tail_exponent: 1.44,
        loss: 20.0,
        source: "In the shape of published venture outcomes; no sample",
        assumed: OURS_IS_THE_TAIL,
    },
];

impl Preset {
    /// All shares together, percent: 100, or what rounding in the source left of it.
    pub fn cited(&self) -> f64 {
        self.bands.iter().map(|band| band.1).sum::<f64>() + self.beyond
    }

    /// The bands as a person would have typed them.
    pub fn draft_bands(&self) -> Vec<DraftBand> {
        let cited = self.cited();
        let band = |&(to, percent): &(f64, f64)| DraftBand {
            to: typed(to, Unit::Multiple),
            share: typed(percent / cited, Unit::Share),
        };
        self.bands.iter().map(band).collect()
    }

    /// Makes `bucket` begin with this table. A cap that does not lie above the last band is left out, and returned.
    pub fn apply(&self, bucket: &mut DraftBucket) -> Option<String> {
        bucket.tail_exponent = typed(self.tail_exponent, Unit::Plain);
        bucket.loss = typed(self.loss / 100.0, Unit::Share);
        bucket.use_table(self.draft_bands())
    }

    /// Which preset a bucket's table still is; bands, tail and losses alike.
    pub fn of(bucket: &DraftBucket) -> Option<usize> {
        PRESETS.iter().position(|preset| {
            bucket.loss == typed(preset.loss / 100.0, Unit::Share)
                && bucket.tail_exponent == typed(preset.tail_exponent, Unit::Plain)
                && bucket.bands == preset.draft_bands()
        })
    }
}
