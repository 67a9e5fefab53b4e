use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::Limits;
use super::admission::Place;
use super::pulse::{Beat, Pulse};
use super::tls::Tls;
use crate::http::HEAD_FIELDS_MAX;
use crate::http::call::Peer;

/// The head of a request: line and fields together.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Requests at once on one connection. A client with more opens another connection, and those are counted by network;
/// each request holds some kilobytes.
const STREAMS_MAX: u32 = 32;
/// One body of the largest size fits into a stream's window, two into a connection's: what a client may make us keep
/// before we have read any of it.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 128 * 1024;

/// To say goodbye takes one packet.
const GOODBYE: Duration = Duration::from_millis(100);

/// What the connections of one listener share.
pub(super) struct Shared {
    router: Router,
    tls: Option<Tls>,
    limits: Limits,
    http: auto::Builder<TokioExecutor>,
    drain: CancellationToken,
}

impl Shared {
    pub(super) fn new(router: Router, tls: Option<Tls>, limits: Limits, drain: CancellationToken) -> Self {
        Self { router, tls, limits, http: http(), drain }
    }
}

fn http() -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    // The pulse below bounds the time of a head for both protocols, so hyper's own timer for one of them is off.
    http.http1().max_headers(HEAD_FIELDS_MAX).max_buf_size(HEAD_BYTES_MAX).header_read_timeout(None);
    http.http2()
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
    http
}

/// One accepted connection.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) place: Place,
    pub(super) shared: Arc<Shared>,
}

impl Connection {
    /// Serves it to its end, and gives its place back.
    pub(super) async fn serve(self) {
        let Self { stream, peer, place, shared } = self;
        // Answers are small and whole: waiting to fill a packet would only delay them. It may fail on a dead socket.
        let _ = stream.set_nodelay(true);
        match &shared.tls {
            None => speak(stream, peer, &shared).await,
            Some(tls) => {
                let handshake = tokio::time::timeout(shared.limits.handshake, tls.accept(stream));
                tokio::select! {
                    () = shared.drain.cancelled() => {}
                    done = handshake => if let Ok(Ok(stream)) = done { speak(stream, peer, &shared).await }
                }
            }
        }
        drop(place);
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr, shared: &Shared) {
    let pulse = Pulse::new();
    let service = service_fn(|request: Request<Incoming>| answer(shared.router.clone(), request, peer, pulse.begin()));
    let connection = shared.http.serve_connection(TokioIo::new(pulse.watch(stream)), service);
    tokio::pin!(connection);
    let mut draining = false;
    loop {
        tokio::select! {
            // What goes wrong on a connection is the client's doing or its network's; nobody could be told.
            _ = connection.as_mut() => return,
            () = pulse.stopped(&shared.limits) => break,
            () = shared.drain.cancelled(), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    // A client of HTTP/2 is told that no request of its was lost; one that does not listen is left at once.
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(GOODBYE, connection).await;
}

async fn answer(
    router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    beat: Beat,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(Peer(peer));
    let response = router.oneshot(request.map(Body::new)).await?;
    Ok(response.map(|body| Body::new(Watched { body, beat })))
}

/// An answer's body that is dropped when it has been sent, and that says when a long one moves.
struct Watched {
    body: Body,
    beat: Beat,
}

impl HttpBody for Watched {
    type Data = axum::body::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(_))) = &polled {
            self.beat.moves();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
