//! What an attempt is doing.

/// What an attempt is doing, in the order it is done: what comes later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Nothing yet.
    Waiting,
    /// It was taken up.
    Claimed,
    /// The tiers are asked for its matrix.
    Looking,
    /// They answered.
    Looked,
    /// Rows are made.
    Making,
    /// Rows that were kept are read.
    Reading,
    /// What came of it is written down.
    Storing,
    /// All of it is.
    Done,
}

impl Step {
    const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Claimed,
        Self::Looking,
        Self::Looked,
        Self::Making,
        Self::Reading,
        Self::Storing,
        Self::Done,
    ];

    /// In words, as the store and the API have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Looking => "looking for its matrix",
            Self::Looked => "looked for its matrix",
            Self::Making => "making scenarios",
            Self::Reading => "reading scenarios",
            Self::Storing => "storing",
            Self::Done => "done",
        }
    }

    /// The step of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }
}
