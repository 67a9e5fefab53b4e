//! What handlers take from a request: its body, the tokens it presents. Each refuses with a problem of its own.

mod body;
mod token;

pub use body::{Body, OptionalBody};
pub use token::PresentedToken;
