use std::sync::{Arc, OnceLock};

use axum::body::Body;
use countersign::http::ops::{METRICS, Metrics, Ops, router};
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::start::{Options, Running, start_with};
use super::wire::{GOOD_BODY, LOGIN, exchange, request};
use crate::generated;

/// One process counts once, however many tests look.
fn metrics() -> Metrics {
    static INSTALLED: OnceLock<Metrics> = OnceLock::new();
    INSTALLED.get_or_init(|| Metrics::install().unwrap()).clone()
}

async fn get(path: &str, running: &Running, stopping: CancellationToken) -> (u16, String) {
    let router = router(Ops { metrics: metrics(), flows: Arc::clone(&running.flows), stopping });
    let reply = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn readiness_names_what_it_looked_at_and_ends_with_the_word_to_stop() {
    let running = start_with(Options::default()).await;
    let (status, body) = get("/health/ready", &running, CancellationToken::new()).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    let well = json!({"store": "ok", "migrations": "ok", "clock": "ok", "key": "ok"});
    assert_eq!((status, body), (200, json!({"ready": true, "checks": well})));

    let stopping = CancellationToken::new();
    stopping.cancel();
    let (status, body) = get("/health/ready", &running, stopping.clone()).await;
    assert!(status == 503 && body.contains("is stopping"), "{body}");
    assert_eq!(get("/health/live", &running, stopping).await, (200, "live\n".to_owned()));
}

#[tokio::test]
async fn what_is_counted_is_what_is_described_and_never_who() {
    metrics();
    let running = start_with(Options::default()).await;
    exchange(running.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await;
    exchange(running.address, &request("BREW", "/who/hello@example.com", &[], "")).await;
    running.log_lines(2).await;
    let (_, text) = get("/metrics", &running, CancellationToken::new()).await;
    let login =
        format!("countersign_http_requests_total{{route=\"{LOGIN}\",method=\"PUT\",status=\"200\",code=\"-\"}}");
    assert!(text.contains(&login), "{text}");
    assert!(text.contains("route=\"-\",method=\"other\",status=\"404\",code=\"NOT_FOUND\""), "{text}");
    assert!(text.contains("countersign_http_request_seconds_bucket"));
    assert!(!text.contains("example.com") && !text.contains("remitjunction"));
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        let described = METRICS.iter().find(|metric| metric.name == name);
        assert!(described.is_some_and(|metric| line.ends_with(metric.kind)), "{line}");
    }
}

#[test]
fn the_table_of_metrics_is_generated() {
    let mut text = "# Metrics\n\nAt `/metrics` of the operations listener, for Prometheus. Generated from `http/ops/metrics.rs`.\n\n\
        | name | kind | labels | what |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for metric in METRICS {
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        text += &format!("| `{}` | {} | {labels} | {} |\n", metric.name, metric.kind, metric.meaning);
    }
    generated::check("docs/metrics.md", &text);
}
