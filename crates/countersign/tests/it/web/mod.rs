//! The pages for people, in a real browser.

/// Each story twice: once at a desk, once on a phone.
macro_rules! at_a_desk_and_on_a_phone {
    ($($story:ident),+ $(,)?) => {
        mod desk { $(#[tokio::test(flavor = "multi_thread")] async fn $story() { super::$story(super::Kind::Desk).await })+ }
        mod phone { $(#[tokio::test(flavor = "multi_thread")] async fn $story() { super::$story(super::Kind::Phone).await })+ }
    };
}

mod api_tokens;
mod browser;
mod forged;
mod keys;
mod logo;
mod people;
mod roles;
mod screens;
mod settings;
