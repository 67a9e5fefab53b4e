use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::Limits;

/// Whether a connection moves, by the same rule for HTTP/1.1 and HTTP/2: of the one hyper bounds the time of a head
/// but not that of an answer nobody reads, of the other neither.
#[derive(Clone)]
pub(super) struct Pulse(Arc<Mutex<State>>);

struct State {
    /// Requests that are being served: their heads are read, their answers not yet sent.
    serving: usize,
    /// None is being served, and bytes have come that should become one.
    expecting: bool,
    /// Since when that is so.
    since: Instant,
}

impl Pulse {
    pub(super) fn new() -> Self {
        // Whoever connects has something to say.
        Self(Arc::new(Mutex::new(State { serving: 0, expecting: true, since: Instant::now() })))
    }

    /// A head has been read.
    pub(super) fn begin(&self) -> Beat {
        self.change(|state| state.serving += 1);
        Beat(self.clone())
    }

    /// Looks at what is read from the connection.
    pub(super) fn watch<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, pulse: self.clone() }
    }

    /// Ends when the connection has stood still for longer than it may.
    pub(super) async fn stopped(&self, limits: &Limits) {
        loop {
            let deadline = self.deadline(limits);
            if deadline <= Instant::now() {
                return;
            }
            // Whatever happens meanwhile moves the deadline: it is asked again after the shortest of the spans.
            tokio::time::sleep_until(deadline.min(Instant::now() + limits.head)).await;
        }
    }

    fn deadline(&self, limits: &Limits) -> Instant {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.since
            + match (state.serving, state.expecting) {
                (0, true) => limits.head,
                (0, false) => limits.idle,
                _ => limits.stalled,
            }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        (state.expecting, state.since) = (false, Instant::now());
    }

    fn bytes_came(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.serving == 0 && !state.expecting {
            (state.expecting, state.since) = (true, Instant::now());
        }
    }
}

/// One request being served; dropping it says that its answer has been sent or is not wanted any more.
pub(super) struct Beat(Pulse);

impl Beat {
    /// A part of the answer is on its way, so the client has taken the one before.
    pub(super) fn moves(&self) {
        self.0.change(|_| {});
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.change(|state| state.serving = state.serving.saturating_sub(1));
    }
}

/// A stream of which the pulse sees when bytes come.
pub(super) struct Watched<S> {
    stream: S,
    pulse: Pulse,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        if into.filled().len() > before {
            self.pulse.bytes_came();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn each_kind_of_standing_still_has_its_span() {
        let seconds = Duration::from_secs;
        let limits = Limits { head: seconds(20), idle: seconds(75), stalled: seconds(90), ..Limits::default() };
        let pulse = Pulse::new();
        let span = || pulse.deadline(&limits) - pulse.0.lock().unwrap().since;
        assert_eq!(span(), seconds(20));
        let (one, two) = (pulse.begin(), pulse.begin());
        assert_eq!(span(), seconds(90));
        pulse.bytes_came();
        drop(one);
        assert_eq!(span(), seconds(90));
        drop(two);
        assert_eq!(span(), seconds(75));
        pulse.bytes_came();
        assert_eq!(span(), seconds(20));
        let began = pulse.0.lock().unwrap().since;
        pulse.bytes_came();
        assert_eq!(pulse.0.lock().unwrap().since, began, "dripping bytes buy no time");
    }
}
