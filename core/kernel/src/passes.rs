//! The passes, once for every target.
//!
//! A pass goes over one vector of 1,024 rows that fits the first-level cache, several vector registers at a time: the
//! polynomials are chains, and without interleaving the processor waits for each link. One loop that does everything
//! to a row before the next is slower on every target, for want of registers.

use super::deal::{DealMoic, Uncut};
use super::{Deal, Lanes, Words};
use crate::math::{Vector, around, radius, tail_table, upper_tail};

/// Vectors interleaved while making normals; with 8 lanes, 64 rows at a time.
const NORMALS: usize = 4;

/// xoshiro256++ for `LANES` of the 8 lanes, from lane `first` on.
#[derive(Clone, Copy)]
struct Stepper<V: Vector> {
    words: [V::Bits; 4],
}

impl<V: Vector> Stepper<V> {
    #[inline(always)]
    fn load(lanes: &Lanes, first: usize) -> Self {
        let [a, b, c, d] = &lanes.words;
        Self {
            words: [
                V::load_bits(&a[first..]),
                V::load_bits(&b[first..]),
                V::load_bits(&c[first..]),
                V::load_bits(&d[first..]),
            ],
        }
    }

    #[inline(always)]
    fn store(self, lanes: &mut Lanes, first: usize) {
        let [a, b, c, d] = &mut lanes.words;
        V::store_bits(self.words[0], &mut a[first..]);
        V::store_bits(self.words[1], &mut b[first..]);
        V::store_bits(self.words[2], &mut c[first..]);
        V::store_bits(self.words[3], &mut d[first..]);
    }

    /// One step, as in Blackman and Vigna's xoshiro256plusplus.c.
    #[inline(always)]
    fn step(&mut self) -> V::Bits {
        let [mut a, mut b, mut c, mut d] = self.words;
        let result = V::add_bits(V::rotate_left::<23, 41>(V::add_bits(a, d)), a);
        let shifted = V::shift_left::<17>(b);
        c = V::xor(c, a);
        d = V::xor(d, b);
        b = V::xor(b, c);
        a = V::xor(a, d);
        c = V::xor(c, shifted);
        d = V::rotate_left::<45, 19>(d);
        self.words = [a, b, c, d];
        result
    }
}

/// 128 steps of all lanes: the words of one vector of normals. `SIDE` registers of lanes are stepped at a time.
#[inline(always)]
fn step_lanes<V: Vector, const SIDE: usize>(lanes: &mut Lanes, words: &mut Words) {
    let mut first = 0;
    while first < 8 {
        let mut steppers = [Stepper::<V>::load(lanes, first); SIDE];
        for (side, stepper) in steppers.iter_mut().enumerate() {
            *stepper = Stepper::load(lanes, first + side * V::LANES);
        }
        for step in words.0.chunks_exact_mut(8) {
            for (side, stepper) in steppers.iter_mut().enumerate() {
                V::store_bits(stepper.step(), &mut step[first + side * V::LANES..]);
            }
        }
        for (side, stepper) in steppers.into_iter().enumerate() {
            stepper.store(lanes, first + side * V::LANES);
        }
        first += SIDE * V::LANES;
    }
}

/// The normals of the first `normals.len()` rows (whole groups): each 16 words, a pair of steps, become 16 normals.
#[inline(always)]
fn words_to_normals<V: Vector>(words: &Words, normals: &mut [f64]) {
    // Turns of `NORMALS` registers take `pairs` pairs of steps.
    let registers_per_step = 8 / V::LANES;
    let turn = 2 * NORMALS * V::LANES;
    if NORMALS >= registers_per_step {
        for (words, normals) in words.0.chunks_exact(turn).zip(normals.chunks_exact_mut(turn)) {
            pairs_to_normals::<V>(words, normals, 0);
        }
    } else {
        for (words, normals) in words.0.chunks_exact(16).zip(normals.chunks_exact_mut(16)) {
            for first in (0..8).step_by(NORMALS * V::LANES) {
                pairs_to_normals::<V>(words, normals, first);
            }
        }
    }
}

/// `NORMALS` registers of both words, from lane `first` of the first pair of steps on.
#[inline(always)]
fn pairs_to_normals<V: Vector>(words: &[u64], normals: &mut [f64], first: usize) {
    let per_step = 8 / V::LANES;
    let at = |register: usize| (register / per_step) * 16 + (register % per_step) * V::LANES + first;
    let mut a = [V::splat_bits(0); NORMALS];
    let mut b = a;
    for n in 0..NORMALS {
        a[n] = V::load_bits(&words[at(n)..]);
        b[n] = V::load_bits(&words[at(n) + 8..]);
    }
    let (cos, sin) = around::<V, NORMALS>(b, radius(a));
    for n in 0..NORMALS {
        cos[n].store(&mut normals[at(n)..]);
        sin[n].store(&mut normals[at(n) + 8..]);
    }
}

/// [`step_lanes`], then [`words_to_normals`].
#[inline(always)]
pub(super) fn step_then_normals<V: Vector, const SIDE: usize>(
    lanes: &mut Lanes,
    words: &mut Words,
    normals: &mut [f64],
) {
    step_lanes::<V, SIDE>(lanes, words);
    words_to_normals::<V>(words, normals);
}

/// [`step_lanes`] and [`words_to_normals`] in one loop, for vectors of all 8 lanes: the words stay in registers.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn step_to_normals<V: Vector>(lanes: &mut Lanes, _words: &mut Words, normals: &mut [f64]) {
    const { assert!(V::LANES == 8) };
    let mut stepper = Stepper::<V>::load(lanes, 0);
    for normals in normals.chunks_exact_mut(16 * NORMALS) {
        let mut a = [V::splat_bits(0); NORMALS];
        let mut b = a;
        for n in 0..NORMALS {
            a[n] = stepper.step();
            b[n] = stepper.step();
        }
        let (cos, sin) = around::<V, NORMALS>(b, radius(a));
        for n in 0..NORMALS {
            cos[n].store(&mut normals[16 * n..]);
            sin[n].store(&mut normals[16 * n + 8..]);
        }
    }
    for _ in 0..(crate::VECTOR_ROWS - normals.len()) / 8 {
        stepper.step();
    }
    stepper.store(lanes, 0);
}

/// What the deals of a bucket share: √w_macro·M + √w_systematic·Y; and sums of nothing.
#[inline(always)]
pub(super) fn share<V: Vector>(
    weights: [f64; 2],
    macro_: &[f64],
    systematic: &[f64],
    shared: &mut [f64],
    sum: &mut [f64],
) {
    let inputs = macro_.chunks_exact(V::LANES).zip(systematic.chunks_exact(V::LANES));
    let outputs = shared.chunks_exact_mut(V::LANES).zip(sum.chunks_exact_mut(V::LANES));
    for ((macro_, systematic), (shared, sum)) in inputs.zip(outputs) {
        let common = V::load(macro_).mul(V::splat(weights[0]));
        common.add(V::splat(weights[1]).mul(V::load(systematic))).store(shared);
        V::splat(0.0).store(sum);
    }
}

/// Adds one deal's MOIC to `sum`; `SIDE` registers at a time.
#[inline(always)]
pub(super) fn add_deal<V: Vector, const SIDE: usize>(
    deal: &Deal,
    weight: f64,
    shared: &[f64],
    idiosyncratic: &[f64],
    sum: &mut [f64],
) {
    match deal {
        Deal::PowerLaw(law) if law.is_never_cut() => add::<V, _, SIDE>(&Uncut(law), weight, shared, idiosyncratic, sum),
        Deal::PowerLaw(law) => add::<V, _, SIDE>(law, weight, shared, idiosyncratic, sum),
        Deal::Bands(bands) => add::<V, _, SIDE>(bands, weight, shared, idiosyncratic, sum),
    }
}

/// Groups of `SIDE` registers, and where those do not fill a vector, its last registers one at a time.
#[inline(always)]
fn add<V: Vector, M: DealMoic, const SIDE: usize>(
    deal: &M,
    weight: f64,
    shared: &[f64],
    idiosyncratic: &[f64],
    sum: &mut [f64],
) {
    let group = SIDE * V::LANES;
    let grouped = sum.len() - sum.len() % group;
    add_groups::<V, M, SIDE>(deal, weight, shared, idiosyncratic, sum);
    if const { !crate::GROUP_ROWS.is_multiple_of(SIDE * V::LANES) } {
        add_groups::<V, M, 1>(deal, weight, &shared[grouped..], &idiosyncratic[grouped..], &mut sum[grouped..]);
    }
}

#[inline(always)]
fn add_groups<V: Vector, M: DealMoic, const SIDE: usize>(
    deal: &M,
    weight: f64,
    shared: &[f64],
    idiosyncratic: &[f64],
    sum: &mut [f64],
) {
    let group = SIDE * V::LANES;
    let table = tail_table();
    let inputs = shared.chunks_exact(group).zip(idiosyncratic.chunks_exact(group));
    for ((shared, idiosyncratic), sum) in inputs.zip(sum.chunks_exact_mut(group)) {
        let mut score = [V::splat(weight); SIDE];
        for n in 0..SIDE {
            let own = score[n].mul(V::load(&idiosyncratic[n * V::LANES..]));
            score[n] = V::load(&shared[n * V::LANES..]).add(own);
        }
        let moic = deal.moic(upper_tail(table, score));
        for n in 0..SIDE {
            let sum = &mut sum[n * V::LANES..];
            V::load(sum).add(moic[n]).store(sum);
        }
    }
}

/// A bucket's MOIC: the sum over its deals, divided by their number, as f32 (saturating).
#[inline(always)]
pub(super) fn average<V: Vector>(deals: u32, sum: &[f64], column: &mut [f32]) {
    let most = V::splat(f64::from(f32::MAX));
    let vectors = sum.chunks_exact(V::LANES).zip(column.chunks_exact_mut(V::LANES));
    if deals == 1 {
        // A sum is itself divided by one: the same bits without two cycles a row for the division.
        for (sum, column) in vectors {
            V::load(sum).min(most).store_f32(column);
        }
    } else {
        let deals = V::splat(f64::from(deals));
        for (sum, column) in vectors {
            V::load(sum).div(deals).min(most).store_f32(column);
        }
    }
}
