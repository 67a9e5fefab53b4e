use std::future::Future;
use std::pin::Pin;

use super::Dispatch;

/// What carries letters out: a mail server, or the box of a sandbox.
pub trait Carrier: Send + Sync + 'static {
    /// Carries one letter, or says why it does not. It is given up where it takes too long, and may have been carried
    /// nevertheless: then it is carried again, under the same id.
    fn carry(&self, letter: Dispatch) -> Pin<Box<dyn Future<Output = Carried> + Send + '_>>;
}

/// What became of a letter that was handed over. A reason goes to the log and to listings: it names no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It is on its way.
    Yes,
    /// Not now: another time may be better.
    NotNow(String),
    /// Never: the address or the letter is refused for good.
    Never(String),
}
