use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use futures_util::future::try_join_all;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::fault::{Fault, Result};
use crate::statement::Statement;

/// A connection that rested longer is asked whether it still leads to a primary before it is used.
const REST_MAX: Duration = Duration::from_secs(5);
/// No connection grows older: a load balancer's choice, a certificate or a leak in the server is forgotten with it.
const AGE_MAX: Duration = Duration::from_secs(30 * 60);
/// Connections that a burst opened at once do not end at once: each may grow this much less old than the one before,
/// until the first age comes again.
const AGE_STEP: Duration = Duration::from_secs(60);
const AGE_STEPS: u32 = 16;
/// A statement of ours that runs longer is broken, and would hold its row locks meanwhile.
const SESSION_SETTINGS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET timezone = 'UTC'; SET client_min_messages = 'warning'";
/// Fails on a demoted primary, which stays reachable and refuses every write.
const STILL_PRIMARY: &str =
    "DO $$ BEGIN IF pg_is_in_recovery() THEN RAISE EXCEPTION 'not a primary' USING ERRCODE = '25006'; END IF; END $$";
/// Any number: the lock that migrations of this product take in a database.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(5069721436610560)";

/// One connection with every statement prepared on it.
pub(super) struct Link {
    pub(super) client: Client,
    /// By the address of the statement, which is a static.
    statements: HashMap<usize, tokio_postgres::Statement>,
    warned: Arc<AtomicBool>,
    age_max: Duration,
}

impl Link {
    /// The statement as this connection knows it: all are prepared when it opens, so that nothing is ever sent between
    /// two statements that must fly together in order.
    pub(super) fn prepared(&self, statement: &'static Statement) -> Result<&tokio_postgres::Statement> {
        let known = self.statements.get(&std::ptr::from_ref(statement).addr());
        known.ok_or_else(|| Fault::Broken(format!("statement {} is not listed", statement.name)))
    }

    /// Whether the server warned since the last time that a commit was not confirmed by its standbys.
    pub(super) fn take_warning(&self) -> bool {
        self.warned.swap(false, Ordering::Relaxed)
    }
}

/// Makes and checks connections for the pool.
pub(super) struct Links {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    made: AtomicU32,
}

impl Links {
    /// Reads a `postgres://` URL, which may name several hosts; only a primary among them is used.
    pub(super) fn new(url: &str) -> Result<Self> {
        // The error of a bad URL may quote it, password included.
        let mut config: Config = url.parse().map_err(|_| Fault::Broken("the store's URL is malformed".into()))?;
        config.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(2));
        }
        // "Prefer" goes on in clear, password first, if whoever stands between says that there is no TLS.
        if config.get_ssl_mode() == SslMode::Prefer && !config.get_hosts().iter().all(is_here) {
            config.ssl_mode(SslMode::Require);
        }
        let rustls = || MakeRustlsConnect::with_native_certs().map(|(tls, _)| tls);
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            SslMode::Prefer => rustls().ok(),
            _ => Some(
                rustls()
                    .map_err(|errors| Fault::Broken(format!("no certificates to know the database by: {errors:?}")))?,
            ),
        };
        Ok(Self { config, tls, made: AtomicU32::new(0) })
    }

    async fn connect(&self) -> Result<(Client, Arc<AtomicBool>)> {
        match &self.tls {
            Some(tls) => self.connect_over(tls.clone()).await,
            None => self.connect_over(NoTls).await,
        }
    }

    async fn connect_over<T>(&self, tls: T) -> Result<(Client, Arc<AtomicBool>)>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let (client, connection) = self.config.connect(tls).await?;
        let warned = Arc::new(AtomicBool::new(false));
        tokio::spawn(drive(connection, Arc::clone(&warned)));
        Ok((client, warned))
    }
}

/// Whether a host is this machine, which nobody stands in front of.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

/// Carries a connection's bytes, and listens for the one warning that matters.
async fn drive<S>(mut connection: Connection<Socket, S>, warned: Arc<AtomicBool>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            // By the server's own routine: the words of the warning are in the server's language.
            Ok(AsyncMessage::Notice(notice)) if notice.routine() == Some("SyncRepWaitForLSN") => {
                warned.store(true, Ordering::Relaxed);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "a connection to the database ended");
                return;
            }
        }
    }
}

impl Manager for Links {
    type Type = Link;
    type Error = Fault;

    async fn create(&self) -> Result<Link> {
        let (client, warned) = self.connect().await?;
        client.batch_execute(SESSION_SETTINGS).await?;
        let all = crate::all_statements();
        let prepared = try_join_all(all.iter().map(|statement| client.prepare(statement.pg()))).await?;
        let addresses = all.iter().map(|statement| std::ptr::from_ref(*statement).addr());
        let statements = addresses.zip(prepared).collect();
        let step = self.made.fetch_add(1, Ordering::Relaxed) % AGE_STEPS;
        Ok(Link { client, statements, warned, age_max: AGE_MAX.saturating_sub(AGE_STEP.saturating_mul(step)) })
    }

    async fn recycle(&self, link: &mut Link, metrics: &Metrics) -> RecycleResult<Fault> {
        if link.client.is_closed() {
            return Err(RecycleError::message("closed"));
        }
        if metrics.age() > link.age_max {
            return Err(RecycleError::message("old"));
        }
        if metrics.last_used() > REST_MAX {
            link.client.batch_execute(STILL_PRIMARY).await.map_err(|error| RecycleError::Backend(error.into()))?;
        }
        Ok(())
    }
}

/// Brings the schema to this version; nodes that start together take turns.
pub(super) async fn migrate(links: &Links) -> Result<()> {
    let (mut client, _) = links.connect().await?;
    client.batch_execute(MIGRATION_LOCK).await?;
    crate::migrate::pg(&mut client).await
    // The lock ends with the connection.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_leaves_the_machine_in_clear_unless_the_url_says_so() {
        for (url, mode) in [
            ("postgres://u:p@db.example.com/d", SslMode::Require),
            ("postgres://u:p@127.0.0.1,192.0.2.9/d", SslMode::Require),
            ("postgres://u:p@db.example.com/d?sslmode=prefer", SslMode::Require),
            ("postgres://u:p@db.example.com/d?sslmode=disable", SslMode::Disable),
            ("postgres://u:p@localhost/d", SslMode::Prefer),
            ("postgres://u:p@[::1]/d", SslMode::Prefer),
            ("postgres:///d?host=/run/postgresql&user=u", SslMode::Prefer),
        ] {
            assert_eq!(Links::new(url).unwrap().config.get_ssl_mode(), mode, "{url}");
        }
    }
}
