//! The field's terms as this interface means them: one place, so that every page means the same.

/// A term and what it means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// As it is written on pages.
    pub name: &'static str,
    /// One sentence of at most 140 characters.
    pub definition: &'static str,
    /// Name of the page under `/figures` that says more.
    pub figure: Option<&'static str>,
}

const fn term(name: &'static str, definition: &'static str, figure: Option<&'static str>) -> Term {
    Term { name, definition, figure }
}

/// All terms, in alphabetical order.
pub const TERMS: [Term; 26] = [
    term("Bucket", "A part of the fund whose deals come out alike, with a share of the capital of its own.", None),
    term(
        "Cap",
        "The highest multiple a single deal of the bucket can return; what would be above returns the cap.",
        None,
    ),
    term("Capital", "The bucket’s share of the fund’s invested capital.", Some("contribution")),
    term(
        "Contribution",
        "What a bucket adds to the fund’s mean or to its variance, as a share of the whole.",
        Some("contribution"),
    ),
    term(
        "Correlation",
        "How far two multiples rise and fall together: 1 always, 0 not at all, −1 against each other.",
        Some("correlation"),
    ),
    term("Deal", "One investment of a bucket; the bucket’s multiple is the plain average of its deals.", None),
    term(
        "Deployed capital",
        "What is put to work in all, reinvested proceeds included, per unit of initial capital.",
        Some("recycling"),
    ),
    term("Digest", "A fingerprint of content (BLAKE3): another bit anywhere gives another digest.", None),
    term("Loss probability", "The chance that a deal returns nothing at all.", None),
    term("Matrix", "All scenarios of all buckets: a row per scenario, a column per bucket.", None),
    term("Mean", "The average multiple over all scenarios.", Some("mean")),
    term("Median", "The multiple that half of all scenarios stay below and half reach.", Some("median")),
    term(
        "MOIC",
        "Multiple on invested capital: what comes back, divided by what was put in, before fees and carry.",
        Some("mean"),
    ),
    term("Outcome table", "What shares of deals end up to which multiples, and a power law beyond the last.", None),
    term(
        "P90",
        "The multiple that nine in ten deals or scenarios stay below and one in ten exceeds: the 90 % quantile.",
        Some("quantiles"),
    ),
    term(
        "Power law",
        "A distribution whose chance to exceed x falls like x to a fixed power: few deals return most.",
        Some("infinite-variance"),
    ),
    term("Quantile", "The multiple that a given share of scenarios stays below.", Some("quantiles")),
    term("Recycling", "Proceeds of deals are reinvested in the same bucket while the fund lives.", Some("recycling")),
    term(
        "Run key",
        "The name of a run, made of its configuration: the same configuration has the same key anywhere.",
        None,
    ),
    term("Scenario", "One way the whole fund could come out: a draw for every deal.", None),
    term("Seed", "What the random draws begin from; the same seed gives the same draws.", None),
    term(
        "Standard deviation",
        "How far scenarios lie from the mean, as the root of their mean squared distance.",
        Some("standard-deviation"),
    ),
    term("Standard error", "How far a figure is typically from what endless scenarios would give.", Some("mean")),
    term(
        "Tail exponent",
        "The power of a power law: the smaller, the more the largest deals matter.",
        Some("infinite-variance"),
    ),
    term("Worst 5 %", "The mean of the lowest twentieth of scenarios (expected shortfall).", Some("worst-5")),
    term(
        "95 % interval",
        "Ends made so that in 95 of 100 such runs the true value lies between them.",
        Some("quantiles"),
    ),
];
