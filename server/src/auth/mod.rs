//! What access is made of, apart from who has it: secrets and their hashes, names, budgets.

mod budget;
mod name;
mod secret;

pub use budget::Budget;
pub use name::check_name;
pub use secret::{NotASecret, Secret, SecretKind};
