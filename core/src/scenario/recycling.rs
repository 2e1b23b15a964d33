//! Reinvested proceeds, per scenario and bucket.
