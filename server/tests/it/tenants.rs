//! Who sees what.

use foliocast::store::FundMustBe;
use foliocast_app::api::Tier;

use crate::installation::{Installation, accepted, body, caller, rows_of_matrix, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_sees_a_run_its_matrix_and_its_jobs_only_after_asking_itself() {
    let at = Installation::new().await;
    let (me, you) = (caller("me"), caller("you"));
    let body = body("fund-1", 3_000, "tenants");
    let job = accepted(&at.services, &me, &body).await;
    let mine = run(&at.services, &me, &body).await;

    assert_eq!(at.services.run(&you, mine.run_key).await.unwrap_err().status(), 404);
    assert_eq!(at.services.matrix(&you, job.matrix_key).await.unwrap_err().status(), 404);
    assert_eq!(at.services.matrix_blocks(&you, job.matrix_key, 10, None).await.unwrap_err().status(), 404);
    assert_eq!(rows_of_matrix(&at.services, &you, job.matrix_key, None).await.err().unwrap().status(), 404);
    assert_eq!(at.services.job(&you, &job.job_id).await.unwrap_err().status(), 404);
    assert_eq!(at.services.detach(&you, &job.job_id).await.unwrap_err().status(), 404);
    assert_eq!(at.services.job_events(&you, &job.job_id).await.err().unwrap().status(), 404);
    assert!(at.services.runs(&you, None, 10, None).await.unwrap().items.is_empty());

    let yours = run(&at.services, &you, &body).await;
    assert_eq!((yours.cache.hit, yours.cache.tier), (true, Tier::Shared));
    assert_eq!(yours.body, mine.body);
    let again = at.services.run(&you, mine.run_key).await.unwrap();
    assert_eq!(again.cache.tier, Tier::Shared, "it stays what others made");
    assert_eq!(at.services.run(&me, mine.run_key).await.unwrap().cache.tier, Tier::Memory);
    assert!(at.services.matrix(&you, job.matrix_key).await.is_ok());
    assert_eq!(at.services.runs(&you, None, 10, None).await.unwrap().items.len(), 1);

    let at = at.reopen().await;
    assert_eq!(at.services.run(&you, mine.run_key).await.unwrap().cache.tier, Tier::Shared);
    assert_eq!(at.services.run(&caller("them"), mine.run_key).await.unwrap_err().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_has_its_own_funds() {
    let at = Installation::new().await;
    let (me, you) = (caller("me"), caller("you"));
    let fund = format!(r#"{{"configuration": {}}}"#, body("fund-1", 100, "mine"));
    assert!(at.services.put_fund(&me, "fund-1", &fund, FundMustBe::Any).await.unwrap().1);
    assert_eq!(at.services.fund(&you, "fund-1").await.unwrap_err().status(), 404);
    assert_eq!(at.services.delete_fund(&you, "fund-1").await.unwrap_err().status(), 404);
    assert!(at.services.put_fund(&you, "fund-1", &fund, FundMustBe::Any).await.unwrap().1);
    at.services.delete_fund(&you, "fund-1").await.unwrap();
    assert!(at.services.fund(&me, "fund-1").await.is_ok());
}
