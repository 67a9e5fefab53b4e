//! What handlers take from a request: its body, its queries, the id in its path, the tokens it presents,
//! the client it speaks for. Each refuses with a problem of its own.

mod body;
mod client_address;
mod form;
pub(crate) mod multipart;
mod path_id;
mod query;
mod token;

pub use body::{BODY_BYTES_MAX, BODY_READ_MAX, Body, OptionalBody};
pub(crate) use body::{read_up_to, read_within};
pub use client_address::ClientAddress;
pub use form::Form;
pub(crate) use form::is_form;
pub use path_id::PathId;
pub use query::Queries;
pub use token::PresentedToken;
