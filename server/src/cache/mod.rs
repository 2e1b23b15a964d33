//! The tiers a result is looked up in, fastest first.
