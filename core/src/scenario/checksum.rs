//! A checksum of a run's f64 values, which the matrix, being f32, does not show.

use super::{BLOCK_ROWS, Config, Digest, Generator, Observed, Scratch, num_blocks};
use crate::kernel::Target;

/// BLAKE3 of the f64 bits (little-endian) of each bucket's sum of MOICs over its deals, before the average is rounded
/// to f32: whole first block, then whole last block, column after column.
///
/// Two builds with equal digests can still differ here, in bits that a later operation would bring out.
///
/// ```
/// use foliocast_core::{kernel::Target, scenario::{default_fund, f64_checksum}};
///
/// let config = default_fund("fund-1");
/// assert_eq!(f64_checksum(&config, Target::detect()), f64_checksum(&config, Target::Scalar));
/// ```
pub fn f64_checksum(config: &Config, target: Target) -> Digest {
    let generator = Generator::with_target(config, target);
    let mut scratch = Scratch::default();
    let mut hasher = blake3::Hasher::new();
    for block in [0, num_blocks(config.num_scenarios()).saturating_sub(1)] {
        for bucket in 0..generator.num_columns() {
            let mut sums = [0.0_f64; BLOCK_ROWS];
            generator.observe(bucket, block, &mut scratch, &mut |observed, values| {
                if observed == Observed::Sum {
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum = *value);
                }
            });
            for sum in sums {
                hasher.update(&sum.to_le_bytes());
            }
        }
    }
    hasher.finalize().into()
}
