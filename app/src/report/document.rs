//! The file: the article with its style sheet and the data it is made from, and the way back to the data.

use std::fmt;

use super::{Report, article};

/// Begins the data; there is one in a file.
const DATA_BEGIN: &str = "<script type=\"application/json\" id=\"foliocast-run\">";
const DATA_END: &str = "</script>";

/// A browser that opens the file asks for nothing and runs nothing, whatever was put into it on the way.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(super) fn html(report: &Report, style_sheet: &str) -> String {
    let article = report.to_article();
    let title =
        article::escaped(&format!("Fund {} · {} · Foliocast", report.fund_id(), &report.run_key.to_string()[..12]));
    let data = serde_json::to_string(report).unwrap_or_default();
    // Inside a script nothing ends the text but `</script`, and old readers take U+2028 and U+2029 for line ends.
    let data = data.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let style_sheet = style_sheet.trim();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{style_sheet}\n</style>\n\
         </head>\n<body>\n<main>\n{article}\n</main>\n{DATA_BEGIN}{data}{DATA_END}\n</body>\n</html>\n"
    )
}

/// A report as it was found in a file.
pub struct EmbeddedReport<'a> {
    /// The data.
    pub report: Report,
    file: &'a str,
}

impl<'a> EmbeddedReport<'a> {
    /// Reads the data of a file.
    ///
    /// # Errors
    /// [`NoReport`] where the file holds none that can be read, or more than one.
    pub fn read(file: &'a str) -> Result<Self, NoReport> {
        let mut parts = file.split(DATA_BEGIN);
        let (Some(_), Some(rest), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoReport(format!(
                "it has {} elements {DATA_BEGIN}, and a report has exactly one",
                file.matches(DATA_BEGIN).count()
            )));
        };
        let Some((data, _)) = rest.split_once(DATA_END) else {
            return Err(NoReport("it is cut off inside its embedded run".to_owned()));
        };
        let report = serde_json::from_str(data).map_err(|error| NoReport(format!("its embedded run: {error}")))?;
        Ok(Self { report, file })
    }

    /// Where the file differs from `report` as this program writes it: the line and what stands there in both, shortened.
    pub fn first_difference(&self, report: &Report, style_sheet: &str) -> Option<FileDifference> {
        let written = report.to_document(style_sheet);
        if self.file == written {
            return None;
        }
        let same = self.file.bytes().zip(written.bytes()).take_while(|(a, b)| a == b).count();
        let line = 1 + self.file.as_bytes()[..same].iter().filter(|&&byte| byte == b'\n').count();
        Some(FileDifference { line, found: excerpt(self.file, same), expected: excerpt(&written, same) })
    }
}

/// Where a file is not what this program writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDifference {
    /// Its line, from 1.
    pub line: usize,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
}

/// Some letters around a byte, in one line.
fn excerpt(text: &str, at: usize) -> String {
    const AROUND: usize = 32;
    let from = text.floor_char_boundary(at.saturating_sub(AROUND));
    let to = text.ceil_char_boundary((at + AROUND).min(text.len()));
    text[from..to].chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Why a file is no report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReport(String);

impl fmt::Display for NoReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoReport {}
