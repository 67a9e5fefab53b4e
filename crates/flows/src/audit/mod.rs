//! The trail beside the stories: refusals that cost nothing are gathered, events are sealed afterwards.

mod refusals;

pub(crate) use refusals::Refusals;
