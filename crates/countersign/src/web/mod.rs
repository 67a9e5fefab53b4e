//! The pages: people log in, recover and look after their sessions.
//!
//! A page works without script, on a small screen, with a keyboard and read aloud. Nothing is decided here: a handler asks
//! the story that a call of the API asks, and puts its verdict on a page. Cookies open pages and nothing else; a form is
//! taken from a page of this very host alone (`visit.rs`). To add a page: a file named after it, a template of the
//! same name, its words in `words.rs` and every language, one line in [`router`].

mod account;
mod assets;
pub mod chart;
mod confirm_email;
mod cookies;
mod forgot_password;
mod login;
mod logout;
mod manage;
mod origin;
mod page;
mod password;
mod proof;
mod register;
mod return_path;
mod sessions;
mod set_password;
mod upload;
mod visit;
mod words;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use countersign_flows::mail::Page;

use crate::http::calls::App;

/// Where pages are.
const START: &str = "/";
const LOGIN: &str = "/login";
const LOGOUT: &str = "/logout";
const FORGOT: &str = "/forgot-password";
const REGISTER: &str = "/register";
const ACCOUNT: &str = "/account";
const PASSWORD: &str = "/account/password";
const SESSIONS: &str = "/account/sessions";

/// Every page, and what pages are made of.
pub fn router(app: &App) -> Router<App> {
    Router::new()
        .route(START, get(login::start))
        .route(LOGIN, get(login::show).post(login::log_in))
        .route(LOGOUT, get(logout::show).post(logout::log_out))
        .route(FORGOT, get(forgot_password::show).post(forgot_password::send))
        .route(REGISTER, get(register::show).post(register::register))
        .route(Page::ResetPassword.path(), get(set_password::show_reset).post(set_password::reset))
        .route(Page::AcceptInvitation.path(), get(set_password::show_invitation).post(set_password::accept))
        .route(Page::ConfirmEmail.path(), get(confirm_email::show).post(confirm_email::confirm))
        .route(ACCOUNT, get(account::show).post(account::save))
        .route(PASSWORD, get(password::show).post(password::change))
        .route(SESSIONS, get(sessions::show).post(sessions::end))
        .merge(manage::router())
        .layer(from_fn_with_state(app.clone(), page::refusals_as_pages))
        .merge(assets::router())
}
