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

    /// Adds each column of a row-major tile to its sum. There are as many sums as columns, a multiple of
    /// [`TILE_COLUMNS`](crate::TILE_COLUMNS).
    pub fn sum_columns(self, tile: &[f64], sums: &mut [f64]) {
        dispatch!(self.target, sum_columns(tile, sums))
    }

    /// Takes each column's mean from its values, and adds their squares, cubes and fourth powers to the three `powers`. All
    /// are as wide as the tile.
    pub fn centre(self, tile: &mut [f64], means: &[f64], powers: [&mut [f64]; 3]) {
        dispatch!(self.target, centre(tile, means, powers))
    }

    /// Adds the products of column i with each later one, for each i < `paired`, to row i of `sums`: row-major, as wide as
    /// the tile (`columns`), an even number of rows. What else is in it then means nothing.
    pub fn add_products(self, tile: &[f64], columns: usize, paired: usize, sums: &mut [f64]) {
        dispatch!(self.target, add_products(tile, columns, paired, sums))
    }

    /// How many values are at least each threshold, and the smallest and the largest: infinity and 0 for none. No value may be
    /// negative or NaN.
    pub fn reach(self, values: &[f64], thresholds: &[f64; 5]) -> ([u64; 5], [f64; 2]) {
        dispatch!(self.target, reach(values, thresholds))
    }

    /// The sum of the products of two columns, of the bits in `mask` alone: of so few rows that it fits 64 bits.
    pub fn dot(self, a: &[u32], b: &[u32], mask: u32) -> u64 {
        dispatch!(self.target, dot(a, b, mask))
    }
}

/// The entry points of a target: the generic passes, compiled for its instructions. `$side` registers of deals go side by
/// side; `$registers` hold [`TILE_COLUMNS`](crate::TILE_COLUMNS).
macro_rules! entry_points {
    ($vector:ty, $side:literal, $registers:literal, $normals:expr $(, #[$features:meta])?) => {
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

        $(#[$features])?
        pub(super) fn sum_columns(tile: &[f64], sums: &mut [f64]) {
            $crate::sums::sum_columns::<$vector, $registers>(tile, sums);
        }

        $(#[$features])?
        pub(super) fn centre(tile: &mut [f64], means: &[f64], powers: [&mut [f64]; 3]) {
            $crate::sums::centre::<$vector, $registers>(tile, means, powers);
        }

        $(#[$features])?
        pub(super) fn add_products(tile: &[f64], columns: usize, paired: usize, sums: &mut [f64]) {
            $crate::sums::add_products::<$vector, $registers>(tile, columns, paired, sums);
        }

        $(#[$features])?
        pub(super) fn reach(values: &[f64], thresholds: &[f64; 5]) -> ([u64; 5], [f64; 2]) {
            $crate::sums::reach::<$vector>(values, thresholds)
        }

        $(#[$features])?
        pub(super) fn dot(a: &[u32], b: &[u32], mask: u32) -> u64 {
            $crate::sums::dot(a, b, mask)
        }
    };
}
pub(super) use entry_points;
