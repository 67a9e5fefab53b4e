//! The HTTP door: a listener that is hard to hurt, the layers around every request, what handlers take from one, and
//! the operations listener beside it.
//!
//! Nothing is decided here: a handler asks one story and puts its verdict into words of `countersign_api`. To add a
//! call: a file named after it with its handler and the codes it refuses with, and one line in `calls::doors`.

/// A request as its answer, its log line and its audit events call it.
pub mod call;
pub mod calls;
pub(crate) mod cursor;
mod edge;
pub mod extract;
mod faults;
mod layers;
pub mod log;
pub mod openapi;
pub mod ops;
pub mod pages;
/// A request that is not served.
pub mod problem;
pub mod router;
pub mod sandbox_mail;
pub mod server;
pub(crate) mod words;

pub use edge::{Edge, EdgeParts};
pub use faults::{Faults, FieldFault};
pub use layers::tenant::AtTenant;
pub use problem::Refused;

/// A head of more fields is no client of ours.
pub const HEAD_FIELDS_MAX: usize = 100;
