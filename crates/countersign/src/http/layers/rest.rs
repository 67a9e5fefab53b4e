use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use http::header::EXPECT;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, SizeHint};

use crate::http::extract::BODY_BYTES_MAX;

/// Bytes that are read of a body that nobody wanted: the largest that any call takes.
const REST_BYTES_MAX: usize = BODY_BYTES_MAX;
/// How long is waited for them: a head and a body that were sent together are not further apart on any line.
const REST_WAIT_MAX: Duration = Duration::from_secs(1);

/// A request's body, lent to whoever serves it. What is left unread when the request is refused is read and thrown away
/// before the answer leaves: the server would else close the connection under a client that is still sending, and the
/// reset can take the answer with it (RFC 9112 section 9.6).
pub(super) struct Rest(Option<Lent>);

impl Rest {
    /// Lends the body of a request.
    pub(super) fn of(request: Request) -> (Request, Self) {
        // A client that asks first has sent nothing, and reading would ask it to.
        if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
            return (request, Self(None));
        }
        let (head, body) = request.into_parts();
        let lent = Lent(Arc::new(Mutex::new(body)));
        (Request::from_parts(head, Body::new(lent.clone())), Self(Some(lent)))
    }

    /// Reads what is left. One that is larger or slower than any honest one is left to the connection's end.
    pub(super) async fn read(self) {
        let Some(lent) = self.0.filter(|lent| !lent.is_end_stream()) else { return };
        let mut rest = Limited::new(lent, REST_BYTES_MAX);
        let read = async { while let Some(Ok(_)) = rest.frame().await {} };
        let _ = tokio::time::timeout(REST_WAIT_MAX, read).await;
    }
}

/// The body itself: one task has it at a time.
#[derive(Clone)]
struct Lent(Arc<Mutex<Body>>);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
