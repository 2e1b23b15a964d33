//! Column passes over vectors of 1,024 rows: one text, one small vector trait, several targets, the same bits.

/// The instruction sets the passes are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Plain f64 arithmetic: the reference, and the fallback.
    Scalar,
    /// 4 lanes (x86-64).
    Avx2,
    /// 8 lanes (x86-64).
    Avx512,
    /// 2 lanes (WebAssembly).
    Simd128,
}

impl Target {
    /// All targets, whether or not this machine has them.
    pub const ALL: [Self; 4] = [Self::Scalar, Self::Avx2, Self::Avx512, Self::Simd128];

    /// The fastest target this machine has.
    pub fn detect() -> Self {
        todo!()
    }

    /// Whether this machine has the target.
    pub fn is_available(self) -> bool {
        todo!()
    }
}
