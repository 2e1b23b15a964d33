//! What moving each input does: the moves, the ranking, and every bar against independent runs.

use std::sync::Arc;

use foliocast_app::components::{Basis, KeyFigure};
use foliocast_app::pages::workbench::drivers::{
    Direction, Lever, MovedFund, Ranking, Steps, StudiedLever, Study, Subject, sentences,
};
use foliocast_app::pages::workbench::{BucketField, Draft, Field, Shape};
use foliocast_core::scenario::{Comparison, Config, Distribution, FundOutcomes, Limits, Preview, Run, Summary};
use proptest::prelude::*;

use crate::configurations::configuration;

const BOTH: [Direction; 2] = [Direction::Down, Direction::Up];

fn config(text: &str) -> Config {
    Config::from_json(text, &Limits::default()).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

fn millionths_of_capital(config: &Config) -> i64 {
    config.buckets().iter().map(|bucket| (bucket.capital_allocation * 1e6).round() as i64).sum()
}

fn default_draft(rows: &str) -> Draft {
    let mut draft = Draft::default();
    draft.set_text(Field::NumScenarios, rows.into());
    draft
}

fn outcomes(preview: &mut Preview, config: &Config) -> FundOutcomes {
    preview.update(config);
    while !preview.step(1) {}
    preview.outcomes(config.num_scenarios()).unwrap()
}

/// A study as the page makes it: one preview for the base, one that follows every move.
fn study(subject: Subject) -> Study {
    let base_config = config(&subject.draft.request_json());
    let base = outcomes(&mut Preview::new(&base_config), &base_config);
    let mut other = Preview::new(&base_config);
    let mut study = Study::new(subject, base.figures());
    for lever in Lever::all(&study.subject.draft) {
        let sides = BOTH.map(|direction| {
            let moved = lever.moved(&study.subject.draft, study.subject.steps, direction)?;
            let comparison = Comparison::new(&base, &outcomes(&mut other, &config(&moved.request))).unwrap();
            Ok(MovedFund { to: moved.to, held: moved.held, comparison })
        });
        let from = lever.from(&study.subject.draft);
        study.levers.push(Arc::new(StudiedLever { lever, from, sides }));
    }
    study.is_complete = true;
    study
}

fn summary(config: &Config) -> Summary {
    let mut run = Run::new(config);
    while !run.step(64) {}
    run.finish().summary
}

fn lever_named<'a>(ranking: &'a Ranking, name: &str) -> &'a foliocast_app::pages::workbench::drivers::RankedLever {
    ranking.rows.iter().find(|row| plain(&row.name()) == name).unwrap_or_else(|| panic!("{name} in {ranking:#?}"))
}

/// Without the marks that keep a name's direction its own.
fn plain(text: &str) -> String {
    text.replace(['\u{2068}', '\u{2069}'], "").replace('\u{a0}', " ")
}

#[test]
fn every_bar_is_the_difference_of_two_runs_made_in_full() {
    let draft = default_draft("3,000");
    let steps = Steps::default();
    let study = study(Subject { draft: draft.clone(), steps });
    let base = summary(&config(&draft.request_json()));
    let mut compared = 0;
    for studied in &study.levers {
        for (direction, side) in BOTH.into_iter().zip(&studied.sides) {
            let moved = studied.lever.moved(&draft, steps, direction);
            let (Ok(moved), Ok(side)) = (moved, side) else {
                assert!(side.is_err(), "{:?} {direction:?}", studied.lever);
                continue;
            };
            let other = summary(&config(&moved.request));
            for figure in KeyFigure::ALL {
                for basis in [Basis::Recycled, Basis::Gross] {
                    let of = |distribution: &Distribution| figure.of(distribution).unwrap();
                    let brute = of(basis.of_summary(&other)) - of(basis.of_summary(&base));
                    let shown = figure.change(basis.of_comparison(&side.comparison)).difference;
                    // Shares differ by whole rows over rows: the same number, rounded once and not three times.
                    let is_same = shown.is_some_and(|shown| (shown - brute).abs() < 1e-14);
                    assert!(is_same, "{:?} {direction:?}: {figure:?} {basis:?}: {shown:?}, {brute}", studied.lever);
                    compared += 1;
                }
            }
        }
    }
    // 25 levers both ways, six figures, two bases.
    assert_eq!(compared, 25 * 2 * 6 * 2);
    // What is drawn is what was compared.
    let ranking = Ranking::new(&study, KeyFigure::LosesMoney, Basis::Recycled);
    for row in &ranking.rows {
        for (direction, side) in BOTH.into_iter().zip(&row.sides) {
            let moved = row.lever.moved(&draft, steps, direction).unwrap();
            let lost = summary(&config(&moved.request)).fund.recycled.probabilities.lt1;
            let brute = lost - base.fund.recycled.probabilities.lt1;
            assert!((side.as_ref().unwrap().change - brute).abs() < 1e-14, "{:?}", row.lever);
        }
    }
}

#[test]
fn the_largest_change_is_on_top_and_the_sentences_name_it_and_the_first_share_of_capital() {
    let study = study(Subject { draft: default_draft("10,000"), steps: Steps::default() });
    for figure in KeyFigure::ALL {
        let ranking = Ranking::new(&study, figure, Basis::Recycled);
        let sizes: Vec<f64> = ranking.rows.iter().map(|row| row.largest().unwrap().change.abs()).collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{figure:?}: {sizes:?}");
        let said = sentences(&ranking).join(" ");
        let first = &ranking.rows[0];
        assert!(said.contains(first.label), "{figure:?}: {said}");
        if let Some(capital) = ranking.first_capital().filter(|row| row.is_clear) {
            assert!(said.contains(capital.bucket.as_deref().unwrap()), "{figure:?}: {said}");
        }
    }
    let ranking = Ranking::new(&study, KeyFigure::LosesMoney, Basis::Recycled);
    let capital = ranking.first_capital().unwrap();
    let largest = capital.largest().unwrap();
    let said = plain(&sentences(&ranking).join(" "));
    let base = KeyFigure::LosesMoney.words(ranking.base.unwrap());
    let after = KeyFigure::LosesMoney.words(ranking.base.unwrap() + largest.change);
    let expected = format!(
        "Of the shares of capital it is that of {}: from {} to {}, the others in their proportion, it goes from {base} to {after}",
        capital.bucket.as_deref().unwrap(),
        capital.from,
        largest.to
    );
    assert!(said.contains(&plain(&expected)), "{said}\n{expected}");
}

#[test]
fn steps_are_of_the_value_or_in_points_and_deals_are_whole() {
    let draft = default_draft("10,000");
    let [seed, ..] = draft.buckets.each_id();
    let steps = Steps { percent: 10, points: 5 };
    let to = |lever: Lever| BOTH.map(|direction| plain(&lever.moved(&draft, steps, direction).unwrap().to));
    assert_eq!(to(Lever::Capital(seed)), ["40 %", "50 %"]);
    assert_eq!(to(Lever::Loss(seed)), ["35 %", "45 %"]);
    // A tenth of 25 deals, rounded.
    assert_eq!(to(Lever::Deals(seed)), ["22", "28"]);
    assert_eq!(to(Lever::Cap(seed)), ["180 ×", "220 ×"]);
    assert_eq!(to(Lever::Multiples(seed)), ["× 0.9", "× 1.1"]);
    assert_eq!(to(Lever::TailExponent(seed)), ["1.296", "1.584"]);
    assert_eq!(to(Lever::Weight(2)), ["80 %", "90 %"]);
    assert_eq!(to(Lever::HoldingPeriod), ["4.5 y", "5.5 y"]);
}

trait EachId {
    fn each_id(&self) -> [u32; 3];
}

impl EachId for Vec<foliocast_app::pages::workbench::DraftBucket> {
    fn each_id(&self) -> [u32; 3] {
        [self[0].id, self[1].id, self[2].id]
    }
}

#[test]
fn a_share_of_capital_is_taken_from_the_others_in_their_proportion() {
    let draft = default_draft("10,000");
    let seed = draft.buckets[0].id;
    let moved = Lever::Capital(seed).moved(&draft, Steps::default(), Direction::Up).unwrap();
    let config = config(&moved.request);
    let shares: Vec<f64> = config.buckets().iter().map(|bucket| bucket.capital_allocation).collect();
    // 35 to 20, of the 50 that are left.
    assert_eq!(shares, [50.0, 31.818_182, 18.181_818]);
}

#[test]
fn a_step_beyond_what_is_allowed_ends_at_the_last_value_that_is_and_says_why() {
    let mut draft = default_draft("10,000");
    let [seed, series_a, series_b] = draft.buckets.each_id();
    draft.set_text(Field::Bucket(seed, BucketField::Loss), "64".into());
    draft.set_text(Field::Bucket(series_a, BucketField::Loss), "0".into());
    draft.set_text(Field::Bucket(series_a, BucketField::Deals), "1".into());
    draft.set_text(Field::Bucket(series_b, BucketField::Cap), "51".into());
    let moved = |lever: Lever, direction| lever.moved(&draft, Steps::default(), direction);

    let held = moved(Lever::Loss(seed), Direction::Up).unwrap();
    assert_eq!(plain(&held.to), "66 %", "the first band's share");
    assert!(held.held.unwrap().contains("above the first band's share 66 %"));

    let refused = moved(Lever::Loss(series_a), Direction::Down).unwrap_err();
    assert!(refused.contains("-5 % is out of range"), "{refused}");
    let refused = moved(Lever::Deals(series_a), Direction::Down).unwrap_err();
    assert!(refused.contains("from 1 to 1000"), "{refused}");

    let held = moved(Lever::Cap(series_b), Direction::Down).unwrap();
    assert_eq!(plain(&held.to), "50.000001 ×", "just above the last edge");
    let held = moved(Lever::Multiples(series_b), Direction::Up).unwrap();
    let highest = config(&held.request).buckets()[2].marginal.clone();
    let foliocast_core::scenario::Marginal::Table { bands, .. } = highest else { panic!("{highest:?}") };
    assert!(bands.last().unwrap().to < 51.0 && bands.last().unwrap().to > 50.9999, "{bands:?}");
    assert!(held.held.unwrap().contains("a cap belongs above it"));
}

#[test]
fn a_power_law_without_a_cap_is_not_moved_to_an_infinite_mean() {
    let mut draft = default_draft("10,000");
    let seed = draft.buckets[0].id;
    draft.buckets[0].shape = Shape::PowerLaw;
    draft.set_text(Field::Bucket(seed, BucketField::Median), "1".into());
    draft.set_text(Field::Bucket(seed, BucketField::P90), "4.8".into());
    draft.set_text(Field::Bucket(seed, BucketField::Cap), String::new());
    assert!(!Lever::all(&draft).contains(&Lever::Cap(seed)), "no cap, no lever");
    let held = Lever::P90(seed).moved(&draft, Steps::default(), Direction::Up).unwrap();
    assert_eq!(plain(&held.to), "4.999999 ×");
    assert!(held.held.unwrap().contains("the mean is infinite"));
}

#[test]
fn the_only_bucket_keeps_all_of_the_capital() {
    let mut draft = default_draft("10,000");
    for id in draft.buckets.each_id().into_iter().skip(1) {
        draft.remove_bucket(id);
    }
    let seed = draft.buckets[0].id;
    draft.set_text(Field::Bucket(seed, BucketField::Capital), "100".into());
    for direction in BOTH {
        let why = Lever::Capital(seed).moved(&draft, Steps::default(), direction).unwrap_err();
        assert_eq!(why, "the only bucket has all of the capital");
    }
    let study = study(Subject { draft, steps: Steps::default() });
    let ranking = Ranking::new(&study, KeyFigure::Mean, Basis::Recycled);
    assert_eq!(ranking.first_capital(), None);
    assert!(ranking.held.iter().any(|held| held.reason == "not moved: the only bucket has all of the capital"));
}

#[test]
fn buckets_without_capital_take_what_the_one_that_has_all_gives() {
    let mut draft = default_draft("10,000");
    let [seed, series_a, series_b] = draft.buckets.each_id();
    for (id, capital) in [(seed, "100"), (series_a, "0"), (series_b, "0")] {
        draft.set_text(Field::Bucket(id, BucketField::Capital), capital.into());
    }
    let moved = Lever::Capital(seed).moved(&draft, Steps::default(), Direction::Down).unwrap();
    let shares: Vec<f64> = config(&moved.request).buckets().iter().map(|bucket| bucket.capital_allocation).collect();
    assert_eq!(shares, [95.0, 2.5, 2.5]);
}

#[test]
fn what_has_no_effect_is_listed_with_the_reason() {
    let mut draft = default_draft("2,000");
    let [seed, series_a, series_b] = draft.buckets.each_id();
    for (id, capital) in [(seed, "60"), (series_a, "40"), (series_b, "0")] {
        draft.set_text(Field::Bucket(id, BucketField::Capital), capital.into());
    }
    // The fund ends when the first deals do.
    draft.set_text(Field::FundLifetime, "3".into());
    draft.set_text(Field::Bucket(seed, BucketField::Cap), "900,000".into());
    let study = study(Subject { draft: draft.clone(), steps: Steps::default() });
    let ranking = Ranking::new(&study, KeyFigure::Median, Basis::Recycled);
    let reason = |name: &str| {
        let found = ranking.without_effect.iter().find(|reasoned| plain(&reasoned.name) == name);
        found.unwrap_or_else(|| panic!("{name} in {ranking:#?}")).reason.clone()
    };
    assert!(reason("Recycling: reinvested").contains("no time is left to reinvest"));
    assert!(reason("Lose all, Series B").contains("has no capital"));
    assert!(reason("Cap, Seed").contains("almost surely changes nothing"));
    // A share of nothing can still be raised, and that has an effect.
    assert!(lever_named(&ranking, "Capital, Series B").sides[1].is_some());
    assert!(ranking.rows.iter().all(|row| row.lever != Lever::Loss(series_b)));

    let before = Ranking::new(&study, KeyFigure::Median, Basis::Gross);
    let reason =
        &before.without_effect.iter().find(|reasoned| reasoned.name == "Recycling: reinvested").unwrap().reason;
    assert_eq!(reason, "the figures shown are those before recycling");
}

#[test]
fn where_recycling_is_off_that_is_said_of_its_inputs() {
    let mut draft = default_draft("2,000");
    draft.recycling = false;
    let ranking = Ranking::new(&study(Subject { draft, steps: Steps::default() }), KeyFigure::Median, Basis::Recycled);
    assert!(ranking.rows.iter().all(|row| !row.label.starts_with("Recycling")));
    assert!(ranking.without_effect.iter().any(|reasoned| reasoned.reason.starts_with("recycling is off")));
}

#[test]
fn deals_that_move_as_one_are_said_to_do_so() {
    let mut draft = default_draft("2,000");
    draft.weights = foliocast_app::pages::workbench::Weights::new([0.5, 0.5, 0.0]);
    let ranking = Ranking::new(&study(Subject { draft, steps: Steps::default() }), KeyFigure::Median, Basis::Recycled);
    let deals = ranking.without_effect.iter().filter(|reasoned| reasoned.name.starts_with("Deals"));
    assert!(deals.clone().all(|reasoned| reasoned.reason.contains("the idiosyncratic weight is 0")));
    assert_eq!(deals.count(), 3);
}

#[test]
fn a_change_within_two_errors_is_not_called_an_effect() {
    let mut draft = default_draft("1,024");
    draft.set_text(Field::Bucket(draft.buckets[2].id, BucketField::Capital), "1".into());
    draft.set_text(Field::Bucket(draft.buckets[0].id, BucketField::Capital), "64".into());
    let study = study(Subject { draft, steps: Steps { percent: 1, points: 1 } });
    let ranking = Ranking::new(&study, KeyFigure::LosesMoney, Basis::Recycled);
    let muted: Vec<_> = ranking.rows.iter().filter(|row| !row.is_clear).collect();
    assert!(!muted.is_empty());
    for row in &ranking.rows {
        let is_clear = row.sides.iter().flatten().any(|side| side.change.abs() > 2.0 * side.error.unwrap());
        assert_eq!(row.is_clear, is_clear, "{row:?}");
    }
    let csv = ranking.table().to_csv();
    assert_eq!(csv.matches("not distinguishable from chance").count(), muted.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_move_is_valid_and_keeps_sums_whole(
        request in configuration(), percent in 1_u32..=50, points in 1_u32..=10,
    ) {
        let mut draft = Draft::from_json(&request.to_string()).unwrap();
        draft.set_text(Field::NumScenarios, "1,024".into());
        let base = config(&draft.request_json());
        let steps = Steps { percent, points };
        for lever in Lever::all(&draft) {
            let mut changed = 0;
            for direction in BOTH {
                let Ok(moved) = lever.moved(&draft, steps, direction) else { continue };
                let read = Config::from_json(&moved.request, &Limits::default());
                prop_assert!(read.is_ok(), "{:?} {:?}: {}", lever, direction, read.unwrap_err());
                let read = read.unwrap();
                changed += 1;
                prop_assert_ne!(&read, &base, "{:?} {:?} moved nothing", lever, direction);
                prop_assert_eq!(millionths_of_capital(&read), millionths_of_capital(&base), "{:?}", lever);
                let weights = read.correlation_weights();
                let sum = [weights.macro_, weights.systematic, weights.idiosyncratic].map(|weight| (weight * 1e6).round());
                prop_assert_eq!(sum.iter().sum::<f64>(), 1e6);
                prop_assert_eq!(read.num_scenarios(), 1_024);
                let is_same_matrix = read.matrix_key() == base.matrix_key();
                let changes_rows = lever.bucket().is_some() && !matches!(lever, Lever::Capital(_)) || matches!(lever, Lever::Weight(_));
                prop_assert_eq!(is_same_matrix, !changes_rows, "{:?}", lever);
            }
            let is_only = draft.buckets.len() == 1 && matches!(lever, Lever::Capital(_));
            prop_assert!(changed > 0 || is_only, "{:?} cannot be moved either way", lever);
        }
    }
}
