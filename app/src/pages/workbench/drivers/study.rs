//! What moving each input does to the fund, computed for one set of inputs.

use std::sync::Arc;

use foliocast_core::scenario::{Comparison, Config, Difference, Differences, FundFigures, Warning, WarningCode};

use super::super::draft::{BucketId, Draft};
use super::lever::{Lever, Steps};
use crate::components::Basis;
use crate::format;

/// What a study is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The inputs, valid, with the rows of the study.
    pub draft: Draft,
    /// How far each is moved.
    pub steps: Steps,
}

/// What moving each input does to the fund.
#[derive(Clone, Debug)]
pub struct Study {
    /// What it is of.
    pub subject: Subject,
    /// The fund's figures where nothing is moved.
    pub base: Arc<FundFigures>,
    /// What is known so far, in the order of [`Lever::all`].
    pub levers: Vec<Arc<StudiedLever>>,
    /// Whether every lever is among them.
    pub is_complete: bool,
    /// The base's configuration, for its warnings.
    config: Option<Config>,
    warnings: Vec<Warning>,
}

/// One lever, moved down and up.
#[derive(Clone, Debug)]
pub struct StudiedLever {
    /// The lever.
    pub lever: Lever,
    /// Its value in the base.
    pub from: String,
    /// Moved down, moved up.
    pub sides: [Side; 2],
}

/// What a move does; why there is none, where it is not possible.
pub type Side = Result<MovedFund, String>;

/// The fund after a move.
#[derive(Clone, Debug)]
pub struct MovedFund {
    /// The lever's value.
    pub to: String,
    /// Why the step ends before its full length, where it does.
    pub held: Option<String>,
    /// How the fund differs from the base.
    pub comparison: Comparison,
}

impl Study {
    /// One of `subject`, whose fund has the figures `base`, with no lever moved yet.
    pub fn new(subject: Subject, base: FundFigures) -> Self {
        let config = subject.draft.check().config;
        let mut warnings = config.as_ref().map(Config::warnings).unwrap_or_default();
        warnings.retain(|warning| warning.code == WarningCode::LeverWithoutEffect);
        Self { subject, base: Arc::new(base), levers: Vec::new(), is_complete: false, config, warnings }
    }

    /// What people call a lever: `Lose all, Seed`.
    pub fn name(&self, lever: Lever) -> String {
        match self.bucket_name(lever) {
            Some(bucket) => format!("{}, {}", lever.label(), format::isolated(bucket)),
            None => lever.label().to_owned(),
        }
    }

    /// The name of the bucket that a lever is of.
    pub fn bucket_name(&self, lever: Lever) -> Option<&str> {
        Some(self.subject.draft.bucket(lever.bucket()?)?.name.trim())
    }

    /// Where a lever's input stands on the page.
    pub fn path(&self, lever: Lever) -> String {
        let draft = &self.subject.draft;
        lever.path(draft, lever.bucket().and_then(|id| draft.place(id)).unwrap_or(0))
    }

    /// Why a lever that moved nothing did so; `None` where it has an effect on `basis`, beyond the draws.
    pub fn without_effect(&self, studied: &StudiedLever, basis: Basis) -> Option<String> {
        let moved = || studied.sides.iter().flatten().map(|side| basis.of_comparison(&side.comparison));
        let is_draws_alone = matches!(studied.lever, Lever::Weight(_)) && self.warning("correlationWeights").is_some();
        if moved().next().is_none() || !is_draws_alone && !moved().all(is_nothing) {
            return None;
        }
        let lever = studied.lever;
        let is_recycling = lever.bucket().is_none() && !matches!(lever, Lever::Weight(_));
        let own = self.canonical_path(lever).and_then(|path| self.warning(&path));
        let reason = own
            .or_else(|| self.warning("correlationWeights").filter(|_| is_draws_alone))
            .or_else(|| self.warning(&self.canonical_path(Lever::Capital(lever.bucket()?))?))
            .or_else(|| self.recycling_warning().filter(|_| is_recycling));
        Some(match reason {
            _ if is_recycling && basis == Basis::Gross => "the figures shown are those before recycling".to_owned(),
            Some(warning) => warning.message.clone(),
            None => format!("none of the fund’s figures changes in {}", format::rows(self.base.num_scenarios)),
        })
    }

    fn warning(&self, path: &str) -> Option<&Warning> {
        self.warnings.iter().find(|warning| warning.path == path)
    }

    /// The warning that recycling changes nothing at all.
    fn recycling_warning(&self) -> Option<&Warning> {
        let is_off = |warning: &&Warning| match warning.path.as_str() {
            "recycling.reinvestmentRate" | "recycling.fundLifetime" => true,
            "recycling.maxRecycledShare" => warning.figures.get("maxRecycledShare") == Some(&0.0),
            _ => false,
        };
        self.warnings.iter().find(is_off)
    }

    /// Where core's warnings find a lever: they count buckets in canonical order.
    fn canonical_path(&self, lever: Lever) -> Option<String> {
        let canonical = |id: BucketId| {
            let name = self.subject.draft.bucket(id)?.name.trim();
            self.config.as_ref()?.buckets().iter().position(|bucket| bucket.name == name)
        };
        let place = match lever.bucket() {
            Some(id) => canonical(id)?,
            None => 0,
        };
        Some(lever.path(&self.subject.draft, place))
    }
}

/// Whether no figure differs.
fn is_nothing(differences: &Differences) -> bool {
    let Differences { mean, std_dev, quantiles, probabilities, worst5_mean, top1_share, reasons: _ } = differences;
    let p = probabilities;
    let singles = [mean, std_dev, &p.lt1, &p.ge2, &p.ge3, &p.ge5, &p.ge10, worst5_mean, top1_share];
    let is_zero = |difference: &Difference| difference.difference.is_none_or(|difference| difference == 0.0);
    // Rows that differ and still give the same mean have an error.
    mean.error.is_none_or(|error| error == 0.0)
        && singles.into_iter().all(is_zero)
        && quantiles.named().iter().all(|(_, difference)| is_zero(difference))
}
