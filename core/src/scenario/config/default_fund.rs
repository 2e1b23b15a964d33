//! The fund of the first page: illustrative tables in the shape of published venture outcomes.

use super::{Config, Limits};

const DEFAULT_FUND: &str = include_str!("default_fund.json");

/// The default fund of `docs/MODEL.md` section 8, for the given fund id.
///
/// An id that is no valid `fundId` leaves `default`: what comes from outside goes through [`Config::with_fund_id`],
/// which tells what is wrong with it.
pub fn default_fund(fund_id: &str) -> Config {
    let limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };
    let config = Config::from_json(DEFAULT_FUND, &limits)
        .unwrap_or_else(|errors| unreachable!("the built-in fund is valid: {errors}"));
    config.with_fund_id(fund_id).unwrap_or(config)
}
