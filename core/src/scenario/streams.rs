//! Random streams, addressed by seed, label and block.
//!
//! A stream depends on what it drives and on nothing else of the configuration, so that two runs share every draw that
//! they have in common.

use crate::kernel::Lanes;

/// Context of the key derivation; part of the model.
const CONTEXT: &str = "foliocast 2026 scenario streams v1";

/// The label of the shock that all deals share.
pub(super) const MACRO_LABEL: &str = "macro";

/// What xoshiro256++ starts from where its seed is all zeros, its one fixed point: the first words of SplitMix64 from
/// 0, as `rand_xoshiro` has it.
const FOR_ZERO_SEED: [u64; 4] =
    [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f, 0xf88b_b8a8_724c_81ec];

/// The streams of one seed.
#[derive(Clone)]
pub(super) struct StreamKey([u8; 32]);

impl StreamKey {
    /// The streams of `seed`.
    pub(super) fn new(seed: &str) -> Self {
        Self(blake3::derive_key(CONTEXT, seed.as_bytes()))
    }

    /// The stream for what `label` names, in block `block`, at its start.
    pub(super) fn stream(&self, label: &str, block: u32) -> Lanes {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(label.as_bytes()).update(&[0]).update(&u64::from(block).to_le_bytes());
        let mut seeds = [0; 256];
        hasher.finalize_xof().fill(&mut seeds);
        lanes_of(&seeds)
    }
}

/// 8 seeds of 32 bytes as the lanes' first words.
fn lanes_of(seeds: &[u8; 256]) -> Lanes {
    let mut words = [[0; 8]; 4];
    for (lane, seed) in seeds.as_chunks::<32>().0.iter().enumerate() {
        let mut start = [0; 4];
        for (word, bytes) in start.iter_mut().zip(seed.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        if start == [0; 4] {
            start = FOR_ZERO_SEED;
        }
        for (row, word) in words.iter_mut().zip(start) {
            row[lane] = word;
        }
    }
    Lanes { words }
}

/// The label of a bucket's stream.
pub(super) fn bucket_label(name: &str) -> String {
    format!("bucket:{name}")
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng, SeedableRng};

    use super::lanes_of;

    #[test]
    fn a_seed_of_zeros_starts_as_rand_xoshiro_starts() {
        let lanes = lanes_of(&[0; 256]);
        let [a, _, _, d] = lanes.words.map(|row| row[3]);
        let first = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        assert_eq!(first, Xoshiro256PlusPlus::from_seed([0; 32]).next_u64());
    }
}
