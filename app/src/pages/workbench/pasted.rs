//! An outcome table pasted from a spreadsheet: two columns, up to which multiple and what share of deals.

use super::draft::{DraftBand, MAX_BANDS};
use super::range::ends;
use super::typed::{Unit, number_in, typed};
use crate::number_style::NumberStyle;

/// More letters are refused unread: twenty bands need a few hundred.
const MAX_LENGTH: usize = 20_000;
/// Shares that were rounded one by one sum to 100 % within this, percent.
const ROUNDING: f64 = 0.5;
/// Least and most that the bands together take, percent; the tail takes the rest.
const BANDED: (f64, f64) = (50.0, 99.9999);

/// What begins the first column of an open last band.
const ABOVE_BEFORE: [&str; 8] = [">=", ">", "≥", "more than ", "over ", "above ", "from ", "at least "];
/// What ends it.
const ABOVE_BEHIND: [&str; 6] = ["+", "and above", "or above", "and more", "or more", "and over"];
/// What begins the first column of a band that names its upper edge alone.
const UP_TO: [&str; 8] = ["<=", "<", "≤", "up to ", "to ", "below ", "under ", "less than "];
/// The first column of deals that return nothing, besides 0.
const NOTHING: [&str; 4] = ["total loss", "nothing", "write-off", "written off"];

/// A table that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct PastedTable {
    /// The bands as a person would have typed them.
    pub bands: Vec<DraftBand>,
    /// Percent of deals that return nothing, where the table says so; part of the first band.
    pub loss: Option<String>,
    /// What was understood, in a sentence or two.
    pub understood: String,
}

/// One line that was understood.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    line: usize,
    reach: Reach,
    share: f64,
    is_percent: bool,
}

/// The first column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reach {
    UpTo(f64),
    Between(f64, f64),
    Above(f64),
}

/// How a line's two columns are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parted {
    By(char),
    BySpace,
}

/// Reads two columns, parted by tabs, semicolons, spaces or commas: up to which multiple (`1`, `<1x`, `1–5`, `50+`) and
/// what share of deals, in percent or as fractions of 1.
///
/// ```
/// use foliocast_app::pages::workbench::read_table;
/// let table = read_table("<1x\t64.8%\n1-5x\t25.3%\n5x+\t9.9%").unwrap();
/// assert_eq!((table.bands[1].to.as_str(), table.bands[1].share.as_str()), ("5", "25.3"));
/// ```
///
/// # Errors
/// What was not understood, a message for each line, with what is allowed.
pub fn read_table(text: &str) -> Result<PastedTable, Vec<String>> {
    if text.len() > MAX_LENGTH {
        return Err(vec![format!("{} characters are too many: a table has at most {MAX_BANDS} bands", text.len())]);
    }
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let ways: &[Parted] = match text {
        _ if text.contains('\t') => &[Parted::By('\t')],
        _ if text.contains(';') => &[Parted::By(';')],
        _ => &[Parted::BySpace, Parted::By(',')],
    };
    // The way that leaves the fewest lines over.
    let read = ways.iter().map(|&parted| rows(&lines, parted)).min_by_key(|(_, faults, _)| faults.len());
    let (rows, faults, heading) = read.unwrap_or_default();
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut table = table_of(&rows)?;
    table.understood.push_str(heading);
    Ok(table)
}

/// The lines that were understood, what is wrong with the others, and what was taken for a heading.
fn rows(lines: &[(usize, &str)], parted: Parted) -> (Vec<Row>, Vec<String>, &'static str) {
    let (mut rows, mut faults, mut heading) = (Vec::new(), Vec::new(), "");
    for (index, &(number, line)) in lines.iter().enumerate() {
        match row(number, line, parted) {
            Ok(row) => rows.push(row),
            Err(_) if index == 0 && lines.len() > 1 && !line.contains(|c: char| c.is_ascii_digit()) => {
                heading = " The first line was taken for a heading.";
            }
            Err(_) if index + 1 == lines.len() && index > 0 && line.to_lowercase().starts_with("total") => {}
            Err(message) => faults.push(message),
        }
    }
    (rows, faults, heading)
}

fn row(number: usize, line: &str, parted: Parted) -> Result<Row, String> {
    let cells: Vec<String> = match parted {
        Parted::By(separator) => {
            let cells = line.trim_end_matches(separator).split(separator);
            cells.map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
        }
        Parted::BySpace => {
            let glued = [" %", " ×", " x", " X"]
                .iter()
                .fold(line.replace('\u{a0}', " "), |line, unit| line.replace(unit, unit.trim_start()));
            let halves = glued.rsplit_once(char::is_whitespace);
            halves.map_or(vec![glued.clone()], |(reach, share)| {
                vec![reach.trim().trim_end_matches(',').to_owned(), share.to_owned()]
            })
        }
    };
    let shown = |text: &str| text.chars().take(40).collect::<String>();
    let [first, second] = cells.as_slice() else {
        let columns = cells.len();
        let plural = if columns == 1 { "" } else { "s" };
        return Err(format!(
            "Line {number}, “{}”: {columns} column{plural} seen; write two, up to which multiple and what share of deals",
            shown(line)
        ));
    };
    let reach = reach(first).ok_or_else(|| {
        format!("Line {number}: “{}” is no multiple; write 5, <5x, 1–5 or, for the open last band, 50+", shown(first))
    })?;
    let (digits, is_percent) = match second.strip_suffix('%') {
        Some(digits) => (digits, true),
        None => (second.as_str(), false),
    };
    let share = amount(digits, false).filter(|share| *share >= 0.0);
    let share = share
        .ok_or_else(|| format!("Line {number}: “{}” is no share of deals; write 25.3 % or 0.253", shown(second)))?;
    Ok(Row { line: number, reach, share, is_percent })
}

fn reach(cell: &str) -> Option<Reach> {
    let cell = cell.to_lowercase();
    let cell = cell.trim();
    if NOTHING.contains(&cell) {
        return Some(Reach::UpTo(0.0));
    }
    let above = ABOVE_BEFORE.iter().find_map(|before| cell.strip_prefix(before));
    let above = above.or_else(|| ABOVE_BEHIND.iter().find_map(|behind| cell.strip_suffix(behind)));
    if let Some(edge) = above.and_then(multiple) {
        return Some(Reach::Above(edge));
    }
    let edge = UP_TO.iter().find_map(|before| cell.strip_prefix(before)).unwrap_or(cell);
    match multiple(edge) {
        Some(edge) => Some(Reach::UpTo(edge)),
        None => ends(cell.trim_start_matches("from "), multiple).map(|(low, high)| Reach::Between(low, high)),
    }
}

fn multiple(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_suffix(['x', '×']).unwrap_or(text);
    amount(digits, true).filter(|multiple| *multiple >= 0.0)
}

/// A number whose decimals stand behind a point or a comma. Where the page's style has the point, a comma before three
/// digits parts thousands where `has_thousands` and the number does not begin with 0; where it has the comma, marks mean
/// what they mean everywhere on the page. Spaces part columns, not thousands.
fn amount(text: &str, has_thousands: bool) -> Option<f64> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',')
        || text.ends_with([',', '.'])
        || text.contains(char::is_whitespace)
    {
        return None;
    }
    let style = NumberStyle::current();
    if style.decimal_mark() == ',' {
        return number_in(style, text, Unit::Plain);
    }
    let (point, comma) = (text.rfind('.'), text.rfind(','));
    let plain = match (point, comma) {
        (Some(point), Some(comma)) if comma > point => text.replace('.', "").replace(',', "."),
        (None, Some(comma)) => {
            let parts_thousands = text.len() - comma == 4 && !text.starts_with('0') && has_thousands;
            if parts_thousands { text.to_owned() } else { text.replace(',', ".") }
        }
        _ => text.to_owned(),
    };
    number_in(NumberStyle::ENGLISH, &plain, Unit::Plain)
}

fn table_of(rows: &[Row]) -> Result<PastedTable, Vec<String>> {
    // Percent where one has the sign or they sum to more than any fractions could.
    let sum: f64 = rows.iter().map(|row| row.share).sum();
    let are_fractions = !rows.iter().any(|row| row.is_percent) && sum <= 1.5;
    let percents = in_percent(rows, are_fractions)?;
    let mut faults = Vec::new();
    let mut bands: Vec<(f64, f64)> = Vec::new();
    let (mut lost, mut open, mut before) = (0.0, None, 0.0);
    for (row, &percent) in rows.iter().zip(&percents) {
        let words = |multiple| typed(multiple, Unit::Multiple);
        let fault = match row.reach {
            _ if open.is_some() => Some("it follows the open band, which must be the last".to_owned()),
            Reach::UpTo(0.0) | Reach::Between(0.0, 0.0) if bands.is_empty() => {
                lost += percent;
                None
            }
            Reach::Between(low, _) if low != before => {
                Some(format!("it begins at {}, but the band before ends at {}", words(low), words(before)))
            }
            Reach::UpTo(high) | Reach::Between(_, high) if !(1e-6..=1e6).contains(&high) => {
                Some(format!("{} is outside 0.000001 to 1000000", words(high)))
            }
            Reach::UpTo(high) | Reach::Between(_, high) if high <= before => Some(format!(
                "{} is not above {}, where the band before ends; bands must rise",
                words(high),
                words(before)
            )),
            Reach::UpTo(high) | Reach::Between(_, high) => {
                bands.push((high, percent));
                (percent + if bands.len() == 1 { lost } else { 0.0 } < 1e-4)
                    .then(|| "a band needs a share of at least 0.0001 %; leave the line out".to_owned())
            }
            Reach::Above(_) if bands.is_empty() => {
                Some("an open band alone is no table; write the bands below it first".to_owned())
            }
            Reach::Above(low) if low != before => {
                Some(format!("the open band begins at {}, but the band before ends at {}", words(low), words(before)))
            }
            Reach::Above(low) => {
                open = Some((low, percent));
                None
            }
        };
        if let Reach::UpTo(high) | Reach::Between(_, high) = row.reach {
            before = high;
        }
        faults.extend(fault.map(|fault| format!("Line {}: {fault}", row.line)));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    match bands.first_mut() {
        Some(first) => first.1 += lost,
        None => {
            return Err(vec![
                "No band was found: write a line for each, up to which multiple and what share of deals".into(),
            ]);
        }
    }
    if bands.len() > MAX_BANDS {
        return Err(vec![format!("{} bands were found; a table has at most {MAX_BANDS}", bands.len())]);
    }
    let banded: f64 = bands.iter().map(|band| band.1).sum();
    check_sum(&bands, banded, open)?;
    Ok(described(&bands, lost, banded, are_fractions))
}

/// The shares in percent.
fn in_percent(rows: &[Row], are_fractions: bool) -> Result<Vec<f64>, Vec<String>> {
    let scale = if are_fractions { 100.0 } else { 1.0 };
    let percents: Vec<f64> = rows.iter().map(|row| row.share * scale).collect();
    match rows.iter().zip(&percents).find(|(_, percent)| **percent > 100.0 + ROUNDING) {
        Some((row, &percent)) => Err(vec![format!(
            "Line {}: {} % of deals are more than all of them",
            row.line,
            typed(percent / 100.0, Unit::Share)
        )]),
        None => Ok(percents),
    }
}

fn check_sum(bands: &[(f64, f64)], banded: f64, open: Option<(f64, f64)>) -> Result<(), Vec<String>> {
    let words = |percent: f64| typed(percent / 100.0, Unit::Share);
    let edge = typed(bands.last().map_or(0.0, |band| band.0), Unit::Multiple);
    let all = banded + open.map_or(0.0, |open| open.1);
    let message = if open.is_some() && (all - 100.0).abs() > ROUNDING {
        format!("The shares sum to {} %; with an open last band they must sum to 100 %, within {ROUNDING}", words(all))
    } else if (BANDED.0..=BANDED.1 + 1e-9).contains(&banded) {
        return Ok(());
    } else if banded > BANDED.1 {
        format!(
            "The bands up to {edge} × sum to {} %, which leaves nothing for the tail above them: write an open last band, \
             as in {edge}+, or smaller shares; they may take up to {} %",
            words(banded),
            BANDED.1
        )
    } else {
        format!(
            "The bands sum to {} %; they must take at least {} %, and the tail takes the rest. A missing line?",
            words(banded),
            BANDED.0
        )
    };
    Err(vec![message])
}

fn described(bands: &[(f64, f64)], lost: f64, banded: f64, are_fractions: bool) -> PastedTable {
    let share = |percent: f64| typed(percent / 100.0, Unit::Share);
    let edge = typed(bands.last().map_or(0.0, |band| band.0), Unit::Multiple);
    let plural = if bands.len() == 1 { "" } else { "s" };
    let mut understood = format!(
        "{} band{plural} up to {edge} ×, {} % of deals; the tail takes the {} % above.",
        bands.len(),
        share(banded),
        share(100.0 - banded)
    );
    if lost > 0.0 {
        understood.push_str(&format!(" {} % return nothing.", share(lost)));
    }
    understood.push_str(if are_fractions { " Shares were read as fractions of 1." } else { "" });
    PastedTable {
        bands: bands
            .iter()
            .map(|&(to, percent)| DraftBand { to: typed(to, Unit::Multiple), share: share(percent) })
            .collect(),
        loss: (lost > 0.0).then(|| share(lost)),
        understood,
    }
}
