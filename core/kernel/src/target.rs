//! Which instruction set the passes run on, chosen at run time natively and at compile time in WebAssembly.

use super::{Deal, Lanes, Words};

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
        [Self::Avx512, Self::Avx2, Self::Simd128]
            .into_iter()
            .find(|target| target.is_available())
            .unwrap_or(Self::Scalar)
    }

    /// Whether this machine has the target.
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
            Self::Simd128 => cfg!(all(target_arch = "wasm32", target_feature = "simd128")),
        }
    }
}

/// The passes of one target. A value exists only where the machine has the target, which is what makes the calls safe.
#[derive(Clone, Copy, Debug)]
pub struct Passes {
    target: Target,
}

/// Calls a pass of the one target there is: a WebAssembly module with simd128 does not load without it.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
macro_rules! dispatch {
    ($target:expr, $pass:ident($($argument:expr),*)) => {
        super::simd128::$pass($($argument),*)
    };
}

/// Calls a pass of the target's module.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
macro_rules! dispatch {
    ($target:expr, $pass:ident($($argument:expr),*)) => {
        match $target {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Passes::of` found AVX-512 on this machine.
            Target::Avx512 => unsafe { super::avx512::$pass($($argument),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Passes::of` found AVX2 on this machine.
            Target::Avx2 => unsafe { super::avx2::$pass($($argument),*) },
            _ => super::scalar::$pass($($argument),*),
        }
    };
}

impl Passes {
    /// The passes of `target`, or the scalar ones where the machine lacks it: the bits are the same.
    pub fn of(target: Target) -> Self {
        Self { target: if target.is_available() { target } else { Target::Scalar } }
    }

    /// The target that runs.
    pub fn target(self) -> Target {
        self.target
    }

    /// The next vector of normals of `lanes`: its first `normals.len()` rows, whole groups.
    pub fn normals(self, lanes: &mut Lanes, words: &mut Words, normals: &mut [f64]) {
        dispatch!(self.target, normals(lanes, words, normals))
    }

    /// `shared` becomes √w_macro·M + √w_systematic·Y with the square roots in `weights`, `sum` becomes 0.
    pub fn share(self, weights: [f64; 2], macro_: &[f64], systematic: &[f64], shared: &mut [f64], sum: &mut [f64]) {
        dispatch!(self.target, share(weights, macro_, systematic, shared, sum))
    }

    /// Adds one deal's MOIC, of score `shared + weight·idiosyncratic`, to `sum`.
    pub fn add_deal(self, deal: &Deal, weight: f64, shared: &[f64], idiosyncratic: &[f64], sum: &mut [f64]) {
        dispatch!(self.target, add_deal(deal, weight, shared, idiosyncratic, sum))
    }

    /// The sums over a bucket's deals as its column.
    pub fn average(self, deals: u32, sum: &[f64], column: &mut [f32]) {
        dispatch!(self.target, average(deals, sum, column))
    }
}

/// The entry points of a target: the generic passes, compiled for its instructions.
macro_rules! entry_points {
    ($vector:ty, $side:literal, $normals:expr $(, #[$features:meta])?) => {
        $(#[$features])?
        pub(super) fn normals(lanes: &mut $crate::Lanes, words: &mut $crate::Words, normals: &mut [f64]) {
            $normals(lanes, words, normals);
        }

        $(#[$features])?
        pub(super) fn share(weights: [f64; 2], macro_: &[f64], systematic: &[f64], shared: &mut [f64], sum: &mut [f64]) {
            $crate::passes::share::<$vector>(weights, macro_, systematic, shared, sum);
        }

        $(#[$features])?
        pub(super) fn add_deal(
            deal: &$crate::Deal,
            weight: f64,
            shared: &[f64],
            idiosyncratic: &[f64],
            sum: &mut [f64],
        ) {
            $crate::passes::add_deal::<$vector, $side>(deal, weight, shared, idiosyncratic, sum);
        }

        $(#[$features])?
        pub(super) fn average(deals: u32, sum: &[f64], column: &mut [f32]) {
            $crate::passes::average::<$vector>(deals, sum, column);
        }
    };
}
pub(super) use entry_points;
