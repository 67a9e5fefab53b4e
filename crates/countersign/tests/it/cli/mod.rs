//! The program as an operator types it: the real binary, in a folder of its own.

mod accounts;
mod api_tokens;
mod audit;
mod audit_file;
mod beside;
mod blocklist;
mod home;
mod imports;
mod keys;
mod life;
mod mail;
mod refusals;
mod roles;
mod service;
mod tenants;
