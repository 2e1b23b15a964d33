//! Which Redis this installation shares results and limits through, and which one its job queue is in, if any.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};

use super::access::SecretText;

/// Redis's own.
const DEFAULT_PORT: u16 = 6_379;

/// Says that there is to be no queue, although there is a Redis.
const NO_QUEUE: &str = "none";

/// Which Redis this installation shares results and limits through, and which one its job queue is in, if any.
#[derive(Args, Clone, Debug)]
pub struct RedisConfig {
    /// Redis that processes share results and limits through: `redis://` or, with TLS, `rediss://`, then
    /// `[user:password@]host[:port][/database]`. None where empty.
    #[arg(
        long,
        env = "REDIS_URL",
        value_name = "URL",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    redis_url: SecretText,
    /// Host of the Redis, where REDIS_URL is empty.
    #[arg(
        long,
        env = "REDIS_HOST",
        value_name = "HOST",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    redis_host: String,
    /// Its port, 6379 where empty. Text, because it is read only where REDIS_HOST is set: platforms set a REDIS_PORT of
    /// another shape for programs that never asked.
    #[arg(
        long,
        env = "REDIS_PORT",
        value_name = "PORT",
        default_value = "",
        hide_default_value = true,
        long_help = "Its port, 6379 where empty"
    )]
    redis_port: String,
    /// Its password, where REDIS_URL is empty.
    #[arg(
        long,
        env = "REDIS_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    redis_password: SecretText,
    /// How long results stay in Redis, seconds.
    #[arg(long, env = "FOLIOCAST_REDIS_TTL_SECONDS", default_value_t = 86_400, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub redis_ttl_seconds: u32,
    /// Redis that the job queue `scenario-generation` is in, as REDIS_URL is written: that one where empty; `none` for no
    /// queue. It must keep everything (`maxmemory-policy noeviction`).
    #[arg(
        long,
        env = "QUEUE_REDIS_URL",
        value_name = "URL",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    queue_redis_url: SecretText,
}

impl RedisConfig {
    /// The Redis to use, where one is set.
    ///
    /// # Errors
    /// What is wrong with the settings, without their secrets.
    pub fn redis_url(&self) -> Result<Option<RedisUrl>, String> {
        let (url, host) = (self.redis_url.expose(), self.redis_host.trim());
        if !url.is_empty() {
            return url.parse().map(Some).map_err(|error| format!("REDIS_URL: {error}"));
        }
        if host.is_empty() {
            return Ok(None);
        }
        let port = self.redis_port.trim();
        let port = if port.is_empty() { Ok(DEFAULT_PORT) } else { port.parse() };
        let port = port.ok().filter(|port| *port > 0).ok_or_else(|| {
            format!("REDIS_PORT: `{}` was given; allowed is an integer from 1 to 65535", self.redis_port)
        })?;
        if !is_host(host) {
            return Err(format!(
                "REDIS_HOST has {} characters that are no host name or address; a whole address belongs into REDIS_URL",
                self.redis_host.chars().count()
            ));
        }
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let of_parts = RedisUrl::of_parts(host, port, self.redis_password.expose());
        of_parts.map(Some).ok_or_else(|| "REDIS_HOST is no host".to_owned())
    }

    /// The Redis that the job queue is in, where there is one.
    ///
    /// # Errors
    /// What is wrong with the settings, without their secrets.
    pub fn queue_redis_url(&self) -> Result<Option<RedisUrl>, String> {
        match self.queue_redis_url.expose() {
            "" => self.redis_url(),
            NO_QUEUE => Ok(None),
            url => url.parse().map(Some).map_err(|error| format!("QUEUE_REDIS_URL: {error}")),
        }
    }

    pub(super) fn effective(&self) -> Vec<(&'static str, String)> {
        let mask = |secret: &SecretText| if secret.expose().is_empty() { String::new() } else { "***".to_owned() };
        let shown = |text: &SecretText| match text.expose() {
            NO_QUEUE => NO_QUEUE.to_owned(),
            url => url.parse::<RedisUrl>().map_or_else(|_| mask(text), |url| url.to_string()),
        };
        vec![
            ("REDIS_URL", shown(&self.redis_url)),
            // A whole address that somebody put here may have a password in it.
            ("REDIS_HOST", if is_host(&self.redis_host) { self.redis_host.clone() } else { "***".to_owned() }),
            ("REDIS_PORT", self.redis_port.clone()),
            ("REDIS_PASSWORD", mask(&self.redis_password)),
            ("FOLIOCAST_REDIS_TTL_SECONDS", self.redis_ttl_seconds.to_string()),
            ("QUEUE_REDIS_URL", shown(&self.queue_redis_url)),
        ]
    }
}

fn is_host(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

/// How a Redis is reached. Its password is never shown: neither by `Debug` nor by `Display`.
#[derive(Clone)]
pub struct RedisUrl {
    info: ConnectionInfo,
}

impl RedisUrl {
    fn of_parts(host: &str, port: u16, password: &str) -> Option<Self> {
        let info = ConnectionAddr::Tcp(host.to_owned(), port).into_connection_info().ok()?;
        let mut redis = RedisConnectionInfo::default();
        if !password.is_empty() {
            redis = redis.set_password(password);
        }
        Some(Self { info: info.set_redis_settings(redis) })
    }

    /// What the client needs to connect.
    pub fn connection_info(&self) -> &ConnectionInfo {
        &self.info
    }

    /// Whether what is sent is encrypted.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.info.addr(), ConnectionAddr::TcpTls { .. })
    }

    /// The address with its password, for a client that takes nothing else. Never to be shown.
    pub fn to_secret_text(&self) -> String {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.written(encoded, encoded)
    }

    /// The address, with user and password as these write them.
    fn written(&self, user: impl Fn(&str) -> String, password: impl Fn(&str) -> String) -> String {
        let (scheme, host, port) = match self.info.addr() {
            ConnectionAddr::Tcp(host, port) => ("redis", host.as_str(), *port),
            ConnectionAddr::TcpTls { host, port, .. } => ("rediss", host.as_str(), *port),
            _ => ("redis", "", DEFAULT_PORT),
        };
        let redis = self.info.redis_settings();
        let user = redis.username().map(user).unwrap_or_default();
        // Where there is a user there is a password.
        let login = redis.password().map(|secret| format!("{user}:{}@", password(secret))).unwrap_or_default();
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("{scheme}://{login}{host}:{port}/{}", redis.db())
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(str::to_owned, |_| "***".to_owned()))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

/// A text that names no Redis. Says nothing of what may be a password: any part of such a text may be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{fault} in an address of {length} characters that are not shown here; expected \
     `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS, with `%40` for an `@` in a password"
)]
pub struct ParseRedisUrlError {
    fault: &'static str,
    length: usize,
}

impl FromStr for RedisUrl {
    type Err = ParseRedisUrlError;

    fn from_str(text: &str) -> Result<Self, ParseRedisUrlError> {
        let fault = |fault| ParseRedisUrlError { fault, length: text.chars().count() };
        let is_known = |scheme: &str| ["redis", "rediss"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        if !text.split_once("://").is_some_and(|(scheme, _)| is_known(scheme)) {
            return Err(fault("neither `redis://` nor `rediss://` at the beginning"));
        }
        let url = redis::parse_redis_url(text).ok_or_else(|| fault("no host or no port"))?;
        if url.host_str().unwrap_or_default().is_empty() {
            return Err(fault("no host"));
        }
        if !url.username().is_empty() && url.password().is_none() {
            return Err(fault("a user without a password"));
        }
        if url.port() == Some(0) {
            return Err(fault("port 0"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fault("a `?` or `#`"));
        }
        let database = url.path().trim_start_matches('/');
        if !database.is_empty() && database.parse::<u16>().is_err() {
            return Err(fault("something behind the `/` that is no number of a database"));
        }
        let info = url.into_connection_info().map_err(|_| fault("a host, user or password that cannot be"))?;
        Ok(Self { info })
    }
}
