//! The preview: the figures of the run, to the bit, whatever was edited before.

use foliocast_core::scenario::{Config, FundFigures, Limits, Preview, Run, default_fund};
use proptest::prelude::*;

use crate::arbitrary;

fn read(text: &str) -> Config {
    Config::from_json(text, &Limits::default()).unwrap()
}

fn assert_previews(preview: &mut Preview, config: &Config, rows: u32) -> Result<(), TestCaseError> {
    let run = Run::new(&config.with_num_scenarios(rows, &Limits::default()).unwrap()).finish();
    let (summary, warnings) = preview.summary(rows).expect("the rows are made");
    prop_assert_eq!(summary.digest(), run.summary_digest);
    prop_assert_eq!(preview.fund(rows), Some(FundFigures::from(&run.summary)));
    prop_assert_eq!(summary, run.summary);
    prop_assert_eq!(warnings, run.warnings);
    Ok(())
}

/// How many steps of one block an edit costs.
fn steps(preview: &mut Preview) -> u32 {
    let mut steps = 0;
    while preview.rows_available() < preview.config().num_scenarios() {
        preview.step(1);
        steps += 1;
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_preview_says_what_the_run_says(
        first in arbitrary::configurations(200_000),
        second in arbitrary::configurations(200_000),
        steps in 0_u32..4,
        rows in any::<prop::sample::Index>(),
    ) {
        let (first, second) = (read(&first.to_string()), read(&second.to_string()));
        let mut preview = Preview::new(&first);
        preview.step(steps);
        preview.update(&second);
        prop_assert!(preview.step(u32::MAX));
        prop_assert_eq!(preview.rows_available(), second.num_scenarios());
        assert_previews(&mut preview, &second, second.num_scenarios())?;
        assert_previews(&mut preview, &second, 1 + rows.index(second.num_scenarios() as usize) as u32)?;
    }

    #[test]
    fn edits_in_any_order_leave_the_figures_of_the_last(edits in prop::collection::vec((0_usize..9, 0_u32..12), 1..8)) {
        let base: serde_json::Value = serde_json::from_str(&default_fund("edits").to_canonical_json()).unwrap();
        let mut value = base;
        value["numScenarios"] = 3_000.into();
        let mut preview = Preview::new(&read(&value.to_string()));
        for (edit, steps) in edits {
            match edit {
                0 => value["buckets"][0]["deals"] = (1 + steps).into(),
                1 => value["buckets"][1]["maxMoic"] = (201 + steps).into(),
                2 => value["buckets"][2]["lossProbability"] = (f64::from(steps) / 100.0).into(),
                3 => {
                    // Two neighbours trade places in the fund.
                    let allocation = |index: usize| value["buckets"][index]["capitalAllocation"].clone();
                    let (first, second) = (allocation(0), allocation(1));
                    value["buckets"][0]["capitalAllocation"] = second;
                    value["buckets"][1]["capitalAllocation"] = first;
                }
                4 => value["recycling"]["fundLifetime"] = (5 + steps).into(),
                5 => value["seed"] = steps.to_string().into(),
                6 => value["numScenarios"] = (700 * (1 + steps)).into(),
                7 => value["buckets"].as_array_mut().unwrap().rotate_left(1),
                _ => {
                    let share = f64::from(steps) / 100.0;
                    value["correlationWeights"] =
                        serde_json::json!({"macro": share, "systematic": 0.05, "idiosyncratic": 0.95 - share});
                }
            }
            preview.update(&read(&value.to_string()));
            preview.step(steps);
            // What a summary leaves behind must not outlive the next edit.
            let _ = preview.summary(preview.rows_available());
        }
        let config = read(&value.to_string());
        preview.step(u32::MAX);
        assert_previews(&mut preview, &config, config.num_scenarios())?;
    }
}

#[test]
fn only_what_an_edit_changes_is_made_again() {
    let mut value: serde_json::Value = serde_json::from_str(&default_fund("edits").to_canonical_json()).unwrap();
    let mut preview = Preview::new(&read(&value.to_string()));
    assert_eq!(preview.rows_available(), 0);
    assert_eq!(preview.summary(1), None);
    assert_eq!(preview.fund(1), None);
    assert_eq!(steps(&mut preview), 10);
    assert_eq!(preview.summary(10_001), None);
    assert_eq!(preview.fund(10_001), None);

    value["buckets"][0]["capitalAllocation"] = 40.into();
    value["buckets"][1]["capitalAllocation"] = 40.into();
    value["recycling"]["reinvestmentRate"] = 0.3.into();
    value["fundId"] = "another".into();
    preview.update(&read(&value.to_string()));
    assert_eq!(steps(&mut preview), 0, "allocations and recycling only summarise again");

    value["buckets"].as_array_mut().unwrap().rotate_left(1);
    preview.update(&read(&value.to_string()));
    assert_eq!(steps(&mut preview), 0, "the order of the request does not matter");

    value["buckets"][0]["deals"] = 13.into();
    preview.update(&read(&value.to_string()));
    assert_eq!(steps(&mut preview), 10, "a bucket's column is made again");

    value["numScenarios"] = 100_000.into();
    preview.update(&read(&value.to_string()));
    assert_eq!(preview.rows_available(), 10_240, "blocks are whole: more rows are there than were asked for");
    assert_eq!(steps(&mut preview), 88, "blocks made stay");

    value["seed"] = "another".into();
    preview.update(&read(&value.to_string()));
    assert_eq!(preview.rows_available(), 0);
}
