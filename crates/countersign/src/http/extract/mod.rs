//! What handlers take from a request: its body, its queries, the id in its path, the tokens it presents. Each refuses with a problem of its own.

mod body;
mod path_id;
mod query;
mod token;

pub use body::{BODY_BYTES_MAX, BODY_READ_MAX, Body, OptionalBody};
pub use path_id::PathId;
pub use query::Queries;
pub use token::PresentedToken;
