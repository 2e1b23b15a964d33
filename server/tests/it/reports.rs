//! Runs taken away: the page and the file print the API's numbers, and the file can be checked by whoever has it.

use std::path::Path;

use axum::http::StatusCode;
use foliocast_app::format;
use foliocast_app::report::EmbeddedReport;
use foliocast_core::scenario::{Distribution, Interval, Summary, default_fund};
use serde_json::{Value, json};

use crate::harness::{TestServer, worked_example};
use crate::program::{assert_code, foliocast, stderr, stdout};

/// The default fund with fewer rows.
fn fund() -> Value {
    let mut configuration: Value = serde_json::from_str(&default_fund("taken").to_canonical_json()).expect("JSON");
    configuration["numScenarios"] = json!(3_000);
    configuration
}

async fn report_of(server: &TestServer, run: &Value) -> String {
    let answer = server.get(&format!("{}/report", run["links"]["self"].as_str().expect("a link"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.text().to_owned()
}

/// The texts of the elements `tag` in a piece of HTML, their own elements taken out.
fn texts(html: &str, tag: &str) -> Vec<String> {
    let begin = format!("<{tag}");
    let is_tag = |rest: &&str| rest.starts_with(['>', ' ']);
    html.split(&begin)
        .skip(1)
        .filter(is_tag)
        .map(|rest| {
            let inside = rest.split_once('>').expect("a tag").1.split(&format!("</{tag}>")).next().expect("an end");
            let mut text = String::new();
            for part in inside.split('<') {
                text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
            }
            text
        })
        .collect()
}

/// The part of a report with this title.
fn part<'a>(html: &'a str, id: &str) -> &'a str {
    let from = html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    html[from..].split("</section>").next().expect("an end")
}

fn quantile_cells(distribution: &Distribution, with_intervals: bool) -> Vec<String> {
    let (q, e) = (&distribution.quantiles, &distribution.errors.quantiles);
    let values = [q.p1, q.p5, q.p10, q.p25, q.p50, q.p75, q.p90, q.p95, q.p99];
    let intervals = [e.p1, e.p5, e.p10, e.p25, e.p50, e.p75, e.p90, e.p95, e.p99];
    let of = |interval: Option<Interval>| {
        interval.map_or(format::ABSENT.to_owned(), |interval| format::multiple_interval(interval).replace('\u{a0}', ""))
    };
    let cell =
        |(value, interval)| format::multiple_digits(value) + &if with_intervals { of(interval) } else { String::new() };
    values.into_iter().zip(intervals).map(cell).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_figure_of_a_report_is_the_api_s_through_the_pages_formatter() {
    let server = TestServer::start().await;
    for (configuration, few_buckets) in [(fund(), true), (many_buckets(), false)] {
        let run = server.run(&configuration).await;
        let summary: Summary = serde_json::from_value(run["summary"].clone()).expect("a summary");
        let html = report_of(&server, &run).await;
        let fund = &summary.fund.recycled;

        let figures = texts(&html, "b");
        let shown = [
            format::multiple(fund.quantiles.p50),
            format::multiple(fund.mean),
            format::percent(fund.probabilities.lt1),
            format::percent(fund.probabilities.ge3),
            format::multiple(fund.worst5_mean),
            format::percent(fund.top1_share.expect("a share")),
        ];
        // Titles of warnings stand in the same element, before the figures.
        assert!(figures.ends_with(&shown), "{figures:?}");
        let error = format::standard_error(fund.errors.mean.expect("an error"));
        assert!(html.contains(&format!("± {error}")), "{error}");

        let (p, e) = (&fund.probabilities, &fund.errors.probabilities);
        let chances = [(p.lt1, e.lt1), (p.ge2, e.ge2), (p.ge3, e.ge3), (p.ge5, e.ge5), (p.ge10, e.ge10)];
        let cells: Vec<String> = chances
            .into_iter()
            .flat_map(|(share, interval)| [format::percent(share), format::percent_interval(interval)])
            .collect();
        assert_eq!(texts(part(&html, "report-chances"), "td"), cells);

        let before = summary.recycles().then_some((&summary.fund.gross, true));
        let buckets = summary.buckets.iter().map(|bucket| (&bucket.distribution, few_buckets));
        let rows = [(fund, true)].into_iter().chain(before).chain(buckets);
        let cells: Vec<String> = rows.flat_map(|(row, intervals)| quantile_cells(row, intervals)).collect();
        assert_eq!(texts(part(&html, "report-quantiles"), "td"), cells);

        let gross = &summary.fund.gross;
        let cells: Vec<String> = summary
            .buckets
            .iter()
            .enumerate()
            .flat_map(|(index, bucket)| {
                let shares = [&summary.fund.contribution_to_mean, &summary.fund.contribution_to_variance];
                let [mean, variance] = shares.map(|shares| shares[index].expect("a share"));
                let distribution = &bucket.distribution;
                [
                    format::percent(mean * gross.mean / distribution.mean),
                    format::percent(mean),
                    format::percent(variance),
                    format::multiple_digits(distribution.mean),
                    format::standard_error(distribution.errors.mean.expect("an error")),
                    format::multiple_digits(distribution.std_dev.expect("a deviation")),
                    distribution.errors.std_dev.map_or(format::ABSENT.to_owned(), format::standard_error),
                ]
            })
            .collect();
        assert_eq!(texts(part(&html, "report-contributions"), "td"), cells);

        for member in ["runKey", "matrixKey", "digest", "summaryDigest"] {
            assert!(texts(&html, "dd").contains(&run[member].as_str().expect("a text").to_owned()), "{member}");
        }

        // The page has the same article, to the letter.
        let page = server.get(&format!("{}/report", run["links"]["page"].as_str().expect("a link"))).await;
        let article = |text: &str| {
            let from = text.find("<article").expect("an article");
            let to = text.find("</article>").expect("its end");
            text[from..to].to_owned()
        };
        assert_eq!(article(page.text()), article(&html));
    }
}

fn many_buckets() -> Value {
    let bucket = |number: u32| {
        let calibration = json!({"median": 1.2, "p90": 3.4});
        json!({"name": format!("Bucket {number}"), "capitalAllocation": 12.5, "moicCalibration": calibration, "deals": 9})
    };
    json!({"fundId": "many", "numScenarios": 2_000, "buckets": (0..8).map(bucket).collect::<Vec<_>>()})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_an_attachment_that_asks_for_nothing_and_embeds_the_run() {
    let server = TestServer::start().await;
    let run = server.run(&fund()).await;
    let key = run["runKey"].as_str().expect("a key");
    let answer = server.get(&format!("/api/runs/{key}/report")).await;
    let name = format!("attachment; filename=\"foliocast-report-{}.html\"", &key[..12]);
    assert_eq!(answer.header("content-disposition"), name);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let html = answer.text();
    for outside in [" src=", " href=", "url(", "@import", "://"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("<script").count(), 1);
    let embedded = EmbeddedReport::read(html).expect("a report").report;
    let embedded = serde_json::to_value(embedded).expect("JSON");
    for member in [
        "runKey",
        "matrixKey",
        "digest",
        "summaryDigest",
        "modelVersion",
        "kernel",
        "configuration",
        "configurationSource",
        "summary",
        "warnings",
        "createdAt",
    ] {
        assert_eq!(embedded[member], run[member], "{member}");
    }
    assert_eq!(embedded["address"], format!("127.0.0.1:8080/runs/{key}"));
    server.get(&format!("/api/runs/{}/report", "0".repeat(64))).await.assert_refusal(404, "NOT_FOUND");
    server.get("/api/runs/x/report").await.assert_refusal(400, "VALIDATION_ERROR");
    server.get(&format!("/api/runs/{key}/report?x=1")).await.assert_refusal(400, "VALIDATION_ERROR");
}

/// Writes a file and verifies it.
fn verified(dir: &Path, name: &str, content: &[u8]) -> std::process::Output {
    let path = dir.join(name);
    std::fs::write(&path, content).expect("a file");
    foliocast(&["verify", path.to_str().expect("UTF-8")]).output().expect("the program runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_report_verifies_and_every_change_to_it_is_found() {
    let server = TestServer::start().await;
    let run = server.run(&fund()).await;
    let html = report_of(&server, &run).await;
    let dir = tempfile::tempdir().expect("a directory");
    let honest = verified(dir.path(), "report.html", html.as_bytes());
    assert_code(&honest, 0);
    let said = stdout(&honest);
    for line in [
        "same: run key\n",
        "same: digest of the matrix\n",
        "same: summary digest\n",
        "figures of the summary and",
        "same: every letter of the printed page\n",
        "verified: every bit",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }

    let summary: Summary = serde_json::from_value(run["summary"].clone()).expect("a summary");
    let median = format!("<b>{}", format::multiple(summary.fund.recycled.quantiles.p50));
    let text_of = |value: &Value| value.to_string();
    let mean = format!("\"mean\":{}", text_of(&run["summary"]["fund"]["recycled"]["mean"]));
    let digest = run["digest"].as_str().expect("a digest");
    let other = digest.strip_prefix('0').map_or_else(|| format!("0{}", &digest[1..]), |rest| format!("1{rest}"));
    let in_data = |from: &str, to: &str| {
        let (page, data) = html.split_once("id=\"foliocast-run\">").expect("data");
        assert!(data.contains(from), "{from}");
        format!("{page}id=\"foliocast-run\">{}", data.replacen(from, to, 1))
    };
    assert!(html.contains(&median));
    let changed = [
        ("a printed figure", html.replacen(&median, "<b>9.99\u{a0}×", 1), "the printed page, line"),
        (
            "a hidden figure",
            html.replacen("<style>", "<style>.key-figures b{display:none}", 1),
            "the printed page, line",
        ),
        ("a sentence after the end", format!("{html}<p>Guaranteed.</p>"), "the printed page, line"),
        ("an embedded figure", in_data(&mean, "\"mean\":9.5"), "summary.fund.recycled.mean: claimed 9.5, recomputed"),
        ("the configuration", in_data("\"seed\":\"0\"", "\"seed\":\"1\""), "run key: claimed"),
        (
            "a configuration that is not canonical",
            in_data("\"seed\":\"0\"", "\"seed\":0"),
            "configuration in its canonical form",
        ),
        ("a digest", in_data(digest, &other), "digest of the matrix: claimed"),
        ("a warning", in_data("\"figures\":{", "\"figures\":{\"more\":1,"), "warnings[0].figures"),
        ("the address", in_data("127.0.0.1:8080/runs/", "guaranteed by us /runs/"), "address:"),
        ("the time", in_data("\"createdAt\":\"2", "\"createdAt\":\"soon 2"), "time:"),
    ];
    for (what, changed, found) in changed {
        assert_ne!(changed, html, "{what}");
        let output = verified(dir.path(), "changed.html", changed.as_bytes());
        assert_code(&output, 1);
        assert!(
            stdout(&output).lines().any(|line| line.starts_with("DIFFERENT: ") && line.contains(found)),
            "{what}: {}",
            stdout(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_reports_are_refused_with_what_is_wrong() {
    let server = TestServer::start().await;
    let run = server.run(&worked_example()).await;
    let html = report_of(&server, &run).await;
    let dir = tempfile::tempdir().expect("a directory");
    let twice = format!("{html}{html}");
    let (cut, _) = html.split_once("\"summary\"").expect("a summary");
    let endless = html.replacen("\"numScenarios\":3,", "\"numScenarios\":3000000000,", 1);
    let deep = format!("<script type=\"application/json\" id=\"foliocast-run\">{}</script>", "[".repeat(1 << 20));
    let cases: [(&str, &str, &[u8], &str); 9] = [
        ("empty.html", "nothing", b"", "has 0 elements"),
        ("other.html", "another page", b"<!DOCTYPE html><p>Hello", "has 0 elements"),
        ("named.txt", "another page by another name", b"  <html>", "has 0 elements"),
        ("twice.html", "two in one", twice.as_bytes(), "has 2 elements"),
        ("cut.html", "a file that is cut off", cut.as_bytes(), "cut off inside its embedded run"),
        ("bytes.html", "no text", b"<\xFF\xFE", "not UTF-8"),
        ("deep.html", "JSON without an end", deep.as_bytes(), "embedded run"),
        ("endless.html", "a configuration that is none", endless.as_bytes(), "configuration is not valid"),
        ("huge.html", "a huge file", &vec![b' '; (16 << 20) + 1], "at most 16777216 bytes"),
    ];
    for (name, what, content, said) in cases {
        let output = verified(dir.path(), name, content);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(said), "{what}: {}", stderr(&output));
    }
    let path = dir.path().join("report.html");
    std::fs::write(&path, &html).expect("a file");
    let output = foliocast(&["verify", path.to_str().expect("UTF-8"), "--blocks", "1"]).output().expect("it runs");
    assert_code(&output, 2);
    assert!(stderr(&output).contains("leave --blocks out"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_stay_text_in_a_report_and_verify() {
    let server = TestServer::start().await;
    let names = ["</script><script>alert(1)</script>", "a\u{2028}b", "صندوق", "\u{202e}Series", "<!--", "&lt;"];
    let calibration = json!({"median": 1, "p90": 3});
    let bucket = |(name, capital): (&str, i32)| json!({"name": name, "capitalAllocation": capital, "moicCalibration": calibration});
    let buckets: Vec<Value> = names.into_iter().zip([10, 10, 10, 10, 10, 50]).map(bucket).collect();
    let configuration = json!({"fundId": "</title><script>", "numScenarios": 1, "buckets": buckets});
    let run = server.run(&configuration).await;
    let html = report_of(&server, &run).await;
    assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (1, 1));
    assert!(!html.contains("<!--<"), "no comment opens");
    let embedded = EmbeddedReport::read(&html).expect("a report").report;
    assert_eq!(embedded.configuration, run["configuration"]);
    let dir = tempfile::tempdir().expect("a directory");
    assert_code(&verified(dir.path(), "odd.html", html.as_bytes()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_fund_s_own_warning_is_part_of_its_report() {
    let server = TestServer::start().await;
    let run = server.run(&json!({"fundId": "unknown", "runs": 1_000})).await;
    assert_eq!(run["configurationSource"], "default");
    let html = report_of(&server, &run).await;
    assert!(html.contains("The default fund"));
    let dir = tempfile::tempdir().expect("a directory");
    assert_code(&verified(dir.path(), "default.html", html.as_bytes()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_explained_figures_are_the_api_s_numbers() {
    use foliocast_app::figures::FIGURES;
    let server = TestServer::start().await;
    let run = server.run(&serde_json::from_str(&default_fund("default").to_canonical_json()).expect("JSON")).await;
    for figure in &FIGURES {
        let page = server.get(&format!("/figures/{}", figure.name)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", figure.name);
        let cells = texts(page.text().split("class=\"explained\"").nth(1).expect("an article"), "td");
        let shown: Vec<&String> = cells.iter().step_by(2).take(figure.example.len()).collect();
        let wanted: Vec<String> = figure.example.iter().map(|line| line.text(&run["summary"])).collect();
        assert_eq!(shown, wanted.iter().collect::<Vec<_>>(), "{}", figure.name);
        assert!(!wanted.contains(&format::ABSENT.to_owned()), "{}: {wanted:?}", figure.name);
        for (line, cell) in figure.example.iter().zip(cells.iter().skip(1).step_by(2)) {
            if let Some(value) = line.in_full(&run["summary"]) {
                assert!(cell.ends_with(&value), "{}: {cell}", figure.name);
            }
        }
    }
    assert_eq!(server.get("/figures/nothing").await.status, StatusCode::NOT_FOUND);
}
