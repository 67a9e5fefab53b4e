//! Letters as people get them: their words, their form, and the two ways out. In production a mail server takes them, in
//! a sandbox a box that anybody can open and that sends nothing anywhere.

mod connections;
mod sandbox_box;
mod smtp;
mod words;
mod written;

pub use sandbox_box::{BoxedLetter, SandboxBox};
pub use smtp::{BadMailServer, Smtp};
pub use written::Written;
