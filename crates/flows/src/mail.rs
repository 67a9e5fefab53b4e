//! Sending: letters that are due are taken from the outbox, made ready and handed to whatever carries them.

mod carrier;
mod desk;
mod dispatch;
mod keep;

pub use carrier::{Carried, Carrier};
pub use dispatch::{Address, Content, Dispatch, Link, Page};
pub use keep::ATTEMPT_MAX;
