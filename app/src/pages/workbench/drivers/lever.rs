//! The inputs that can be moved, one at a time, and what a step makes of each.

use super::super::draft::{BucketField, BucketId, Draft, DraftBucket, Field, Shape};
use super::super::faults::Faults;
use super::super::typed::{Unit, number, typed};
use super::super::weights::{WEIGHT_NAMES, Weights};
use crate::format::{self, NO_BREAK_SPACE};

/// One whole of any unit, in the millionths that configurations count in.
const ONE: i64 = 1_000_000;

/// What the page calls the weights, in order.
const WEIGHTS: [&str; 3] = ["Macro weight", "Bucket weight", "Deal’s own weight"];

/// An input that can be moved by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lever {
    /// A bucket's share of the capital; the others share the rest in the proportion they have.
    Capital(BucketId),
    /// A bucket's number of deals.
    Deals(BucketId),
    /// The probability that a deal returns nothing.
    Loss(BucketId),
    /// The cap on one deal's multiple, where there is one.
    Cap(BucketId),
    /// Every multiple of a bucket's power law or outcome table, times one factor.
    Multiples(BucketId),
    /// The 90 % quantile of a bucket's power law by itself.
    P90(BucketId),
    /// The exponent of an outcome table's tail.
    TailExponent(BucketId),
    /// One of the three weights; the other two share the rest in the proportion they have.
    Weight(usize),
    /// The share of proceeds that is reinvested.
    ReinvestmentRate,
    /// The most that is reinvested, where there is a limit.
    MaxRecycledShare,
    /// Years a deal is held.
    HoldingPeriod,
    /// Years the fund lives.
    FundLifetime,
}

/// How far inputs are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Multiples, exponents, years and deals: percent of their value.
    pub percent: u32,
    /// Shares and weights: percentage points.
    pub points: u32,
}

impl Default for Steps {
    fn default() -> Self {
        Self { percent: 10, points: 5 }
    }
}

/// Which way an input is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To less.
    Down,
    /// To more.
    Up,
}

/// An input after its step.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The request's text with the moved input.
    pub request: String,
    /// Its new value, with its unit.
    pub to: String,
    /// Why the step ends before its full length, where it does.
    pub held: Option<String>,
}

impl Lever {
    /// Every lever of a valid draft, those first that change no row of the matrix.
    pub fn all(draft: &Draft) -> Vec<Self> {
        let mut levers: Vec<Self> = draft.buckets.iter().map(|bucket| Self::Capital(bucket.id)).collect();
        if draft.recycling {
            levers.push(Self::ReinvestmentRate);
            if !draft.max_recycled_share.trim().is_empty() {
                levers.push(Self::MaxRecycledShare);
            }
            levers.extend([Self::HoldingPeriod, Self::FundLifetime]);
        }
        for bucket in &draft.buckets {
            let id = bucket.id;
            levers.extend([Self::Loss(id), Self::Deals(id), Self::Multiples(id)]);
            levers.push(match bucket.shape {
                Shape::PowerLaw => Self::P90(id),
                Shape::Table => Self::TailExponent(id),
            });
            if !bucket.cap.trim().is_empty() {
                levers.push(Self::Cap(id));
            }
        }
        levers.extend((0..WEIGHTS.len()).map(Self::Weight));
        levers
    }

    /// The bucket it is of, if it is of one.
    pub fn bucket(self) -> Option<BucketId> {
        match self {
            Self::Capital(id)
            | Self::Deals(id)
            | Self::Loss(id)
            | Self::Cap(id)
            | Self::Multiples(id)
            | Self::P90(id)
            | Self::TailExponent(id) => Some(id),
            Self::Weight(_)
            | Self::ReinvestmentRate
            | Self::MaxRecycledShare
            | Self::HoldingPeriod
            | Self::FundLifetime => None,
        }
    }

    /// What it is called, without its bucket.
    pub fn label(self) -> &'static str {
        match self {
            Self::Capital(_) => "Capital",
            Self::Deals(_) => "Deals",
            Self::Loss(_) => "Lose all",
            Self::Cap(_) => "Cap",
            Self::Multiples(_) => "All multiples",
            Self::P90(_) => "P90",
            Self::TailExponent(_) => "Tail exponent",
            Self::Weight(index) => WEIGHTS[index],
            Self::ReinvestmentRate => "Recycling: reinvested",
            Self::MaxRecycledShare => "Recycling: at most",
            Self::HoldingPeriod => "Recycling: holding",
            Self::FundLifetime => "Recycling: fund life",
        }
    }

    /// Where its value stands in a configuration where its bucket has the place `place`.
    pub fn path(self, draft: &Draft, place: usize) -> String {
        match self {
            Self::Weight(index) => format!("correlationWeights.{}", WEIGHT_NAMES[index]),
            _ => self.field(draft).and_then(|field| field.path(|_| Some(place))).unwrap_or_default(),
        }
    }

    /// The text it is typed into; the first of them where there are several.
    fn field(self, draft: &Draft) -> Option<Field> {
        let of = |id, field| Some(Field::Bucket(id, field));
        match self {
            Self::Capital(id) => of(id, BucketField::Capital),
            Self::Deals(id) => of(id, BucketField::Deals),
            Self::Loss(id) => of(id, BucketField::Loss),
            Self::Cap(id) => of(id, BucketField::Cap),
            Self::P90(id) => of(id, BucketField::P90),
            Self::TailExponent(id) => of(id, BucketField::TailExponent),
            Self::Multiples(id) => match draft.bucket(id)?.shape {
                Shape::PowerLaw => of(id, BucketField::Median),
                Shape::Table => of(id, BucketField::BandTo(0)),
            },
            Self::ReinvestmentRate => Some(Field::ReinvestmentRate),
            Self::MaxRecycledShare => Some(Field::MaxRecycledShare),
            Self::HoldingPeriod => Some(Field::HoldingPeriod),
            Self::FundLifetime => Some(Field::FundLifetime),
            Self::Weight(_) => None,
        }
    }

    /// Its value in millionths: of a percent for capital, of one for all other shares, of a factor for multiples.
    fn value(self, draft: &Draft) -> Option<i64> {
        match self {
            Self::Weight(index) => Some(draft.weights.millionths()[index].into()),
            Self::Multiples(_) => Some(ONE),
            _ => Some(millionths(draft.number(self.field(draft)?)?)),
        }
    }

    /// Its present value, with its unit.
    pub fn from(self, draft: &Draft) -> String {
        self.value(draft).map_or(format::ABSENT.to_owned(), |value| self.words(value))
    }

    fn words(self, value: i64) -> String {
        let number = value as f64 / ONE as f64;
        let with_sign = |unit: Unit| {
            let sign = unit.sign();
            let text = typed(number, unit);
            if sign.is_empty() { text } else { format!("{text}{NO_BREAK_SPACE}{sign}") }
        };
        match self {
            Self::Capital(_) => with_sign(Unit::Percent),
            Self::Deals(_) => with_sign(Unit::Count),
            Self::Cap(_) | Self::P90(_) => with_sign(Unit::Multiple),
            Self::Multiples(_) => format!("×{NO_BREAK_SPACE}{}", typed(number, Unit::Plain)),
            Self::TailExponent(_) => with_sign(Unit::Plain),
            Self::HoldingPeriod | Self::FundLifetime => with_sign(Unit::Years),
            Self::Loss(_) | Self::Weight(_) | Self::ReinvestmentRate | Self::MaxRecycledShare => with_sign(Unit::Share),
        }
    }

    /// What moves at once: whole deals, millionths of all else.
    fn grain(self) -> i64 {
        if matches!(self, Self::Deals(_)) { ONE } else { 1 }
    }

    /// How far a step takes it.
    fn step(self, value: i64, steps: Steps) -> i64 {
        let percent_of = |grain: i64| {
            let grains = (value / grain * i64::from(steps.percent) + 50) / 100;
            grains.max(1) * grain
        };
        match self {
            // In millionths of a percent.
            Self::Capital(_) => i64::from(steps.points) * ONE,
            Self::Loss(_) | Self::Weight(_) | Self::ReinvestmentRate | Self::MaxRecycledShare => {
                i64::from(steps.points) * ONE / 100
            }
            Self::Deals(_)
            | Self::Cap(_)
            | Self::Multiples(_)
            | Self::P90(_)
            | Self::TailExponent(_)
            | Self::HoldingPeriod
            | Self::FundLifetime => percent_of(self.grain()),
        }
    }

    /// Parts of a whole end where the whole does, and the rest is the others'; all other ranges are the configuration
    /// reader's to know.
    fn whole(self, draft: &Draft) -> Option<(i64, &'static str)> {
        match self {
            Self::Capital(_) => {
                Some((draft.allocated().map_or(0, millionths), "a share lies between none and all of the capital"))
            }
            Self::Weight(_) => Some((ONE, "a weight lies between 0 % and 100 %")),
            _ => None,
        }
    }

    /// Moves it by a step in the valid draft `base`, as far as the result is valid too.
    ///
    /// # Errors
    /// Why it cannot be moved this way at all.
    pub fn moved(self, base: &Draft, steps: Steps, direction: Direction) -> Result<Move, String> {
        if matches!(self, Self::Capital(_)) && base.buckets.len() == 1 {
            return Err("the only bucket has all of the capital".to_owned());
        }
        let value = self.value(base).ok_or("it has no value")?;
        let sign = if direction == Direction::Down { -1 } else { 1 };
        let mut to = value + sign * self.step(value, steps);
        let mut held = None;
        if let Some((whole, why)) = self.whole(base)
            && !(0..=whole).contains(&to)
        {
            to = to.clamp(0, whole);
            held = Some(why.to_owned());
        }
        let at = |grains: i64| value + sign * grains * self.grain();
        if let Some(why) = refusal(&self.with(base, to)) {
            let refused = (to - value).abs() / self.grain();
            to = at(furthest(refused, |grains| refusal(&self.with(base, at(grains))).is_none()));
            held = Some(why);
        }
        let request = self.with(base, to).request_json();
        if request == base.request_json() {
            return Err(
                held.unwrap_or_else(|| "the step is smaller than a millionth, the least that counts".to_owned())
            );
        }
        Ok(Move { request, to: self.words(to), held })
    }

    /// The draft with this input at `value`.
    fn with(self, base: &Draft, value: i64) -> Draft {
        let mut draft = base.clone();
        match self {
            Self::Capital(id) => move_capital(&mut draft, id, value),
            Self::Weight(index) => draft.weights = Weights::moved(draft.weights, index, value.max(0) as u32),
            Self::Multiples(id) => {
                if let Some(bucket) = draft.bucket_mut(id) {
                    scale_multiples(bucket, value);
                }
            }
            _ => {
                if let Some(field) = self.field(base) {
                    let unit = field.unit().unwrap_or(Unit::Plain);
                    draft.set_text(field, typed(value as f64 / ONE as f64, unit));
                }
            }
        }
        draft
    }
}

fn millionths(value: f64) -> i64 {
    (value * ONE as f64).round() as i64
}

/// What the configuration's reader says against a draft, if anything.
fn refusal(draft: &Draft) -> Option<String> {
    let errors = draft.check().errors;
    Faults::new(&errors).iter().next().map(|(_, message)| message)
}

/// The largest number of grains below `refused` that is valid; 0 where none is. What is valid is one range from 0 on.
fn furthest(mut refused: i64, is_valid: impl Fn(i64) -> bool) -> i64 {
    // What cannot be moved at all is known at once.
    if refused <= 1 || !is_valid(1) {
        return 0;
    }
    let mut valid = 1;
    while refused - valid > 1 {
        let middle = valid + (refused - valid) / 2;
        if is_valid(middle) { valid = middle } else { refused = middle }
    }
    valid
}

/// Gives bucket `id` so many millionths of a percent; the others share the rest of what is allocated in the proportion
/// they have (equally, if all are 0), and the sum stays what it was.
fn move_capital(draft: &mut Draft, id: BucketId, micros: i64) {
    let capital = |bucket: &DraftBucket| number(&bucket.capital, Unit::Percent).map_or(0, millionths);
    let total: i64 = draft.buckets.iter().map(capital).sum();
    let before: i64 = draft.bucket(id).map_or(0, capital);
    let others = draft.buckets.len() as i64 - 1;
    // Shares are cut from one rod at its running sums, so that none of it is lost to rounding.
    let is_even = total == before;
    let (rest, whole) = (total - micros, if is_even { others } else { total - before });
    let (mut sum, mut given) = (0, 0);
    for bucket in &mut draft.buckets {
        if bucket.id == id {
            bucket.capital = typed(micros as f64 / ONE as f64, Unit::Percent);
            continue;
        }
        sum += if is_even { 1 } else { capital(bucket) };
        let until = (rest * sum + whole / 2) / whole;
        bucket.capital = typed((until - given) as f64 / ONE as f64, Unit::Percent);
        given = until;
    }
}

/// Multiplies every multiple of a bucket by so many millionths.
fn scale_multiples(bucket: &mut DraftBucket, factor: i64) {
    let scale = |text: &mut String| {
        if let Some(multiple) = number(text, Unit::Multiple) {
            *text = typed(multiple * (factor as f64 / ONE as f64), Unit::Multiple);
        }
    };
    match bucket.shape {
        Shape::PowerLaw => [&mut bucket.median, &mut bucket.p90].into_iter().for_each(scale),
        Shape::Table => bucket.bands.iter_mut().map(|band| &mut band.to).for_each(scale),
    }
}
