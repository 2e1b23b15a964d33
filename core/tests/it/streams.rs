//! Streams are addressed by seed, label and block, and are xoshiro256++'s; the expected words and normals are those of
//! `docs/MODEL.md` section 8.

use foliocast_core::kernel::Target;
use foliocast_core::math::standard_normals;
use foliocast_core::scenario::{Config, Generator, Limits, Observed, Scratch};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// The stream of MODEL.md section 3, written from that page alone.
struct Stream {
    seeds: [u8; 256],
    lanes: Vec<Xoshiro256PlusPlus>,
}

impl Stream {
    fn new(seed: &str, label: &str, block: u64) -> Self {
        let key = blake3::derive_key("foliocast 2026 scenario streams v1", seed.as_bytes());
        let message = [label.as_bytes(), &[0], &block.to_le_bytes()].concat();
        let mut seeds = [0; 256];
        blake3::Hasher::new_keyed(&key).update(&message).finalize_xof().fill(&mut seeds);
        let lanes = seeds.as_chunks::<32>().0.iter().map(|seed| Xoshiro256PlusPlus::from_seed(*seed)).collect();
        Self { seeds, lanes }
    }

    fn step(&mut self) -> Vec<u64> {
        self.lanes.iter_mut().map(Xoshiro256PlusPlus::next_u64).collect()
    }

    fn normals(&mut self) -> Vec<f64> {
        (0..64)
            .flat_map(|_| {
                let (a, b) = (self.step(), self.step());
                let pairs: Vec<_> = a.into_iter().zip(b).map(|(a, b)| standard_normals(a, b)).collect();
                let cos: Vec<_> = pairs.iter().map(|pair| pair.0).collect();
                cos.into_iter().chain(pairs.into_iter().map(|pair| pair.1)).collect::<Vec<_>>()
            })
            .collect()
    }
}

fn two_buckets() -> Config {
    let text = r#"{"fundId": "fund-1", "numScenarios": 3, "seed": "2026", "buckets": [
        {"name": "Series A", "capitalAllocation": 60, "moicCalibration": {"median": 1.5, "p90": 3.5}, "deals": 2},
        {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25}]}"#;
    Config::from_json(text, &Limits::default()).unwrap()
}

#[test]
fn the_macro_stream_starts_with_the_published_words() {
    let mut stream = Stream::new("2026", "macro", 0);
    assert_eq!(u64::from_le_bytes(stream.seeds[..8].try_into().unwrap()), 0x2cd6_5e22_c2c9_95d5);
    assert_eq!(u64::from_le_bytes(stream.seeds[8..16].try_into().unwrap()), 0x7a84_a7d0_9d34_3a1b);
    assert_eq!(stream.step()[..2], [0xb8ed_0af4_2bc5_47f4, 0xa7a2_563a_1568_abe9]);
}

#[test]
fn the_macro_shock_starts_with_the_published_normals() {
    let generator = Generator::with_target(&two_buckets(), Target::Scalar);
    let mut published = 0;
    generator.observe(0, 0, &mut Scratch::default(), &mut |what, values| {
        if what == Observed::Macro {
            for (index, normal) in [(0, 1.102_305_758_064), (1, -0.650_117_631_309), (8, 1.160_961_789_581)] {
                assert!((values[index] - normal).abs() < 1e-12, "normal {index} is {}", values[index]);
                published += 1;
            }
        }
    });
    assert_eq!(published, 3);
}

#[test]
fn every_lane_of_every_target_is_xoshiro256_plus_plus() {
    let config = two_buckets();
    for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
        let generator = Generator::with_target(&config, target);
        for block in [0, 1, 97_655] {
            // Buckets are in byte order of their names: 1 is Series A, with two deals.
            let mut macro_ = Stream::new("2026", "macro", block);
            let mut bucket = Stream::new("2026", "bucket:Series A", block);
            let mut shocks = 0;
            generator.observe(1, block as u32, &mut Scratch::default(), &mut |what, values| {
                let expected = match what {
                    Observed::Macro => macro_.normals(),
                    Observed::Systematic | Observed::Idiosyncratic => bucket.normals(),
                    _ => return,
                };
                shocks += 1;
                assert!(
                    values.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()),
                    "{target:?}, block {block}: {what:?} differs from rand_xoshiro's words"
                );
            });
            assert_eq!(shocks, 4);
        }
    }
}
