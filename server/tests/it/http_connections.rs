//! Clients that send slowly, take slowly, or come in crowds.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use foliocast::http::ConnectionLimits;

use crate::harness::{TestServer, three_buckets};
use crate::installation::PATIENCE;

/// Time that is up while the other side does nothing at all.
const SOON: Duration = Duration::from_millis(50);

/// Limits that nothing here reaches.
const PATIENT: ConnectionLimits =
    ConnectionLimits { connections: 512, head_time: PATIENCE, body_time: PATIENCE, send_time: PATIENCE };

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const HEALTHY: &[u8] = br#"{"status":"ok"}"#;

/// Lets a client run that waits on its sockets.
async fn client<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(run).await.expect("the client ends")
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
    stream
}

/// Asks how the server is, and reads the answer; the connection stays.
fn ask(stream: &mut TcpStream) {
    stream.write_all(HEALTH.as_bytes()).expect("the request is taken");
    read_health(stream);
}

fn read_health(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(HEALTHY) {
        let mut bytes = [0; 1_024];
        let length = stream.read(&mut bytes).expect("an answer in time");
        assert_ne!(length, 0, "the connection ended: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&bytes[..length]);
    }
}

/// What comes until the server ends the connection.
fn read_to_the_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Ok(_) => received,
        // A reset is an end too.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => received,
        Err(error) => panic!("the server does not end the connection: {error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_come_in_time_ends_the_connection() {
    let server = TestServer::start().await;
    let address = server.listen_with(ConnectionLimits { head_time: SOON, ..PATIENT }).await;
    for (sent, received) in [("", [].as_slice()), ("GET /healthz HTTP/1.1\r\nhost:", &[]), (HEALTH, HEALTHY)] {
        let end = client(move || {
            let mut stream = connect(address);
            stream.write_all(sent.as_bytes()).expect("it is taken");
            read_to_the_end(&mut stream)
        });
        let end = end.await;
        assert!(end.ends_with(received), "{sent}: {}", String::from_utf8_lossy(&end));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_in_time_is_refused() {
    let server = TestServer::start().await;
    let address = server.listen_with(ConnectionLimits { body_time: SOON, ..PATIENT }).await;
    let answer = client(move || {
        let mut stream = connect(address);
        let request = "POST /api/monte-carlo/simulate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                       content-length: 1000\r\n\r\n{\"fundId\":";
        stream.write_all(request.as_bytes()).expect("it is taken");
        read_to_the_end(&mut stream)
    });
    let answer = String::from_utf8(answer.await).expect("UTF-8");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("REQUEST_TIMEOUT") && answer.contains("x-request-id"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_too_many_waits_until_another_one_ends() {
    let server = TestServer::start().await;
    let address = server.listen_with(ConnectionLimits { connections: 1, ..PATIENT }).await;
    client(move || {
        let mut first = connect(address);
        ask(&mut first);
        let mut second = connect(address);
        second.write_all(HEALTH.as_bytes()).expect("it is taken");
        for _ in 0..100 {
            ask(&mut first);
        }
        second.set_nonblocking(true).expect("it does not wait");
        let early = second.read(&mut [0; 1]).expect_err("it is not answered yet");
        assert_eq!(early.kind(), ErrorKind::WouldBlock);
        second.set_nonblocking(false).expect("it waits");
        drop(first);
        read_health(&mut second);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_takes_nothing_is_cut_off() {
    let server = TestServer::start().await;
    // Far more than the buffers between a server and its client hold.
    let run = server.run(&three_buckets(2_000_000, "taken")).await;
    let path = format!("{}?format=csv", run["links"]["data"].as_str().expect("a link"));
    let address = server.listen_with(ConnectionLimits { connections: 1, send_time: SOON, ..PATIENT }).await;
    let received = client(move || {
        let mut paused = connect(address);
        write!(paused, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("it is taken");
        let mut begin = [0; 12];
        paused.read_exact(&mut begin).expect("the answer begins");
        assert_eq!(&begin, b"HTTP/1.1 200");
        // There is room for this one once the other is gone.
        ask(&mut connect(address));
        read_to_the_end(&mut paused)
    });
    assert!(!received.await.ends_with(b"0\r\n\r\n"), "the rows ended as if they were whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_two_readers_could_end_at_different_places_ends_its_connection() {
    let server = TestServer::start().await;
    let address = server.listen_with(PATIENT).await;
    let smuggled = "GET /api/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let head = "POST /api/monte-carlo/simulate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    let received = client(move || {
        let ask = |headers: &str, body: &str| {
            let mut stream = connect(address);
            stream.write_all(format!("{head}{headers}\r\n{body}{smuggled}").as_bytes()).expect("the request is taken");
            String::from_utf8_lossy(&read_to_the_end(&mut stream)).into_owned()
        };
        [
            ask("content-length: 4\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
            ask("transfer-encoding: chunked\r\ncontent-length: 4\r\n", "0\r\n\r\n"),
            ask("content-length: 0\r\ncontent-length: 90\r\n", ""),
            ask("content-length: 0, 90\r\n", ""),
            ask("content-length: +0\r\n", ""),
            ask("transfer-encoding: identity\r\n", ""),
            ask("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
            ask("transfer-encoding : chunked\r\n", "0\r\n\r\n"),
        ]
    });
    for (number, received) in received.await.into_iter().enumerate() {
        assert!(!received.contains("/api/smuggled"), "{number}: {received}");
        assert!(received.starts_with("HTTP/1.1 400 "), "{number}: {received}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_lead_nowhere_outside_and_end_no_header() {
    let server = TestServer::start().await;
    let address = server.listen_with(PATIENT).await;
    let received = client(move || {
        let paths = [
            "/assets/../../../../etc/passwd",
            "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/assets/..%2f..%2f..%2fetc%2fpasswd",
            "/assets//etc/passwd",
            "/api/docs/..%2f..%2f..%2fetc%2fpasswd",
            "/api/funds/..%2f..%2f..%2fetc%2fpasswd",
            "/api/runs/%0d%0aset-cookie:%20a=b",
            "/%0a2026-03-01T00:00:00Z%20INFO%20a%20line",
        ];
        paths.map(|path| {
            let mut stream = connect(address);
            let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).expect("the request is taken");
            (path, String::from_utf8_lossy(&read_to_the_end(&mut stream)).into_owned())
        })
    });
    for (path, received) in received.await {
        let status = received.get(9..12).unwrap_or_default();
        assert!(["400", "404"].contains(&status), "{path}: {received}");
        assert!(!received.contains("root:") && !received.contains("\r\nset-cookie"), "{path}: {received}");
    }
}
