//! What a matrix is: its published rows, and the laws of section 3 of `docs/MODEL.md`.

use foliocast_core::scenario::{Config, Generator, Limits, Scratch, default_fund};

fn read(text: &str) -> Config {
    Config::from_json(text, &Limits::default()).unwrap()
}

fn rows(config: &Config, block: u32, count: usize) -> Vec<f32> {
    let generator = Generator::new(config);
    let mut rows = vec![f32::NAN; count * generator.num_columns()];
    generator.block(block, &mut Scratch::default(), &mut rows);
    rows
}

/// The numbers are `docs/MODEL.md` section 8's, computed independently of this code.
#[test]
fn the_worked_example_has_the_published_rows() {
    let config = read(
        r#"{"fundId": "fund-1", "numScenarios": 3, "seed": "2026", "buckets": [
            {"name": "Series A", "capitalAllocation": 60, "moicCalibration": {"median": 1.5, "p90": 3.5}, "deals": 2},
            {"name": "Seed", "capitalAllocation": 40, "moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25}]}"#,
    );
    let published = [3.291_249_5_f32, 1.795_812_3, 0.905_674_7, 1.416_529_4, 1.014_106_9, 1.653_606_5];
    assert_eq!(rows(&config, 0, 3), published);
}

#[test]
fn the_default_fund_has_the_published_first_row() {
    let published = [2.314_643_f32, 1.294_27, 4.254_213];
    for (made, published) in rows(&default_fund("fund-1"), 0, 1).iter().zip(published) {
        assert!((made - published).abs() < 1e-6, "{made} for {published}");
    }
}
