//! The listener: accepts connections within bounds, serves HTTP/1.1 and HTTP/2 on them, and stops without cutting
//! anybody off.
//!
//! It is our own loop over hyper because the bounds are what matters here: a place for each connection before a byte
//! of it is read, one rule for connections that do nothing or do not move, whatever the protocol.

mod admission;
mod connection;
mod pulse;
pub mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use countersign_domain::Networks;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::admission::Admission;
use self::connection::Connection;
use self::tls::Tls;
use super::ops;

/// The bounds of a listener.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections in all: each costs a file descriptor and some 10 KiB.
    pub connections_max: usize,
    /// Open connections of one client network; one client alone must not fill the place of all.
    pub connections_per_network_max: usize,
    /// A head is read within this long, the first one counted from the connection: whoever sends slower, or nothing,
    /// is cut off.
    pub head: Duration,
    /// A connection on which nothing happens after an answer is closed after this long. Longer than the 60 s for which
    /// the usual proxies keep theirs, so that it is the proxy that closes and no request meets a closed connection.
    pub idle: Duration,
    /// A connection on which requests are being served and none begins, ends or gets on with its answer is closed after
    /// this long. Longer than any request takes, so what is cut off is a client that does not read its answer.
    pub stalled: Duration,
    /// A TLS handshake takes at most this long.
    pub handshake: Duration,
    /// Between the word to stop and the end of listening, while readiness is already false: load balancers turn away.
    pub notice: Duration,
    /// Requests in flight get this long to end after listening has ended.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            connections_per_network_max: 512,
            head: Duration::from_secs(20),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(90),
            handshake: Duration::from_secs(10),
            notice: Duration::ZERO,
            drain: Duration::from_secs(30),
        }
    }
}

/// A listener and what it serves.
pub struct Server {
    /// Already bound, so that whoever starts us knows the port and any refusal to bind.
    pub listener: TcpListener,
    /// Serves every request.
    pub router: Router,
    /// The certificate, where we speak TLS ourselves.
    pub tls: Option<Tls>,
    /// The bounds.
    pub limits: Limits,
    /// Networks whose connections are not counted: monitoring, tests, and the proxies that bring everybody.
    pub exempt: Networks,
}

/// Accepting failed for want of files or memory; trying again at once would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

impl Server {
    /// Serves until `stop`, then lets requests in flight end within the limits.
    ///
    /// Returns how many connections had to be cut off.
    pub async fn run(self, stop: CancellationToken) -> usize {
        let admission =
            Admission::new(self.limits.connections_max, self.limits.connections_per_network_max, self.exempt);
        let drain = CancellationToken::new();
        let shared = Arc::new(connection::Shared::new(self.router, self.tls, self.limits.clone(), drain.clone()));
        let mut open = JoinSet::new();
        let ended = async {
            stop.cancelled().await;
            tokio::time::sleep(self.limits.notice).await;
        };
        tokio::pin!(ended);
        loop {
            tokio::select! {
                () = &mut ended => break,
                Some(_) = open.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) => admit(stream, peer, &admission, &shared, &mut open),
                    Err(why) => pause(&why).await,
                },
            }
        }
        drop(self.listener);
        drain.cancel();
        let all_ended = async { while open.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(self.limits.drain, all_ended).await;
        open.len()
    }
}

fn admit(
    stream: TcpStream,
    peer: SocketAddr,
    admission: &Arc<Admission>,
    shared: &Arc<connection::Shared>,
    open: &mut JoinSet<()>,
) {
    match admission.admit(peer.ip()) {
        Ok(place) => {
            open.spawn(Connection { stream, peer, place, shared: Arc::clone(shared) }.serve());
        }
        Err(why) => ops::count_connection_refused(why.name()),
    }
}

async fn pause(why: &io::Error) {
    // These are faults of the one connection that was to be accepted.
    if matches!(why.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::warn!(%why, "a connection could not be accepted");
    ops::count_connection_refused("accept");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}
