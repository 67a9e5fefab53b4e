use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::CatchUnwind;
use tokio::runtime::Handle;

/// Work that ends though its caller is gone: see [`to_its_end`].
#[must_use = "it begins when it is awaited"]
pub struct ToItsEnd<F: Future<Output: Send + 'static> + Send + 'static>(
    Option<Pin<Box<CatchUnwind<AssertUnwindSafe<F>>>>>,
);

/// Lets work end though its caller is gone: the caller's own task runs it as long as it waits, a task of its own from
/// then on. A task from the start would be woken on another core more often than not, and its caller once more when it
/// ends: for a login, which has several such pieces of work, that was a good part of its cost.
///
/// A panic of the work is an error here, and not the caller's.
pub fn to_its_end<F: Future<Output: Send + 'static> + Send + 'static>(work: F) -> ToItsEnd<F> {
    ToItsEnd(Some(Box::pin(AssertUnwindSafe(work).catch_unwind())))
}

impl<F: Future<Output: Send + 'static> + Send + 'static> Future for ToItsEnd<F> {
    type Output = std::thread::Result<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F: Future<Output: Send + 'static> + Send + 'static> Drop for ToItsEnd<F> {
    fn drop(&mut self) {
        // Without a runtime the process is ending, and the work with it.
        if let (Some(rest), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_when_its_caller_is_gone() {
        let (go_on, told) = oneshot::channel::<()>();
        let (done, ended) = oneshot::channel();
        let mut work = Box::pin(to_its_end(async move {
            let _ = told.await;
            done.send(()).unwrap();
        }));
        assert!((&mut work).now_or_never().is_none());
        drop(work);
        go_on.send(()).unwrap();
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_told_and_spreads_no_further() {
        let mut work = Box::pin(to_its_end(async { panic!("planted") }));
        let outcome: std::thread::Result<()> = (&mut work).await;
        assert!(outcome.is_err());
        drop(work);
    }
}
