//! PostgreSQL: the store's laws over a real one, and what only several processes at once can show.

use std::sync::Arc;
use std::time::Duration;

use foliocast::auth::Secret;
use foliocast::clock::ManualClock;
use foliocast::store::postgres::{DatabaseSettings, PostgresStore};
use foliocast::store::{
    Acknowledged, Acknowledgements, ArtifactStore as _, ComputationState, ComputationStore as _, Created,
    KeyStore as _, Kind, Lookup, Member, MemberStore as _, NewJob, NewKey, Outcome, Priority, Revoked, Scope, Seal,
    Store as _, StoreEvent, Submitted, TenantStore as _,
};
use futures::StreamExt as _;
use futures::future::join_all;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Postgres, Transaction};

use crate::redis::wait_until;
use crate::store_laws::{self, LEASE, NOW_MS, by_command_line, job, key, make, new_operator, record};
use crate::test_database::TestDatabase;

/// A fresh store in a database of its own, and the clock it goes by.
async fn fresh() -> (PostgresStore, Arc<ManualClock>, TestDatabase) {
    let database = TestDatabase::new().await;
    let clock = Arc::new(ManualClock::at(NOW_MS));
    let store = open(&database).await.with_clock(clock.clone());
    (store, clock, database)
}

fn settings(url: &str) -> DatabaseSettings {
    DatabaseSettings { url: url.parse().unwrap(), connections: 8 }
}

async fn open(database: &TestDatabase) -> PostgresStore {
    PostgresStore::open(&settings(&database.url)).await.unwrap()
}

store_laws::laws!(fresh);

/// A gate in a database, before whatever is written to a table: it stops a transaction in the middle of what it does.
struct Gate {
    pool: PgPool,
    closed: Transaction<'static, Postgres>,
}

impl Gate {
    /// A closed gate before every row that is written so (`INSERT`, `UPDATE`) to a table.
    async fn before(database: &TestDatabase, how: &str, table: &str) -> Self {
        let pool = database.connect().await;
        let mut closed = pool.begin().await.unwrap();
        sqlx::query("SELECT pg_advisory_xact_lock(1)").execute(&mut *closed).await.unwrap();
        for statement in [
            "CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'",
            &format!("CREATE TRIGGER gate BEFORE {how} ON {table} FOR EACH ROW EXECUTE FUNCTION wait_at_gate()"),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&pool).await.unwrap();
        }
        Self { pool, closed }
    }

    /// Begins `first`, which comes to the gate, then `second`, and opens the gate when that waits too or has ended.
    async fn between<A, B>(
        self,
        first: impl Future<Output = A> + Send + 'static,
        second: impl Future<Output = B> + Send + 'static,
    ) -> (A, B)
    where
        A: Send + 'static,
        B: Send + 'static,
    {
        let first = tokio::spawn(first);
        wait_until("the first is at the gate", async || waiting(&self.pool).await == 1).await;
        let second = tokio::spawn(second);
        let stops = async || second.is_finished() || waiting(&self.pool).await == 2;
        wait_until("the second waits or ends", stops).await;
        self.closed.commit().await.unwrap();
        (first.await.unwrap(), second.await.unwrap())
    }
}

/// How many wait for a lock in a database.
async fn waiting(pool: &PgPool) -> i64 {
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    sqlx::query_scalar(waiting).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn processes_that_start_at_once_make_one_schema_and_one_secret() {
    let database = TestDatabase::new().await;
    let opened = join_all((0..4).map(|_| open(&database))).await;
    for store in &opened {
        store.check().await.unwrap();
        assert_eq!(store.installation_secret(), opened[0].installation_secret());
    }
}

/// Whoever can write to the table, and has not read the secret, cannot pass a record off as one of this installation.
#[tokio::test]
async fn a_record_that_somebody_else_wrote_is_a_damaged_one() {
    let (store, _, database) = fresh().await;
    make(&store, "me", 1).await;
    let mut forged = record(Kind::Run, 1);
    forged.body = "forged".into();
    let pool = database.connect().await;
    let statement = "UPDATE artifacts SET body = $1, record_digest = $2";
    let digest = Seal::of(&[0; 32]).digest(&forged);
    sqlx::query(statement).bind(forged.body.to_vec()).bind(digest.to_vec()).execute(&pool).await.unwrap();
    assert_eq!((store.record(forged.id).await.unwrap(), store.num_damaged()), (Lookup::Damaged, 1));
    let digest = Seal::of(&store.installation_secret()).digest(&forged);
    sqlx::query(statement).bind(forged.body.to_vec()).bind(digest.to_vec()).execute(&pool).await.unwrap();
    assert_eq!(store.record(forged.id).await.unwrap(), Lookup::Found(forged), "it is the secret that tells");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_many_processes_at_once_share_one_computation() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await, open(&database).await];
    for round in 0..5 {
        let submitting = (0..60).map(|n| stores[n % 3].submit(job("me", round, Priority::Interactive), 1_000));
        let submitted = join_all(submitting).await;
        let ids: Vec<_> = submitted
            .into_iter()
            .map(|submitted| match submitted.unwrap() {
                Submitted::Attached { computation_id, new_after } => (computation_id, new_after.is_some()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(ids.iter().all(|(id, _)| *id == ids[0].0), "one computation");
        assert_eq!(ids.iter().filter(|(_, is_new)| *is_new).count(), 1, "made by one of them");
    }
}

/// Those who ask just as it is completed join it before, or find it made: none makes it again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_completed_while_it_is_asked_for_is_made_once() {
    let database = TestDatabase::new().await;
    let (worker, server) = (open(&database).await, open(&database).await);
    for round in 0..20 {
        server.submit(job("me", round, Priority::Interactive), 1_000).await.unwrap();
        let claimed = worker.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap().unwrap();
        let complete = worker.complete(claimed.computation_id, claimed.token, store_laws::completion(round));
        let asking = join_all((0..8).map(|n| server.submit(job(&format!("tenant-{n}"), round, Priority::High), 1_000)));
        let (completed, asked) = tokio::join!(complete, asking);
        completed.unwrap();
        for (n, submitted) in asked.into_iter().enumerate() {
            match submitted.unwrap() {
                Submitted::Made => {}
                Submitted::Attached { new_after, .. } => {
                    assert_eq!(new_after, None, "it is made, or being made");
                    let access = server.access(&format!("tenant-{n}"), key(round)).await.unwrap();
                    assert!(access.is_some_and(|access| access.made), "whoever joined has what was made");
                }
                Submitted::QueueFull => panic!("the queue is full"),
            }
        }
    }
}

/// Whoever joins a computation that is just being completed has what it makes: completing waits until he has.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_joins_before_the_end_has_what_is_made() {
    let database = TestDatabase::new().await;
    let (worker, server) = (Arc::new(open(&database).await), Arc::new(open(&database).await));
    server.submit(job("me", 1, Priority::Interactive), 1_000).await.unwrap();
    let claimed = worker.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap().unwrap();
    let gate = Gate::before(&database, "INSERT", "jobs").await;
    let its_server = Arc::clone(&server);
    let joining = async move { its_server.submit(job("you", 1, Priority::Interactive), 1_000).await.unwrap() };
    let completing =
        async move { worker.complete(claimed.computation_id, claimed.token, store_laws::completion(1)).await.unwrap() };
    let (joined, completed) = gate.between(joining, completing).await;
    assert_eq!(joined, Submitted::Attached { computation_id: claimed.computation_id, new_after: None });
    assert_eq!(completed, Outcome::Done);
    let access = server.access("you", key(1)).await.unwrap();
    assert!(access.is_some_and(|access| access.made), "what he joined was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_claim_at_once_never_claim_one_thing_or_one_matrix_twice() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await, open(&database).await];
    // Thirty runs of ten matrices.
    for number in 0..30 {
        let mut job = job("me", number, Priority::Interactive);
        job.matrix_key = key(100 + number % 10);
        stores[0].submit(job, 1_000).await.unwrap();
    }
    let claimed = join_all((0..24).map(|n| stores[n % 3].claim(LEASE, 3, Vec::new(), Priority::Low, "a worker"))).await;
    let mut matrices: Vec<u8> =
        claimed.into_iter().filter_map(|claim| claim.unwrap()).map(|claim| claim.key[0] % 10).collect();
    matrices.sort_unstable();
    assert_eq!(matrices, (0..10).collect::<Vec<_>>(), "each matrix once");
}

/// As above, at the worst moment: the first has chosen, and the second cannot see it yet.
#[tokio::test(flavor = "multi_thread")]
async fn while_a_run_is_claimed_nobody_claims_another_of_its_matrix() {
    let database = TestDatabase::new().await;
    let (one, other) = (open(&database).await, open(&database).await);
    for number in [1, 2] {
        let job = NewJob { matrix_key: key(100), ..job("me", number, Priority::Interactive) };
        one.submit(job, 1_000).await.unwrap();
    }
    let gate = Gate::before(&database, "UPDATE", "computations").await;
    let claim = |store: PostgresStore| async move {
        store.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap()
    };
    let (first, second) = gate.between(claim(one), claim(other)).await;
    assert_eq!(first.map(|claim| claim.key), Some(key(1)));
    assert_eq!(second, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_leave_at_once_one_is_the_last() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await];
    for round in 0..20 {
        let jobs = [job("me", round, Priority::Interactive), job("you", round, Priority::Interactive)];
        let mut id = None;
        for job in &jobs {
            let Submitted::Attached { computation_id, .. } = stores[0].submit(job.clone(), 1_000).await.unwrap() else {
                panic!("not attached")
            };
            id = Some(computation_id);
        }
        let leaving = jobs.iter().zip(&stores).map(|(job, store)| store.detach(&job.tenant, job.job_id, None));
        for left in join_all(leaving).await {
            assert!(left.unwrap().unwrap().detached);
        }
        let row = stores[0].computation(id.unwrap()).await.unwrap().unwrap();
        assert_eq!(row.state, ComputationState::Cancelled);
    }
}

/// As above, at the worst moment: another has left, and whoever leaves now cannot see it yet.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_while_another_leaves_knows_whether_it_is_the_last() {
    let database = TestDatabase::new().await;
    let store = Arc::new(open(&database).await);
    let (mine, yours) = (job("me", 1, Priority::Interactive), job("you", 1, Priority::Interactive));
    for job in [&mine, &yours] {
        store.submit(job.clone(), 1_000).await.unwrap();
    }
    let pool = database.connect().await;
    // As another process does it.
    let mut leaving = pool.begin().await.unwrap();
    let id: uuid::Uuid = sqlx::query_scalar("SELECT computation_id FROM computations FOR UPDATE")
        .fetch_one(&mut *leaving)
        .await
        .unwrap();
    let leave = sqlx::query("UPDATE jobs SET detached_at = 0 WHERE job_id = $1").bind(mine.job_id);
    leave.execute(&mut *leaving).await.unwrap();
    let its_store = Arc::clone(&store);
    let detaching = tokio::spawn(async move { its_store.detach("you", yours.job_id, None).await.unwrap() });
    let stops = async || detaching.is_finished() || waiting(&pool).await == 1;
    wait_until("it waits or ends", stops).await;
    leaving.commit().await.unwrap();
    assert!(detaching.await.unwrap().unwrap().detached);
    assert_eq!(store.computation(id).await.unwrap().unwrap().state, ComputationState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_keys_that_must_be_the_first_one_is_made() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await];
    let creating = (0..8).map(|n| {
        let mut first = new_operator(&format!("key-{n}"), n);
        first.must_be_first = true;
        stores[usize::from(n) % 2].create_key(first, by_command_line())
    });
    let created = join_all(creating).await;
    assert_eq!(created.into_iter().filter(|created| *created.as_ref().unwrap() == Created::Done).count(), 1);
}

/// As above, at the worst moment: the first is made, and the second cannot see it yet.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_first_key_is_made_no_other_first_key_is() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await];
    let gate = Gate::before(&database, "INSERT", "audit_log").await;
    let mut number = 0;
    let [first, second] = stores.map(|store| {
        number += 1;
        let key = NewKey { must_be_first: true, ..new_operator(&format!("key-{number}"), number) };
        async move { store.create_key(key, by_command_line()).await.unwrap() }
    });
    assert_eq!(gate.between(first, second).await, (Created::Done, Created::Taken));
}

/// Two operators who revoke each other's key at once: one of the keys stays.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_operators_key_stays_whoever_revokes_at_once() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await];
    for number in [1, 2] {
        stores[0].create_key(new_operator(&format!("key-{number}"), number), by_command_line()).await.unwrap();
    }
    let revoking = [("key-1", &stores[0]), ("key-2", &stores[1])];
    join_all(revoking.map(|(name, store)| store.revoke_key(name, true, by_command_line()))).await;
    let keys = stores[0].keys(10, None).await.unwrap();
    assert_eq!(keys.iter().filter(|key| key.revoked_at_ms.is_none()).count(), 1);
}

/// As above, at the worst moment: one key is revoked, and whoever revokes the other cannot see it yet.
#[tokio::test(flavor = "multi_thread")]
async fn while_an_operators_key_is_revoked_the_other_stays() {
    let database = TestDatabase::new().await;
    let stores = [open(&database).await, open(&database).await];
    for number in [1, 2] {
        stores[0].create_key(new_operator(&format!("key-{number}"), number), by_command_line()).await.unwrap();
    }
    let gate = Gate::before(&database, "INSERT", "audit_log").await;
    let mut number = 0;
    let [first, second] = stores.map(|store| {
        number += 1;
        let name = format!("key-{number}");
        async move { store.revoke_key(&name, true, by_command_line()).await.unwrap() }
    });
    assert_eq!(gate.between(first, second).await, (Revoked::Now, Revoked::Last));
}

/// Epochs are raised before what was begun under the old one can be written, whatever happens at once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_while_it_is_completed_is_not_there_afterwards() {
    let database = TestDatabase::new().await;
    let (worker, operator) = (open(&database).await, open(&database).await);
    for round in 0..20 {
        worker.submit(job("me", round, Priority::Interactive), 1_000).await.unwrap();
        let claimed = worker.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap().unwrap();
        let id = record(Kind::Run, round).id;
        let (_, dropped) = tokio::join!(
            worker.complete(claimed.computation_id, claimed.token, store_laws::completion(round)),
            operator.drop_artifacts(Scope::Run(id.key), None),
        );
        dropped.unwrap();
        assert_eq!(operator.record(id).await.unwrap(), Lookup::Absent, "round {round}");
        // So that the next claim is the next round's.
        worker.fail(claimed.computation_id, claimed.token, "superseded", None).await.unwrap();
    }
}

/// As above, at the worst moment: the completion has compared epochs, and nobody can see yet what it has written.
#[tokio::test(flavor = "multi_thread")]
async fn a_drop_waits_for_a_completion_that_has_compared_epochs() {
    let database = TestDatabase::new().await;
    let (worker, operator) = (open(&database).await, Arc::new(open(&database).await));
    worker.submit(job("me", 1, Priority::Interactive), 1_000).await.unwrap();
    let claimed = worker.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap().unwrap();
    let gate = Gate::before(&database, "INSERT", "runs").await;
    let completing =
        async move { worker.complete(claimed.computation_id, claimed.token, store_laws::completion(1)).await.unwrap() };
    let its_operator = Arc::clone(&operator);
    let dropping = async move { its_operator.drop_artifacts(Scope::Run(key(1)), None).await.unwrap() };
    let (completed, dropped) = gate.between(completing, dropping).await;
    assert_eq!((completed, dropped.dropped[0].was_there), (Outcome::Done, true));
    let found = operator.record(record(Kind::Run, 1).id).await.unwrap();
    assert_eq!(found, Lookup::Absent);
}

#[tokio::test]
async fn what_happens_is_heard_and_a_lost_connection_is_told() {
    let database = TestDatabase::new().await;
    let (here, there) = (open(&database).await, open(&database).await);
    let mut events = here.events();
    let mut next =
        async || tokio::time::timeout(Duration::from_secs(30), events.next()).await.expect("an event").expect("no end");
    assert_eq!(next().await, StoreEvent::Missed, "before it listened, anything may have happened");
    there.submit(job("me", 1, Priority::Interactive), 1_000).await.unwrap();
    assert_eq!(next().await, StoreEvent::Submitted);
    let claimed = there.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap().unwrap();
    there.complete(claimed.computation_id, claimed.token, store_laws::completion(1)).await.unwrap();
    assert_eq!(next().await, StoreEvent::Changed(claimed.computation_id));
    let pool = database.connect().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
         AND query ILIKE 'LISTEN%' AND pid <> pg_backend_pid()";
    let cut: Vec<bool> = sqlx::query_scalar(cut).fetch_all(&pool).await.unwrap();
    assert_eq!(cut, [true]);
    assert_eq!(next().await, StoreEvent::Missed);
    there.submit(job("me", 2, Priority::Interactive), 1_000).await.unwrap();
    assert_eq!(next().await, StoreEvent::Submitted);
}

/// A drop is told to those who were there, and each is awaited until it has acknowledged or its lease has run out.
#[tokio::test]
async fn a_drop_is_acknowledged_by_those_whose_leases_hold() {
    let (store, clock, _database) = fresh().await;
    let member = |name: &str| Member { id: uuid::Uuid::now_v7(), name: name.to_owned() };
    let (a, b, late) = (member("a"), member("b"), member("late"));
    let lease = Duration::from_secs(5);
    for member in [&a, &b] {
        assert!(store.attend(member, lease, 0, Vec::new()).await.unwrap().is_empty());
    }
    make(&store, "me", 1).await;
    let first = store.drop_artifacts(Scope::Run(key(1)), None).await.unwrap();
    let second = store.drop_artifacts(Scope::Run(key(2)), None).await.unwrap();
    assert!(0 < first.number && first.number < second.number);
    let remembered = store.attend(&late, lease, 0, Vec::new()).await.unwrap();
    assert_eq!(remembered.len(), 2, "it hears what was dropped before it came");
    assert!(store.attend(&late, lease, second.number, Vec::new()).await.unwrap().is_empty());
    let nothing = store.drop_artifacts(Scope::Fund("nobody's".to_owned()), None).await.unwrap();
    assert_eq!((nothing.number, nothing.dropped.len()), (0, 0), "nobody has to hear of nothing");

    let found = async |number| store.acknowledgements(number).await.unwrap();
    let awaited = |names: &[&str], in_memory| Acknowledgements {
        in_memory,
        awaited: names.iter().map(|name| (*name).to_owned()).collect(),
        lost: Vec::new(),
    };
    assert_eq!(found(first.number).await, awaited(&["a", "b"], 0));
    let news = store.attend(&a, lease, 0, Vec::new()).await.unwrap();
    assert_eq!(news.iter().map(|dropping| &dropping.dropped).collect::<Vec<_>>(), [&first.dropped, &second.dropped]);
    assert_eq!(found(first.number).await, awaited(&["a", "b"], 0), "it was told, and has not answered");
    let had = vec![Acknowledged { number: first.number, in_memory: 3 }];
    for _ in 0..2 {
        // Once more, because its answer was lost.
        assert!(store.attend(&a, lease, second.number, had.clone()).await.unwrap().is_empty());
    }
    assert_eq!(found(first.number).await, awaited(&["b"], 3));
    clock.advance(lease - Duration::from_millis(1));
    assert_eq!(found(second.number).await, awaited(&["b"], 0));
    clock.advance(Duration::from_millis(1));
    let lost = Acknowledgements { in_memory: 3, awaited: Vec::new(), lost: vec!["b".to_owned()] };
    assert_eq!(found(first.number).await, lost);
    // Whoever comes back hears what it missed; whoever left is not asked for.
    assert_eq!(store.attend(&b, lease, 0, Vec::new()).await.unwrap().len(), 2);
    assert_eq!(found(first.number).await, awaited(&["b"], 3));
    store.leave(b.id).await.unwrap();
    assert_eq!(found(first.number).await, awaited(&[], 3));
    clock.advance(Duration::from_secs(60));
    store.forget_drops(Duration::from_secs(30)).await.unwrap();
    assert!(store.attend(&late, lease, 0, Vec::new()).await.unwrap().is_empty());
    assert_eq!(found(first.number).await, awaited(&["late"], 0), "all else is forgotten");
}

/// Every byte of a record and of a chunk that is changed by hand is found, counted once, and never answered with.
#[tokio::test]
async fn what_is_changed_by_hand_is_damaged() {
    let (store, _, database) = fresh().await;
    make(&store, "me", 1).await;
    let id = record(Kind::Run, 1).id;
    store.put_chunk(id, 0, bytes::Bytes::from_static(b"some rows")).await.unwrap();
    let pool = database.connect().await;
    for (column, changed) in [
        ("body", "set_byte(body, 3, 0)"),
        ("block_digests", "set_byte(block_digests, 3, 0)"),
        ("content_digest", "set_byte(content_digest, 3, 0)"),
        ("made_at", "made_at + 1"),
        ("cost_us", "cost_us + 1"),
        ("num_chunks", "num_chunks + 1"),
    ] {
        let before = store.num_damaged();
        sqlx::query("CREATE TABLE kept AS SELECT * FROM artifacts").execute(&pool).await.unwrap();
        let change = format!("UPDATE artifacts SET {column} = {changed}");
        sqlx::query(AssertSqlSafe(change)).execute(&pool).await.unwrap();
        for _ in 0..2 {
            assert_eq!(store.record(id).await.unwrap(), Lookup::Damaged, "{column}");
        }
        assert_eq!(store.num_damaged(), before + 1, "{column}");
        for statement in ["DELETE FROM artifacts", "INSERT INTO artifacts SELECT * FROM kept", "DROP TABLE kept"] {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        assert!(matches!(store.record(id).await.unwrap(), Lookup::Found(_)), "{column}");
    }
    let before = store.num_damaged();
    sqlx::query("UPDATE artifact_chunks SET encoded = set_byte(encoded, 0, 0)").execute(&pool).await.unwrap();
    assert_eq!(store.chunk(id, 0).await.unwrap(), None);
    assert_eq!(store.num_damaged(), before + 1);
}

/// For people with psql: one row per matrix and fund, with what became of it.
#[tokio::test]
async fn the_view_of_matrices_has_a_row_for_each_fund() {
    let (store, _, database) = fresh().await;
    // Two runs of fund-1 and one of fund-0, of one matrix.
    for number in [1, 3, 2] {
        let mut job = job("me", number, Priority::Interactive);
        job.matrix_key = key(50);
        job.input = format!("{{\"fundId\":\"fund-{}\"}}", number % 2);
        let mut made = store_laws::completion(number);
        made.run.matrix_key = key(50);
        made.records.push(record(Kind::Matrix, 50));
        store.submit(job, 1_000).await.unwrap();
        let claimed = store.claim(LEASE, 3, Vec::new(), Priority::Low, "a worker").await.unwrap().unwrap();
        store.complete(claimed.computation_id, claimed.token, made).await.unwrap();
    }
    let mut waits = job("me", 9, Priority::Interactive);
    waits.input = "{\"fundId\":\"new\"}".to_owned();
    store.submit(waits, 1_000).await.unwrap();
    let pool = database.connect().await;
    let rows = async || -> Vec<(String, String, String, i64)> {
        let select = "SELECT matrix_key, fund_id, status, runs FROM scenario_matrices ORDER BY matrix_key, fund_id";
        sqlx::query_as(select).fetch_all(&pool).await.unwrap()
    };
    let hex = |number| blake3::Hash::from_bytes(key(number)).to_string();
    let row = |number, fund: &str, status: &str, runs| (hex(number), fund.to_owned(), status.to_owned(), runs);
    let made = |status| [row(50, "fund-0", status, 1), row(50, "fund-1", status, 2)];
    let [a, b] = made("complete");
    let waiting = row(59, "new", "waiting", 0);
    assert_eq!(rows().await, [a, b, waiting.clone()]);
    store.drop_artifacts(Scope::Matrix(key(50)), None).await.unwrap();
    let [a, b] = made("invalidated");
    assert_eq!(rows().await, [a, b, waiting]);
}

#[tokio::test]
async fn a_name_that_cannot_be_is_nobodys() {
    let (store, _, _database) = fresh().await;
    assert!(store.fund("me", "a\0b").await.unwrap().is_none());
    assert!(store.runs("me", 1, Some("a\0b"), 10, None).await.unwrap().is_empty());
    assert!(store.key("a\0b").await.unwrap().is_none());
    assert!(store.funds("me", 10, Some("a\0b")).await.unwrap().is_empty());
}

#[tokio::test]
async fn neither_address_nor_password_stands_in_an_error() {
    let secret = Secret::given("a-password-that-nobody-may-see-0123456789").unwrap();
    let database = TestDatabase::new().await;
    let wrong = database.url.replace("throwaway", secret.expose());
    for url in [wrong.as_str(), "postgres://me:a-password-that-nobody-may-see-0123456789@127.0.0.1:1/none"] {
        let error = PostgresStore::open(&settings(url)).await.unwrap_err().to_string();
        assert!(!error.contains(secret.expose()) && !error.contains("127.0.0.1"), "{error}");
    }
}

#[tokio::test]
async fn a_schema_newer_than_this_program_is_refused() {
    let database = TestDatabase::new().await;
    open(&database).await.close().await;
    let pool = database.connect().await;
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99990101000000, 'later', true, '\\x00', 0)")
        .execute(&pool)
        .await
        .unwrap();
    let error = PostgresStore::open(&settings(&database.url)).await.unwrap_err().to_string();
    assert!(error.contains("newer than this program knows"), "{error}");
}
