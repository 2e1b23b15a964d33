//! Configurations from a file or standard input.

use std::io::Read as _;
use std::path::Path;

use foliocast_core::Errors;
use foliocast_core::scenario::{Config, Limits};

use super::Failure;

/// Most bytes of a configuration: as over HTTP.
const LIMIT_BYTES: u64 = 2 << 20;

/// Reads and checks the configuration in `path`; `-` is standard input.
pub fn read_config(path: &Path, limits: &Limits) -> Result<Config, Failure> {
    let text = read_text(path)?;
    Config::from_json(&text, limits).map_err(|errors| bad_config(path, &errors))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bad = |what: String| Failure::BadInput(format!("{}: {what}", shown(path)));
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LIMIT_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LIMIT_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| bad(error.to_string()))?;
    if bytes.len() as u64 > LIMIT_BYTES {
        return Err(bad(format!("a configuration has at most {LIMIT_BYTES} bytes")));
    }
    String::from_utf8(bytes)
        .map_err(|error| bad(format!("not UTF-8: byte {} begins no character", error.utf8_error().valid_up_to())))
}

/// One line per fault, as the API's `details` have them.
fn bad_config(path: &Path, errors: &Errors) -> Failure {
    let faults: Vec<String> = errors.iter().map(|error| format!("  {error}")).collect();
    Failure::BadInput(format!("{} is not a usable configuration:\n{}", shown(path), faults.join("\n")))
}

fn shown(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}
