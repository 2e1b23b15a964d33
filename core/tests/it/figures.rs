//! Figures as JSON, compared.

use serde_json::Value;

/// Compares what `expected` has, member by member.
pub fn assert_close(path: &str, seen: &Value, expected: &Value, tolerance: f64) {
    match (seen, expected) {
        (Value::Object(seen), Value::Object(expected)) => {
            for (name, expected) in expected {
                let seen = seen.get(name).unwrap_or_else(|| panic!("{path}.{name} is missing"));
                assert_close(&format!("{path}.{name}"), seen, expected, tolerance);
            }
        }
        (Value::Array(seen), Value::Array(expected)) => {
            assert_eq!(seen.len(), expected.len(), "{path}");
            for (index, (seen, expected)) in seen.iter().zip(expected).enumerate() {
                assert_close(&format!("{path}[{index}]"), seen, expected, tolerance);
            }
        }
        (Value::Number(seen), Value::Number(expected)) => {
            let (seen, expected) = (seen.as_f64().unwrap(), expected.as_f64().unwrap());
            let distance = (seen - expected).abs();
            // Figures that cancel to about 0 are compared in absolute terms, far below what a reader sees.
            let allowed = f64::max(tolerance * expected.abs(), 1e-15);
            assert!(distance <= allowed, "{path}: {seen:e}, expected {expected:e}, off by {distance:e}");
        }
        (seen, expected) => assert_eq!(seen, expected, "{path}"),
    }
}
