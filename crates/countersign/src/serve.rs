//! The running program: listeners, loops beside them, and an end in good order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::Networks;
use countersign_flows::{Flows, Random};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::assembly;
use crate::cli::{Failure, Place};
use crate::config::{self, Config, Loaded, LogFormat, LogLevel, Mode};
use crate::http::log::{LogSink, Style};
use crate::http::ops::{self, Metrics, Ops};
use crate::http::server::tls::{CertificateFiles, Tls};
use crate::http::server::{Limits, Server};

/// Tasks on the runtime's own threads; hashing has threads of its own, so two are plenty and one would let a slow
/// disk or a long signature stop everything.
const RUNTIME_THREADS_MIN: usize = 2;

/// Serves until the process is told to stop.
///
/// # Errors
/// [`Failure`] says why it does not start.
pub fn run(place: Place, mode: Mode, say: impl FnOnce(&Loaded, &Place)) -> Result<(), Failure> {
    let threads = std::thread::available_parallelism().map_or(RUNTIME_THREADS_MIN, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.max(RUNTIME_THREADS_MIN))
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)?;
    runtime.block_on(serve(place, mode, say))
}

async fn serve(mut place: Place, mode: Mode, say: impl FnOnce(&Loaded, &Place)) -> Result<(), Failure> {
    start_log(&place.loaded.config.log);
    let (listener, bound) = bind(place.loaded.config.listen, "listen").await?;
    let (ops_listener, ops_bound) = bind(place.loaded.config.ops_listen, "ops-listen").await?;
    place.loaded.listening_on(bound);
    place.loaded.config.ops_listen = ops_bound;
    let config = &place.loaded.config;

    let metrics = Metrics::install()?;
    let flows = start_flows(&place, mode).await?;
    let stop = CancellationToken::new();
    let (log, log_writer) = LogSink::start_in(style(&config.log), std::io::stdout()).map_err(anyhow::Error::from)?;
    let mail = assembly::Mail::of(config, mode, flows.clock())?;
    let letters = mail.letters();
    let (router, _) = assembly::tenants_router(config, mode, &flows, log, Random::system(), letters)?;
    let tls = tls(config)?;
    if let Some(tls) = tls.clone() {
        let every = Duration::from_secs(config.tls.reload_seconds);
        tokio::spawn(async move { tls.keep_current(every).await });
    }
    let server = Server {
        listener,
        router,
        tls,
        limits: limits(config),
        // A trusted proxy brings everybody's connections from one address.
        exempt: Networks::new([config.limits.exempt_networks.as_slice(), &config.proxy.trusted].concat()),
    };
    let mut beside = beside(&flows, &metrics, ops_listener, &stop);
    tokio::spawn(stop_on_signal(stop.clone()));
    let store = flows.store().clone();
    tokio::spawn(async move { store.warm().await });
    // The trail is kept to the last request: it ends after them, not with them.
    let last_request = CancellationToken::new();
    let trail = tokio::spawn(Arc::clone(&flows).keep_trail(last_request.clone().cancelled_owned()));
    let mailing = keep_mailing(&flows, mail, &last_request);
    say(&place.loaded, &place);
    let cut_off = server.run(stop).await;
    if cut_off > 0 {
        tracing::warn!(connections = cut_off, "connections were cut off at the deadline");
    }
    beside.abort_all();
    last_request.cancel();
    if trail.await.is_err() {
        tracing::error!("the trail's keeper ended in a panic");
    }
    if let Some(mailing) = mailing
        && mailing.await.is_err()
    {
        tracing::error!("the sender of letters ended in a panic");
    }
    log_writer.finish();
    Ok(())
}

/// The option is named, since whoever meets a taken port wants another.
async fn bind(address: SocketAddr, option: &str) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await;
    let bound = listener.and_then(|listener| listener.local_addr().map(|bound| (listener, bound)));
    bound.map_err(|error| {
        Failure::Refused(format!("cannot listen on {address}: {error}; --{option} takes another address"))
    })
}

async fn start_flows(place: &Place, mode: Mode) -> Result<Arc<Flows>, Failure> {
    let flows = assembly::flows_at(place, mode).await?;
    match mode {
        Mode::Sandbox => flows.make_sandbox().await?,
        Mode::Production => refuse_sandbox_users(&flows).await?,
    }
    Ok(flows)
}

async fn refuse_sandbox_users(flows: &Flows) -> Result<(), Failure> {
    match flows.sandbox_user_that_can_log_in().await? {
        None => Ok(()),
        Some(who) => Err(Failure::Refused(format!(
            "production does not start: {who} can log in with the published sandbox password; \
             set another with `countersign account set-password`"
        ))),
    }
}

fn tls(config: &Config) -> Result<Option<Tls>, Failure> {
    let (Some(certificate), Some(key)) = (&config.tls.certificate_file, &config.tls.key_file) else { return Ok(None) };
    let files = CertificateFiles { certificate: certificate.clone(), key: key.clone() };
    Tls::load(files).map(Some).map_err(|bad| Failure::Refused(bad.to_string()))
}

fn limits(config: &Config) -> Limits {
    Limits {
        connections_max: config.http.connections_max,
        connections_per_network_max: config.http.connections_per_network_max,
        notice: Duration::from_secs(config.http.stop_notice_seconds),
        drain: Duration::from_secs(config.http.stop_seconds_max),
        ..Limits::default()
    }
}

/// The loops that run beside the listener.
fn beside(
    flows: &Arc<Flows>,
    metrics: &Metrics,
    listener: TcpListener,
    stop: &CancellationToken,
) -> tokio::task::JoinSet<()> {
    let mut tasks = tokio::task::JoinSet::new();
    let ops = Ops { metrics: metrics.clone(), flows: Arc::clone(flows), stopping: stop.clone() };
    let router = ops::router(ops);
    tasks.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the operations listener ended");
        }
    });
    tasks.spawn(Arc::clone(flows).keep_purging());
    let metrics = metrics.clone();
    tasks.spawn(async move { metrics.keep_drained().await });
    tasks
}

/// Sends letters, and at the end waits for those on their way: each is either sent or tried again by the next start.
/// Without a mail server everything else works, so production starts, and whoever looks is told.
fn keep_mailing(
    flows: &Arc<Flows>,
    mail: assembly::Mail,
    stop: &CancellationToken,
) -> Option<tokio::task::JoinHandle<()>> {
    let carrier = mail.into_carrier();
    metrics::gauge!("countersign_mail_configured").set(if carrier.is_some() { 1.0 } else { 0.0 });
    match carrier {
        Some(carrier) => Some(tokio::spawn(Arc::clone(flows).keep_mailing(carrier, stop.clone().cancelled_owned()))),
        None => {
            tracing::warn!("no mail server is configured (mail.smtp_host): letters wait, and people get none");
            None
        }
    }
}

async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    match (terminate, interrupt) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        }
        _ => tracing::error!("signals cannot be received; the process can only be killed"),
    }
    stop.cancel();
}

/// A request is answered at level info, or at error where something is broken.
fn style(log: &config::Log) -> Style {
    Style {
        in_words: log.format == LogFormat::Text,
        errors_only: matches!(log.level, LogLevel::Error | LogLevel::Warn),
    }
}

/// The program's own messages go to standard error; standard output carries the request log alone.
fn start_log(log: &config::Log) {
    let level = log.level.name();
    let filter = tracing_subscriber::EnvFilter::new(format!(
        "{level},rustls=warn,hyper=warn,tokio_postgres=warn,refinery_core=warn"
    ));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process keeps the first one's subscriber.
    let _ = match log.format {
        LogFormat::Json => lines.json().try_init(),
        LogFormat::Text => lines.try_init(),
    };
}
