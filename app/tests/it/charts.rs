//! Drawings as text: the right numbers, no style attributes, a table behind each, nothing unescaped.

use std::sync::Arc;

use foliocast_app::charts::Cell;
use foliocast_app::charts::{
    Exceedance, HistogramPlot, LogScale, QuantilePlot, ShownBuckets, Table, Thresholds, short_name, wilson_interval,
};
use foliocast_app::components::{Basis, Results, WarningLine};
use foliocast_core::scenario::{MeanErrorMethod, QuantileMethod, Summary, Warning};
use leptos::prelude::*;
use proptest::prelude::*;

use crate::sample::{self, distribution};

/// The results panel as HTML.
fn rendered(summary: Option<Summary>, warnings: Vec<Warning>) -> String {
    let owner = Owner::new();
    owner.with(|| {
        let summary = Signal::stored(summary.map(Arc::new));
        view! { <Results summary warnings=Signal::stored(warnings) basis=RwSignal::new(Basis::Recycled)/> }.to_html()
    })
}

fn sample_html() -> String {
    rendered(Some(sample::summary(["Seed", "Series A", "Series B"])), Vec::new())
}

fn occurrences(html: &str, part: &str) -> usize {
    html.matches(part).count()
}

#[test]
fn the_panel_shows_the_summary_s_own_figures() {
    let summary = sample::summary(["Seed", "Series A", "Series B"]);
    let html = sample_html().replace('\u{a0}', " ");
    let fund = &summary.fund.recycled;
    assert!(html.contains(&format!("{:.2} ×", fund.quantiles.p50)));
    assert!(html.contains(&format!("{:.1} %", fund.probabilities.lt1 * 100.0)));
    assert!(html.contains("P(≥ 2 ×)"));
    assert!(html.contains(&format!("{:.1} %", fund.probabilities.ge2 * 100.0)));
    for bucket in &summary.buckets {
        assert!(
            html.contains(&format!("<td>{:.2}", bucket.distribution.quantiles.p5))
                || html.contains(&format!("{:.2}<", bucket.distribution.quantiles.p5))
        );
    }
}

#[test]
fn no_markup_carries_a_style_attribute() {
    assert!(!sample_html().contains("style="));
    assert!(!rendered(None, Vec::new()).contains("style="));
}

#[test]
fn each_card_has_a_table_behind_it_and_a_csv() {
    let html = sample_html();
    let cards = occurrences(&html, "class=\"card\"");
    assert_eq!(cards, 6);
    assert_eq!(occurrences(&html, "class=\"behind\""), cards);
    assert_eq!(occurrences(&html, ">CSV<"), cards);
}

#[test]
fn odd_bucket_names_stay_text() {
    let html = rendered(Some(sample::summary(["<script>alert(1)</script>", "a\"b'c & d", "=1+1"])), Vec::new());
    assert!(!html.contains("<script>alert"));
    assert!(html.contains("&lt;script&gt;alert"));
    assert!(!html.contains("a\"b'c & d"));
}

#[test]
fn a_panel_without_a_summary_shows_dashes_and_keeps_its_shape() {
    let html = rendered(None, Vec::new());
    assert!(html.contains('—'));
    for label in ["Median", "Mean", "Loses money", "Triples", "Fund multiple", "Quantiles"] {
        assert!(html.contains(label), "{label}");
    }
    assert!(!html.contains(">0.00"));
}

#[test]
fn absent_figures_are_dashes_with_their_reason_never_zero() {
    let mut summary = sample::summary(["a", "b", "c"]);
    let fund = &mut summary.fund.recycled;
    fund.top1_share = None;
    fund.errors.mean = None;
    fund.reasons.insert("top1Share".into(), "the sum of all scenarios is 0".into());
    fund.reasons.insert("errors.mean".into(), "one scenario has no spread".into());
    let html = rendered(Some(summary), Vec::new());
    assert!(html.contains("the sum of all scenarios is 0"));
    assert!(html.contains("one scenario has no spread"));
    assert!(html.contains("± —"));
}

#[test]
fn where_recycling_is_off_nothing_is_compared() {
    let mut summary = sample::summary(["a", "b", "c"]);
    summary.fund.recycled = summary.fund.gross.clone();
    for bucket in &mut summary.buckets {
        bucket.deployed = None;
    }
    let html = rendered(Some(summary), Vec::new());
    assert!(!html.contains("before recycling</span>"));
    assert!(!html.contains("Capital put to work"));
    assert!(!html.contains("aria-label=\"Basis\""));
}

#[test]
fn warnings_are_told_in_words_with_their_figures() {
    let html = rendered(Some(sample::summary(["a", "b", "c"])), sample::run().warnings).replace('\u{a0}', " ");
    assert!(html.contains("The cap holds down the mean"));
    assert!(html.contains("12.3 % of the mean comes from the 0.20 % of deals that reach the cap of 200 ×."));
}

#[test]
fn many_warnings_fold_after_the_first_three() {
    let warning = sample::run().warnings.remove(0);
    let html = rendered(Some(sample::summary(["a", "b", "c"])), vec![warning; 10]);
    assert!(html.contains("7 more"));
    assert_eq!(occurrences(&html, "<b>The cap holds down the mean"), 10);
}

#[test]
fn an_infinite_variance_is_said_beside_the_mean() {
    let mut summary = sample::summary(["a", "b", "c"]);
    summary.fund.recycled.errors.mean_method = MeanErrorMethod::BatchMeans;
    assert!(rendered(Some(summary), Vec::new()).contains("infinite variance"));
    assert!(!sample_html().contains("infinite variance"));
}

#[test]
fn counted_quantiles_say_how_wide_their_cells_are() {
    let mut summary = sample::summary(["a", "b", "c"]);
    summary.quantile_method = QuantileMethod::Counted;
    assert!(rendered(Some(summary), Vec::new()).contains("counted in cells at most 0.1 % wide"));
}

/// Units of a plot's width and height.
const UNITS: f64 = 10_000.0;

/// Numbers of a path that is made of `M x 10000 V y H x V 10000 Z` bars: left, right, height.
fn bars(path: &str) -> Vec<(f64, f64, f64)> {
    path.split('M')
        .filter(|bar| !bar.is_empty())
        .map(|bar| {
            let numbers: Vec<f64> = bar
                .split(|letter: char| "VHZ ".contains(letter))
                .filter(|text| !text.is_empty())
                .map(|text| text.parse().expect("a number"))
                .collect();
            (numbers[0], numbers[3], UNITS - numbers[2])
        })
        .collect()
}

#[test]
fn bars_are_as_high_as_their_counts_and_split_at_one() {
    let summary = sample::summary(["a", "b", "c"]);
    let plot = HistogramPlot::new(&summary.fund.gross, &[]);
    let one = plot.fraction(1.0) * UNITS;
    let paths = plot.paths(0.0);
    let (losses, gains) = (bars(&paths.losses_reached), bars(&paths.gains_reached));
    assert!(losses.iter().all(|&(_, right, _)| right <= one + 1.0));
    assert!(gains.iter().all(|&(left, _, _)| left >= one - 1.0));
    let histogram = &summary.fund.gross.histogram;
    let highest = f64::from(*histogram.counts.iter().max().expect("bins"));
    let drawn: f64 = losses.iter().chain(&gains).map(|&(_, _, height)| height).sum();
    let in_range: f64 = histogram
        .edges
        .windows(2)
        .zip(&histogram.counts)
        .filter(|(edges, _)| edges[0] >= plot.scale.low() * 0.999 && edges[1] <= plot.scale.high() * 1.001)
        .map(|(_, &count)| f64::from(count))
        .sum();
    assert!((drawn - in_range / highest * UNITS).abs() < 0.6 * losses.len() as f64 + 0.6 * gains.len() as f64);
    assert!(in_range >= 0.995 * sample::ROWS as f64);
}

#[test]
fn a_threshold_parts_the_bars_and_leaves_none_out_or_drawn_twice() {
    let summary = sample::summary(["a", "b", "c"]);
    let plot = HistogramPlot::new(&summary.fund.gross, &[]);
    let all = plot.paths(0.0);
    assert_eq!((all.losses_below.as_str(), all.gains_below.as_str()), ("", ""));
    // 3 lies inside a bin, 2 on an edge, 0.5 among the losses; 1e9 is past the axis.
    for multiple in [0.5, 1.0, 2.0, 3.0, 1e9] {
        let edge = (plot.fraction(multiple) * UNITS).round();
        let parted = plot.paths(plot.fraction(multiple));
        for (below, reached, whole) in [
            (&parted.losses_below, &parted.losses_reached, &all.losses_reached),
            (&parted.gains_below, &parted.gains_reached, &all.gains_reached),
        ] {
            let (below, reached) = (bars(below), bars(reached));
            assert!(below.iter().all(|&(_, right, _)| right <= edge), "{multiple}");
            assert!(reached.iter().all(|&(left, _, _)| left >= edge), "{multiple}");
            let area = |bars: &[(f64, f64, f64)]| -> f64 {
                bars.iter().map(|&(left, right, height)| (right - left) * height).sum()
            };
            assert_eq!(area(&below) + area(&reached), area(&bars(whole)), "{multiple}");
        }
    }
    let parted_bars = |multiple: f64| {
        let paths = plot.paths(plot.fraction(multiple));
        bars(&paths.gains_below).len() + bars(&paths.gains_reached).len()
    };
    assert_eq!(parted_bars(3.0), parted_bars(2.0) + 1);
}

#[test]
fn scenarios_that_return_nothing_have_a_column_of_their_own() {
    let rows: Vec<f64> = (0..1_000).map(|i| if i < 400 { 0.0 } else { 0.5 + f64::from(i) / 400.0 }).collect();
    let plot = HistogramPlot::new(&distribution(&rows), &[]);
    let first = bars(&plot.paths(1.0).losses_below)[0];
    assert_eq!((first.0, first.1), (0.0, 360.0));
    assert_eq!(first.2, UNITS);
    assert!(plot.fraction(plot.scale.low()) > 0.04);
}

#[test]
fn what_the_axis_leaves_out_is_counted_in_words() {
    let rows: Vec<f64> = (0..10_000).map(|i| if i < 5 { 900.0 } else { 1.0 + f64::from(i) / 10_000.0 }).collect();
    let plot = HistogramPlot::new(&distribution(&rows), &[]);
    let note = plot.not_drawn.expect("a note").replace('\u{a0}', " ");
    assert!(note.contains("0.05 % above 4.00 ×"), "{note}");
}

#[test]
fn a_threshold_answers_with_exact_counts_only() {
    let summary = sample::summary(["a", "b", "c"]);
    let gross = &summary.fund.gross;
    for (multiple, share) in [
        (1.0, 1.0 - gross.probabilities.lt1),
        (2.0, gross.probabilities.ge2),
        (3.0, gross.probabilities.ge3),
        (5.0, gross.probabilities.ge5),
        (10.0, gross.probabilities.ge10),
    ] {
        assert_eq!(Exceedance::at(gross, multiple).expect("an answer").share, share);
    }
    assert_eq!(Exceedance::at(gross, 2.5), None);
    let scale = LogScale::around(0.2, 14.0);
    let thresholds = Thresholds::within(&gross.histogram, &scale);
    let mut asked = thresholds.first().expect("a first");
    let mut last_share = 1.0;
    while asked < thresholds.last().expect("a last") {
        let answer = Exceedance::at(gross, asked).expect("every stop has an answer");
        assert!(answer.share <= last_share + 1e-12);
        last_share = answer.share;
        let next = thresholds.step(asked, 1).expect("a next");
        assert!(next > asked);
        assert_eq!(thresholds.step(next, -1), Some(asked));
        asked = next;
    }
    assert_eq!(thresholds.step(asked, 1), Some(asked));
    assert_eq!(thresholds.nearest(&scale, scale.fraction(3.02)), Some(3.0));
}

/// Wilson's interval for 10 of 100, from R 4: `prop.test(10, 100, correct = FALSE)$conf.int`.
#[test]
fn the_wilson_interval_is_r_s() {
    let interval = wilson_interval(10, 100);
    assert!((interval.low - 0.055_229_14).abs() < 1e-7);
    assert!((interval.high - 0.174_365_66).abs() < 1e-7);
    assert_eq!(wilson_interval(0, 0).high, 1.0);
}

#[test]
fn quantile_bars_lie_in_order_and_the_fund_is_last() {
    let summary = sample::summary(["a", "b", "c"]);
    let plot = QuantilePlot::new(&summary, Basis::Gross);
    assert_eq!(plot.names, ["a", "b", "c", "Fund"]);
    assert_eq!(plot.medians.matches('M').count(), 3);
    let x = |multiple: f64| format!("{:.1}", plot.scale.fraction(multiple) * 1_000.0);
    let quantiles = &summary.fund.gross.quantiles;
    assert_eq!(plot.fund[0], format!("M{} 35H{}", x(quantiles.p5), x(quantiles.p95)));
    assert!(plot.fund[2].starts_with(&format!("M{} ", x(quantiles.p50))));
}

#[test]
fn more_than_a_dozen_buckets_leave_the_least_to_the_table() {
    let mut summary = sample::summary(["a", "b", "c"]);
    let template = summary.buckets[0].clone();
    summary.buckets = (0..50)
        .map(|index| {
            let mut bucket = template.clone();
            bucket.name = format!("bucket {index:02}");
            bucket
        })
        .collect();
    summary.fund.contribution_to_mean = vec![Some(0.02); 50];
    summary.fund.contribution_to_variance = (0..50).map(|index| Some(f64::from(index) / 1_225.0)).collect();
    summary.fund.correlation.spearman = vec![vec![Some(0.1); 51]; 51];
    summary.fund.correlation.pearson = vec![vec![None; 51]; 51];
    let shown = ShownBuckets::of(&summary);
    assert_eq!(shown.indices, (38..50).collect::<Vec<_>>());
    assert_eq!(shown.left_out, 38);
    let html = rendered(Some(summary), Vec::new());
    assert!(html.contains("38 more in the table"));
    assert!(html.contains("bucket 00"));
}

#[test]
fn long_names_keep_the_end_that_tells_them_apart() {
    assert_eq!(short_name("Series A"), "Series A");
    assert_eq!(short_name("Bucket number 07"), "Bucket nu…er 07");
    assert_ne!(short_name("Bucket number 07"), short_name("Bucket number 08"));
}

#[test]
fn names_are_cut_between_letters_as_people_see_them_and_wide_ones_count_two() {
    assert_eq!(short_name("漢字漢字漢字漢字漢字漢字"), "漢字漢字…漢字");
    assert_eq!(short_name("漢字漢字漢字漢"), "漢字漢字漢字漢");
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(short_name(&family.repeat(9)), format!("{}…{}", family.repeat(4), family.repeat(2)));
    let accented = "e\u{301}".repeat(20);
    assert_eq!(short_name(&accented), format!("{}…{}", "e\u{301}".repeat(9), "e\u{301}".repeat(5)));
}

#[test]
fn tables_give_the_errors_there_are_and_cards_say_once_where_there_are_none() {
    let html = sample_html();
    assert!(html.contains("± s.e. of std. dev."));
    for quantile in ["5 %", "25 %", "50 %", "75 %", "95 %"] {
        assert!(html.contains(&format!("{quantile}: 95 % from")) && html.contains(&format!("{quantile}: 95 % to")));
    }
    // Contributions, correlations, deployed capital.
    assert_eq!(occurrences(&html, "No error is computed"), 3);
}

#[test]
fn a_name_inside_a_warning_cannot_turn_the_sentence_around() {
    let names = ["\u{202e}Seed", "b", "c"].map(str::to_owned);
    let line = WarningLine::new(&sample::run().warnings[0], &names);
    assert!(line.words.starts_with("\u{2068}\u{202e}Seed\u{2069}: "), "{:?}", line.words);
}

#[test]
fn a_csv_quotes_names_keeps_numbers_whole_and_disarms_formulas() {
    let mut table = Table::new(["Bucket", "Share"]);
    table.rows.push(vec![Cell::words("a, \"b\""), Cell::number(0.1 + 0.2, "30.0 %")]);
    table.rows.push(vec![Cell::words("=cmd()"), Cell::optional(None, |_| String::new())]);
    assert_eq!(table.to_csv(), "Bucket,Share\r\n\"a, \"\"b\"\"\",0.30000000000000004\r\n\"'=cmd()\",\r\n");
}

#[test]
fn a_copied_table_has_numbers_whole_and_words_that_stay_words() {
    let mut table = Table::new(["Bucket", "Share, ×"]);
    table.rows.push(vec![Cell::words("a\tb <i>"), Cell::number(1e-7, "< 0.0001")]);
    table.rows.push(vec![Cell::words("=cmd()"), Cell::optional(None, |_| String::new())]);
    assert_eq!(table.to_tsv(), "Bucket\tShare, ×\na b <i>\t0.0000001\n'=cmd()\t\n");
    assert_eq!(
        table.to_html(),
        "<table><thead><tr><th>Bucket</th><th>Share, ×</th></tr></thead><tbody>\
         <tr><td>a b &lt;i&gt;</td><td>0.0000001</td></tr><tr><td>'=cmd()</td><td></td></tr></tbody></table>"
    );
}

#[test]
fn every_card_can_be_taken_away_as_a_picture_as_cells_and_as_a_file() {
    let html = sample_html();
    let cards = occurrences(&html, "class=\"card\"");
    for way in ["Copy", "SVG", "PNG", "CSV"] {
        assert_eq!(occurrences(&html, &format!(">{way}<")), cards, "{way}");
    }
}

proptest! {
    /// What is pasted reads back as the same numbers, cell by cell.
    #[test]
    fn a_copied_number_reads_back_as_the_same_f64(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let mut table = Table::new(["Name", "Value"]);
        table.rows.push(vec![Cell::words("x"), Cell::number(value, "rounded")]);
        let text = table.to_tsv();
        let field = text.lines().nth(1).and_then(|line| line.split('\t').nth(1)).expect("a field");
        prop_assert_eq!(field.parse::<f64>().expect("a number").to_bits(), value.to_bits());
        prop_assert!(!field.contains(['e', 'E']), "spreadsheets of all languages take plain digits: {}", field);
    }

    #[test]
    fn the_axis_holds_what_it_is_made_around_and_is_its_own_inverse(low in 1e-3..50.0_f64, factor in 1.0..1e5_f64, at in 0.0..1.0_f64) {
        let scale = LogScale::around(low, low * factor);
        prop_assert!(scale.low() <= low * (1.0 + 1e-9) && scale.high() >= low * factor * (1.0 - 1e-9));
        prop_assert!((scale.fraction(scale.value(at)) - at).abs() < 1e-9);
        for pair in scale.ticks(0.085).windows(2) {
            prop_assert!(scale.fraction(pair[1]) - scale.fraction(pair[0]) >= 0.085);
        }
    }

    #[test]
    fn any_rows_can_be_drawn(rows in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e-3_f64, 0.01..50.0_f64, 1e3..1e6_f64], 1..200)) {
        let mut padded = rows.clone();
        // Twenty scenarios at least, so that the sample's tail has a row.
        while padded.len() < 100 { padded.push(rows[padded.len() % rows.len()]); }
        let plot = HistogramPlot::new(&distribution(&padded), &[]);
        let paths = plot.paths(plot.fraction(2.0));
        for path in [&paths.losses_below, &paths.gains_below, &paths.losses_reached, &paths.gains_reached] {
            for (left, right, height) in bars(path) {
                prop_assert!(0.0 <= left && left < right && right <= UNITS && (0.0..=UNITS).contains(&height));
            }
        }
        prop_assert!(plot.nearest(0.5).is_some());
    }
}
