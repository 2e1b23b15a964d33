//! Messages whose worker is gone, or that no worker can read. BullMQ's scheme goes by locks; the library's own search does
//! not look at them and takes messages from workers that live, so it is switched off and this one is in its place.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use bullmq_rs::BullmqError;
use redis::Script;
use serde_json::{Map, Value};

use super::{Jobs, TIMEOUT, key, shortened};
use crate::redis::{RedisLink, Unanswered};

/// How often a message comes back whose worker died. After how many attempts its job is given up is for the store to say,
/// and much earlier.
const MOST_RETURNS: u32 = 100;

/// The one option that is of use once a message was taken. Priority and delay are in its hash, too.
const USED_OPTION: &str = "attempts";

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
        local prefix, id, now, most, options, reason = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
        local job = prefix .. id
        -- Nothing is undone where a step fails: so everything is what it should be before the first.
        for name, kind in pairs({[wait] = 'list', [prioritized] = 'zset', [paused] = 'list', [meta] = 'hash',
                                 [counter] = 'string', [marker] = 'zset', [events] = 'stream', [failed] = 'zset',
                                 [stalled] = 'set'}) do
          local found = redis.call('TYPE', name).ok
          if found ~= 'none' and found ~= kind then return 0 end
        end
        if redis.call('EXISTS', job .. ':lock') == 1 or redis.call('LREM', active, 1, id) == 0 then return 0 end
        redis.call('SREM', stalled, id)
        if redis.call('TYPE', job).ok ~= 'hash' then return 0 end
        if reason == '' and redis.call('HINCRBY', job, 'stc', 1) > most then
          reason = 'its workers died ' .. most .. ' times'
        end
        if reason ~= '' then
          local deduplication = redis.call('HGET', job, 'deid')
          if deduplication then
            local kept = prefix .. 'de:' .. deduplication
            if redis.call('TYPE', kept).ok == 'string' and redis.call('PTTL', kept) == -1 and redis.call('GET', kept) == id then
              redis.call('DEL', kept)
            end
          end
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
    let unlocked = link.script::<Vec<Vec<u8>>>(UNLOCKED.key(key("active")).arg(key(""))).await;
    let mut num_recovered = 0_u64;
    for id in unlocked.unwrap_or_default() {
        let Ok(remedy) = remedy(link, jobs, &id).await else { break };
        let (options, reason) = match remedy {
            Remedy::GiveBack => (String::new(), String::new()),
            Remedy::GiveBackWith(options) => (options, String::new()),
            Remedy::End(reason) => (String::new(), shortened(&format!("this message cannot be read: {reason}"))),
        };
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let mut recover = RECOVER.prepare_invoke();
        for name in ["active", "wait", "prioritized", "paused", "meta", "pc", "marker", "events", "failed", "stalled"] {
            recover.key(key(name));
        }
        recover.arg(key("")).arg(id).arg(now_ms).arg(MOST_RETURNS).arg(options).arg(reason);
        num_recovered += link.script::<u64>(&recover).await.unwrap_or(0);
    }
    if num_recovered > 0 {
        tracing::info!(num_recovered, "messages of the job queue had no worker any more");
    }
}

/// What helps a message that nobody takes care of.
enum Remedy {
    /// Another worker.
    GiveBack,
    /// Another worker, and these options, which the library can read.
    GiveBackWith(String),
    /// Nothing.
    End(String),
}

async fn remedy(link: &RedisLink, jobs: &Jobs, id: &[u8]) -> Result<Remedy, Unanswered> {
    let Ok(id) = std::str::from_utf8(id) else { return Ok(Remedy::End("its id is no text".to_owned())) };
    let read = tokio::time::timeout(TIMEOUT, jobs.get_job(id)).await.map_err(|_| Unanswered::Away)?;
    let unreadable = match read {
        Ok(_) => return Ok(Remedy::GiveBack),
        // Redis's own trouble says nothing of the message; that it is not what it should be does.
        Err(BullmqError::Redis(error))
            if error.is_io_error() || error.is_timeout() || error.code().is_some_and(|code| code != "WRONGTYPE") =>
        {
            return Err(Unanswered::Away);
        }
        Err(unreadable) => unreadable,
    };
    let mut read = redis::pipe();
    read.cmd("HGET").arg(key(id)).arg("opts");
    let options = match link.pipeline::<(Option<String>,)>(&read).await {
        Ok((options,)) => options,
        Err(Unanswered::WrongType) => None,
        Err(Unanswered::Away) => return Err(Unanswered::Away),
    };
    Ok(options.and_then(|options| used_of(&options)).map_or(Remedy::End(unreadable.to_string()), Remedy::GiveBackWith))
}

/// Options without those that are of no use here and that the library may not be able to read; none where there are no
/// others.
fn used_of(options: &str) -> Option<String> {
    let options: Map<String, Value> = serde_json::from_str(options).ok()?;
    let attempts = options.get(USED_OPTION).and_then(Value::as_u64).and_then(|attempts| u32::try_from(attempts).ok());
    let used: Map<String, Value> =
        attempts.map(|attempts| (USED_OPTION.to_owned(), attempts.into())).into_iter().collect();
    (used != options).then(|| Value::Object(used).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_options_that_are_of_use_are_kept_and_only_once() {
        let used = used_of(r#"{"attempts":3,"delay":0.5,"backoff":{"type":"exponential","delay":1000}}"#);
        assert_eq!(used.as_deref(), Some(r#"{"attempts":3}"#));
        assert_eq!(used_of(r#"{"attempts":3}"#), None);
        assert_eq!(used_of(r#"{"attempts":1.5}"#).as_deref(), Some("{}"));
        assert_eq!(used_of("{}"), None);
        assert_eq!(used_of("7"), None);
    }
}
