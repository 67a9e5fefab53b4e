//! The operations listener: metrics for Prometheus, and whether we live and are ready. It is never the tenants'
//! listener: what it tells is nobody else's business.

mod metrics;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use countersign_flows::Flows;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

pub(crate) use metrics::{
    LOG_LINES_DROPPED, count_certificate_reload, count_connection_refused, count_request, set_connections,
};
pub use metrics::{METRICS, Metric, Metrics};

/// What readiness depends on, each by name: nothing where it is well, or what is wrong.
type Checks = BTreeMap<&'static str, Option<String>>;

/// Longer than this and whoever asks has given up; not to know is not to be ready.
pub const READY_WAIT: Duration = Duration::from_secs(2);

/// What the operations listener knows.
#[derive(Clone)]
pub struct Ops {
    /// All that is counted and measured.
    pub metrics: Metrics,
    /// Know how store, migrations, clock and key are.
    pub flows: Arc<Flows>,
    /// Cancelled when we are told to stop: from then on we are not ready.
    pub stopping: CancellationToken,
}

/// The answer of `/health/ready`.
#[derive(Serialize)]
struct Ready {
    ready: bool,
    checks: BTreeMap<&'static str, String>,
}

/// The routes of the operations listener.
pub fn router(ops: Ops) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(ops)
}

async fn metrics(State(ops): State<Ops>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], ops.metrics.render()).into_response()
}

/// An answer at all says that the process runs and its runtime turns.
async fn live() -> &'static str {
    "live\n"
}

async fn ready(State(ops): State<Ops>) -> Response {
    let looked = async { ops.flows.check().await.into() };
    let mut checks = look_within(READY_WAIT, looked).await;
    if ops.stopping.is_cancelled() {
        checks.insert("process", Some("is stopping".to_owned()));
    }
    word(checks)
}

fn word(checks: Checks) -> Response {
    let ready = checks.values().all(Option::is_none);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = |wrong: Option<String>| wrong.unwrap_or_else(|| "ok".to_owned());
    let checks = checks.into_iter().map(|(name, wrong)| (name, said(wrong))).collect();
    (status, Json(Ready { ready, checks })).into_response()
}

async fn look_within(longest: Duration, look: impl Future<Output = Checks>) -> Checks {
    let looked = tokio::time::timeout(longest, look).await;
    looked.unwrap_or_else(|_| Checks::from([("checks", Some("did not end in time".to_owned()))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn not_to_know_is_not_to_be_ready() {
        let checks = look_within(Duration::from_millis(10), std::future::pending()).await;
        assert!(checks.values().all(Option::is_some));
    }

    #[test]
    fn one_thing_amiss_is_not_ready() {
        let checks = |store: Option<&str>| Checks::from([("store", store.map(ToOwned::to_owned)), ("key", None)]);
        assert_eq!(word(checks(None)).status(), StatusCode::OK);
        assert_eq!(word(checks(Some("cannot be reached"))).status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
