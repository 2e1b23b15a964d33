//! The contract's buckets: their members, the two marginals, losses and caps.

use super::{
    Band, Bucket, Marginal,
    contract::required,
    json,
    members::{Bounds, Faults, Member, members},
    micros::Micros,
    text::quoted,
};
use crate::{ErrorCode, scenario::number::number};

/// Most characters of a bucket's name.
const MAX_NAME: usize = 64;
/// Most buckets.
const MAX_BUCKETS: usize = 50;
/// Most bands of an outcome table.
const MAX_BANDS: usize = 20;
/// Most deals of a bucket.
const MAX_DEALS: u32 = 1_000;

const NAME: &str = "a string of 1 to 64 characters";
const DEALS: &str = "a whole number from 1 to 1000";

const ALLOCATION: Bounds = Bounds { range: 0..=100_000_000, allowed: "a number from 0 to 100 (percent)" };
const MULTIPLE: Bounds = Bounds { range: 1..=1_000_000_000_000, allowed: "a number from 0.000001 to 1000000" };
const SHARE: Bounds = Bounds { range: 1..=999_999, allowed: "a number from 0.000001 to 0.999999" };
const TAIL_EXPONENT: Bounds = Bounds { range: 100_000..=100_000_000, allowed: "a number from 0.1 to 100" };
const POWER_LAW_LOSS: Bounds = Bounds { range: 0..=499_999, allowed: "a number from 0 to less than 0.5" };
const TABLE_LOSS: Bounds = Bounds { range: 0..=999_999, allowed: "a number from 0 to the first band's share" };
const CAP: Bounds = Bounds {
    range: 1..=1_000_000_000_000,
    allowed: "a number above p90 (or the last edge) and up to 1000000, or null (no cap)",
};

/// Reads the buckets, in canonical order.
pub(super) fn read_buckets(list: &Member<'_>, allocations: Allocations, faults: &mut Faults) -> Option<Vec<Bucket>> {
    let elements = list.elements(MAX_BUCKETS, "buckets", faults)?;
    let mut names: Vec<(String, usize)> = Vec::with_capacity(elements.len());
    let mut buckets: Vec<Bucket> = Vec::with_capacity(elements.len());
    let mut allocated = Some(0);
    for (index, element) in elements.iter().enumerate() {
        let (name, allocation, bucket) = read_bucket(element, allocations, faults);
        if let Some((name, at, path)) = name {
            if let Some((_, first)) = names.iter().find(|(other, _)| *other == name) {
                let message = format!("{} is the name of buckets[{first}] too; names must be unique", quoted(&name));
                faults.note(at, &path, ErrorCode::Duplicate, message);
            } else {
                names.push((name, index));
            }
        }
        allocated = allocated.zip(allocation).map(|(sum, Micros(allocation))| sum + allocation);
        if let Some(bucket) = bucket {
            let place = buckets.partition_point(|other| other.name <= bucket.name);
            buckets.insert(place, bucket);
        }
    }
    if let Some(sum) = allocated
        && allocations == Allocations::Given
        && !elements.is_empty()
        && matches!(&list.node.value, json::Value::Array(_, len) if *len == elements.len())
        && (sum - 100_000_000_i64).abs() > 10_000
    {
        let message = format!(
            "the capital allocations sum to {}; they must sum to 100 (within 0.01)",
            number(Micros(sum).to_f64())
        );
        list.fault(ErrorCode::Conflict, message, faults);
    }
    if buckets.len() < elements.len() {
        return None;
    }
    if allocations == Allocations::LeftOut {
        for (index, bucket) in buckets.iter_mut().enumerate() {
            // In millionths of a percent; the first buckets take what does not divide.
            let (share, left_over) = (100_000_000 / elements.len(), 100_000_000 % elements.len());
            bucket.capital_allocation = Micros((share + usize::from(index < left_over)) as i64).to_f64();
        }
    }
    Some(buckets)
}

/// Whether buckets come with their shares of the capital.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Allocations {
    /// As a configuration must.
    Given,
    /// As a matrix must; equal shares stand in.
    LeftOut,
}

/// A name with its place and path, the allocation, and the bucket: each where it could be read.
type ReadBucket = (Option<(String, usize, String)>, Option<Micros>, Option<Bucket>);

fn read_bucket(element: &Member<'_>, allocations: Allocations, faults: &mut Faults) -> ReadBucket {
    let known = ["name", "capitalAllocation", "moicCalibration", "outcomeTable", "deals", "lossProbability", "maxMoic"];
    let Some(object) = members(element, known, faults) else { return (None, None, None) };
    let [name, allocation, calibration, table, deals, loss, cap] = &object.members;

    let name = required(&object, name, "name", NAME, faults)
        .and_then(|member| Some((member.text(MAX_NAME, NAME, faults)?, member.node.at, member.path.clone())));
    let allocation = match (allocations, allocation) {
        (Allocations::Given, member) => required(&object, member, "capitalAllocation", ALLOCATION.allowed, faults)
            .and_then(|member| member.real(&ALLOCATION, faults)),
        (Allocations::LeftOut, None) => Some(Micros(0)),
        (Allocations::LeftOut, Some(member)) => {
            let message = "unknown member: a matrix does not depend on allocations; leave it out";
            member.fault(ErrorCode::Unknown, message, faults);
            None
        }
    };
    let deals = match deals {
        Some(member) => member.whole(1..=MAX_DEALS, DEALS, faults),
        None => Some(1),
    };
    let marginal = match (calibration, table) {
        (Some(calibration), None) => read_calibration(calibration, faults),
        (None, Some(table)) => read_table(table, faults),
        (Some(_), Some(table)) => {
            let message = "moicCalibration and outcomeTable exclude each other; give exactly one";
            table.fault(ErrorCode::Conflict, message, faults);
            None
        }
        (None, None) => {
            object.missing("moicCalibration", "exactly one of moicCalibration and outcomeTable", faults);
            None
        }
    };
    let loss_probability = match loss {
        Some(member) => read_loss_probability(member, marginal.as_ref(), table.is_some(), faults),
        None => Some(Micros(0)),
    };
    let cap = match cap {
        Some(member) if !member.is_null() => read_cap(member, marginal.as_ref(), faults).map(Some),
        _ => Some(None),
    };
    if let (Some(marginal), Some(None)) = (&marginal, cap)
        && let Some(reason) = infinite_mean(marginal)
    {
        let message = format!("{reason}, so the mean is infinite: set maxMoic, or make the tail thinner");
        let path = calibration.as_ref().or(table.as_ref()).map_or(&object.path, |member| &member.path);
        faults.note(object.at, path, ErrorCode::Conflict, message);
    }
    let bucket = name.as_ref().and_then(|(name, _, _)| {
        Some(Bucket {
            name: name.clone(),
            capital_allocation: allocation?.to_f64(),
            marginal: marginal.as_ref()?.to_marginal(),
            deals: deals?,
            loss_probability: loss_probability?.to_f64(),
            max_moic: cap?.map(Micros::to_f64),
        })
    });
    (name, allocation, bucket)
}

/// A [`Marginal`] in millionths.
enum ReadMarginal {
    PowerLaw { median: Micros, p90: Micros },
    Table { bands: Vec<(Micros, Micros)>, tail_exponent: Micros },
}

impl ReadMarginal {
    fn to_marginal(&self) -> Marginal {
        match self {
            Self::PowerLaw { median, p90 } => Marginal::PowerLaw { median: median.to_f64(), p90: p90.to_f64() },
            Self::Table { bands, tail_exponent } => Marginal::Table {
                bands: bands.iter().map(|(to, share)| Band { to: to.to_f64(), share: share.to_f64() }).collect(),
                tail_exponent: tail_exponent.to_f64(),
            },
        }
    }

    /// The multiple that a cap must exceed, and what it is called.
    fn cap_above(&self) -> (Micros, &'static str) {
        match self {
            Self::PowerLaw { p90, .. } => (*p90, "p90"),
            Self::Table { bands, .. } => (bands.last().map_or(Micros(0), |band| band.0), "the last band's edge"),
        }
    }
}

/// Why the mean without a cap is infinite, if it is.
fn infinite_mean(marginal: &ReadMarginal) -> Option<String> {
    match marginal {
        ReadMarginal::PowerLaw { median, p90 } if p90.0 >= 5 * median.0 => Some(format!(
            "p90 {} is at least 5 times the median {} (a tail exponent of 1 or less) and there is no cap",
            number(p90.to_f64()),
            number(median.to_f64()),
        )),
        ReadMarginal::Table { tail_exponent, .. } if *tail_exponent <= Micros::ONE => {
            Some(format!("tailExponent {} is 1 or less and there is no cap", number(tail_exponent.to_f64())))
        }
        _ => None,
    }
}

fn read_calibration(member: &Member<'_>, faults: &mut Faults) -> Option<ReadMarginal> {
    let object = members(member, ["median", "p90"], faults)?;
    let [median, p90] = &object.members;
    let median =
        required(&object, median, "median", MULTIPLE.allowed, faults).and_then(|member| member.real(&MULTIPLE, faults));
    let at_p90 = required(&object, p90, "p90", MULTIPLE.allowed, faults);
    let p90 = at_p90.and_then(|member| member.real(&MULTIPLE, faults));
    let (median, p90) = (median?, p90?);
    if p90 < median {
        let message = format!(
            "{} is below the median {}; it must be at least the median",
            number(p90.to_f64()),
            number(median.to_f64())
        );
        at_p90?.fault(ErrorCode::Conflict, message, faults);
        return None;
    }
    Some(ReadMarginal::PowerLaw { median, p90 })
}

fn read_table(member: &Member<'_>, faults: &mut Faults) -> Option<ReadMarginal> {
    let object = members(member, ["bands", "tailExponent"], faults)?;
    let [bands, tail_exponent] = &object.members;
    let bands = required(&object, bands, "bands", "1 to 20 bands", faults).and_then(|list| read_bands(list, faults));
    let tail_exponent = required(&object, tail_exponent, "tailExponent", TAIL_EXPONENT.allowed, faults)
        .and_then(|member| member.real(&TAIL_EXPONENT, faults));
    Some(ReadMarginal::Table { bands: bands?, tail_exponent: tail_exponent? })
}

fn read_bands(list: &Member<'_>, faults: &mut Faults) -> Option<Vec<(Micros, Micros)>> {
    let elements = list.elements(MAX_BANDS, "bands", faults)?;
    let mut bands: Vec<(Micros, Micros)> = Vec::with_capacity(elements.len());
    let mut last_edge: Option<Micros> = None;
    let mut sum = Some(0);
    for element in &elements {
        let Some(object) = members(element, ["to", "share"], faults) else {
            sum = None;
            continue;
        };
        let [to, share] = &object.members;
        let at_to = required(&object, to, "to", MULTIPLE.allowed, faults);
        let edge = at_to.and_then(|member| member.real(&MULTIPLE, faults));
        let share =
            required(&object, share, "share", SHARE.allowed, faults).and_then(|member| member.real(&SHARE, faults));
        if let (Some(member), Some(edge), Some(last)) = (at_to, edge, last_edge)
            && edge <= last
        {
            let message = format!(
                "{} is not above the edge before it, {}; the bands must rise",
                number(edge.to_f64()),
                number(last.to_f64())
            );
            member.fault(ErrorCode::Conflict, message, faults);
        }
        last_edge = edge.or(last_edge);
        sum = sum.zip(share).map(|(sum, share)| sum + share.0);
        bands.extend(edge.zip(share));
    }
    let is_whole_list = matches!(&list.node.value, json::Value::Array(_, len) if *len == elements.len());
    if let Some(sum) = sum
        && !elements.is_empty()
        && is_whole_list
        && !(500_000..=999_999).contains(&sum)
    {
        let message = format!(
            "the shares sum to {}; they must sum to 0.5 to 0.999999, and the tail takes the rest",
            number(Micros(sum).to_f64())
        );
        list.fault(ErrorCode::Conflict, message, faults);
    }
    (!elements.is_empty() && bands.len() == elements.len()).then_some(bands)
}

fn read_loss_probability(
    member: &Member<'_>,
    marginal: Option<&ReadMarginal>,
    is_table: bool,
    faults: &mut Faults,
) -> Option<Micros> {
    let loss = member.real(if is_table { &TABLE_LOSS } else { &POWER_LAW_LOSS }, faults)?;
    if let Some(ReadMarginal::Table { bands, .. }) = marginal
        && let Some(&(_, share)) = bands.first()
        && loss > share
    {
        let message = format!(
            "{} is above the first band's share {}; deals that return nothing are part of that band",
            number(loss.to_f64()),
            number(share.to_f64())
        );
        member.fault(ErrorCode::Conflict, message, faults);
        return None;
    }
    Some(loss)
}

fn read_cap(member: &Member<'_>, marginal: Option<&ReadMarginal>, faults: &mut Faults) -> Option<Micros> {
    let cap = member.real(&CAP, faults)?;
    if let Some((above, what)) = marginal.map(ReadMarginal::cap_above)
        && cap <= above
    {
        let message = format!(
            "{} is not above {what}, {}; a cap belongs above it, up to 1000000, or null (no cap)",
            number(cap.to_f64()),
            number(above.to_f64())
        );
        member.fault(ErrorCode::Conflict, message, faults);
        return None;
    }
    Some(cap)
}
