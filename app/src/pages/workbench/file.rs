//! Configurations as files: what is written, and what is taken back.

use foliocast_core::scenario::Config;
use foliocast_core::{Error, ErrorCode};
use serde_json::Value;

use super::draft::Draft;
use super::fund_size::{fund_size, fund_size_text, is_possible};
use crate::api::FundSize;

/// Most bytes of a file that is read, as many as the API takes.
pub const MAX_BYTES: usize = 2 << 20;

/// Reads the JSON of a configuration, of a run or of a fund: a request as `simulate` takes it, with `fundSize` beside it
/// or without, or an object that has one as `configuration`.
///
/// # Errors
/// Everything that is wrong, with its path in the text.
pub fn read(text: &str) -> Result<Draft, Vec<Error>> {
    if text.len() > MAX_BYTES {
        let message = format!("{} bytes are more than any configuration has; at most {MAX_BYTES} are read", text.len());
        return Err(vec![fault("", ErrorCode::TooLarge, message)]);
    }
    let text = text.trim_start_matches('\u{feff}');
    let all = |errors: foliocast_core::Errors| errors.iter().cloned().collect::<Vec<_>>();
    // A configuration by itself is judged as it is written; only its one parser knows what is wrong with a text.
    let Ok(Value::Object(mut members)) = serde_json::from_str(text) else {
        return Draft::from_json(text).map_err(all);
    };
    let mut errors = Vec::new();
    let fund_size = members.get("fundSize").filter(|size| !size.is_null());
    let fund_size = fund_size.and_then(|size| read_size(size).map_err(|error| errors.push(error)).ok());
    let draft = if let Some(configuration) = members.get("configuration") {
        Draft::from_json(&configuration.to_string()).map_err(|found| {
            let within = |error: &Error| {
                let dot = if error.path.is_empty() { "" } else { "." };
                Error { path: format!("configuration{dot}{}", error.path), ..error.clone() }
            };
            found.iter().map(within).collect()
        })
    } else if members.remove("fundSize").is_some() {
        Draft::from_json(&Value::Object(members).to_string()).map_err(all)
    } else {
        Draft::from_json(text).map_err(all)
    };
    match draft {
        Ok(mut draft) if errors.is_empty() => {
            draft.fund_size = fund_size.as_ref().map_or_else(String::new, fund_size_text);
            Ok(draft)
        }
        Ok(_) => Err(errors),
        Err(mut found) => {
            found.append(&mut errors);
            Err(found)
        }
    }
}

fn read_size(size: &Value) -> Result<FundSize, Error> {
    let allowed = "{\"amount\": a number above 0 and at most 10¹⁵, \"currency\": three capital letters}";
    let read: Option<FundSize> = serde_json::from_value(size.clone()).ok();
    let seen: String = size.to_string().chars().take(80).collect();
    read.filter(is_possible)
        .ok_or_else(|| fault("fundSize", ErrorCode::Range, format!("{seen} was given; expected {allowed}")))
}

fn fault(path: &str, code: ErrorCode, message: String) -> Error {
    Error { path: path.to_owned(), code, message }
}

/// A file that [`read`] takes: the canonical configuration, its buckets in the order of `draft`'s table, and the fund's
/// size, where `draft` has one.
pub fn write(draft: &Draft, config: &Config) -> String {
    let Ok(mut request) = serde_json::from_str::<Value>(&config.to_canonical_json()) else { return String::new() };
    if let Some(buckets) = request.get_mut("buckets").and_then(Value::as_array_mut) {
        let place = |bucket: &Value| {
            let name = bucket.get("name").and_then(Value::as_str);
            draft.buckets.iter().position(|bucket| Some(bucket.name.trim()) == name)
        };
        buckets.sort_by_key(place);
    }
    if let (Ok(Some(size)), Some(members)) = (fund_size(&draft.fund_size), request.as_object_mut()) {
        members.insert(
            "fundSize".into(),
            Value::Object(
                [
                    ("amount".to_owned(), Value::from(size.amount)),
                    ("currency".to_owned(), Value::from(size.currency.as_str())),
                ]
                .into_iter()
                .collect(),
            ),
        );
    }
    // A value of finite numbers and texts can always be written.
    serde_json::to_string_pretty(&request).unwrap_or_default()
}

/// The name of a fund's file, `fund-7.foliocast.json`: what file systems refuse in a name is left out of it.
pub fn file_name(fund_id: &str) -> String {
    const MOST_CHARACTERS: usize = 80;
    let is_refused = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let name: String = fund_id.chars().map(|c| if is_refused(c) { '-' } else { c }).take(MOST_CHARACTERS).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    format!("{}.foliocast.json", if name.is_empty() { "fund" } else { name })
}
