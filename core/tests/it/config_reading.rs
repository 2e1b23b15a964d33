//! What is wrong with a configuration, in the words its author reads.

use std::fmt::Write;

use foliocast_core::{
    ErrorCode, Errors,
    scenario::{Config, Limits},
};
use serde_json::{Value, json};

fn complete() -> Value {
    json!({
        "fundId": "fund-1",
        "taxonomyVersion": "v1.2",
        "numScenarios": 2000,
        "seed": "2026",
        "buckets": [
            {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "deals": 3, "lossProbability": 0.25, "maxMoic": 50},
            {"name": "A", "capitalAllocation": 60, "outcomeTable": {"bands": [{"to": 1, "share": 0.6}, {"to": 5, "share": 0.3}], "tailExponent": 1.5}, "lossProbability": 0.25, "maxMoic": 50},
        ],
        "correlationWeights": {"macro": 0.2, "systematic": 0.3, "idiosyncratic": 0.5},
        "recycling": {"enabled": true, "mode": "same-bucket", "reinvestmentRate": 0.5, "avgHoldingPeriod": 4, "fundLifetime": 10, "maxRecycledShare": 0.2},
    })
}

fn read(text: &str) -> Result<Config, Errors> {
    Config::from_json(text, &Limits::default())
}

fn errors(text: &str) -> Errors {
    read(text).expect_err("the text is refused")
}

/// One line per fault, or `accepted`.
fn verdict(text: &str) -> String {
    match read(text) {
        Ok(_) => "accepted".to_owned(),
        Err(errors) => errors
            .iter()
            .map(|error| format!("[{}] {error}", json!(error.code).as_str().unwrap()))
            .collect::<Vec<_>>()
            .join("\n    "),
    }
}

/// Pointers of all members of `value`, at all depths.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let pointer = format!("{at}/{name}");
                into.push(pointer.clone());
                pointers(value, &pointer, into);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
}

#[test]
fn every_member_missing_null_or_of_a_wrong_type_or_range_is_told() {
    let complete = complete();
    let mut members = Vec::new();
    pointers(&complete, "", &mut members);
    let replacements = [
        "null",
        "true",
        "\"text\"",
        "\"1\"",
        "\"NaN\"",
        "\" \"",
        "-1",
        "0",
        "0.5",
        "1e-9",
        "2.5",
        "1e7",
        "1e300",
        "9007199254740993",
        "[]",
        "{}",
    ];
    let mut table = String::new();
    for pointer in members {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = complete.clone();
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        writeln!(table, "{pointer}\n  missing\n    {}", verdict(&without.to_string())).unwrap();
        for replacement in replacements {
            let mut marked = complete.clone();
            *marked.pointer_mut(&pointer).unwrap() = json!("\u{1}mark");
            let text = marked.to_string().replace("\"\\u0001mark\"", replacement);
            writeln!(table, "  {replacement}\n    {}", verdict(&text)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn values_that_do_not_fit_together_are_told() {
    let cases = [
        ("/buckets/0/capitalAllocation", json!(40.02)),
        ("/buckets/0/capitalAllocation", json!(40.01)),
        ("/buckets/0/capitalAllocation", json!(39.989999)),
        ("/buckets/0/moicCalibration/p90", json!(0.999999)),
        ("/buckets/0/maxMoic", json!(3)),
        ("/buckets/0/maxMoic", json!(3.0000004)),
        ("/buckets/0/moicCalibration", json!({"median": 1, "p90": 60})),
        ("/buckets/0", json!({"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 5}})),
        (
            "/buckets/0",
            json!({"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 4.999999}}),
        ),
        ("/buckets/0", json!({"name": "Seed", "capitalAllocation": 40})),
        ("/buckets/0", json!({"name": "A ", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}})),
        ("/buckets/0/lossProbability", json!(0.4999999)),
        ("/buckets/1/lossProbability", json!(0.6)),
        ("/buckets/1/lossProbability", json!(0.600001)),
        ("/buckets/1/maxMoic", json!(5)),
        ("/buckets/1/outcomeTable/bands/1/to", json!(1)),
        ("/buckets/1/outcomeTable/bands/1/share", json!(0.4)),
        ("/buckets/1/outcomeTable/bands/1/share", json!(0.399999)),
        ("/buckets/1/outcomeTable/bands", json!([{"to": 1, "share": 0.499999}])),
        ("/buckets/1/outcomeTable/bands", json!([])),
        ("/buckets/1/outcomeTable/bands", Value::Array(vec![json!({"to": 1, "share": 0.6}); 21])),
        ("/buckets/1/outcomeTable/bands", json!([{"to": 1, "share": 0.6}, 5, {"to": 0.5, "share": "0.1"}])),
        (
            "/buckets/1",
            json!({"name": "A", "capitalAllocation": 60, "outcomeTable": {"bands": [{"to": 1, "share": 0.6}], "tailExponent": 1}}),
        ),
        ("/buckets/1/moicCalibration", json!({"median": 1, "p90": 3})),
        ("/correlationWeights/macro", json!(0.200001)),
        ("/correlationWeights/macro", json!(0.200002)),
        ("/recycling/mode", json!("cross-bucket")),
        ("/taxonomyVersion", json!("v01.2")),
        ("/taxonomyVersion", json!("v1")),
        ("/taxonomyVersion", json!("v1.2.3")),
        ("/taxonomyVersion", json!("v9007199254740992.0")),
        ("/seed", json!("a\u{7f}b")),
        ("/seed", json!("line\n")),
        ("/seed", json!("s".repeat(257))),
        ("/fundId", json!("f".repeat(129))),
        ("/buckets/0/name", json!("n".repeat(65))),
        ("/buckets/0/name", json!("\u{2003}\u{a0}")),
        ("/seed", json!(1.5)),
        ("/seed", json!(9_007_199_254_740_992_u64)),
        ("/numScenarios", json!(100_000_000)),
    ];
    let mut table = String::new();
    for (pointer, to) in cases {
        let mut value = complete();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match value.pointer_mut(parent).unwrap() {
            Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = to.clone(),
            members => members[name] = to.clone(),
        }
        let shown: String = to.to_string().chars().take(110).collect();
        writeln!(table, "{pointer} = {shown}\n    {}", verdict(&value.to_string())).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn all_faults_are_told_together_in_the_order_of_the_text_and_in_its_words() {
    let text = r#"{
        "fundid": "fund-1",
        "seed": null,
        "buckets": [
            {"name": "Z", "capitalAllocation": "45", "moicCalibration": {"median": 0, "p90": 1e400}, "deals": 2.5},
            {"name": "B", "capitalAllocation": 10, "moicCalibraton": {"median": 1, "p90": 2}, "deals": 1, "deals": 2},
            {"name": "A", "capitalAllocation": 45, "moicCalibration": {"median": 3, "p90": 2}, "colour\n": "red"}
        ],
        "correlationWeights": {"macro": 0.5, "systematic": 0.25},
        "numScenarios": 1e9,
        "recycling": {"enabled": "yes"}
    }"#;
    // 1e400 is beyond every f64, so the text as a whole cannot be read.
    insta::assert_snapshot!(verdict(text));
    insta::assert_snapshot!(verdict(&text.replace("1e400", "1e300")));
}

#[test]
fn texts_that_are_no_json_are_told_with_their_place() {
    let texts = [
        "",
        " ",
        "nul",
        "{",
        "{\"fundId\": 1,}",
        "{\"fundId\" 1}",
        "{} {}",
        "\u{feff}{}",
        "{\"seed\": NaN}",
        "{\"seed\": 01}",
        "{\"seed\": +1}",
        "{\"seed\": .5}",
        "{\"seed\": 1e999}",
        "{\"seed\": \"\\ud800\"}",
        "{\"seed\": \"\\udc00x\"}",
        "{\"seed\": \"\\x\"}",
        "{\"seed\": \"\n\"}",
        "{\"seed\": 'a'}",
        "[]",
        "3",
        "\"text\"",
        "null",
    ];
    let mut table = String::new();
    for text in texts {
        writeln!(table, "{text:?}\n    {}", verdict(text)).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn numbers_mean_the_same_however_they_are_spelled() {
    let spelled = |scenarios: &str| {
        let text = complete().to_string().replace("\"numScenarios\":2000", &format!("\"numScenarios\":{scenarios}"));
        read(&text).map(|config| config.num_scenarios())
    };
    for spelling in ["2000", "2000.0", "2e3", "2E+3", "0.2e4", "200000e-2", "2000.00000000000000000000000000000000"] {
        assert_eq!(spelled(spelling).unwrap(), 2_000, "{spelling}");
    }
    let seed_of = |seed: &str| {
        let text = complete().to_string().replace("\"seed\":\"2026\"", &format!("\"seed\":{seed}"));
        read(&text).map(|config| config.seed().to_owned())
    };
    for (spelling, seed) in [
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e5", "0"),
        ("-7", "-7"),
        ("1e4", "10000"),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991.0", "-9007199254740991"),
        ("\"9007199254740993\"", "9007199254740993"),
    ] {
        assert_eq!(seed_of(spelling).unwrap(), seed, "{spelling}");
    }
    for spelling in
        ["9007199254740992", "-9007199254740992", "9007199254740992.0", "1e16", "-1e300", "18446744073709551616"]
    {
        let refusal = seed_of(spelling).unwrap_err().to_string();
        assert!(refusal.contains("write it as a string"), "{spelling}: {refusal}");
    }
}

#[test]
fn unknown_members_name_the_nearest_known_one() {
    let nearest = |name: &str| {
        let mut value = complete();
        value["buckets"][0][name] = json!(1);
        errors(&value.to_string()).to_string()
    };
    for (name, known) in [
        ("capital_allocation", "capitalAllocation"),
        ("max_moic", "maxMoic"),
        ("Deals", "deals"),
        ("lossProb", ""),
        ("lossProbabilty", "lossProbability"),
        ("outcometable", "outcomeTable"),
    ] {
        let told = nearest(name);
        if known.is_empty() {
            assert!(told.contains("known here are"), "{told}");
        } else {
            assert!(told.contains(&format!("did you mean {known}?")), "{told}");
        }
    }
}

#[test]
fn hostile_texts_are_refused_briefly() {
    let many_buckets = |count: usize| {
        let mut value = complete();
        let bucket = value["buckets"][0].clone();
        value["buckets"] = Value::Array(vec![bucket; count]);
        value.to_string()
    };
    let deep = 100_000;
    let megabytes = "x".repeat(10 << 20);
    let cases = [
        ("51 buckets", many_buckets(51)),
        ("60,000 buckets", many_buckets(60_000)),
        ("100,000 deep arrays", format!("{}{}", "[".repeat(deep), "]".repeat(deep))),
        ("100,000 deep objects", format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep))),
        (
            "deep inside a surplus element",
            format!("{{\"buckets\": [{}{}{}]}}", "1,".repeat(64), "[".repeat(deep), "]".repeat(deep)),
        ),
        ("a seed of 10 MB", complete().to_string().replace("2026", &megabytes)),
        ("a member name of 10 MB", format!("{{\"{megabytes}\": 1}}")),
        ("10 MB of combining marks", complete().to_string().replace("2026", &"\u{301}\u{316}".repeat(5 << 19))),
        ("a million members", format!("{{{}\"a\": 1}}", "\"a\": 1,".repeat(1_000_000))),
        ("10,000 unknown members", format!("{{{}\"a\": 1}}", "\"a\": 1,".repeat(9_999))),
        ("a million elements", format!("{{\"buckets\": [{}1]}}", "1,".repeat(999_999))),
        ("10 MB of white space", format!("{}1", " ".repeat(10 << 20))),
        ("a number of a million digits", format!("{{\"seed\": {}}}", "9".repeat(1_000_000))),
        ("a fraction of a million digits", format!("{{\"numScenarios\": 0.{}}}", "3".repeat(1_000_000))),
    ];
    let mut table = String::new();
    for (what, text) in cases {
        let verdict = verdict(&text);
        let lines = verdict.lines().count();
        let (first, last) = (verdict.lines().next().unwrap(), verdict.lines().last().unwrap().trim());
        assert!(lines <= 101 && verdict.len() < 40_000, "{what}: {lines} lines, {} bytes", verdict.len());
        writeln!(table, "{what}: {lines} lines\n    {first}\n    {last}").unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_is_not_kept_of_an_array_must_be_json_all_the_same() {
    let zeros = "0,".repeat(64);
    for surplus in [r#""\ud800""#, "1e999", "01", "[1", r#""\x""#] {
        let mut text = complete().to_string();
        let disabled = format!(r#"{{"enabled":false,"mode":[{zeros}{surplus}]}}"#);
        let at = text.find(r#""recycling":{"#).unwrap() + r#""recycling":"#.len();
        let end = at + text[at..].find('}').unwrap() + 1;
        text.replace_range(at..end, &disabled);
        let errors = Config::from_json(&text, &Limits::default()).unwrap_err();
        assert!(errors.iter().all(|error| error.code == ErrorCode::Syntax), "{surplus}: {errors}");
    }
}

#[test]
fn limits_of_an_installation_are_told_with_what_fits() {
    let limits = Limits { max_deal_draws: 10_000, max_row_bytes: 8_000 };
    let told = |scenarios: u32| {
        let mut value = complete();
        value["numScenarios"] = json!(scenarios);
        Config::from_json(&value.to_string(), &limits).map_err(|errors| errors.to_string())
    };
    assert!(told(1_000).is_ok());
    insta::assert_snapshot!(told(1_001).unwrap_err());
    insta::assert_snapshot!(told(2_501).unwrap_err());
    let errors = Config::from_json(&complete().to_string(), &Limits { max_deal_draws: 1, ..limits }).unwrap_err();
    assert!(errors.iter().all(|error| error.code == ErrorCode::TooLarge));
    // Without rows there is nothing to limit but the draws.
    let unlimited = Limits { max_deal_draws: u64::MAX, max_row_bytes: 0 };
    let mut value = complete();
    value["numScenarios"] = json!(10_000_001);
    assert!(Config::from_json(&value.to_string(), &unlimited).is_ok());
}
