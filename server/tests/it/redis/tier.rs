//! The tier: what it takes and gives, what it does not believe, and what it does not bring back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use foliocast::cache::redis::{MOST_ARTIFACT_BYTES, OVERHEAD_BYTES, decode_record, encode_record};
use foliocast::cache::{Holding, MemoryTier, RedisTier, Tier, TierFuture, TierName, Tiers};
use foliocast::clock::SystemClock;
use foliocast::jobs::run_id;
use foliocast::redis::RedisSettings;
use foliocast::store::sqlite::SqliteStore;
use foliocast::store::{ArtifactId, ArtifactStore as _, Dropped, Kind, Lookup, Record, Scope};
use proptest::prelude::*;
use redis::AsyncCommands as _;
use tokio_util::sync::CancellationToken;

use super::proxy::{Line, Proxy};
use super::server::OwnRedis;
use super::{connect, database, link, patient, wait_until};
use crate::installation::{Installation, body, caller, run};

const SECRET: [u8; 32] = [7; 32];
const TTL: Duration = Duration::from_secs(1_000);

fn record(kind: Kind, number: u8) -> Record {
    Record {
        id: ArtifactId { kind, key: [number; 32], format: 257 },
        content_digest: [100; 32],
        body: Bytes::from_static(b"{\"warnings\":[]}"),
        block_digests: Bytes::from(vec![9; 64]),
        num_chunks: 2,
        chunk_bytes: 1_000,
        cost_us: 1_234,
        epoch: 0,
        made_at_ms: 1_772_366_400_000,
    }
}

fn matrix(number: u8) -> Record {
    record(Kind::Matrix, number)
}

fn with_epoch(record: Record, epoch: u64) -> Arc<Record> {
    Arc::new(Record { epoch, ..record })
}

fn dropped(record: &Record, num_chunks: u32, epoch: u64) -> Dropped {
    Dropped { kind: record.id.kind, key: record.id.key, epoch, was_there: true, num_chunks }
}

fn name(kind: &str, number: u8) -> String {
    format!("scenario-{kind}:{}", format!("{number:02x}").repeat(32))
}

async fn tier_of(settings: &RedisSettings, secret: [u8; 32]) -> RedisTier {
    RedisTier::new(link(settings).await, &secret, TTL, CancellationToken::new())
}

async fn tier(url: &str) -> RedisTier {
    tier_of(&patient(url), SECRET).await
}

/// A tier says what it holds: as many records as there are, and as many bytes as whoever looks finds.
#[tokio::test(flavor = "multi_thread")]
async fn what_it_holds_is_counted_key_by_key() {
    let (url, mut own) = database().await;
    let tier = tier(&url).await;
    assert_eq!(tier.holding().await, Ok(Holding::default()));
    for number in 1..=3 {
        tier.keep_record(Arc::new(matrix(number))).await;
        tier.keep_record(Arc::new(record(Kind::Run, number))).await;
    }
    tier.keep_chunk(&matrix(1), 0, Bytes::from(vec![5; 70_000])).await;
    tier.forget(dropped(&matrix(3), 2, 1)).await;
    // What is not ours, or no value, is not counted, and does not keep the rest from being.
    own.set::<_, _, ()>("scenario-other", "x").await.unwrap();
    own.rpush::<_, _, ()>(name("run", 9), "x").await.unwrap();
    let mut bytes = 0;
    for key in own.keys::<_, Vec<String>>("scenario-*:*").await.unwrap() {
        if !key.ends_with(":epoch") && key != name("run", 9) {
            bytes += own.strlen::<_, u64>(&key).await.unwrap();
        }
    }
    assert_eq!(tier.holding().await, Ok(Holding { entries: 5, bytes, limit_bytes: None }));
    // More than one step of a scan sees.
    let mut pipeline = redis::pipe();
    for number in 0..5_000 {
        pipeline.set(format!("scenario-run:{number:064x}"), "ten bytes.").ignore();
    }
    pipeline.query_async::<()>(&mut own).await.unwrap();
    assert_eq!(tier.holding().await, Ok(Holding { entries: 5_005, bytes: bytes + 50_000, limit_bytes: None }));
}

/// Statistics are not what it is for: where Redis does not allow them, it goes on without.
#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_does_not_tell_what_it_holds_is_used_all_the_same() {
    let server = OwnRedis::start(&[]);
    let mut admin = connect(&server.url()).await;
    let rules = ["on", ">secret", "~*", "&*", "+@all", "-scan", "-info"];
    let mut acl = redis::cmd("ACL");
    acl.arg("SETUSER").arg("cache").arg(&rules[..]).query_async::<()>(&mut admin).await.unwrap();
    let url = server.url().replace("redis://", "redis://cache:secret@");
    let tier = tier(&url).await;
    let made = Arc::new(matrix(1));
    tier.keep_record(Arc::clone(&made)).await;
    for _ in 0..5 {
        let refused = tier.holding().await.unwrap_err();
        assert!(refused.contains("NOPERM"), "{refused}");
    }
    assert_eq!(tier.record(made.id).await, Some(made));
    let mut config = redis::cmd("CONFIG");
    config.arg("SET").arg("maxmemory").arg("100mb").query_async::<()>(&mut admin).await.unwrap();
    let holding = tier_of(&patient(&server.url()), SECRET).await.holding().await.unwrap();
    assert_eq!((holding.entries, holding.limit_bytes), (1, Some(100 << 20)));
}

#[tokio::test]
async fn memory_counts_what_it_holds_whatever_becomes_of_it() {
    let tier = MemoryTier::new(1 << 20);
    let holds = async || {
        let holding = tier.holding().await.unwrap();
        assert_eq!(holding.limit_bytes, Some(1 << 20));
        (holding.entries, holding.bytes)
    };
    assert_eq!(holds().await, (0, 0));
    tier.keep_record(Arc::new(matrix(1))).await;
    tier.keep_chunk(&matrix(1), 0, Bytes::from(vec![5; 1_000])).await;
    let (entries, bytes) = holds().await;
    assert!(entries == 1 && bytes > 1_000, "{entries} {bytes}");
    // Again, forgotten, and forgotten once more.
    tier.keep_record(Arc::new(matrix(1))).await;
    assert_eq!(holds().await, (1, bytes));
    tier.forget(dropped(&matrix(1), 2, 1)).await;
    tier.forget(dropped(&matrix(1), 2, 1)).await;
    assert_eq!(holds().await, (0, 0));
    // More than there is room for.
    for number in 0..=255 {
        tier.keep_record(Arc::new(matrix(number))).await;
        tier.keep_chunk(&matrix(number), 0, Bytes::from(vec![5; 50_000])).await;
    }
    let (entries, bytes) = holds().await;
    assert!(bytes <= 1 << 20, "{bytes}");
    let mut found = 0;
    for number in 0..=255 {
        found += u64::from(tier.record(matrix(number).id).await.is_some());
    }
    assert_eq!(entries, found);
    tier.forget_all().await;
    assert_eq!(holds().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_and_chunks_come_back_as_they_were_and_expire() {
    let (url, mut own) = database().await;
    let (tier, other) = (tier(&url).await, tier(&url).await);
    let (made, run) = (Arc::new(matrix(1)), Arc::new(record(Kind::Run, 1)));
    let rows = Bytes::from(vec![5; 70_000]);
    assert_eq!((tier.record(made.id).await, tier.chunk(made.id, 0).await), (None, None));
    for record in [&made, &run] {
        tier.keep_record(Arc::clone(record)).await;
    }
    tier.keep_chunk(&made, 1, rows.clone()).await;
    assert_eq!(other.record(made.id).await, Some(Arc::clone(&made)));
    assert_eq!(other.record(run.id).await, Some(Arc::clone(&run)));
    assert_eq!(other.chunk(made.id, 1).await, Some(rows));
    assert_eq!(other.chunk(made.id, 0).await, None);
    assert_eq!(other.record(ArtifactId { format: 258, ..made.id }).await, None, "written down in another way");
    assert_eq!(other.chunk(ArtifactId { format: 258, ..made.id }, 1).await, None);
    assert_eq!(other.record(made.id).await, Some(made), "which is no damage");
    let mut keys: Vec<String> = own.keys("*").await.unwrap();
    keys.retain(|key| !key.starts_with("foliocast:probe:"));
    keys.sort();
    assert_eq!(keys, [name("matrix", 1), format!("{}:1", name("matrix", 1)), name("run", 1)]);
    for key in keys {
        let ttl: u64 = own.ttl(&key).await.unwrap();
        assert!((TTL.as_secs() - 100..=TTL.as_secs()).contains(&ttl), "{key}: {ttl}");
    }
    assert_eq!((tier.num_damaged(), other.num_damaged()), (0, 0));
}

/// Puts `value` where a record belongs, and asserts that it is found out, counted and gone.
/// What is asked of Redis again and again does not expire meanwhile; what is not does.
#[tokio::test]
async fn what_is_asked_for_often_stays() {
    let (url, mut own) = database().await;
    let tier = tier(&url).await;
    let (asked, other) = (Arc::new(matrix(1)), Arc::new(matrix(2)));
    for record in [&asked, &other] {
        tier.keep_record(Arc::clone(record)).await;
        tier.keep_chunk(record, 0, Bytes::from_static(b"rows")).await;
    }
    let names =
        [name("matrix", 1), format!("{}:0", name("matrix", 1)), name("matrix", 2), format!("{}:0", name("matrix", 2))];
    for name in &names {
        let _: bool = own.expire(name, 300).await.unwrap();
    }
    wait_until("what is asked for has its time to live anew", async || {
        tier.record(asked.id).await.unwrap();
        tier.chunk(asked.id, 0).await.unwrap();
        let record: i64 = own.clone().ttl(&names[0]).await.unwrap();
        let chunk: i64 = own.clone().ttl(&names[1]).await.unwrap();
        record > 900 && chunk > 900
    })
    .await;
    for name in &names[2..] {
        let left: i64 = own.ttl(name).await.unwrap();
        assert!((1..=300).contains(&left), "{left}");
    }
}

async fn assert_found_out(tier: &RedisTier, own: &mut redis::aio::MultiplexedConnection, value: &[u8], what: &str) {
    let before = tier.num_damaged();
    own.set::<_, _, ()>(name("matrix", 1), value).await.unwrap();
    assert_eq!(tier.record(matrix(1).id).await, None, "{what}");
    assert_eq!(tier.num_damaged(), before + 1, "{what}");
    assert!(!own.exists::<_, bool>(name("matrix", 1)).await.unwrap(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_believed_only_with_the_seal_of_this_installation_under_its_own_key() {
    let (url, mut own) = database().await;
    let (tier, stranger) = (tier(&url).await, tier_of(&patient(&url), [8; 32]).await);
    let made = Arc::new(matrix(1));
    tier.keep_record(Arc::clone(&made)).await;
    let sealed: Vec<u8> = own.get(name("matrix", 1)).await.unwrap();
    assert_eq!(sealed.len(), OVERHEAD_BYTES + encode_record(&made).len());
    for place in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[place] ^= 1 << (place % 8);
        assert_found_out(&tier, &mut own, &flipped, &format!("byte {place}")).await;
    }
    for length in [1, 4, OVERHEAD_BYTES - 1, OVERHEAD_BYTES, sealed.len() - 1] {
        assert_found_out(&tier, &mut own, &sealed[..length], &format!("{length} bytes")).await;
    }
    assert_found_out(&tier, &mut own, &[sealed.as_slice(), b"\0"].concat(), "one byte more").await;
    assert_found_out(&tier, &mut own, &vec![0; MOST_ARTIFACT_BYTES as usize + 1_000], "too long").await;

    stranger.keep_record(Arc::clone(&made)).await;
    let forged: Vec<u8> = own.get(name("matrix", 1)).await.unwrap();
    assert_found_out(&tier, &mut own, &forged, "a good shape, another secret").await;
    tier.keep_record(Arc::new(matrix(2))).await;
    let of_another_key: Vec<u8> = own.get(name("matrix", 2)).await.unwrap();
    assert_found_out(&tier, &mut own, &of_another_key, "of another key").await;

    own.rpush::<_, _, ()>(name("matrix", 1), "a list").await.unwrap();
    let before = tier.num_damaged();
    assert_eq!(tier.record(made.id).await, None);
    assert_eq!(tier.num_damaged(), before + 1);

    // Every time it can be put right.
    tier.keep_record(Arc::clone(&made)).await;
    assert_eq!(tier.record(made.id).await, Some(made));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_is_believed_only_as_it_was_written_in_its_place() {
    let (url, mut own) = database().await;
    let tier = tier(&url).await;
    let (made, rows) = (matrix(1), Bytes::from_static(b"some rows"));
    let place = |chunk: u32| format!("{}:{chunk}", name("matrix", 1));
    tier.keep_chunk(&made, 0, rows.clone()).await;
    let sealed: Vec<u8> = own.get(place(0)).await.unwrap();
    own.set::<_, _, ()>(place(1), &sealed).await.unwrap();
    assert_eq!(tier.chunk(made.id, 1).await, None, "the chunk of another place");
    for byte in 0..sealed.len() {
        let mut flipped = sealed.clone();
        flipped[byte] ^= 0x80;
        own.set::<_, _, ()>(place(0), &flipped).await.unwrap();
        assert_eq!(tier.chunk(made.id, 0).await, None, "byte {byte}");
        assert!(!own.exists::<_, bool>(place(0)).await.unwrap(), "byte {byte}");
    }
    assert_eq!(tier.num_damaged(), sealed.len() as u64 + 1);
    tier.keep_chunk(&made, 0, rows.clone()).await;
    assert_eq!(tier.chunk(made.id, 0).await, Some(rows));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_not_taken() {
    let (url, _) = database().await;
    let tier = tier(&url).await;
    let large = Record { chunk_bytes: MOST_ARTIFACT_BYTES, ..matrix(1) };
    tier.keep_chunk(&large, 0, Bytes::from_static(b"some rows")).await;
    tier.keep_record(Arc::new(large.clone())).await;
    assert_eq!((tier.record(large.id).await, tier.chunk(large.id, 0).await), (None, None));
    let body = Bytes::from(vec![b' '; MOST_ARTIFACT_BYTES as usize - 10_000]);
    let largest = Arc::new(Record { body, ..matrix(2) });
    tier.keep_record(Arc::clone(&largest)).await;
    assert_eq!(tier.record(largest.id).await, Some(largest));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_before_a_drop_comes_back_by_no_way() {
    let (url, mut own) = database().await;
    let (tier, slow) = (tier(&url).await, tier(&url).await);
    let (old, rows) = (with_epoch(matrix(1), 4), Bytes::from_static(b"some rows"));
    let mark = format!("{}:epoch", name("matrix", 1));
    tier.keep_record(Arc::clone(&old)).await;
    tier.keep_chunk(&old, 0, rows.clone()).await;
    tier.keep_chunk(&old, 1, rows.clone()).await;
    let sealed: Vec<u8> = own.get(name("matrix", 1)).await.unwrap();
    tier.forget(dropped(&old, 2, 5)).await;
    assert_eq!(own.get::<_, String>(&mark).await.unwrap(), "5");
    let ttl: u64 = own.ttl(&mark).await.unwrap();
    assert!(ttl > TTL.as_secs() && ttl <= 2 * TTL.as_secs(), "it outlives what was kept before it: {ttl}");

    // Read before the mark, brought after it.
    slow.keep_record(Arc::clone(&old)).await;
    slow.keep_chunk(&old, 0, rows.clone()).await;
    assert_eq!(tier.record(old.id).await, None);
    assert_eq!((tier.chunk(old.id, 0).await, tier.chunk(old.id, 1).await), (None, None));
    // Even where it got there it is not used.
    own.set::<_, _, ()>(name("matrix", 1), sealed).await.unwrap();
    assert_eq!(tier.record(old.id).await, None);

    slow.forget(dropped(&old, 2, 3)).await;
    assert_eq!(own.get::<_, String>(&mark).await.unwrap(), "5", "a mark is never lowered");
    let fresh = with_epoch(matrix(1), 5);
    tier.keep_record(Arc::clone(&fresh)).await;
    assert_eq!(slow.record(fresh.id).await, Some(Arc::clone(&fresh)));
    assert_eq!((tier.num_damaged(), slow.num_damaged()), (0, 0));

    // A mark that is none is damage, and no reason to keep anything away for ever.
    own.set::<_, _, ()>(&mark, "soon").await.unwrap();
    assert_eq!(tier.record(fresh.id).await, None);
    assert_eq!(tier.num_damaged(), 1);
    tier.keep_record(Arc::clone(&fresh)).await;
    assert_eq!(tier.record(fresh.id).await, Some(fresh));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_slower_than_a_drop_in_another_process_does_not_bring_it_back() {
    let (url, _) = database().await;
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(dir.path(), Arc::new(SystemClock)).await.unwrap());
    let process = async || {
        let memory: Arc<dyn Tier> = Arc::new(MemoryTier::new(1 << 20));
        Tiers::new(vec![memory, Arc::new(tier(&url).await)], store.clone())
    };
    let (slow, other, third) = (process().await, process().await, process().await);
    let made = record(Kind::Run, 1);
    // The slow one has read it from the durable store, where it is no more when the reader goes on.
    other.drop_in(Scope::Run(made.id.key), None).await.unwrap();
    slow.stored(made.clone()).await;
    assert_eq!(third.record(made.id).await.unwrap(), Lookup::Absent);
    assert_eq!(other.record(made.id).await.unwrap(), Lookup::Absent);
    let epoch = store.epoch(made.id.kind, made.id.key).await.unwrap();
    let again = Record { epoch, ..made };
    slow.stored(again.clone()).await;
    assert_eq!(third.record(again.id).await.unwrap(), Lookup::Found((Arc::new(again), TierName::Redis)));
}

/// Whoever dropped it may have died before Redis heard of it: a process that begins later knows of it all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_dropped_before_a_process_began_is_not_found_in_redis() {
    let (url, _) = database().await;
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(dir.path(), Arc::new(SystemClock)).await.unwrap());
    let (shared, made) = (Arc::new(tier(&url).await), record(Kind::Run, 1));
    shared.keep_record(Arc::new(made.clone())).await;
    let begin = || Tiers::new(vec![shared.clone() as Arc<dyn Tier>], store.clone());
    assert!(matches!(begin().record(made.id).await.unwrap(), Lookup::Found(_)), "it is there");
    store.drop_artifacts(Scope::Run(made.id.key), None).await.unwrap();
    let late = begin();
    late.learn_epochs().await.unwrap();
    assert_eq!(late.record(made.id).await.unwrap(), Lookup::Absent);
}

/// A run is stored under the epoch of now: rows that this process still knows from before are not what it is made of.
#[tokio::test]
async fn what_another_process_dropped_is_nothing_to_make_a_run_of() {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(dir.path(), Arc::new(SystemClock)).await.unwrap());
    let tiers = Tiers::new(vec![Arc::new(MemoryTier::new(1 << 20)) as Arc<dyn Tier>], store.clone());
    let made = tiers.stored(matrix(1)).await;
    assert_eq!(tiers.record_of_epoch(made.id, 0).await.unwrap(), Some((made.clone(), TierName::Memory)));
    // Another process; this one has not heard of it.
    store.drop_artifacts(Scope::Matrix(made.id.key), None).await.unwrap();
    assert!(matches!(tiers.record(made.id).await.unwrap(), Lookup::Found(_)), "it is still in memory");
    let epoch = store.epoch(Kind::Matrix, made.id.key).await.unwrap();
    assert_eq!(tiers.record_of_epoch(made.id, epoch).await.unwrap(), None);
}

/// A tier far away that has nothing and takes its time.
#[derive(Default)]
struct SlowTier {
    begun: AtomicUsize,
    may_end: CancellationToken,
    ended: AtomicUsize,
}

impl Tier for SlowTier {
    fn name(&self) -> TierName {
        TierName::Redis
    }
    fn record(&self, _: ArtifactId) -> TierFuture<'_, Option<Arc<Record>>> {
        Box::pin(async { None })
    }
    fn chunk(&self, _: ArtifactId, _: u32) -> TierFuture<'_, Option<Bytes>> {
        Box::pin(async { None })
    }
    fn keep_record(&self, _: Arc<Record>) -> TierFuture<'_, ()> {
        Box::pin(async {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.may_end.cancelled().await;
            self.ended.fetch_add(1, Ordering::SeqCst);
        })
    }
    fn keep_chunk<'a>(&'a self, record: &'a Record, _: u32, _: Bytes) -> TierFuture<'a, ()> {
        self.keep_record(Arc::new(record.clone()))
    }
    fn forget(&self, _: Dropped) -> TierFuture<'_, Option<u64>> {
        Box::pin(async { Some(0) })
    }
    fn holding(&self) -> TierFuture<'_, Result<Holding, String>> {
        Box::pin(async { Ok(Holding::default()) })
    }
    fn forget_all(&self) -> TierFuture<'_, ()> {
        Box::pin(async {})
    }
    fn is_far(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_waits_until_a_tier_far_away_has_taken_what_was_found_and_only_some_is_on_the_way() {
    let at = Installation::new().await;
    let made = run(&at.services, &caller("me"), &body("fund-1", 1_000, "slow tier")).await;
    at.services.shutdown().await;
    let store = Arc::new(SqliteStore::open(at.dir.path(), Arc::new(SystemClock)).await.unwrap());
    let slow = Arc::new(SlowTier::default());
    let far: Arc<dyn Tier> = slow.clone();
    let tiers = Tiers::new(vec![far], store);
    let found = async || tiers.record(run_id(made.run_key)).await.unwrap();
    for _ in 0..100 {
        assert!(matches!(found().await, Lookup::Found((_, TierName::Durable))));
    }
    wait_until("some of it is on the way", async || slow.begun.load(Ordering::SeqCst) == 16).await;
    slow.may_end.cancel();
    wait_until("it arrives", async || slow.ended.load(Ordering::SeqCst) == 16).await;
    assert_eq!(slow.begun.load(Ordering::SeqCst), 16, "the rest was left to the next who asks");
    // Then there is room again.
    wait_until("there is room", async || {
        found().await;
        slow.begun.load(Ordering::SeqCst) > 16
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dropped_while_redis_was_away_is_not_found_there_when_it_is_back() {
    let (url, mut own) = database().await;
    let proxy = Proxy::before(&url).await;
    let (tier, other) = (tier_of(&patient(&proxy.url), SECRET).await, tier(&url).await);
    let old = Arc::new(matrix(1));
    tier.keep_record(Arc::clone(&old)).await;
    tier.keep_chunk(&old, 1, Bytes::from_static(b"some rows")).await;
    proxy.set(Line::Cut);
    tier.forget(dropped(&old, 2, 1)).await;
    assert_eq!(other.record(old.id).await, Some(Arc::clone(&old)), "nobody was told");
    for _ in 0..3 {
        assert_eq!(tier.record(matrix(2).id).await, None, "the line is cut");
    }
    proxy.set(Line::Good);
    assert_eq!(tier.record(old.id).await, None);
    wait_until("Redis is told", async || own.exists(format!("{}:epoch", name("matrix", 1))).await.unwrap()).await;
    assert_eq!((other.record(old.id).await, other.chunk(old.id, 1).await), (None, None));
    let fresh = with_epoch(matrix(1), 1);
    wait_until("it is kept again", async || {
        tier.keep_record(Arc::clone(&fresh)).await;
        tier.record(fresh.id).await.is_some()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_garbled_line_comes_what_was_written_or_nothing() {
    let (url, _) = database().await;
    let proxy = Proxy::before(&url).await;
    let direct = tier(&url).await;
    let garbled = tier_of(&super::hurried(&proxy.url), SECRET).await;
    let records: Vec<Arc<Record>> = (0..20).map(|number| Arc::new(matrix(number))).collect();
    for every in [3, 7, 50, 211, 997] {
        for record in &records {
            direct.keep_record(Arc::clone(record)).await;
        }
        proxy.set(Line::Garbled(every));
        for record in &records {
            let found = garbled.record(record.id).await;
            assert!(found.is_none_or(|found| found == *record), "every {every}th byte");
        }
        proxy.set(Line::Good);
        wait_until("the line is used again", async || {
            direct.keep_record(Arc::clone(&records[0])).await;
            garbled.record(records[0].id).await.is_some()
        })
        .await;
    }
}

fn any_record() -> impl Strategy<Value = Record> {
    let parts = (prop::collection::vec(any::<u8>(), 0..200), prop::collection::vec(any::<u8>(), 0..200));
    let numbers = (any::<u32>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<i64>());
    let id = (any::<bool>(), any::<[u8; 32]>(), any::<u32>(), any::<[u8; 32]>());
    (parts, numbers, id).prop_map(|((body, block_digests), numbers, (is_run, key, format, content_digest))| {
        let (num_chunks, chunk_bytes, cost_us, epoch, made_at_ms) = numbers;
        let kind = if is_run { Kind::Run } else { Kind::Matrix };
        let id = ArtifactId { kind, key, format };
        let (body, block_digests) = (body.into(), block_digests.into());
        Record { id, content_digest, body, block_digests, num_chunks, chunk_bytes, cost_us, epoch, made_at_ms }
    })
}

proptest! {
    #[test]
    fn every_record_comes_back_from_its_bytes_and_from_no_part_of_them(record in any_record(), cut in any::<prop::sample::Index>()) {
        let bytes = encode_record(&record);
        prop_assert_eq!(decode_record(bytes.clone().into()), Some(record));
        let part = bytes[..cut.index(bytes.len())].to_vec();
        prop_assert_eq!(decode_record(part.into()), None);
        prop_assert_eq!(decode_record([bytes.as_slice(), b"\0"].concat().into()), None);
    }

    #[test]
    fn whatever_the_bytes_are_they_are_a_record_or_none(bytes in prop::collection::vec(any::<u8>(), 0..400), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let _ = decode_record(bytes.into());
        let mut changed = encode_record(&matrix(1));
        for (place, byte) in changes {
            let place = place.index(changed.len());
            changed[place] = byte;
        }
        if let Some(record) = decode_record(changed.clone().into()) {
            prop_assert_eq!(encode_record(&record), changed, "one encoding for each record");
        }
    }
}
