//! Connections: how many at a time, and how long a client may keep one waiting.
//!
//! Whoever sends slowly, takes slowly or not at all must not keep the server from the others: everything a client can
//! hold is counted, and everything it can delay ends.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::http::Request;
use axum::serve::Listener;
use futures::StreamExt as _;
use futures::stream::poll_fn;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::client::Peer;

/// What clients can hold, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Connections at a time; further ones wait until one ends.
    pub connections: usize,
    /// How long the head of a request may take to arrive, and how long a connection may be idle between two.
    pub head_time: Duration,
    /// How long the body of a request may take to arrive.
    pub body_time: Duration,
    /// How long a client may take nothing of what it is sent.
    pub send_time: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            // A process may usually open 1,024 files, and the stores need some of them.
            connections: 512,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(60),
            send_time: Duration::from_secs(60),
        }
    }
}

/// Answers what connects to `listener` with `router`, within `limits`. When `shutdown` is cancelled no more connections
/// are taken, answers under way are finished, and then this ends.
pub async fn serve(mut listener: TcpListener, router: Router, limits: ConnectionLimits, shutdown: CancellationToken) {
    let (slots, connections) = (Arc::new(Semaphore::new(limits.connections)), TaskTracker::new());
    let mut is_full = false;
    loop {
        let accepted = async {
            let was_full = std::mem::replace(&mut is_full, slots.available_permits() == 0);
            if is_full && !was_full {
                tracing::warn!(
                    most = limits.connections,
                    "as many connections as are allowed are open; further ones wait"
                );
            }
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            let (stream, peer) = Listener::accept(&mut listener).await;
            Some((stream, Peer(peer.ip()), slot))
        };
        let accepted = tokio::select! {
            accepted = accepted => accepted,
            () = shutdown.cancelled() => None,
        };
        let Some((stream, peer, slot)) = accepted else { break };
        connections.spawn(answer(stream, peer, router.clone(), limits, shutdown.clone(), slot));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Answers the requests of one connection.
async fn answer(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    limits: ConnectionLimits,
    shutdown: CancellationToken,
    _slot: OwnedSemaphorePermit,
) {
    let router = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        in_time(request, limits.body_time)
    });
    let stream = TokioIo::new(SendDeadline { stream, send_time: limits.send_time, stalled: None });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_time);
    let mut connection = pin!(http.serve_connection(stream, TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// The request with a body that fails with [`io::ErrorKind::TimedOut`] unless it is there within `body_time`.
fn in_time(request: Request<Incoming>, body_time: Duration) -> Request<Body> {
    request.map(|body| {
        if body.is_end_stream() {
            return Body::empty();
        }
        let mut chunks = Body::new(body).into_data_stream();
        let mut time_is_up = Box::pin(sleep(body_time));
        Body::from_stream(poll_fn(move |context| match chunks.poll_next_unpin(context) {
            Poll::Ready(chunk) => Poll::Ready(chunk.map(|chunk| chunk.map_err(io::Error::other))),
            Poll::Pending => time_is_up.as_mut().poll(context).map(|()| Some(Err(io::ErrorKind::TimedOut.into()))),
        }))
    })
}

/// A connection that fails with [`io::ErrorKind::TimedOut`] once its client has taken nothing for `send_time` of what
/// waits for it.
struct SendDeadline {
    stream: TcpStream,
    send_time: Duration,
    /// Since something waits.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl SendDeadline {
    fn check<T>(&mut self, context: &mut Context<'_>, sent: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if sent.is_ready() {
            self.stalled = None;
            return sent;
        }
        let send_time = self.send_time;
        let time_is_up = self.stalled.get_or_insert_with(|| Box::pin(sleep(send_time)));
        time_is_up.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for SendDeadline {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for SendDeadline {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.check(context, sent)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.check(context, sent)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
