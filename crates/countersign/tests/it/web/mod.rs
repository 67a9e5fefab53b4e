//! The pages for people, in a real browser.

mod browser;
mod forged;
mod people;
mod screens;
