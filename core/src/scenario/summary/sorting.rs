//! Order statistics and ranks from all rows of a column: radix sort by the bits of the multiples, which are ≥ 0.
//!
//! A column is sorted a group of neighbouring values at a time, so that the working memory beside the column is a few
//! megabytes however long it is, and mostly stays in the cache.

use super::order::{OrderPlan, OrderStatistics, Tails};

/// The bits of a float ≥ 0: they rise with its value.
trait Key: Copy + Ord + Default {
    const BITS: u32;
    /// Bits of the coarse cells that groups are made of.
    const COARSE_BITS: u32;
    /// The lowest bit that radix passes sort by. Keys that agree from here on are rare, or ties.
    const RADIX_FROM: u32;
    fn bits_from(self, bit: u32) -> usize;
    /// Whether two keys agree in all bits that radix passes sort by.
    fn agrees(self, other: Self) -> bool;
    fn value(self) -> f64;
}

impl Key for u32 {
    const BITS: u32 = 31;
    const COARSE_BITS: u32 = 14;
    const RADIX_FROM: u32 = 0;
    #[inline]
    fn bits_from(self, bit: u32) -> usize {
        (self >> bit) as usize
    }
    #[inline]
    fn agrees(self, other: Self) -> bool {
        self == other
    }
    fn value(self) -> f64 {
        f64::from(f32::from_bits(self))
    }
}

impl Key for u64 {
    const BITS: u32 = 63;
    const COARSE_BITS: u32 = 17;
    /// Three passes of 11 bits: the exponent and 22 bits of the fraction.
    const RADIX_FROM: u32 = 30;
    #[inline]
    fn bits_from(self, bit: u32) -> usize {
        (self >> bit) as usize
    }
    #[inline]
    fn agrees(self, other: Self) -> bool {
        self >> Self::RADIX_FROM == other >> Self::RADIX_FROM
    }
    fn value(self) -> f64 {
        f64::from_bits(self)
    }
}

/// What is sorted by its key.
trait Item: Copy + Default {
    type Key: Key;
    /// Whether items know their rows.
    const HAS_ROW: bool;
    fn new(key: Self::Key, row: u32) -> Self;
    fn key(self) -> Self::Key;
    fn row(self) -> u32;
}

/// A value and the row it stands in.
#[derive(Clone, Copy, Default)]
struct Entry<K> {
    key: K,
    row: u32,
}

impl<K: Key> Item for Entry<K> {
    type Key = K;
    const HAS_ROW: bool = true;
    #[inline]
    fn new(key: K, row: u32) -> Self {
        Self { key, row }
    }
    #[inline]
    fn key(self) -> K {
        self.key
    }
    #[inline]
    fn row(self) -> u32 {
        self.row
    }
}

/// A value whose row nobody asks for.
#[derive(Clone, Copy, Default)]
struct Bare<K>(K);

impl<K: Key> Item for Bare<K> {
    type Key = K;
    const HAS_ROW: bool = false;
    #[inline]
    fn new(key: K, _: u32) -> Self {
        Self(key)
    }
    #[inline]
    fn key(self) -> K {
        self.0
    }
    #[inline]
    fn row(self) -> u32 {
        0
    }
}

const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

/// Marks a slot of a column that holds a rank and no longer a key: the sign bit, which keys never have.
pub(super) const RANKED: u32 = 1 << 31;

/// Finds the order statistics of a column of f32 bits and replaces each by its row's doubled average rank
/// (2 · rank, ranks from 1), marked [`RANKED`].
pub(super) fn rank_in_place(plan: &OrderPlan, slots: &mut [u32]) -> OrderStatistics {
    let mut collector = Collector::new(plan, slots.len());
    let mut room = Room::default();
    for group in groups_of_multiples(slots) {
        rank_group(&group, slots, &mut room, &mut collector);
    }
    collector.finish()
}

/// Finds the order statistics of a column of f64 and its rows' doubled average ranks, marked as [`rank_in_place`] does.
pub(super) fn rank_values(plan: &OrderPlan, values: &[f64], ranks: &mut [u32]) -> OrderStatistics {
    let mut collector = Collector::new(plan, values.len());
    let mut room = Room::default();
    for group in groups_of_values(values) {
        rank_group_of_values(&group, values, ranks, &mut room, &mut collector);
    }
    collector.finish()
}

/// Finds the order statistics of a column of f64.
pub(super) fn order_values(plan: &OrderPlan, values: &[f64]) -> OrderStatistics {
    let mut collector = Collector::new(plan, values.len());
    let mut room = Room::default();
    for group in groups_of_values(values) {
        order_group_of_values(&group, values, &mut room, &mut collector);
    }
    collector.finish()
}

/// A column that is put in order a group at a time, by somebody who must do other things in between.
#[derive(Debug)]
pub(super) struct Ordering {
    column: Column,
    groups: std::vec::IntoIter<Group>,
    collector: Collector,
}

/// What a column is made of, and where its ranks go.
#[derive(Debug)]
enum Column {
    /// Bits of f32, replaced by ranks as [`rank_in_place`] does.
    Multiples(Vec<u32>),
    /// Values of f64, and the ranks of their rows where somebody asks for them.
    Values(Vec<f64>, Option<Vec<u32>>),
}

impl Ordering {
    /// Of a bucket's multiples, as bits.
    pub(super) fn of_multiples(plan: &OrderPlan, slots: Vec<u32>) -> Self {
        let (collector, groups) = (Collector::new(plan, slots.len()), groups_of_multiples(&slots));
        Self { column: Column::Multiples(slots), groups: groups.into_iter(), collector }
    }

    /// Of the fund's multiples.
    pub(super) fn of_values(plan: &OrderPlan, values: Vec<f64>, is_ranked: bool) -> Self {
        let (collector, groups) = (Collector::new(plan, values.len()), groups_of_values(&values));
        let ranks = is_ranked.then(|| vec![0; values.len()]);
        Self { column: Column::Values(values, ranks), groups: groups.into_iter(), collector }
    }

    /// Puts the next group in order; `true` when there is none left.
    pub(super) fn step(&mut self) -> bool {
        let Some(group) = self.groups.next() else { return true };
        let collector = &mut self.collector;
        match &mut self.column {
            Column::Multiples(slots) => rank_group(&group, slots, &mut Room::default(), collector),
            Column::Values(values, Some(ranks)) => {
                rank_group_of_values(&group, values, ranks, &mut Room::default(), collector);
            }
            Column::Values(values, None) => order_group_of_values(&group, values, &mut Room::default(), collector),
        }
        self.groups.len() == 0
    }

    /// The order statistics, and the ranks (none where nobody asks for them); groups not in order yet are put in order
    /// first.
    pub(super) fn finish(mut self) -> (OrderStatistics, Vec<u32>) {
        while !self.step() {}
        let ranks = match self.column {
            Column::Multiples(ranks) => ranks,
            Column::Values(_, ranks) => ranks.unwrap_or_default(),
        };
        (self.collector.finish(), ranks)
    }
}

/// Room for a group's items, and as much again to sort them in.
#[derive(Default)]
struct Room<I> {
    items: Vec<I>,
    spare: Vec<I>,
}

fn groups_of_multiples(slots: &[u32]) -> Vec<Group> {
    groups(|| slots.iter().copied(), slots.len(), 1 << 17)
}

fn groups_of_values(values: &[f64]) -> Vec<Group> {
    groups(|| values.iter().map(|value| value.to_bits()), values.len(), 1 << 16)
}

fn rank_group(group: &Group, slots: &mut [u32], room: &mut Room<Entry<u32>>, collector: &mut Collector) {
    gather(group, slots.iter().copied(), &mut room.items);
    sort(room);
    collector.collect(&room.items, |row, doubled_rank| {
        if let Some(slot) = slots.get_mut(row as usize) {
            *slot = doubled_rank | RANKED;
        }
    });
}

fn rank_group_of_values(
    group: &Group,
    values: &[f64],
    ranks: &mut [u32],
    room: &mut Room<Entry<u64>>,
    collector: &mut Collector,
) {
    gather(group, values.iter().map(|value| value.to_bits()), &mut room.items);
    sort(room);
    collector.collect(&room.items, |row, doubled_rank| {
        if let Some(slot) = ranks.get_mut(row as usize) {
            *slot = doubled_rank | RANKED;
        }
    });
}

fn order_group_of_values(group: &Group, values: &[f64], room: &mut Room<Bare<u64>>, collector: &mut Collector) {
    gather(group, values.iter().map(|value| value.to_bits()), &mut room.items);
    sort(room);
    collector.collect(&room.items, |_, _| {});
}

/// Neighbouring coarse cells.
#[derive(Debug)]
struct Group {
    first_cell: usize,
    cells: usize,
    rows: usize,
}

/// Groups to sort one after the other: of as many rows as fit the cache (`cached`), at most about eight for the
/// longest columns, and whole cells always.
fn groups<K: Key, I: Iterator<Item = K>>(keys: impl Fn() -> I, rows: usize, cached: usize) -> Vec<Group> {
    let cells = 1 << K::COARSE_BITS;
    if rows <= cached {
        return vec![Group { first_cell: 0, cells, rows }];
    }
    let mut counts = vec![0_u32; cells];
    for key in keys() {
        counts[coarse_cell(key) & (cells - 1)] += 1;
    }
    let most = cached.max(rows.div_ceil(8));
    let mut groups: Vec<Group> = Vec::new();
    for (cell, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        match groups.last_mut() {
            Some(group) if group.rows + count as usize <= most => {
                group.cells = cell + 1 - group.first_cell;
                group.rows += count as usize;
            }
            _ => groups.push(Group { first_cell: cell, cells: 1, rows: count as usize }),
        }
    }
    groups
}

#[inline]
fn coarse_cell<K: Key>(key: K) -> usize {
    key.bits_from(K::BITS - K::COARSE_BITS)
}

/// The items of a group, in row order.
fn gather<I: Item>(group: &Group, keys: impl Iterator<Item = I::Key>, items: &mut Vec<I>) {
    items.clear();
    // One more than the group has: every row is written where the next one of the group belongs.
    items.resize(group.rows + 1, I::default());
    let mut next = 0;
    for (key, row) in keys.zip(0..) {
        items[next] = I::new(key, row);
        let in_group = coarse_cell(key).wrapping_sub(group.first_cell) < group.cells;
        next += usize::from(in_group & (next < group.rows));
    }
    items.truncate(group.rows);
}

/// Sorts by key, rows of equal keys in row order: by the bits from [`Key::RADIX_FROM`] on, least significant digit first
/// (digits that all keys share are passed over), then what agrees in these.
fn sort<I: Item>(Room { items, spare }: &mut Room<I>) {
    let Some(&first) = items.first() else { return };
    spare.clear();
    spare.resize(items.len(), I::default());
    for shift in (I::Key::RADIX_FROM..I::Key::BITS).step_by(DIGIT_BITS as usize) {
        let digit = |item: I| item.key().bits_from(shift) & (DIGITS - 1);
        let mut starts = [0_u32; DIGITS];
        for item in items.iter() {
            starts[digit(*item)] += 1;
        }
        if starts[digit(first)] as usize == items.len() {
            continue;
        }
        let mut before = 0;
        for start in &mut starts {
            before += core::mem::replace(start, before);
        }
        for item in items.iter() {
            let start = &mut starts[digit(*item)];
            spare[*start as usize] = *item;
            *start += 1;
        }
        core::mem::swap(items, spare);
    }
    if I::Key::RADIX_FROM > 0 {
        for run in items.chunk_by_mut(|a, b| a.key().agrees(b.key())) {
            if !run.is_sorted_by_key(|item| item.key()) {
                run.sort_unstable_by_key(|item| (item.key(), item.row()));
            }
        }
    }
}

/// Takes what is asked for from sorted groups as they go by.
#[derive(Debug)]
struct Collector {
    plan: OrderPlan,
    /// Rows of the groups gone by.
    before: u32,
    upper_from: u32,
    picked: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Collector {
    fn new(plan: &OrderPlan, rows: usize) -> Self {
        Self {
            plan: plan.clone(),
            before: 0,
            upper_from: (rows as u32).saturating_sub(plan.upper_rows()),
            picked: Vec::with_capacity(plan.positions().len()),
            lower: Vec::with_capacity(plan.lower_rows() as usize),
            upper: Vec::with_capacity(plan.upper_rows() as usize),
        }
    }

    fn collect<I: Item>(&mut self, sorted: &[I], mut rank: impl FnMut(u32, u32)) {
        let (from, to) = (self.before, self.before + sorted.len() as u32);
        while let Some(&position) = self.plan.positions().get(self.picked.len()).filter(|&&p| p < to) {
            self.picked.push(sorted[(position - from) as usize].key().value());
        }
        let lower_end = self.plan.lower_rows().clamp(from, to) - from;
        self.lower.extend(sorted[..lower_end as usize].iter().map(|item| item.key().value()));
        let upper_start = self.upper_from.clamp(from, to) - from;
        self.upper.extend(sorted[upper_start as usize..].iter().map(|item| item.key().value()));

        if I::HAS_ROW {
            // Ties never straddle groups: a group is made of whole cells of keys.
            let mut start = from;
            for tied in sorted.chunk_by(|a, b| a.key() == b.key()) {
                let end = start + tied.len() as u32;
                for item in tied {
                    rank(item.row(), start + end + 1);
                }
                start = end;
            }
        }
        self.before = to;
    }

    fn finish(self) -> OrderStatistics {
        OrderStatistics { tails: Tails::of(&self.plan, &self.lower, &self.upper), picked: self.picked }
    }
}
