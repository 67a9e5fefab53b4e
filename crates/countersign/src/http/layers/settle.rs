use http::StatusCode;

use crate::http::Edge;
use crate::http::call::Call;
use crate::http::log::{CLIENT_GONE, ERROR, INFO, Line, NOTHING, STATUS_CLIENT_GONE};
use crate::http::ops;
use crate::http::problem::Refused;

/// Logs and counts a request exactly once: when it is answered, or when it is dropped because its client has gone.
pub(super) struct Settling<'r> {
    edge: &'r Edge,
    call: &'r Call,
    settled: bool,
}

impl<'r> Settling<'r> {
    pub(super) fn new(edge: &'r Edge, call: &'r Call) -> Self {
        Self { edge, call, settled: false }
    }

    pub(super) fn answered(mut self, status: StatusCode, refused: Option<&Refused>) {
        self.settled = true;
        let code = refused.map_or(NOTHING, |refused| refused.code().constant());
        self.settle(status.as_u16(), code, refused.and_then(Refused::cause));
    }

    fn settle(&self, status: u16, code: &'static str, cause: Option<&str>) {
        let call = self.call;
        let took = call.started.elapsed();
        ops::count_request(call.method.as_str(), &call.route, status, code, took);
        self.edge.log.send(&Line {
            time: self.edge.clock.now().to_string(),
            level: if status >= 500 { ERROR } else { INFO },
            request_id: &call.request_id,
            trace_id: call.trace_id.as_deref().unwrap_or(NOTHING),
            tenant: call.tenant().unwrap_or(NOTHING),
            caller: call.caller().map_or_else(|| NOTHING.to_owned(), |id| id.to_string()),
            network: call.network.to_string(),
            method: known_method(call.method.as_str()),
            route: &call.route,
            status,
            code,
            ms: (took.as_secs_f64() * 1e6).round() / 1e3,
            cause: cause.map(Into::into),
        });
    }
}

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.settle(STATUS_CLIENT_GONE, CLIENT_GONE, None);
        }
    }
}

/// A method that a client made up is neither a label nor a log field.
pub(crate) fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}
