//! Every target gives the same bits: of every shock and every sum in f64, and of every row, in whole and partial blocks.

use foliocast_core::kernel::Target;
use foliocast_core::scenario::{BLOCK_ROWS, Config, Generator, Limits, Scratch, default_fund};

use crate::marginals::every_kind;

/// The bits of every f64 vector of a column.
fn traces(generator: &Generator, bucket: usize, block: u32) -> Vec<Vec<u64>> {
    let mut traces = Vec::new();
    generator.observe(bucket, block, &mut Scratch::default(), &mut |_, values| {
        traces.push(values.iter().map(|value| value.to_bits()).collect());
    });
    traces
}

fn bits(generator: &Generator, block: u32, rows: usize) -> Vec<u32> {
    let mut made = vec![f32::NAN; rows * generator.num_columns()];
    generator.block(block, &mut Scratch::default(), &mut made);
    made.into_iter().map(f32::to_bits).collect()
}

fn configs() -> [Config; 2] {
    [Config::from_json(&every_kind(), &Limits::default()).unwrap(), default_fund("fund-1")]
}

/// The targets to compare with the scalar one. On x86-64 a machine without AVX2 would make these tests empty.
fn others() -> impl Iterator<Item = Target> {
    let others = Target::ALL.into_iter().filter(|&target| target != Target::Scalar && target.is_available());
    for target in Target::ALL {
        if !target.is_available() {
            eprintln!("{target:?} is not available here and was not compared");
        }
    }
    others
}

#[test]
fn every_target_makes_the_same_shocks_and_sums_in_f64() {
    for config in configs() {
        let reference = Generator::with_target(&config, Target::Scalar);
        for target in others() {
            let generator = Generator::with_target(&config, target);
            assert_eq!(generator.target(), target);
            for block in [0, 1, 97_656] {
                for bucket in 0..generator.num_columns() {
                    let (expected, made) = (traces(&reference, bucket, block), traces(&generator, bucket, block));
                    assert_eq!(expected.len(), made.len());
                    for (step, (expected, made)) in expected.iter().zip(&made).enumerate() {
                        let row = expected.iter().zip(made).position(|(a, b)| a != b);
                        assert_eq!(row, None, "{target:?}: bucket {bucket}, block {block}, vector {step}: first row");
                    }
                }
            }
        }
    }
}

#[test]
fn every_target_makes_the_same_rows_in_whole_and_partial_blocks() {
    for config in configs() {
        let reference = Generator::with_target(&config, Target::Scalar);
        let whole = bits(&reference, 2, BLOCK_ROWS);
        for target in others() {
            let generator = Generator::with_target(&config, target);
            for rows in [1, 2, 15, 16, 17, 63, 64, 65, 500, 1_000, 1_023, 1_024] {
                assert!(
                    bits(&generator, 2, rows) == whole[..rows * generator.num_columns()],
                    "{target:?}: the first {rows} rows differ"
                );
            }
        }
    }
}

#[test]
fn a_target_that_the_machine_lacks_gives_way_to_the_scalar_one() {
    let config = default_fund("fund-1");
    for target in Target::ALL {
        let expected = if target.is_available() { target } else { Target::Scalar };
        assert_eq!(Generator::with_target(&config, target).target(), expected);
    }
    assert!(Target::detect().is_available());
}
