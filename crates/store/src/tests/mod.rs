//! The suite of this room. Every test of a promise runs on both engines: its name holds `sqlite::` or `postgres::`.

mod world;

pub(crate) use world::seals;
use world::{World, on_all, on_both};

mod accounts;
mod agreement;
mod api_tokens;
mod broken;
mod clock;
mod encryption_keys;
mod hourly;
mod imports;
mod jobs;
mod letters;
mod lite;
mod logins;
mod purge;
mod races;
mod schema;
mod secrets;
mod sessions;
mod signing_keys;
mod statements;
mod tenants;
