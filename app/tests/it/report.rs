//! A run on one page: what the file embeds comes back whole, and what it prints stands by itself.

use foliocast_app::api::Run;
use foliocast_app::report::{EmbeddedReport, Report};
use proptest::prelude::*;

use crate::sample;

/// The sample's run with names of one's own.
fn named(fund: &str, buckets: [&str; 3]) -> Run {
    let mut run = sample::run();
    run.configuration["fundId"] = fund.into();
    for (bucket, name) in run.summary.buckets.iter_mut().zip(buckets) {
        bucket.name = name.to_owned();
    }
    run
}

#[test]
fn the_article_has_no_scripts_links_styles_and_marks() {
    let html = Report::new(sample::run(), "example.org").to_article();
    for part in ["<script", "<a ", "<button", "style=", "<!", "tabindex=\"0\" role=\"slider\""] {
        assert!(!html.contains(part), "{part}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(html.contains("example.org/runs/6b59b9bef1f5"));
}

#[test]
fn all_warnings_are_on_paper() {
    let mut run = sample::run();
    run.warnings = vec![run.warnings[0].clone(); 7];
    let html = Report::new(run, "").to_article();
    assert_eq!(html.matches("The cap holds down the mean").count(), 7);
}

#[test]
fn a_report_differs_from_a_changed_one_where_it_was_changed() {
    let report = Report::new(sample::run(), "");
    let file = report.to_document("p { color: red }");
    let read = EmbeddedReport::read(&file).expect("a report");
    assert_eq!(read.first_difference(&report, "p { color: red }"), None);
    let difference = read.first_difference(&report, "p { color: rad }").expect("a difference");
    assert!(difference.found.contains("red") && difference.expected.contains("rad"), "{difference:?}");
    assert_eq!(difference.line, 1 + file[..file.find("p { color").expect("it")].matches('\n').count());
    let cut = &file[..file.len() - 10];
    assert!(
        EmbeddedReport::read(cut).expect("its data is whole").first_difference(&report, "p { color: red }").is_some()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_names_come_back_as_they_were_and_end_no_element(fund in ".{0,40}", a in ".{1,40}", b in "[<>/!&\"'a-z\u{2028}-]{1,40}", c in "(</script>|<!--|<script|\\]\\]>){1,4}") {
        let report = Report::new(named(&fund, [&a, &b, &c]), "127.0.0.1:8080");
        let file = report.to_document("");
        prop_assert_eq!((file.matches("<script").count(), file.matches("</script").count()), (1, 1));
        prop_assert!(!file.contains("<!--"));
        prop_assert_eq!(EmbeddedReport::read(&file).expect("a report").report, report);
    }

    #[test]
    fn no_file_makes_the_reader_panic(text in ".{0,200}", data in "[\\[\\]{}:,\"a-z0-9]{0,60}") {
        prop_assert!(EmbeddedReport::read(&text).is_err());
        let file = format!("<script type=\"application/json\" id=\"foliocast-run\">{data}</script>");
        prop_assert!(EmbeddedReport::read(&file).is_err());
    }
}
