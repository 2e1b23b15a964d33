//! What is typed, as the text of a request.

use serde::Serialize;

use super::super::typed::{Typed, Unit};
use super::{Draft, DraftBand, DraftBucket, Shape};

impl Draft {
    /// The request's text: what the API's `simulate` takes. Texts that are no numbers travel as strings, so that the
    /// one reader of configurations refuses them in its own words.
    pub fn request_json(&self) -> String {
        // Names are texts and numbers are finite: nothing here can fail to be written.
        serde_json::to_string(&Request::of(self)).unwrap_or_default()
    }
}

impl DraftBucket {
    /// The text of a request for one deal of this bucket and nothing else.
    pub(super) fn request_json(&self) -> String {
        let bucket = RequestBucket {
            name: "deal",
            capital_allocation: Typed("100", Unit::Percent),
            deals: Typed("1", Unit::Count),
            ..RequestBucket::of(self)
        };
        serde_json::to_string(&RequestOfDeal { fund_id: "deal", buckets: [bucket] }).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestOfDeal<'a> {
    fund_id: &'a str,
    buckets: [RequestBucket<'a>; 1],
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
