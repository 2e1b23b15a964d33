//! What differs between two drafts, in the page's words.

use super::{BucketField, Draft, DraftBucket, Field};

/// So many differences are named one by one; of more only their number is told.
const MOST_NAMED: usize = 3;

/// What differs between two drafts: `Lose all, Seed`; `Bucket Growth`; `12 inputs`; empty if nothing does.
pub fn difference(before: &Draft, after: &Draft) -> String {
    let mut found: Vec<String> = Field::OF_FUND
        .into_iter()
        .filter(|&field| before.text(field) != after.text(field))
        .map(|field| field.words().to_owned())
        .collect();
    if before.taxonomy_version != after.taxonomy_version {
        found.push("Taxonomy".into());
    }
    if before.weights != after.weights {
        found.push("What moves deals together".into());
    }
    if before.recycling != after.recycling {
        found.push("Recycling".into());
    }
    for bucket in &before.buckets {
        match after.bucket(bucket.id) {
            Some(other) => of_bucket(bucket, other, &mut found),
            None => found.push(format!("Bucket {}", bucket.name.trim())),
        }
    }
    let added = after.buckets.iter().filter(|bucket| before.bucket(bucket.id).is_none());
    found.extend(added.map(|bucket| format!("Bucket {}", bucket.name.trim())));
    let order = |draft: &Draft, other: &Draft| -> Vec<_> {
        draft.buckets.iter().map(|bucket| bucket.id).filter(|&id| other.bucket(id).is_some()).collect()
    };
    if order(before, after) != order(after, before) {
        found.push("Order of the buckets".into());
    }
    if found.len() > MOST_NAMED { format!("{} inputs", found.len()) } else { found.join("; ") }
}

fn of_bucket(before: &DraftBucket, after: &DraftBucket, found: &mut Vec<String>) {
    let name = after.name.trim();
    for field in BucketField::OF_BUCKET {
        if before.text(field) != after.text(field) {
            found.push(format!("{}, {name}", field.words()));
        }
    }
    if before.shape != after.shape {
        found.push(format!("How one deal comes out, {name}"));
    }
    if before.bands != after.bands {
        found.push(format!("Outcome table, {name}"));
    }
}
