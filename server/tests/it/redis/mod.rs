//! What processes share through Redis, over a real one: that it is believed only where it may be, and never needed.

mod budgets;
mod link;
pub mod proxy;
pub mod server;
mod services;
mod settings;
mod tier;
mod tls;

use std::time::{Duration, Instant};

use foliocast::redis::{RedisLink, RedisSettings};
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio_util::sync::CancellationToken;

use crate::installation::PATIENCE;

/// Nothing here waits so long for a Redis that answers, however busy the machine.
const NO_HURRY: Duration = Duration::from_secs(30);

/// How a Redis is used that is known to answer.
pub fn patient(url: &str) -> RedisSettings {
    RedisSettings { soft_timeout: NO_HURRY, ..RedisSettings::at(url.parse().unwrap()) }
}

/// How a Redis is used that fails.
fn hurried(url: &str) -> RedisSettings {
    RedisSettings { soft_timeout: Duration::from_millis(50), ..RedisSettings::at(url.parse().unwrap()) }
}

async fn link(settings: &RedisSettings) -> RedisLink {
    RedisLink::start(settings, CancellationToken::new()).await.unwrap()
}

/// An empty database of the Redis that all tests share.
pub async fn database() -> (String, MultiplexedConnection) {
    let shared = crate::service_urls::redis_url();
    let number: u32 =
        redis::cmd("INCR").arg("databases of tests").query_async(&mut connect(&shared).await).await.unwrap();
    let (server, _) = shared.rsplit_once('/').unwrap();
    let url = format!("{server}/{}", number % 9_999 + 1);
    let mut connection = connect(&url).await;
    redis::cmd("FLUSHDB").query_async::<()>(&mut connection).await.unwrap();
    (url, connection)
}

/// A connection beside the server's, as an operator's inspection would have.
pub async fn connect(url: &str) -> MultiplexedConnection {
    // Its own time-outs are shorter than a busy machine may take.
    let patient = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    redis::Client::open(url).unwrap().get_multiplexed_async_connection_with_config(&patient).await.unwrap()
}

/// Waits until something is so.
pub async fn wait_until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "{what}: that does not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
