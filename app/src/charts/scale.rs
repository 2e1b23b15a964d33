//! A logarithmic axis of multiples.

/// A logarithmic axis from `low` to `high`, both positive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogScale {
    low: f64,
    high: f64,
}

/// Where a reader looks for a label.
const TICKS: [f64; 17] =
    [0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];

/// Places an end of the axis can be at.
const STEPS_PER_OCTAVE: f64 = 4.0;

impl LogScale {
    /// An axis over `low..high`, moved outwards to whole quarter octaves, so that it rarely moves while a slider does.
    pub fn around(low: f64, high: f64) -> Self {
        let low = if low.is_finite() { low.max(1e-6) } else { 0.5 };
        let high = if high.is_finite() { high.max(low) } else { 2.0 };
        let low_step = (low.log2() * STEPS_PER_OCTAVE + 1e-9).floor();
        let high_step = (high.log2() * STEPS_PER_OCTAVE - 1e-9).ceil().max(low_step + STEPS_PER_OCTAVE);
        Self { low: (low_step / STEPS_PER_OCTAVE).exp2(), high: (high_step / STEPS_PER_OCTAVE).exp2() }
    }

    /// Lower end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// Upper end.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// Where `value` lies, 0 at the lower end and 1 at the upper, held to the axis.
    pub fn fraction(&self, value: f64) -> f64 {
        if value <= self.low {
            return 0.0;
        }
        ((value / self.low).log2() / (self.high / self.low).log2()).clamp(0.0, 1.0)
    }

    /// The value at `fraction` of the axis.
    pub fn value(&self, fraction: f64) -> f64 {
        self.low * (self.high / self.low).powf(fraction.clamp(0.0, 1.0))
    }

    /// Round multiples on the axis at least `closest` of its length apart, 1 first of all.
    pub fn ticks(&self, closest: f64) -> Vec<f64> {
        let inside = |tick: &&f64| (self.low * 0.999..=self.high * 1.001).contains(*tick);
        let mut chosen: Vec<f64> = TICKS.iter().filter(inside).filter(|tick| **tick == 1.0).copied().collect();
        for &tick in TICKS.iter().filter(inside) {
            let at = self.fraction(tick);
            if chosen.iter().all(|&other| (self.fraction(other) - at).abs() >= closest) {
                chosen.push(tick);
            }
        }
        chosen.sort_by(f64::total_cmp);
        chosen
    }
}

/// A fraction from 0 to 1 as an SVG percentage, to a hundredth of a percent.
pub(super) fn percent_attribute(fraction: f64) -> String {
    let hundredths = (fraction.clamp(0.0, 1.0) * 10_000.0).round() as u32;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
