//! Undo and redo.

use foliocast_app::pages::workbench::history::{History, MOST_STEPS, PAUSE_MS, Subject};
use foliocast_app::pages::workbench::{BucketField, BucketId, Draft, Field, Shape, difference};
use proptest::prelude::*;

/// An edit as the page makes them: what it is about, if it may go on, and the change.
#[derive(Clone, Debug)]
enum Edit {
    Text(usize, String),
    Add,
    Remove(usize),
    Move(usize, isize),
    Shape(usize),
    Reset,
}

impl Edit {
    fn make(&self, draft: &mut Draft) -> Option<Subject> {
        let bucket = |draft: &Draft, place: usize| -> BucketId { draft.buckets[place % draft.buckets.len()].id };
        match self {
            Self::Text(place, text) => {
                let fields = [
                    Field::Seed,
                    Field::FundId,
                    Field::Bucket(bucket(draft, *place), BucketField::Loss),
                    Field::Bucket(bucket(draft, *place), BucketField::BandTo(1)),
                ];
                let field = fields[place % fields.len()];
                draft.set_text(field, text.clone());
                return Some(Subject::Text(field));
            }
            Self::Add => drop(draft.add_bucket()),
            Self::Remove(place) => draft.remove_bucket(bucket(draft, *place)),
            Self::Move(place, by) => draft.move_bucket(bucket(draft, *place), *by),
            Self::Shape(place) => {
                let id = bucket(draft, *place);
                draft.bucket_mut(id).expect("a bucket").shape = Shape::PowerLaw;
            }
            Self::Reset => *draft = Draft::default(),
        }
        None
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => (0_usize..8, "[0-9a-z%]{0,3}").prop_map(|(place, text)| Edit::Text(place, text)),
        1 => Just(Edit::Add),
        1 => (0_usize..8).prop_map(Edit::Remove),
        1 => (0_usize..8, prop_oneof![Just(-1), Just(1)]).prop_map(|(place, by)| Edit::Move(place, by)),
        1 => (0_usize..8).prop_map(Edit::Shape),
        1 => Just(Edit::Reset),
    ]
}

proptest! {
    #[test]
    fn undoing_everything_gives_the_start_and_redoing_everything_the_end(
        edits in prop::collection::vec((edit(), 0.0..2.0 * PAUSE_MS), 0..60),
    ) {
        let mut history = History::default();
        let start = Draft::default();
        let (mut draft, mut now_ms) = (start.clone(), 0.0);
        for (edit, pause_ms) in &edits {
            now_ms += pause_ms;
            let before = draft.clone();
            let subject = edit.make(&mut draft);
            history.note(&before, subject, now_ms);
        }
        let end = draft.clone();
        let mut steps = vec![draft.clone()];
        while let Some(earlier) = history.undo(&draft) {
            prop_assert_ne!(&earlier, &draft, "a step that changes nothing is no step");
            draft = earlier;
            steps.push(draft.clone());
        }
        prop_assert_eq!(&draft, &start);
        prop_assert!(!history.can_undo());
        steps.pop();
        while let Some(later) = history.redo(&draft) {
            draft = later;
            prop_assert_eq!(Some(draft.clone()), steps.pop());
        }
        prop_assert_eq!(&draft, &end);
        prop_assert!(steps.is_empty() && !history.can_redo());
    }

    #[test]
    fn a_difference_is_named_exactly_where_there_is_one(edits in prop::collection::vec(edit(), 1..6)) {
        let before = Draft::default();
        let mut after = before.clone();
        for edit in &edits {
            edit.make(&mut after);
        }
        // What comes and goes leaves the number for the next bucket behind, which nobody sees.
        let is_same = before.buckets == after.buckets && before.seed == after.seed && before.fund_id == after.fund_id;
        prop_assert_eq!(difference(&before, &after).is_empty(), is_same);
    }
}

/// Types `texts` into `field`, `pause_ms` apart, and gives the draft and how often it can be undone.
fn typed(texts: &[(Field, &str)], pause_ms: f64, is_held: bool) -> usize {
    let (mut history, mut draft) = (History::default(), Draft::default());
    history.hold(is_held);
    for (index, (field, text)) in texts.iter().enumerate() {
        history.note(&draft, Some(Subject::Text(*field)), index as f64 * pause_ms);
        draft.set_text(*field, (*text).to_owned());
    }
    let mut steps = 0;
    while let Some(earlier) = history.undo(&draft) {
        draft = earlier;
        steps += 1;
    }
    steps
}

#[test]
fn typing_is_one_step_until_it_pauses_or_goes_elsewhere() {
    let word = [(Field::Seed, "a"), (Field::Seed, "ab"), (Field::Seed, "abc")];
    assert_eq!(typed(&word, 100.0, false), 1);
    assert_eq!(typed(&word, PAUSE_MS + 1.0, false), 3);
    assert_eq!(typed(&[(Field::Seed, "a"), (Field::FundId, "b"), (Field::Seed, "c")], 100.0, false), 3);
}

#[test]
fn a_drag_is_one_step_however_long_it_pauses() {
    let drag = [(Field::HoldingPeriod, "6"), (Field::HoldingPeriod, "7"), (Field::HoldingPeriod, "8")];
    assert_eq!(typed(&drag, 10.0 * PAUSE_MS, true), 1);
}

#[test]
fn an_edit_after_undoing_ends_what_could_be_redone() {
    let (mut history, start) = (History::default(), Draft::default());
    let mut draft = start.clone();
    history.note(&draft, None, 0.0);
    draft.seed = "1".into();
    let draft = history.undo(&draft).expect("a step");
    assert_eq!(draft, start);
    assert!(history.can_redo());
    history.note(&draft, None, 1.0);
    assert!(!history.can_redo());
}

#[test]
fn the_history_is_bounded() {
    let (mut history, mut draft) = (History::default(), Draft::default());
    for number in 0..MOST_STEPS + 50 {
        history.note(&draft, None, 0.0);
        draft.seed = number.to_string();
    }
    let mut steps = 0;
    while let Some(earlier) = history.undo(&draft) {
        draft = earlier;
        steps += 1;
    }
    assert_eq!(steps, MOST_STEPS);
    assert_eq!(draft.seed, "49");
}

#[test]
fn a_difference_reads_as_the_page_calls_it() {
    let before = Draft::default();
    let mut after = before.clone();
    let id = after.buckets[0].id;
    after.set_text(Field::Bucket(id, BucketField::Loss), "50".into());
    assert_eq!(difference(&before, &after), "Lose all, Seed");
    after.remove_bucket(after.buckets[2].id);
    assert_eq!(difference(&before, &after), "Lose all, Seed; Bucket Series B");
    after.seed = "7".into();
    after.recycling = !after.recycling;
    assert_eq!(difference(&before, &after), "4 inputs");
}
