//! A form with a file in it, of somebody who is logged in.

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use countersign_api::Code;
use countersign_domain::{LOGO_BYTES_MAX, Secret};
use http_body_util::{BodyExt, Limited};

use super::visit::{Form, Posted, PostedInside, Turned, at_own_page};
use crate::http::calls::App;
use crate::http::extract::{BODY_READ_MAX, multipart, read_up_to};
use crate::http::problem::Refused;

/// The field of the file.
pub(super) const FILE_FIELD: &str = "file";
/// A file and what stands around it. Twice as much as a file may have: one that is too large is told so in words.
const UPLOAD_BYTES_MAX: usize = 2 * LOGO_BYTES_MAX + 16 * 1024;
/// What is far too large, a photograph, is read and thrown away: a browser that is interrupted while it sends shows a line
/// that broke, and not why.
const THROWN_AWAY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What [`PostedInside`] is, and the file beside it.
pub(super) struct Uploaded {
    pub(super) posted: PostedInside,
    /// None where none was chosen.
    pub(super) file: Option<Vec<u8>>,
}

impl FromRequest<App> for Uploaded {
    type Rejection = Turned;

    async fn from_request(request: Request, app: &App) -> Result<Self, Turned> {
        let (mut parts, body) = request.into_parts();
        let visit = at_own_page(&mut parts, app).await?;
        let boundary = multipart::boundary(&parts.headers).ok_or_else(|| Refused::new(Code::UnsupportedMediaType))?;
        if visit.browser.is_some() && body.size_hint().lower() > UPLOAD_BYTES_MAX as u64 {
            throw_away(body).await;
            return Err(Refused::new(Code::PayloadTooLarge).into());
        }
        let bytes = read_up_to(UPLOAD_BYTES_MAX, BODY_READ_MAX, body).await?;
        let fields = multipart::parts(&bytes, &boundary).ok_or_else(|| Refused::new(Code::ValidationFailed))?;
        let (files, fields): (Vec<_>, Vec<_>) = fields.into_iter().partition(|part| part.name == FILE_FIELD);
        let text = |part: multipart::Part<'_>| {
            (part.name.to_owned(), Secret::new(String::from_utf8_lossy(part.body).into_owned()))
        };
        let posted = Posted::believed(app, visit, &parts, Form::of_fields(fields.into_iter().map(text)))?.inside()?;
        let file = files.first().map(|part| part.body.to_vec()).filter(|file| !file.is_empty());
        Ok(Self { posted, file })
    }
}

/// Whoever sends even more, or drips, is not waited for.
async fn throw_away(body: Body) {
    let mut body = Limited::new(body, THROWN_AWAY_BYTES_MAX);
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(BODY_READ_MAX, all).await;
}
