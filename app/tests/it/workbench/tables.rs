//! Outcome tables from elsewhere: pasted, typed as a range, or chosen from what is published.

use foliocast_app::charts::SurvivalPlot;
use foliocast_app::pages::workbench::{
    Draft, DraftBucket, PRESETS, Preset, Shape, Unit, Weighting, cap_words, median_to_p90, number, read_table,
    tail_words,
};
use foliocast_core::scenario::{Marginal, default_fund};
use proptest::prelude::*;

fn bands(text: &str) -> Vec<(String, String)> {
    let table = read_table(text).unwrap_or_else(|faults| panic!("{text}\n{faults:?}"));
    table.bands.into_iter().map(|band| (band.to, band.share)).collect()
}

fn faults(text: &str) -> Vec<String> {
    read_table(text).expect_err(text)
}

fn seed() -> DraftBucket {
    Draft::default().buckets.into_iter().find(|bucket| bucket.name == "Seed").unwrap()
}

const CORRELATION: [(&str, &str); 5] = [("1", "64.8"), ("5", "25.3"), ("10", "5.9"), ("20", "2.5"), ("50", "1.1")];

#[test]
fn a_table_is_read_however_a_spreadsheet_writes_it() {
    let expected: Vec<_> = CORRELATION.iter().map(|&(to, share)| (to.to_owned(), share.to_owned())).collect();
    for text in [
        "<1x\t64.8%\n1-5x\t25.3%\n5-10x\t5.9%\n10-20x\t2.5%\n20-50x\t1.1%\n50x+\t0.4%",
        "Multiple\tShare of deals\r\n1\t0.648\r\n5\t0.253\r\n10\t0.059\r\n20\t0.025\r\n50\t0.011\r\n> 50\t0.004\r\n",
        "up to 1;64,8 %\nup to 5;25,3 %\n10;5,9 %\n20;2,5 %\n50;1,1 %\n≥ 50;0,4 %",
        "1 64,8\n5 25,3\n10 5,9\n20 2,5\n50 1,1",
        "0 – 1, 64.8\n1 – 5, 25.3\n5 – 10, 5.9\n10 – 20, 2.5\n20 – 50, 1.1\n50 and above, 0.4\nTotal, 100",
        "0 to 1\t64.8%\nfrom 1 to 5\t25.3%\n5 to 10\t5.9%\n10 to 20\t2.5%\n20 to 50\t1.1%\nfrom 50\t0.4%",
        "to,share\n1,64.8\n5,25.3\n10,5.9\n20,2.5\n50,1.1",
        "\n  < 1 ×   64.8 %\n\n 1 to 5 ×  25.3 %\n5 .. 10 × 5.9 %\n10 … 20 ×  2.5 %\n20—50 × 1.1 %\nmore than 50 × 0.4 %",
    ] {
        assert_eq!(bands(text), expected, "{text}");
    }
}

#[test]
fn what_was_understood_is_said() {
    let table = read_table("0\t40%\n0-1\t26%\n1-5\t22%\n5+\t12%").unwrap();
    assert_eq!(table.loss.as_deref(), Some("40"));
    assert_eq!(table.bands[0].share, "66", "losses are part of the first band");
    assert_eq!(
        table.understood,
        "2 bands up to 5 ×, 88 % of deals; the tail takes the 12 % above. 40 % return nothing."
    );
    let fractions = read_table("x up to\tshare\n1\t0.6\n10\t0.35").unwrap().understood;
    assert!(fractions.contains("the tail takes the 5 % above"), "{fractions}");
    assert!(
        fractions.ends_with("Shares were read as fractions of 1. The first line was taken for a heading."),
        "{fractions}"
    );
}

#[test]
fn what_was_not_understood_is_said_line_by_line() {
    assert_eq!(
        faults("1\t60%\nfive\t30%\n10\tmany"),
        [
            "Line 2: “five” is no multiple; write 5, <5x, 1–5 or, for the open last band, 50+",
            "Line 3: “many” is no share of deals; write 25.3 % or 0.253",
        ]
    );
    assert_eq!(
        faults("1\t60%\n2-5\t30%\n4\t5%"),
        [
            "Line 2: it begins at 2, but the band before ends at 1",
            "Line 3: 4 is not above 5, where the band before ends; bands must rise",
        ]
    );
    for (text, part) in [
        ("1\t60%\t3\n5\t40%", "3 columns seen; write two"),
        ("1 2 60\n5 6 30", "“1 2” is no multiple"),
        ("five\t30%\n10\t60%", "Line 1: “five” is no multiple"),
        ("1\n5", "1 column seen; write two"),
        ("1\t60%\n5\t40%", "leaves nothing for the tail above them: write an open last band, as in 5+"),
        ("1\t60%\n5\t30%\n5+\t3%", "sum to 93 %; with an open last band they must sum to 100 %"),
        ("1\t20%\n5\t10%", "sum to 30 %; they must take at least 50 %"),
        ("1\t60%\n1+\t20%\n10\t20%", "Line 3: it follows the open band"),
        ("1\t60%\n3+\t40%", "the open band begins at 3, but the band before ends at 1"),
        ("1\t160%", "160 % of deals are more than all of them"),
        ("1\t-60%\n5\t30%", "“-60%” is no share of deals"),
        ("50+\t100%", "an open band alone is no table"),
        ("1\t60%\n9000000\t30%", "9000000 is outside 0.000001 to 1000000"),
        ("", "No band was found"),
    ] {
        let faults = faults(text);
        assert!(faults.iter().any(|fault| fault.contains(part)), "{text:?}: {faults:?}");
    }
    let many: String = (1..=25).map(|to| format!("{to}\t3.9%\n")).collect();
    assert!(faults(&many)[0].contains("at most 20"));
    assert!(faults(&"1\t1\n".repeat(9_000))[0].contains("too many"));
}

proptest! {
    #[test]
    fn nothing_pasted_breaks_the_page(text in "[0-9a-z%×<>+,;.\\t\\n –-]{0,80}|.{0,80}") {
        match read_table(&text) {
            Ok(table) => {
                // What is accepted is a valid table.
                let mut bucket = seed();
                bucket.loss = table.loss.unwrap_or_else(|| "0".into());
                bucket.use_table(table.bands);
                prop_assert!(bucket.outlook().is_some(), "{text:?}: {bucket:?}");
            }
            Err(faults) => prop_assert!(!faults.is_empty() && faults.iter().all(|fault| fault.len() < 400)),
        }
        let _ = median_to_p90(&text);
    }

    #[test]
    fn a_table_written_down_is_read_back(
        steps in prop::collection::vec((1..4_000_u32, 1..400_u32), 1..20),
        way in 0..4_usize,
    ) {
        // Edges in hundredths, shares in hundredths of a percent; the first band takes more than half.
        let mut edge = 0;
        let mut shares: Vec<(u32, u32)> = steps.iter().map(|&(step, share)| { edge += step; (edge, share / 2 + 1) }).collect();
        shares[0].1 = 5_000;
        let rest = 10_000 - shares.iter().map(|band| band.1).sum::<u32>().min(9_999);
        prop_assume!(shares.iter().map(|band| band.1).sum::<u32>() < 10_000);
        let hundredths = |value: u32| f64::from(value) / 100.0;
        let line = |to: String, share: f64| match way {
            0 => format!("{to}\t{share}%\n"),
            1 => format!("{to};{}\n", format!("{share}").replace('.', ",")),
            2 => format!("{to}\t{}\n", (share * 100.0).round() / 10_000.0),
            _ => format!("{to}   {share} %\n"),
        };
        let mut text: String = shares.iter().map(|&(to, share)| line(format!("{}", hundredths(to)), hundredths(share))).collect();
        text.push_str(&line(format!("{}+", hundredths(edge)), hundredths(rest)));
        let table = read_table(&text);
        prop_assert!(table.is_ok(), "{text}\n{table:?}");
        let read: Vec<_> = table.unwrap().bands.iter()
            .map(|band| (number(&band.to, Unit::Multiple).unwrap(), number(&band.share, Unit::Percent).unwrap()))
            .collect();
        let written: Vec<_> = shares.iter().map(|&(to, share)| (hundredths(to), hundredths(share))).collect();
        for (read, written) in read.iter().zip(&written) {
            prop_assert!((read.0 - written.0).abs() < 1e-9 && (read.1 - written.1).abs() < 1e-6, "{read:?} {written:?}");
        }
        prop_assert_eq!(read.len(), written.len());
    }
}

#[test]
fn a_range_is_a_median_and_a_p90() {
    for text in ["0.5 to 3", "0.5–3", "0.5 .. 3", "0.5x to 3x", " .5 × - 3 × ", "0.5...3", "0.5…3", "5e-1 - 3"] {
        assert_eq!(median_to_p90(text), Ok((0.5, 3.0)), "{text}");
    }
    assert_eq!(median_to_p90("2 to 2"), Ok((2.0, 2.0)));
    for (text, part) in [
        ("", "“” is no range: write two multiples"),
        ("3", "“3” is no range"),
        ("three to five", "no range"),
        ("3 to 0.5", "0.5 is below 3"),
        ("0 to 3", "0 is outside 0.000001 to 1000000"),
        ("1 to 2000000", "2000000 is outside"),
    ] {
        let message = median_to_p90(text).unwrap_err();
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn every_preset_is_valid_and_has_its_source_s_shares() {
    for (index, preset) in PRESETS.iter().enumerate() {
        let mut bucket = seed();
        preset.apply(&mut bucket);
        let outlook = bucket.outlook().unwrap_or_else(|| panic!("{} is not valid", preset.name));
        assert_eq!(Preset::of(&bucket), Some(index));
        let mut beyond = 100.0;
        for &(to, cited) in preset.bands {
            beyond -= cited * 100.0 / preset.cited();
            assert!((outlook.survival(to) * 100.0 - beyond).abs() < 2e-4, "{} above {to}", preset.name);
        }
        assert!((preset.cited() - 100.0).abs() <= 2.0 && !preset.source.is_empty() && !preset.assumed.is_empty());
        if (preset.cited() - 100.0).abs() > 1e-9 {
            assert!(preset.source.contains("scaled to 100 %"), "{}", preset.name);
        }
        assert!(preset.loss <= preset.bands[0].1 * 100.0 / preset.cited());
    }
}

#[test]
fn published_presets_have_the_cited_numbers() {
    let cited: Vec<(&str, Weighting, Vec<f64>)> = PRESETS
        .iter()
        .filter(|preset| preset.weighting != Weighting::Illustrative)
        .map(|preset| {
            let shares = preset.bands.iter().map(|band| band.1).chain([preset.beyond]).collect();
            (preset.name, preset.weighting, shares)
        })
        .collect();
    assert_eq!(
        cited,
        [
            ("Correlation Ventures 2004–2013", Weighting::Deals, vec![64.8, 25.3, 5.9, 2.5, 1.1, 0.4]),
            ("Correlation Ventures, update of 2019", Weighting::Dollars, vec![51.0, 45.0, 4.0]),
            ("Horsley Bridge 1985–2014", Weighting::Deals, vec![50.0, 44.0, 6.0]),
            ("Angels, Wiltbank & Boeker 2007", Weighting::Deals, vec![52.0, 26.0, 13.0, 4.0, 3.0]),
        ]
    );
    // The tail's exponent lies between the cited shares above 20 × (1.5 %) and 50 × (0.4 %).
    let between = (1.5_f64 / 0.4).ln() / (50.0_f64 / 20.0).ln();
    assert!(PRESETS.iter().all(|preset| (preset.tail_exponent - between).abs() < 0.005));
}

#[test]
fn illustrative_presets_are_the_default_fund_s_tables() {
    let fund = default_fund("default");
    for preset in PRESETS.iter().filter(|preset| preset.weighting == Weighting::Illustrative) {
        let name = preset.name.strip_prefix("Default fund, ").unwrap();
        let bucket = fund.buckets().iter().find(|bucket| bucket.name == name).unwrap();
        let Marginal::Table { bands, tail_exponent } = &bucket.marginal else { panic!("{name} is no table") };
        let shares: Vec<_> = bands.iter().map(|band| (band.to, band.share)).collect();
        let expected: Vec<_> =
            preset.bands.iter().map(|&(to, percent)| (to, (percent * 1e4_f64).round() / 1e6)).collect();
        assert_eq!(shares, expected, "{name}");
        assert_eq!((*tail_exponent, bucket.loss_probability), (preset.tail_exponent, preset.loss / 100.0), "{name}");
    }
}

#[test]
fn a_table_leaves_out_a_cap_that_is_not_above_it() {
    let mut bucket = seed();
    bucket.cap = "50".into();
    assert_eq!(PRESETS[0].apply(&mut bucket), Some("50".into()));
    assert_eq!((bucket.cap.as_str(), bucket.shape), ("", Shape::Table));
    bucket.cap = "51".into();
    assert_eq!(PRESETS[0].apply(&mut bucket), None);
    assert_eq!(bucket.cap, "51");
}

#[test]
fn what_a_deal_does_needs_its_own_numbers_alone() {
    let mut bucket = seed();
    (bucket.capital, bucket.deals, bucket.name) = ("nothing".into(), "0".into(), String::new());
    assert!(bucket.outlook().is_some());
    bucket.loss = "70".into();
    assert_eq!(bucket.outlook(), None, "more losses than the first band has deals");
}

#[test]
fn tail_and_cap_are_said_in_words() {
    let words = |bucket: &DraftBucket| {
        let outlook = bucket.outlook().unwrap();
        format!("{} {}", tail_words(&outlook), cap_words(&outlook)).replace('\u{a0}', " ")
    };
    let mut bucket = seed();
    let outlook = bucket.outlook().unwrap();
    let cap = outlook.at_cap().unwrap();
    let said = words(&bucket);
    assert!(
        said.starts_with("Tail exponent 1.44: without a cap the mean is finite, the variance infinite. "),
        "{said}"
    );
    assert!(said.contains(&format!("{:.1} % of the mean", cap.share_of_mean * 100.0)), "{said}");
    assert!(
        said.ends_with(&format!("without the cap the mean would be {:.2} ×.", outlook.uncapped_mean().unwrap())),
        "{said}"
    );
    bucket.use_range(1.0, 6.0);
    let said = words(&bucket);
    assert!(said.contains("mean and variance are infinite") && said.ends_with("the mean would be infinite."), "{said}");
    bucket.cap.clear();
    bucket.use_range(1.0, 2.0);
    assert_eq!(words(&bucket), "Tail exponent 2.32: without a cap mean and variance are finite. There is no cap.");
}

#[test]
fn the_survival_curve_falls_from_the_deals_that_return_something_to_the_cap() {
    let outlook = seed().outlook().unwrap();
    let plot = SurvivalPlot::new(&outlook);
    assert_eq!(plot.edges.len(), 5);
    assert!(plot.edges.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
    assert_eq!(plot.kept, plot.height(0.6));
    assert!(plot.kept > 0.0 && !plot.cap.is_empty() && plot.tail.starts_with('M'));
    let power_law = |median, p90, cap: &str| {
        let mut bucket = seed();
        (bucket.loss, bucket.cap) = ("0".into(), cap.into());
        bucket.use_range(median, p90);
        SurvivalPlot::new(&bucket.outlook().unwrap())
    };
    let plot = power_law(1.0, 3.0, "");
    assert_eq!((plot.edges.len(), plot.kept, plot.cap.as_str()), (0, 0.0, ""));
    let constant = power_law(2.0, 2.0, "");
    assert!(constant.tail.is_empty() && constant.cap.ends_with("10000"), "{constant:?}");
}
