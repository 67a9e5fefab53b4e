use std::time::Duration;

use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use countersign_api::{Code, Fields, FromFields};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::{Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

use crate::http::faults::Faults;
use crate::http::problem::Refused;

/// The largest request of ours is a hundredth of this.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// What every request of ours fits into.
const SMALL_BYTES_MAX: usize = 4 * 1024;
/// Bodies above that which are held at once, 32 MiB of them: from one address, over HTTP/2, many thousand could be on
/// their way at once. Small ones, which is all that honest clients send, do not wait for them.
static LARGE: Semaphore = Semaphore::const_new(512);
/// Slower than this is an attack or a line on which nothing works.
pub const BODY_READ_MAX: Duration = Duration::from_secs(30);

/// A request's JSON body, and what is wrong with it so far. The handler adds what the domain has against the fields
/// and then calls [`Body::whole`], so that one answer names every bad field.
#[derive(Debug)]
pub struct Body<T> {
    /// The request; a field that has a fault is empty.
    pub request: T,
    /// What is wrong with it so far.
    pub faults: Faults,
}

impl<T> Body<T> {
    /// The request, if nothing is wrong with it.
    ///
    /// # Errors
    /// 400 that names every bad field.
    pub fn whole(self) -> Result<T, Refused> {
        if self.faults.is_empty() { Ok(self.request) } else { Err(self.faults.into()) }
    }
}

impl<S: Sync, T: FromFields> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let bytes = read_within(BODY_READ_MAX, request.into_body()).await?;
        let mut fields = Fields::read(&bytes)?;
        let request = T::from_fields(&mut fields);
        Ok(Self { request, faults: fields.into_faults().widened() })
    }
}

/// A body that may be left out altogether: then every field is absent.
#[derive(Debug)]
pub struct OptionalBody<T>(pub Body<T>);

impl<S: Sync, T: FromFields> FromRequest<S> for OptionalBody<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        if !request.body().is_end_stream() {
            return Body::from_request(request, state).await.map(Self);
        }
        let mut fields = Fields::read(b"{}")?;
        let request = T::from_fields(&mut fields);
        Ok(Self(Body { request, faults: fields.into_faults().widened() }))
    }
}

pub(crate) async fn read_within(longest: Duration, body: axum::body::Body) -> Result<Zeroizing<Vec<u8>>, Refused> {
    read_up_to(BODY_BYTES_MAX, longest, body).await
}

/// The same of a body that may be of another size than requests usually are.
pub(crate) async fn read_up_to(
    bytes_max: usize,
    longest: Duration,
    body: axum::body::Body,
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let read = tokio::time::timeout(longest, read(bytes_max, body)).await;
    read.unwrap_or_else(|_| Err(Refused::new(Code::RequestTimeout)))
}

/// The whole body in one buffer that is wiped: passwords are in it.
async fn read(bytes_max: usize, body: axum::body::Body) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > bytes_max {
        return Err(Refused::new(Code::PayloadTooLarge));
    }
    let mut large = may_be(announced)?;
    let mut bytes = Zeroizing::new(Vec::new());
    let mut body = Limited::new(body, bytes_max);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|why| match why.is::<LengthLimitError>() {
            true => Refused::new(Code::PayloadTooLarge),
            false => Refused::new(Code::ValidationFailed).detail("The body ended before it was complete."),
        })?;
        if let Some(data) = frame.data_ref() {
            if large.is_none() {
                large = may_be(bytes.len().saturating_add(data.len()))?;
            }
            // With room at once for what was announced, nothing is left behind by growing; and none before it comes.
            let room = announced.saturating_sub(bytes.len()).max(data.len());
            bytes.reserve_exact(room);
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}

/// A place among the large bodies, for one of this size that needs one.
fn may_be(size: usize) -> Result<Option<SemaphorePermit<'static>>, Refused> {
    if size <= SMALL_BYTES_MAX {
        return Ok(None);
    }
    LARGE.try_acquire().map(Some).map_err(|_| Refused::new(Code::Overloaded))
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test]
    async fn a_body_that_drips_is_not_waited_for() {
        let drip = stream::repeat(()).then(|()| async {
            sleep(Duration::from_millis(10)).await;
            Ok::<_, std::convert::Infallible>(" ")
        });
        let (begun, longest) = (Instant::now(), Duration::from_millis(100));
        let refused = read_within(longest, axum::body::Body::from_stream(drip)).await.unwrap_err();
        assert_eq!(refused.code(), Code::RequestTimeout);
        assert!(begun.elapsed() >= longest);
    }

    /// Both ways of being large, and a small one beside them. No other test of this program reads large bodies.
    #[tokio::test]
    async fn large_bodies_are_counted_and_small_ones_are_not() {
        let announced = || read(BODY_BYTES_MAX, axum::body::Body::from(vec![b' '; SMALL_BYTES_MAX + 1]));
        let growing = || {
            let parts =
                stream::iter([1, SMALL_BYTES_MAX].map(|size| Ok::<_, std::convert::Infallible>(vec![b' '; size])));
            read(BODY_BYTES_MAX, axum::body::Body::from_stream(parts))
        };
        let free = LARGE.available_permits();
        assert!(announced().await.is_ok() && growing().await.is_ok());
        assert_eq!(LARGE.available_permits(), free);
        let all = LARGE.acquire_many(u32::try_from(free).unwrap()).await.unwrap();
        assert_eq!(announced().await.unwrap_err().code(), Code::Overloaded);
        assert_eq!(growing().await.unwrap_err().code(), Code::Overloaded);
        assert!(read(BODY_BYTES_MAX, axum::body::Body::from(vec![b' '; SMALL_BYTES_MAX])).await.is_ok());
        drop(all);
        assert!(announced().await.is_ok());
    }
}
