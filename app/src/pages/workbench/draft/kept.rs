//! A draft as it is typed, as JSON that a browser keeps: also while it is no valid configuration.

use serde_json::{Map, Value};

use super::super::fund_size::{fund_size_in, fund_size_text};
use super::super::typed::{number, number_in, typed};
use super::super::weights::{WEIGHT_NAMES, Weights};
use super::{BucketField, Draft, DraftBand, DraftBucket, Field, MAX_BANDS, MAX_BUCKETS, Shape};
use crate::number_style::NumberStyle;

/// The member that says how numbers are written in all the others.
const STYLE: &str = "numbers";

impl Draft {
    /// Everything that is typed. Texts have the names of the configuration's members, with dots for members of members.
    pub fn to_kept(&self) -> Value {
        let mut kept = Map::new();
        for field in Field::OF_FUND {
            if let (Some(path), Some(text)) = (field.path(|_| None), self.text(field)) {
                kept.insert(path, text.into());
            }
        }
        kept.insert(STYLE.into(), NumberStyle::current().to_attribute().into());
        kept.insert("taxonomyVersion".into(), self.taxonomy_version.as_str().into());
        kept.insert("recycling".into(), self.recycling.into());
        for (name, millionths) in WEIGHT_NAMES.iter().zip(self.weights.millionths()) {
            kept.insert(format!("correlationWeights.{name}"), millionths.into());
        }
        kept.insert("buckets".into(), self.buckets.iter().map(DraftBucket::to_kept).collect());
        kept.into()
    }

    /// Reads what [`to_kept`](Self::to_kept) wrote. Members that are not known are passed over, and what is absent is as
    /// in the default fund; `None` where it is no draft at all.
    pub fn from_kept(kept: &Value) -> Option<Self> {
        let mut draft = Self::default();
        for field in Field::OF_FUND {
            if let Some(text) = kept.get(field.path(|_| None)?) {
                draft.set_text(field, text.as_str()?.to_owned());
            }
        }
        if let Some(version) = kept.get("taxonomyVersion") {
            draft.taxonomy_version = version.as_str()?.to_owned();
        }
        if let Some(recycling) = kept.get("recycling") {
            draft.recycling = recycling.as_bool()?;
        }
        let mut shares = draft.weights.shares();
        for (share, name) in shares.iter_mut().zip(WEIGHT_NAMES) {
            if let Some(millionths) = kept.get(format!("correlationWeights.{name}")) {
                *share = millionths.as_f64()? / 1e6;
            }
        }
        draft.weights = Weights::new(shares);
        let buckets = kept.get("buckets")?.as_array()?;
        if buckets.is_empty() || buckets.len() > MAX_BUCKETS {
            return None;
        }
        draft.buckets.clear();
        for bucket in buckets {
            let id = draft.new_id();
            draft.buckets.push(DraftBucket::from_kept(DraftBucket::new(id, String::new()), bucket)?);
        }
        let style = kept.get(STYLE).and_then(Value::as_str).and_then(NumberStyle::of_attribute);
        draft.rewrite_from(style.unwrap_or(NumberStyle::ENGLISH));
        Some(draft)
    }

    /// Writes what was typed in another style in the page's own, so that a number stays the same. What is no number
    /// stays as it is.
    fn rewrite_from(&mut self, style: NumberStyle) {
        if style == NumberStyle::current() {
            return;
        }
        let of_buckets: Vec<Field> = self.buckets.iter().flat_map(|bucket| bucket.fields()).collect();
        for field in Field::OF_FUND.into_iter().chain(of_buckets) {
            let Some(text) = self.text(field) else { continue };
            let rewritten = match field.unit() {
                Some(unit) => number_in(style, text, unit).and_then(|value| {
                    let text = typed(value, unit);
                    (number(&text, unit) == Some(value)).then_some(text)
                }),
                None if field == Field::FundSize => {
                    fund_size_in(style, text).ok().flatten().as_ref().map(fund_size_text)
                }
                None => None,
            };
            if let Some(text) = rewritten {
                self.set_text(field, text);
            }
        }
    }
}

impl DraftBucket {
    /// All its texts.
    fn fields(&self) -> Vec<Field> {
        let of_bands = (0..self.bands.len()).flat_map(|band| [BucketField::BandTo(band), BucketField::BandShare(band)]);
        BucketField::OF_BUCKET.into_iter().chain(of_bands).map(|field| Field::Bucket(self.id, field)).collect()
    }

    fn to_kept(&self) -> Value {
        let mut kept = Map::new();
        for field in BucketField::OF_BUCKET {
            if let Some(text) = self.text(field) {
                kept.insert(field.path(), text.into());
            }
        }
        kept.insert("shape".into(), self.shape.name().into());
        let bands = self.bands.iter().map(|band| Value::from(vec![band.to.as_str(), band.share.as_str()]));
        kept.insert("outcomeTable.bands".into(), bands.collect());
        kept.into()
    }

    fn from_kept(mut bucket: Self, kept: &Value) -> Option<Self> {
        for field in BucketField::OF_BUCKET {
            if let (Some(text), Some(slot)) = (kept.get(field.path()), bucket.text_mut(field)) {
                *slot = text.as_str()?.to_owned();
            }
        }
        bucket.shape = Shape::from_name(kept.get("shape")?.as_str()?)?;
        let bands = kept.get("outcomeTable.bands")?.as_array()?;
        if bands.is_empty() || bands.len() > MAX_BANDS {
            return None;
        }
        let text = |band: &Value, place: usize| band.get(place)?.as_str().map(str::to_owned);
        let bands = bands.iter().map(|band| Some(DraftBand { to: text(band, 0)?, share: text(band, 1)? }));
        bucket.bands = bands.collect::<Option<_>>()?;
        Some(bucket)
    }
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Self::PowerLaw => "powerLaw",
            Self::Table => "outcomeTable",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::PowerLaw, Self::Table].into_iter().find(|shape| shape.name() == name)
    }
}
