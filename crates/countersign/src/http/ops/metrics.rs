use std::time::Duration;

use countersign_flows::hasher::names as hash;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::http::layers::known_method;

/// A metric as `docs/metrics.md` describes it.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// The name, unit last.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// Every label it has; each has a closed set of values, never a tenant, a person or an address.
    pub labels: &'static [&'static str],
    /// What it counts or measures.
    pub meaning: &'static str,
}

const REQUESTS: &str = "countersign_http_requests_total";
const REQUEST_SECONDS: &str = "countersign_http_request_seconds";
const CONNECTIONS: &str = "countersign_http_connections";
const CONNECTIONS_REFUSED: &str = "countersign_http_connections_refused_total";
const CERTIFICATE_RELOADS: &str = "countersign_tls_certificate_reloads_total";
/// Lines of the request log that nobody wrote.
pub(crate) const LOG_LINES_DROPPED: &str = "countersign_log_lines_dropped_total";

/// Every metric that any room counts or measures; a test finds one that is missing here.
pub const METRICS: &[Metric] = &[
    Metric {
        name: REQUESTS,
        kind: "counter",
        labels: &["route", "method", "status", "code"],
        meaning: "Requests answered. `route` is the template of the path, `-` where none matched; `code` that of the problem, `-` where there is none. Logins by outcome are those whose route ends in `/login`, by `code`. Status 499: the client left first.",
    },
    Metric {
        name: REQUEST_SECONDS,
        kind: "histogram",
        labels: &["route"],
        meaning: "Time from the head of a request to its answer, the step of failed logins included.",
    },
    Metric { name: CONNECTIONS, kind: "gauge", labels: &[], meaning: "Open connections of the tenants' listener." },
    Metric {
        name: CONNECTIONS_REFUSED,
        kind: "counter",
        labels: &["reason"],
        meaning: "Connections closed at once: `total` and `network` are bounds, `accept` is a failure of the system.",
    },
    Metric {
        name: CERTIFICATE_RELOADS,
        kind: "counter",
        labels: &["outcome"],
        meaning: "New certificates seen: `exchanged`, or `refused` and the old one went on.",
    },
    Metric {
        name: LOG_LINES_DROPPED,
        kind: "counter",
        labels: &[],
        meaning: "Lines of the request log that were dropped because nobody read fast enough.",
    },
    Metric {
        name: hash::QUEUE_SECONDS,
        kind: "histogram",
        labels: &[],
        meaning: "Time from the submission of a hash job to its start.",
    },
    Metric { name: hash::HASH_SECONDS, kind: "histogram", labels: &[], meaning: "Time of one hash." },
    Metric {
        name: hash::DECRYPT_SECONDS,
        kind: "histogram",
        labels: &[],
        meaning: "Time of opening the encrypted fields of one request, in the hashing pool.",
    },
    Metric {
        name: hash::REFUSED,
        kind: "counter",
        labels: &[],
        meaning: "Hash jobs refused because they would have waited too long.",
    },
    Metric { name: hash::BUSY, kind: "gauge", labels: &[], meaning: "Hash threads at work." },
    Metric {
        name: "countersign_store_commit_seconds",
        kind: "histogram",
        labels: &[],
        meaning: "Time of one commit: of a whole batch on SQLite, of one transaction on PostgreSQL.",
    },
    Metric {
        name: "countersign_store_seconds",
        kind: "histogram",
        labels: &["kind"],
        meaning: "Time of one transaction from its call to its answer, queue and flush included; `kind` is `read` or `write`.",
    },
    Metric {
        name: "countersign_store_connections_used",
        kind: "gauge",
        labels: &[],
        meaning: "Connections of the pool in use when the last one was taken; PostgreSQL only.",
    },
    Metric {
        name: "countersign_store_connection_wait_seconds",
        kind: "histogram",
        labels: &[],
        meaning: "Time until a connection of the pool was free; PostgreSQL only.",
    },
    Metric {
        name: "countersign_audit_unsealed_age_seconds",
        kind: "gauge",
        labels: &[],
        meaning: "Age of the oldest audit event that is not sealed yet: above 10, look why.",
    },
    Metric {
        name: "countersign_audit_sealed_events_total",
        kind: "counter",
        labels: &[],
        meaning: "Audit events sealed.",
    },
    Metric {
        name: "countersign_mail_configured",
        kind: "gauge",
        labels: &[],
        meaning: "1 where letters leave, 0 where they wait for a mail server to be configured.",
    },
    Metric {
        name: "countersign_mail_attempts_total",
        kind: "counter",
        labels: &["kind", "outcome"],
        meaning: "Attempts to send a letter, by its kind: `sent`, `failed` and to be tried again, `dropped` since nobody needs it any more, or `dead`: above 0, look at `countersign mail list`.",
    },
    Metric {
        name: "countersign_mail_late_seconds",
        kind: "gauge",
        labels: &[],
        meaning: "How long the letter that is due first has been due: above 60, letters come faster than the mail server takes them, or the outbox stands still.",
    },
];

/// From a token looked up to a login that waited its longest.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// Samples wait in memory until they are drained; nobody may ever scrape us.
const DRAIN_EVERY: Duration = Duration::from_secs(5);

/// All that is counted and measured in this process.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to count, for the whole process.
    ///
    /// # Errors
    /// Somebody counts already.
    pub fn install() -> anyhow::Result<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
            .build_recorder();
        let handle = recorder.handle();
        ::metrics::set_global_recorder(recorder).map_err(|_| anyhow::anyhow!("metrics are being counted already"))?;
        for metric in METRICS {
            match metric.kind {
                "counter" => ::metrics::describe_counter!(metric.name, metric.meaning),
                "gauge" => ::metrics::describe_gauge!(metric.name, metric.meaning),
                _ => ::metrics::describe_histogram!(metric.name, metric.meaning),
            }
        }
        Ok(Self(handle))
    }

    /// The text that Prometheus reads.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Keeps memory flat for as long as it is polled.
    pub async fn keep_drained(&self) {
        loop {
            tokio::time::sleep(DRAIN_EVERY).await;
            self.0.run_upkeep();
        }
    }
}

pub(crate) fn count_request(method: &str, route: &str, status: u16, code: &'static str, took: Duration) {
    let route = route.to_owned();
    ::metrics::histogram!(REQUEST_SECONDS, "route" => route.clone()).record(took);
    let (method, status) = (known_method(method), status.to_string());
    ::metrics::counter!(REQUESTS, "route" => route, "method" => method, "status" => status, "code" => code)
        .increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "there are never 2^52 connections")]
pub(crate) fn set_connections(open: usize) {
    ::metrics::gauge!(CONNECTIONS).set(open as f64);
}

pub(crate) fn count_connection_refused(reason: &'static str) {
    ::metrics::counter!(CONNECTIONS_REFUSED, "reason" => reason).increment(1);
}

pub(crate) fn count_certificate_reload(outcome: &'static str) {
    ::metrics::counter!(CERTIFICATE_RELOADS, "outcome" => outcome).increment(1);
}
