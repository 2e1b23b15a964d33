//! The three weights of a deal's normal score: shares of one whole, moved by sliders.

/// One whole, in millionths.
const WHOLE: u32 = 1_000_000;

/// The weights in millionths, in the order macro, systematic (bucket), idiosyncratic (deal itself).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights([u32; 3]);

/// Names of the weights in a configuration, in order.
pub const WEIGHT_NAMES: [&str; 3] = ["macro", "systematic", "idiosyncratic"];

impl Weights {
    /// From shares of 1, each rounded to a millionth.
    pub fn new(shares: [f64; 3]) -> Self {
        Self(shares.map(|share| (share.clamp(0.0, 1.0) * f64::from(WHOLE)).round() as u32))
    }

    /// The weights in millionths.
    pub fn millionths(self) -> [u32; 3] {
        self.0
    }

    /// The weights as shares of 1.
    pub fn shares(self) -> [f64; 3] {
        self.0.map(|weight| f64::from(weight) / f64::from(WHOLE))
    }

    /// The weights after one of them was moved to `millionths`: the other two share the rest in the proportion they
    /// had (equally, if both were 0), and the sum is exactly one whole.
    ///
    /// ```
    /// use foliocast_app::pages::workbench::Weights;
    /// let moved = Weights::new([0.1, 0.05, 0.85]).moved(0, 550_000);
    /// assert_eq!(moved.millionths(), [550_000, 25_000, 425_000]);
    /// ```
    pub fn moved(self, index: usize, millionths: u32) -> Self {
        let moved = millionths.min(WHOLE);
        let rest = u64::from(WHOLE - moved);
        let (first, second) = match index {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let total = u64::from(self.0[first]) + u64::from(self.0[second]);
        let first_share = match total {
            0 => rest / 2,
            total => (rest * u64::from(self.0[first]) + total / 2) / total,
        };
        let mut weights = [0; 3];
        weights[index.min(2)] = moved;
        // Both fit: neither part is larger than one whole.
        weights[first] = first_share as u32;
        weights[second] = (rest - first_share) as u32;
        Self(weights)
    }
}
