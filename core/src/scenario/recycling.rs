//! Reinvested proceeds, per scenario and bucket (`docs/MODEL.md` section 6, "Recycling").
//!
//! Reinvested capital earns the bucket's own multiple of that scenario, and every reinvested unit is taken out of
//! proceeds, so that cash is conserved.

use super::{Recycling, Warning, WarningCode, config::Micros};

/// Multiples saturate here, as the rows do: without a cap, many rounds of a large multiple leave the range of f64.
const LARGEST_MULTIPLE: f64 = f32::MAX as f64;

/// What recycling makes of one unit of initial capital.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecyclingOutcome {
    /// Capital deployed per unit of initial capital: D ≥ 1.
    pub deployed: f64,
    /// What comes back per unit of initial capital: N = D·m − (D − 1).
    pub returned: f64,
    /// Whether the cap on recycled capital held back proceeds.
    pub cap_binds: bool,
}

/// The recycling of a fund, prepared for many multiples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecyclingRule {
    rate: f64,
    cap: f64,
    whole_rounds: u32,
    last_round: f64,
}

impl RecyclingRule {
    /// The rule of a configuration; `None` where recycling is off.
    pub fn new(recycling: Recycling) -> Option<Self> {
        match recycling {
            Recycling::Disabled => None,
            Recycling::SameBucket {
                reinvestment_rate,
                avg_holding_period_years,
                fund_lifetime_years,
                max_recycled_share,
            } => {
                let rounds = fund_lifetime_years / avg_holding_period_years - 1.0;
                // The whole part in millionths, where division is exact: 8.4 years are three times 2.8, which the
                // quotient of their f64 is a little above, as if a third round began.
                let [lifetime, period] =
                    [fund_lifetime_years, avg_holding_period_years].map(|years| Micros::round(years).0);
                let whole_rounds = (lifetime / period.max(1) - 1).max(0) as u32;
                let is_whole = lifetime % period.max(1) == 0;
                let last_round = if is_whole || rounds < 0.0 { 0.0 } else { rounds - f64::from(whole_rounds) };
                let cap = max_recycled_share.unwrap_or(f64::INFINITY);
                Some(Self { rate: reinvestment_rate, cap, whole_rounds, last_round })
            }
        }
    }

    /// How many times larger than a deal's own tail the tail of what comes back can be: with no cap, ⌈T⌉ rounds
    /// raise a large multiple to the power ⌈T⌉ + 1; under a cap, D is bounded and the tail stays the deal's.
    pub(crate) fn tail_power(&self) -> u32 {
        if self.rate > 0.0 && self.cap == f64::INFINITY { 1 + self.rounds() } else { 1 }
    }

    fn rounds(&self) -> u32 {
        self.whole_rounds + u32::from(self.last_round > 0.0)
    }

    /// What recycling makes of the multiple `moic` (≥ 0, finite). D never falls as `moic` rises, to the last bit.
    pub fn outcome(&self, moic: f64) -> RecyclingOutcome {
        self.after(self.rounds(), moic)
    }

    /// What recycling makes of each multiple, with its place.
    #[inline]
    pub(crate) fn outcomes(&self, moics: &[f64], mut take: impl FnMut(usize, RecyclingOutcome)) {
        // Most funds reinvest once: a number of rounds that is known here leaves no branch, and vectors do the work.
        if self.rounds() == 1 {
            moics.iter().enumerate().for_each(|(place, &moic)| take(place, self.after(1, moic)));
        } else {
            moics.iter().enumerate().for_each(|(place, &moic)| take(place, self.outcome(moic)));
        }
    }

    #[inline(always)]
    fn after(&self, rounds: u32, moic: f64) -> RecyclingOutcome {
        let (mut recycled, mut round_capital, mut cap_binds, mut is_capped) = (0.0, 1.0, false, false);
        for round in 0..rounds {
            if round > 0 && (is_capped || round_capital == 0.0) {
                break;
            }
            let share = if round < self.whole_rounds { 1.0 } else { self.last_round };
            let proceeds = at_most(share * self.rate * moic * round_capital, LARGEST_MULTIPLE);
            let room = self.cap - recycled;
            is_capped = proceeds >= room;
            // Met to the bit, the cap binds where another round would have found proceeds.
            cap_binds = (proceeds > room) | (is_capped & (proceeds > 0.0) & (round + 1 < rounds));
            let more = at_most(at_most(recycled + proceeds, self.cap), LARGEST_MULTIPLE);
            recycled = if is_capped { self.cap } else { more };
            round_capital = proceeds;
        }
        let deployed = at_most(1.0 + recycled, LARGEST_MULTIPLE);
        // `recycled` is D − 1 before rounding: for small multiples the difference matters.
        let returned = at_most(deployed * moic - recycled, LARGEST_MULTIPLE);
        RecyclingOutcome { deployed, returned: if returned > 0.0 { returned } else { 0.0 }, cap_binds }
    }
}

fn at_most(value: f64, bound: f64) -> f64 {
    if value < bound { value } else { bound }
}

/// Warns where the cap on recycled capital binds in some rows, in any bucket with an allocation.
pub(crate) fn cap_binds_warning(bound_rows: u64, rows: u32) -> Option<Warning> {
    if bound_rows == 0 || rows == 0 {
        return None;
    }
    let share = bound_rows as f64 / f64::from(rows);
    let message = format!(
        "The cap on recycled capital binds in {bound_rows} of {rows} scenarios: there, proceeds that could have been \
         reinvested are paid out instead. Raise maxRecycledShare to see what more recycling would do."
    );
    let figures = [("shareOfRows", share)];
    Some(Warning::new(WarningCode::RecyclingCapBinds, "recycling.maxRecycledShare", message, &figures))
}
