//! Messages whose worker is gone, or that no worker can read. BullMQ's scheme goes by locks; the library's own search does
//! not look at them and takes messages from workers that live, so it is switched off and this one is in its place.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use bullmq_rs::BullmqError;
use redis::Script;
use serde_json::{Map, Value};

use super::{Jobs, TIMEOUT, key};
use crate::redis::RedisLink;

/// How often a message comes back whose worker died. After how many attempts its job is given up is for the store to say,
/// and much earlier.
const MOST_RETURNS: u32 = 100;

/// Options that the library reads in every form that BullMQ writes.
const READABLE_OPTIONS: [&str; 5] = ["attempts", "delay", "jobId", "priority", "timestamp"];

/// Messages that are taken and have no lock: it ran out, and nobody renews it.
static UNLOCKED: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local unlocked = {}
        for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
          if redis.call('EXISTS', ARGV[1] .. id .. ':lock') == 0 then table.insert(unlocked, id) end
        end
        return unlocked",
    )
});

/// Gives one of them back, with these options where there are any, or ends it for this reason where there is one.
static RECOVER: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local active, wait, prioritized, paused, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
        local counter, marker, events, failed, stalled = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
        local id, now, most, options, reason = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
        local job = ARGV[1] .. id
        if redis.call('EXISTS', job .. ':lock') == 1 or redis.call('LREM', active, 1, id) == 0 then return 0 end
        redis.call('SREM', stalled, id)
        if redis.call('EXISTS', job) == 0 then return 0 end
        if reason == '' and redis.call('HINCRBY', job, 'stc', 1) > most then
          reason = 'its workers died ' .. most .. ' times'
        end
        if reason ~= '' then
          redis.call('HSET', job, 'failedReason', reason, 'finishedOn', now)
          redis.call('ZADD', failed, now, id)
          redis.call('XADD', events, 'MAXLEN', '~', 10000, '*', 'event', 'failed', 'jobId', id,
                     'failedReason', reason, 'prev', 'active')
          return 1
        end
        if options ~= '' then redis.call('HSET', job, 'opts', options) end
        local isPaused = redis.call('HEXISTS', meta, 'paused') == 1
        local priority = tonumber(redis.call('HGET', job, 'priority')) or 0
        if priority > 0 then
          local score = priority * 0x100000000 + redis.call('INCR', counter) % 0x100000000
          redis.call('ZADD', prioritized, score, id)
        elseif isPaused then
          redis.call('RPUSH', paused, id)
        else
          redis.call('RPUSH', wait, id)
        end
        if not isPaused then redis.call('ZADD', marker, 0, '0') end
        redis.call('XADD', events, 'MAXLEN', '~', 10000, '*', 'event', 'stalled', 'jobId', id)
        return 1",
    )
});

/// Gives messages without a worker to others.
pub async fn recover(link: &RedisLink, jobs: &Jobs) {
    let unlocked = link.script::<Vec<String>>(UNLOCKED.key(key("active")).arg(key(""))).await;
    for id in unlocked.unwrap_or_default() {
        let Ok(read) = tokio::time::timeout(TIMEOUT, jobs.get_job(&id)).await else { return };
        let (options, reason) = match read {
            Ok(_) => (String::new(), String::new()),
            Err(BullmqError::Redis(_)) => return,
            Err(unreadable) => match readable_options(link, &id).await {
                Some(options) => (options, String::new()),
                None => (String::new(), format!("this message cannot be read: {unreadable}")),
            },
        };
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let mut recover = RECOVER.prepare_invoke();
        for name in ["active", "wait", "prioritized", "paused", "meta", "pc", "marker", "events", "failed", "stalled"] {
            recover.key(key(name));
        }
        recover.arg(key("")).arg(&id).arg(now_ms).arg(MOST_RETURNS).arg(options).arg(reason);
        if link.script::<u64>(&recover).await == Ok(1) {
            tracing::info!(?id, "a message of the job queue was left behind, and is given to others");
        }
    }
}

/// The options of a message without those that the library may not be able to read, where it has such; the store decides
/// how often and when a job is tried.
async fn readable_options(link: &RedisLink, id: &str) -> Option<String> {
    let mut read = redis::pipe();
    read.cmd("HGET").arg(key(id)).arg("opts");
    let (options,) = link.pipeline::<(Option<String>,)>(&read).await.ok()?;
    let mut options: Map<String, Value> = serde_json::from_str(&options?).ok()?;
    let before = options.len();
    options.retain(|name, _| READABLE_OPTIONS.contains(&name.as_str()));
    (options.len() < before).then(|| Value::Object(options).to_string())
}
