//! Any text as a configuration.
#![no_main]

use foliocast_core::{
    ErrorCode, Errors,
    scenario::{Config, Limits},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let limits = Limits::default();
    if let Some(config) = checked(text, Config::from_json(text, &limits)) {
        let canonical = config.to_canonical_json();
        let again = Config::from_json(&canonical, &limits).expect("the canonical text is valid");
        assert_eq!(again, config);
        assert_eq!(again.to_canonical_json(), canonical);
        assert_eq!(again.run_key(), config.run_key());

        // The matrix has its own limit of rows and draws, the same as the run's.
        let matrix = Config::from_matrix_json(&config.matrix_json(), &limits).expect("the matrix text is valid");
        assert_eq!(matrix.matrix_key(), config.matrix_key());
        for warning in config.warnings() {
            assert!(warning.figures.values().all(|figure| figure.is_finite()), "{warning:?}");
        }
    }
    if let Some(matrix) = checked(text, Config::from_matrix_json(text, &limits)) {
        let text = matrix.matrix_json();
        assert_eq!(Config::from_matrix_json(&text, &limits).expect("the matrix text is valid"), matrix);
    }
});

/// What was read; of what was refused, whether the refusal is in order.
fn checked(text: &str, read: Result<Config, Errors>) -> Option<Config> {
    let is_json = serde_json::from_str::<serde_json::Value>(text).is_ok();
    match read {
        Ok(config) => {
            assert!(is_json);
            Some(config)
        }
        Err(errors) => {
            let count = errors.iter().count();
            assert!((1..=101).contains(&count), "{count} errors");
            for error in errors.iter() {
                assert!(!error.message.is_empty() && error.message.len() < 2_000, "{error}");
                assert!(error.path.len() < 2_000, "{error}");
                // A text of many values is refused before its end is seen.
                assert!(is_json || matches!(error.code, ErrorCode::Syntax | ErrorCode::TooLarge), "{error}");
            }
            None
        }
    }
}
