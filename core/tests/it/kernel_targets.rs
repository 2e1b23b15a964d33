//! Every target gives the same bits: of every shock and every sum in f64, and of every row, in whole and partial blocks.

use foliocast_core::kernel::{Passes, TILE_COLUMNS, Target};
use foliocast_core::scenario::{BLOCK_ROWS, Config, Generator, Limits, Scratch, default_fund};
use proptest::prelude::*;

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

/// What a plain loop over the rows of a tile gives: sums of columns, centred values, sums of their powers, and of products.
struct PlainSums {
    columns: Vec<f64>,
    centred: Vec<f64>,
    powers: [Vec<f64>; 3],
    products: Vec<f64>,
}

fn plain_sums(tile: &[f64], columns: usize, means: &[f64]) -> PlainSums {
    let mut plain = PlainSums {
        columns: vec![0.0; columns],
        centred: tile.to_vec(),
        powers: [(); 3].map(|()| vec![0.0; columns]),
        products: vec![0.0; columns * columns],
    };
    for row in tile.chunks_exact(columns) {
        plain.columns.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    for row in plain.centred.chunks_exact_mut(columns) {
        for column in 0..columns {
            row[column] -= means[column];
            let square = row[column] * row[column];
            plain.powers[0][column] += square;
            plain.powers[1][column] += square * row[column];
            plain.powers[2][column] += square * square;
        }
        for i in 0..columns {
            for j in i + 1..columns {
                plain.products[i * columns + j] += row[i] * row[j];
            }
        }
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_target_adds_up_as_a_plain_loop_does(
        (columns, tile) in (1_usize..4, 1_usize..70).prop_flat_map(|(groups, rows)| {
            let columns = groups * TILE_COLUMNS;
            (Just(columns), prop::collection::vec(0.0..50.0_f64, rows * columns))
        }),
        paired in 1_usize..24,
    ) {
        let means: Vec<f64> = tile[..columns].to_vec();
        let paired = paired.min(columns);
        let plain = plain_sums(&tile, columns, &means);
        for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
            let passes = Passes::of(target);
            let mut sums = vec![0.0; columns];
            passes.sum_columns(&tile, &mut sums);
            prop_assert_eq!(&sums, &plain.columns);
            let (mut centred, mut powers) = (tile.clone(), [(); 3].map(|()| vec![0.0; columns]));
            passes.centre(&mut centred, &means, powers.each_mut().map(Vec::as_mut_slice));
            prop_assert_eq!(&centred, &plain.centred);
            prop_assert_eq!(&powers, &plain.powers);
            let mut products = vec![0.0; paired.next_multiple_of(2) * columns];
            passes.add_products(&centred, columns, paired, &mut products);
            for i in 0..paired {
                let later = i * columns + i + 1..(i + 1) * columns;
                prop_assert_eq!(&products[later.clone()], &plain.products[later]);
            }
        }
    }

    #[test]
    fn every_target_counts_and_multiplies_as_a_plain_loop_does(
        values in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), Just(5.0), 0.0..20.0_f64], 0..70),
        ranks in prop::collection::vec((any::<u32>(), any::<u32>()), 0..70),
    ) {
        let thresholds = [1.0, 2.0, 3.0, 5.0, 10.0];
        let counts = thresholds.map(|threshold| values.iter().filter(|value| **value >= threshold).count() as u64);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        let (a, b): (Vec<u32>, Vec<u32>) = ranks.into_iter().unzip();
        let mask = (1 << 25) - 1;
        let products = a.iter().zip(&b).map(|(a, b)| u64::from(a & mask) * u64::from(b & mask)).sum::<u64>();
        for target in Target::ALL.into_iter().filter(|target| target.is_available()) {
            let passes = Passes::of(target);
            prop_assert_eq!(passes.reach(&values, &thresholds), (counts, [least, most]));
            prop_assert_eq!(passes.dot(&a, &b, mask), products);
        }
    }
}
