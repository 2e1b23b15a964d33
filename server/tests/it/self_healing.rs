//! Damage at rest is found, counted, and made again.

use foliocast::store::{ArtifactId, Kind, Record, Seal};
use foliocast_app::api::Tier;
use foliocast_core::scenario::{MatrixKey, Run};
use futures::StreamExt;

use crate::installation::{Installation, allocated, body, caller, config, expected_digests, open, rows_of_matrix, run};

/// Shuts down, runs a statement on one of the files, and opens again.
async fn tampered(at: Installation, file: &str, statement: &'static str) -> Installation {
    at.services.shutdown().await;
    let pool = crate::sqlite::connect(&at.dir.path().join(file)).await;
    let damaged = sqlx::query(statement).execute(&pool).await.unwrap();
    assert!(damaged.rows_affected() > 0);
    pool.close().await;
    Installation { services: open(at.dir.path()).await, dir: at.dir }
}

async fn rows(at: &Installation, key: MatrixKey) -> Vec<f32> {
    let rows = rows_of_matrix(&at.services, &caller("me"), key, None).await.unwrap();
    rows.blocks.map(|block| block.unwrap().rows).collect::<Vec<_>>().await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_run_is_made_again_whoever_asks() {
    let at = Installation::new().await;
    let (me, body) = (caller("me"), body("fund-1", 2_000, "damaged run"));
    let made = run(&at.services, &me, &body).await;
    let digests = |answer: &foliocast::service::RunAnswer| {
        let run = answer.to_run().unwrap();
        (run.digest, run.summary_digest)
    };
    let statements = [
        "UPDATE artifacts SET body = CAST(replace(CAST(body AS TEXT), '\"mean\":', '\"mean\":1') AS BLOB) WHERE kind = 'run'",
        "UPDATE artifacts SET content_digest = zeroblob(32) WHERE kind = 'run'",
        "UPDATE artifacts SET record_digest = randomblob(32)",
    ];
    let mut at = at;
    for statement in statements {
        at = tampered(at, "foliocast.db", statement).await;
        let healed = at.services.run(&me, made.run_key).await.unwrap();
        assert_eq!((healed.cache.hit, healed.cache.tier), (false, Tier::Computed), "{statement}");
        assert_eq!(digests(&healed), digests(&made));
        assert_eq!(at.services.run(&me, made.run_key).await.unwrap().cache.tier, Tier::Memory);
        assert!(at.services.num_damaged() > 0);
    }
    at = tampered(at, "foliocast.db", statements[0]).await;
    let healed = run(&at.services, &me, &body).await;
    assert_eq!((healed.cache.tier, digests(&healed)), (Tier::Computed, digests(&made)));
    at = at.reopen().await;
    assert_eq!(at.services.run(&me, made.run_key).await.unwrap().cache.tier, Tier::Durable);
    assert_eq!(at.services.num_damaged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_matrix_record_is_made_again() {
    let at = Installation::new().await;
    let (me, body) = (caller("me"), body("fund-1", 2_000, "damaged matrix"));
    let made = run(&at.services, &me, &body).await.to_run().unwrap();
    let at =
        tampered(at, "foliocast.db", "UPDATE artifacts SET block_digests = zeroblob(64) WHERE kind = 'matrix'").await;
    let matrix = at.services.matrix(&me, made.matrix_key).await.unwrap();
    assert_eq!(matrix.digest, made.digest);
    assert_eq!(at.services.num_damaged(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_and_lost_chunks_are_made_again_and_kept_again() {
    let at = Installation::with(|settings| settings.keep_rows_factor = 0.0).await;
    let (me, body) = (caller("me"), body("fund-1", 300_000, "damaged chunk"));
    let key = run(&at.services, &me, &body).await.to_run().unwrap().matrix_key;
    let expected = Run::new(&config(&body)).finish().matrix.unwrap().rows;
    let at =
        tampered(at, "chunks.db", "UPDATE artifact_chunks SET encoded = randomblob(length(encoded)) WHERE chunk = 1")
            .await;
    assert!(rows(&at, key).await == expected);
    assert_eq!(at.services.num_damaged(), 1);

    let at = tampered(at, "chunks.db", "DELETE FROM artifact_chunks WHERE chunk <> 1").await;
    assert!(rows(&at, key).await == expected);
    let at = at.reopen().await;
    let pool = crate::sqlite::connect(&at.dir.path().join("chunks.db")).await;
    let chunks: Vec<i64> =
        sqlx::query_scalar("SELECT chunk FROM artifact_chunks ORDER BY chunk").fetch_all(&pool).await.unwrap();
    assert_eq!(chunks, [0, 1, 2], "what was lost is there again");
    assert!(rows(&at, key).await == expected);
    assert_eq!(at.services.num_damaged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_come_out_differently_end_in_an_error_and_the_matrix_is_made_anew() {
    let at = Installation::with(|settings| settings.keep_rows_factor = f64::INFINITY).await;
    let (me, body) = (caller("me"), body("fund-1", 3_000, "forged"));
    let made = run(&at.services, &me, &body).await.to_run().unwrap();
    // A forger who knows how a record is digested: block digests that are not the engine's.
    forge_block_digests(&at).await;
    let at = at.reopen().await;
    let forged = rows_of_matrix(&at.services, &me, made.matrix_key, None).await.unwrap();
    let blocks: Vec<_> = forged.blocks.collect().await;
    assert!(blocks[0].is_ok(), "the first block was left alone");
    assert!(blocks[1].is_err(), "the second was not");
    assert_eq!(blocks.len(), 2, "nothing after an error");
    assert_eq!(at.services.matrix(&me, made.matrix_key).await.unwrap_err().status(), 404);
    assert_eq!(at.services.run(&me, made.run_key).await.unwrap_err().status(), 404, "it was made from that matrix");
    assert!(at.services.runs(&me, None, 10, None).await.unwrap().items.is_empty());

    let again = run(&at.services, &me, &body).await;
    assert_eq!(again.cache.tier, Tier::Computed);
    let again = again.to_run().unwrap();
    assert_eq!((again.digest, again.summary_digest), expected_digests(&body));
    let expected = Run::new(&config(&body)).finish().matrix.unwrap().rows;
    assert!(rows(&at, again.matrix_key).await == expected);
    assert_eq!(at.services.run(&me, made.run_key).await.unwrap().cache.tier, Tier::Memory);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matrix_that_comes_out_differently_for_another_run_is_made_anew_and_so_are_its_runs() {
    let at = Installation::with(|settings| settings.keep_rows_factor = f64::INFINITY).await;
    let me = caller("me");
    let (first, second) = (allocated("fund-1", 3_000, "forged", 60), allocated("fund-1", 3_000, "forged", 40));
    let made = run(&at.services, &me, &first).await.to_run().unwrap();
    forge(&at, |record| record.content_digest[0] ^= 1).await;
    let at = at.reopen().await;
    for body in [&second, &first] {
        let again = run(&at.services, &me, body).await;
        assert_eq!(again.cache.tier, Tier::Computed, "nothing made from the forged matrix is served");
        let again = again.to_run().unwrap();
        assert_eq!((again.digest, again.summary_digest), expected_digests(body));
    }
    assert_eq!(at.services.matrix(&me, made.matrix_key).await.unwrap().digest, made.digest);
}

/// Replaces the second block's digest in the matrix's record.
async fn forge_block_digests(at: &Installation) {
    forge(at, |record| {
        let mut block_digests = record.block_digests.to_vec();
        block_digests[40] ^= 1;
        record.block_digests = block_digests.into();
    })
    .await;
}

/// Changes the matrix's record, with a record digest to match.
async fn forge(at: &Installation, change: impl FnOnce(&mut Record)) {
    type Row = (Vec<u8>, i64, Vec<u8>, Vec<u8>, Vec<u8>, i64, i64);
    let pool = crate::sqlite::connect(&at.dir.path().join("foliocast.db")).await;
    let (key, format, content_digest, body, block_digests, cost_us, made_at): Row = sqlx::query_as(
        "SELECT key, format, content_digest, body, block_digests, cost_us, made_at FROM artifacts WHERE kind = 'matrix'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let mut record = Record {
        id: ArtifactId { kind: Kind::Matrix, key: key.try_into().unwrap(), format: format as u32 },
        content_digest: content_digest.try_into().unwrap(),
        body: body.into(),
        block_digests: block_digests.into(),
        num_chunks: 0,
        chunk_bytes: 0,
        cost_us: cost_us as u64,
        epoch: 0,
        made_at_ms: made_at,
    };
    change(&mut record);
    // By somebody who has read the secret, too.
    let secret: Vec<u8> =
        sqlx::query_scalar("SELECT value FROM installation WHERE name = 'secret'").fetch_one(&pool).await.unwrap();
    let secret = secret.try_into().unwrap();
    sqlx::query("UPDATE artifacts SET content_digest = ?, block_digests = ?, record_digest = ? WHERE kind = 'matrix'")
        .bind(record.content_digest.to_vec())
        .bind(record.block_digests.to_vec())
        .bind(Seal::of(&secret).digest(&record).to_vec())
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
}
