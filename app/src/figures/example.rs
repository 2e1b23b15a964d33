//! Lines of a worked example: a place in the summary, and how people read what stands there.

use serde_json::Value;

use crate::format;

/// How a number is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A multiple.
    Multiple,
    /// A share as a percentage.
    Share,
    /// A standard error of a multiple.
    StandardError,
    /// A standard error of a share, in percentage points.
    Points,
    /// A number around one.
    Coefficient,
    /// A multiple of initial capital, finer than others.
    Deployed,
    /// A count.
    Count,
    /// A 95 % interval of multiples.
    MultipleInterval,
    /// A 95 % interval of shares.
    ShareInterval,
    /// A name.
    Name,
    /// How the error of a mean was found.
    Method,
}

/// One line of an example.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What it is.
    pub label: &'static str,
    /// Where it stands in a summary, as a JSON pointer.
    pub pointer: &'static str,
    /// How it is read.
    pub kind: Kind,
}

impl Line {
    /// The figure of `summary` (as the API has it) as people read it; a dash where it is absent.
    pub fn text(&self, summary: &Value) -> String {
        let found = summary.pointer(self.pointer);
        let interval = || {
            let end = |name: &str| found?.get(name)?.as_f64();
            Some(foliocast_core::scenario::Interval { low: end("low")?, high: end("high")? })
        };
        let number = found.and_then(Value::as_f64);
        let text = match self.kind {
            Kind::Multiple => number.map(format::multiple),
            Kind::Share => number.map(format::percent),
            Kind::StandardError => number.map(|error| format!("± {}", format::standard_error(error))),
            Kind::Points => number.map(|error| format!("± {} points", format::standard_error_points(error))),
            Kind::Coefficient => number.map(format::coefficient),
            Kind::Deployed => number.map(|value| format::decimal(value, 3)),
            Kind::Count => found.and_then(Value::as_u64).map(format::count),
            Kind::MultipleInterval => interval().map(format::multiple_interval),
            Kind::ShareInterval => interval().map(format::percent_interval),
            Kind::Name => found.and_then(Value::as_str).map(str::to_owned),
            Kind::Method => found.and_then(Value::as_str).map(|method| match method {
                "batchMeans" => "batch means".to_owned(),
                _ => "standard deviation".to_owned(),
            }),
        };
        text.unwrap_or_else(|| format::ABSENT.to_owned())
    }

    /// The figure in full, as the API writes it; `None` where that is no plain value.
    pub fn in_full(&self, summary: &Value) -> Option<String> {
        summary.pointer(self.pointer).filter(|value| value.is_number()).map(ToString::to_string)
    }

    /// The place in the API's own spelling: `fund.recycled.mean`.
    pub fn member(&self) -> String {
        let mut member = String::from("summary");
        for part in self.pointer.split('/').skip(1) {
            if part.bytes().all(|byte| byte.is_ascii_digit()) {
                member.push_str(&format!("[{part}]"));
            } else {
                member.push('.');
                member.push_str(part);
            }
        }
        member
    }
}
