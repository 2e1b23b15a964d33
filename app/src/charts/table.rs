//! The table behind a chart: what people read, and what a CSV file holds.

use std::fmt::Write as _;

use crate::number_style::NumberStyle;

/// One cell: its words, and its value where it is a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    text: String,
    value: Option<f64>,
    is_number: bool,
}

impl Cell {
    /// Words.
    pub fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), value: None, is_number: false }
    }

    /// A number in full, and as people read it.
    pub fn number(value: f64, text: impl Into<String>) -> Self {
        Self { text: text.into(), value: Some(value), is_number: true }
    }

    /// A number that may be absent.
    pub fn optional(value: Option<f64>, format: fn(f64) -> String) -> Self {
        match value {
            Some(value) => Self::number(value, format(value)),
            None => Self { text: crate::format::ABSENT.into(), value: None, is_number: true },
        }
    }

    /// As people read it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A number in full (the shortest text that reads back as the same f64), an absent one as nothing; `None` is words.
    fn in_full(&self) -> Option<String> {
        self.is_number.then(|| self.value.map(|value| value.to_string()).unwrap_or_default())
    }

    /// As a spreadsheet takes it from the clipboard: one reads numbers with its reader's decimal mark, as this page.
    fn to_paste(&self) -> String {
        self.in_full().map_or_else(|| one_field(&self.text), |number| NumberStyle::current().ungrouped(&number))
    }

    /// Whether it stands in a column of numbers.
    pub fn is_number(&self) -> bool {
        self.is_number
    }
}

/// A table with heads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Heads of the columns, units included.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`; the first cell is the row's head.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// With these heads and no rows.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// Tab-separated, numbers in full with the page's decimal mark: what a spreadsheet takes from the clipboard as text.
    pub fn to_tsv(&self) -> String {
        let line = |fields: Vec<String>| fields.join("\t") + "\n";
        let heads = line(self.columns.iter().map(|head| one_field(head)).collect());
        self.rows.iter().fold(heads, |text, row| text + &line(row.iter().map(Cell::to_paste).collect()))
    }

    /// An HTML table, numbers as in the text: what a spreadsheet or a text takes from the clipboard with its cells.
    pub fn to_html(&self) -> String {
        let row = |tag: &str, fields: Vec<String>| {
            let cells: String = fields.iter().map(|field| format!("<{tag}>{}</{tag}>", escaped(field))).collect();
            format!("<tr>{cells}</tr>")
        };
        let heads = row("th", self.columns.iter().map(|head| one_field(head)).collect());
        let rows: String =
            self.rows.iter().map(|cells| row("td", cells.iter().map(Cell::to_paste).collect())).collect();
        format!("<table><thead>{heads}</thead><tbody>{rows}</tbody></table>")
    }

    /// RFC 4180, numbers in full (the shortest text that reads back as the same f64), absent figures empty.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        let heads = self.columns.iter().map(|head| quoted(head));
        push_line(&mut csv, heads);
        for row in &self.rows {
            let fields = row.iter().map(|cell| cell.in_full().unwrap_or_else(|| quoted(&cell.text)));
            push_line(&mut csv, fields);
        }
        csv
    }
}

fn push_line(csv: &mut String, fields: impl Iterator<Item = String>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            csv.push(',');
        }
        csv.push_str(&field);
    }
    csv.push_str("\r\n");
}

/// What keeps a spreadsheet from taking a text for a formula.
fn guard(text: &str) -> &'static str {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" }
}

/// A text as one field of pasted cells, harmless as in a CSV.
fn one_field(text: &str) -> String {
    format!("{}{}", guard(text), text.replace(['\t', '\n', '\r'], " "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text as a CSV field. One that a spreadsheet would take for a formula gets a leading apostrophe.
fn quoted(text: &str) -> String {
    let guard = guard(text);
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    let mut field = String::from("\"");
    let _ = write!(field, "{guard}{}", text.replace('"', "\"\""));
    field.push('"');
    field
}
