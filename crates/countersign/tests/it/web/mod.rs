//! The pages for people, in a real browser.

mod api_tokens;
mod attacks;
mod audit;
mod browser;
mod forged;
mod keyboard;
mod keys;
mod letters;
mod logo;
mod manage;
mod overview;
mod people;
mod roles;
mod screens;
mod settings;

/// A story is tried at a desk with script and on a phone without.
macro_rules! at_a_desk_and_on_a_phone {
    ($($story:ident),+ $(,)?) => {
        mod desk { $(#[tokio::test(flavor = "multi_thread")] async fn $story() {
            let server = crate::http::start::start().await;
            super::$story(crate::web::browser::Kind::Desk, &server).await
        })+ }
        mod phone { $(#[tokio::test(flavor = "multi_thread")] async fn $story() {
            let server = crate::http::start::start().await;
            super::$story(crate::web::browser::Kind::Phone, &server).await
        })+ }
    };
}
use at_a_desk_and_on_a_phone;

/// What writes is tried on PostgreSQL too.
macro_rules! on_postgres {
    ($($story:ident),+ $(,)?) => {
        mod postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $story() {
            let server = crate::http::start::start_on_postgres().await;
            super::$story(crate::web::browser::Kind::Desk, &server).await
        })+ }
    };
}
use on_postgres;
