//! Redis over TLS.

use std::path::Path;

use super::server::OwnRedis;
use crate::harness::worked_example;
use crate::program::{Server, serve};

#[test]
fn over_tls_only_a_redis_with_a_trusted_certificate_is_used() {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/redis/tls");
    let dir = tempfile::tempdir().expect("a directory");
    let redis = OwnRedis::encrypted(&files);
    // The second trusts a certificate that has signed nothing.
    for (trusted, is_used) in [("ca.pem", true), ("server.pem", false)] {
        let data = dir.path().join(trusted);
        let start = || {
            let mut command = serve(&data, &[]);
            command.env("SSL_CERT_FILE", files.join(trusted)).env_remove("SSL_CERT_DIR");
            command.env("REDIS_URL", format!("rediss://127.0.0.1:{}/0", redis.port));
            Server::of(command, &data)
        };
        let server = start();
        let tiers = server.get("/readyz")["tiers"].clone();
        let tier =
            tiers.as_array().expect("tiers").iter().find(|tier| tier["tier"] == "redis").expect("a Redis is set");
        assert_eq!(tier["ready"], is_used, "{tier}");
        assert!(is_used || tier["reason"] == "its certificate is not trusted", "{tier}");
        server.simulate("", &worked_example());
        assert_eq!(server.stop("-TERM"), Some(0));
        let found = start().simulate("", &worked_example());
        assert_eq!(found["cache"]["tier"], if is_used { "redis" } else { "durable" });
    }
}
