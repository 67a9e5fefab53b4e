//! What handlers take from a request: its body, the tokens it presents. Each refuses with a problem of its own.

mod body;
mod token;

pub use body::{BODY_BYTES_MAX, BODY_READ_MAX, Body, OptionalBody};
pub use token::PresentedToken;
