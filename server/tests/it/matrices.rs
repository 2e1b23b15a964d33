//! Matrices: what they are, their block digests, and their rows.

use foliocast_core::scenario::{Digest, MatrixKey, Run, block_digest, matrix_digest};
use futures::StreamExt;

use crate::installation::{Installation, PATIENCE, body, caller, config, rows_of_matrix, run};

async fn rows(at: &Installation, key: MatrixKey, range: Option<(u32, u32)>) -> Vec<f32> {
    let mut rows = rows_of_matrix(&at.services, &caller("me"), key, range).await.unwrap();
    let (mut values, mut next) = (Vec::new(), rows.first_row);
    while let Some(block) = rows.blocks.next().await {
        let block = block.unwrap();
        assert_eq!(block.first_row, next, "in order, without gaps");
        next += (block.rows.len() / block.columns) as u32;
        values.extend(block.rows);
    }
    assert_eq!(next - rows.first_row, rows.num_rows);
    values
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_the_engines_whether_they_are_read_or_made_again() {
    let request = body("fund-1", 400_000, "rows");
    let expected = Run::new(&config(&request)).finish().matrix.unwrap().rows;
    for keep_rows_factor in [0.0, f64::INFINITY] {
        let at = Installation::with(|settings| settings.keep_rows_factor = keep_rows_factor).await;
        let key = run(&at.services, &caller("me"), &request).await.to_run().unwrap().matrix_key;
        assert!(rows(&at, key, None).await == expected);
        for (first, last) in [(0, 0), (399_999, 399_999), (1_023, 1_024), (5, 200_000), (131_071, 262_144)] {
            let part = rows(&at, key, Some((first, last))).await;
            assert!(part == expected[first as usize * 2..(last as usize + 1) * 2], "rows {first} to {last}");
        }
        let pool = crate::sqlite::connect(&at.dir.path().join("chunks.db")).await;
        let chunks: i64 = sqlx::query_scalar("SELECT count(*) FROM artifact_chunks").fetch_one(&pool).await.unwrap();
        assert_eq!(chunks > 0, keep_rows_factor == 0.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn block_digests_come_in_pages_and_make_the_digest() {
    let at = Installation::new().await;
    let me = caller("me");
    let request = body("fund-1", 10_000, "blocks");
    let made = run(&at.services, &me, &request).await.to_run().unwrap();
    let mut digests: Vec<Digest> = Vec::new();
    let mut cursor = None;
    loop {
        let page = at.services.matrix_blocks(&me, made.matrix_key, 4, cursor.as_deref()).await.unwrap();
        digests.extend(page.items.iter().map(|block| block.digest));
        cursor = page.next_cursor;
        if cursor.is_none() {
            assert_eq!((page.items.last().unwrap().block, page.items.last().unwrap().rows), (9, 10_000 - 9 * 1_024));
            break;
        }
    }
    assert_eq!(matrix_digest(&digests), made.digest);
    let first = rows(&at, made.matrix_key, Some((0, 1_023))).await;
    assert_eq!(block_digest(&first), digests[0]);

    let matrix = at.services.matrix(&me, made.matrix_key).await.unwrap();
    assert_eq!((matrix.digest, matrix.num_blocks, matrix.size_bytes), (made.digest, 10, 80_000));
    assert_eq!(matrix.configuration["schema"], "foliocast.matrix/1");
    assert_eq!(matrix.generation, made.generation);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_the_matrix_has_not_are_416() {
    let at = Installation::new().await;
    let me = caller("me");
    let key = run(&at.services, &me, &body("fund-1", 100, "range")).await.to_run().unwrap().matrix_key;
    for range in [(0, 100), (100, 100), (5, 4), (0, u32::MAX)] {
        let error = rows_of_matrix(&at.services, &me, key, Some(range)).await.err().unwrap();
        assert_eq!(error.status(), 416, "{range:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_of_readers_may_pause_and_go_on() {
    let at = Installation::with(|settings| {
        settings.keep_rows_factor = f64::INFINITY;
        settings.compute_threads = 2;
    })
    .await;
    let me = caller("me");
    let key = run(&at.services, &me, &body("fund-1", 200_000, "budget")).await.to_run().unwrap().matrix_key;
    let mut paused = Vec::new();
    // More than may be made at a time: the budget is free again whenever nobody takes what was made.
    let all_begin = async {
        while paused.len() < 5 {
            match rows_of_matrix(&at.services, &me, key, None).await {
                Ok(rows) => paused.push(rows.blocks),
                Err(busy) => assert_eq!(busy.status(), 503),
            }
        }
    };
    tokio::time::timeout(PATIENCE, all_begin).await.expect("the budget is given back");
    for blocks in paused {
        assert_eq!(blocks.count().await, 196);
    }
}
