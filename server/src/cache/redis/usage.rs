//! What is in Redis, counted without stopping it for anybody.

use std::collections::HashSet;

use super::Inner;
use crate::cache::Holding;

/// Keys that one step of a scan looks at.
const AT_ONCE: u32 = 1_000;

/// A key's name as it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// A record: an entry, and its bytes.
    Record,
    /// A chunk: bytes of an entry.
    Chunk,
}

impl Counted {
    /// What a key is; `None` for marks and whatever else there may be.
    fn of(key: &str) -> Option<Self> {
        let rest = key.strip_prefix("scenario-matrix:").or_else(|| key.strip_prefix("scenario-run:"))?;
        let (hex, rest) = rest.split_at_checked(64)?;
        if !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        match rest.strip_prefix(':') {
            None => rest.is_empty().then_some(Self::Record),
            Some(chunk) => {
                (!chunk.is_empty() && chunk.bytes().all(|digit| digit.is_ascii_digit())).then_some(Self::Chunk)
            }
        }
    }
}

impl Inner {
    /// Counts records, and the bytes of records and chunks, key by key: what comes or goes meanwhile may be missed.
    pub(super) async fn usage(&self) -> Result<Holding, String> {
        let mut holding = Holding { limit_bytes: self.limit_bytes().await, ..Holding::default() };
        let mut cursor = "0".to_owned();
        // A scan may show a key twice.
        let mut seen = HashSet::new();
        loop {
            let mut scan = redis::pipe();
            scan.cmd("SCAN")
                .arg(&cursor)
                .arg("MATCH")
                .arg("scenario-*")
                .arg("COUNT")
                .arg(AT_ONCE)
                .arg("TYPE")
                .arg("string");
            let ((next, keys),): ((String, Vec<String>),) = self.link.aside(&scan).await?;
            let keys: Vec<(String, Counted)> = keys
                .into_iter()
                .filter_map(|key| Counted::of(&key).map(|counted| (key, counted)))
                .filter(|(key, _)| seen.insert(blake3::hash(key.as_bytes()).as_bytes().first_chunk::<8>().copied()))
                .collect();
            if !keys.is_empty() {
                let mut sizes = redis::pipe();
                for (key, _) in &keys {
                    sizes.cmd("STRLEN").arg(key);
                }
                let sizes: Vec<u64> = self.link.aside(&sizes).await?;
                for ((_, counted), bytes) in keys.iter().zip(sizes) {
                    // One that is gone since is as long as nothing.
                    holding.entries += u64::from(*counted == Counted::Record && bytes > 0);
                    holding.bytes += bytes;
                }
            }
            if next == "0" {
                return Ok(holding);
            }
            cursor = next;
        }
    }

    /// What Redis may have at most, of everything that is in it; `None` where it has no limit, or does not say.
    async fn limit_bytes(&self) -> Option<u64> {
        let mut info = redis::pipe();
        info.cmd("INFO").arg("memory");
        let (info,): (String,) = self.link.aside(&info).await.ok()?;
        let limit = info.lines().find_map(|line| line.strip_prefix("maxmemory:"))?;
        limit.trim().parse().ok().filter(|limit| *limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_chunks_count_and_nothing_else() {
        let key = "ab".repeat(32);
        assert_eq!(Counted::of(&format!("scenario-run:{key}")), Some(Counted::Record));
        assert_eq!(Counted::of(&format!("scenario-matrix:{key}")), Some(Counted::Record));
        assert_eq!(Counted::of(&format!("scenario-matrix:{key}:12")), Some(Counted::Chunk));
        let others = ["scenario-matrix:ab", "scenario-run:", "scenario-", "foliocast:probe:1", "scenario-run:é"];
        for other in others.map(str::to_owned).into_iter().chain([
            format!("scenario-matrix:{key}:epoch"),
            format!("scenario-matrix:{key}:"),
            format!("scenario-matrix:{key}x"),
            format!("scenario-other:{key}"),
            format!("scenario-run:{}", "é".repeat(32)),
        ]) {
            assert_eq!(Counted::of(&other), None, "{other}");
        }
    }
}
