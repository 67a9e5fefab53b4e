use axum::extract::{FromRequest, FromRequestParts, Request};
use countersign_api::{Code, FromFields, Hidden};
use countersign_domain::audit::Action;
use countersign_domain::{Email, Secret};
use countersign_flows::{EncryptedFields, NotDecrypted};

use super::{App, Asked};
use crate::http::extract::Body;
use crate::http::problem::Refused;

/// A request whose passwords and PINs may come encrypted.
pub(super) trait Encryptable: FromFields + Send {
    /// What is tried with it, for the trail.
    const TRIED: Action;

    /// Its `payloadEncrypted`.
    fn is_encrypted(&self) -> bool;

    /// Those of its passwords and PINs that are there, by the names of their fields.
    fn secrets(&mut self) -> Vec<(&'static str, &mut Hidden)>;

    /// Its email and its device mark, where it has both.
    fn mark(&self) -> Option<(&Hidden, &Hidden)> {
        None
    }
}

/// A body with its encrypted fields made plain. Its handler sees no difference and applies the rules of each field to
/// the plain text. A field that has a fault of form already is left alone, so that one answer names every bad field.
pub(super) struct PlainBody<T>(pub(super) Body<T>);

impl<T: Encryptable> FromRequest<App> for PlainBody<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let asked = Asked::from_request_parts(&mut parts, app).await?;
        let body = Body::<T>::from_request(Request::from_parts(parts, body), app).await?;
        if body.request.is_encrypted() { decrypt(app, &asked, body).await.map(Self) } else { Ok(Self(body)) }
    }
}

async fn decrypt<T: Encryptable>(
    app: &App,
    Asked(request): &Asked,
    Body { request: mut sent, faults }: Body<T>,
) -> Result<Body<T>, Refused> {
    let mark = sent.mark().and_then(|(email, mark)| Some((Email::parse(email.expose()).ok()?, secret(mark))));
    let mut secrets = sent.secrets();
    secrets.retain(|(name, _)| !faults.names(name));
    if !secrets.is_empty() {
        let fields = secrets.iter().map(|(_, field)| secret(field)).collect();
        let mark = mark.as_ref().map(|(email, mark)| (email, mark));
        let opened = app.flows.decrypt_fields(request, EncryptedFields { tried: T::TRIED, fields, mark }).await?;
        for ((_, field), plain) in secrets.into_iter().zip(opened.map_err(word)?) {
            *field = Hidden::new(plain.expose());
        }
    }
    Ok(Body { request: sent, faults })
}

fn secret(field: &Hidden) -> Secret {
    Secret::new(field.expose())
}

fn word(refusal: NotDecrypted) -> Refused {
    match refusal {
        NotDecrypted::Undecryptable => Refused::new(Code::DecryptionFailed),
        NotDecrypted::TooMany(wait) => Refused::new(Code::TooManyRequests).retry_after(wait),
        NotDecrypted::Overloaded(wait) => Refused::new(Code::Overloaded).retry_after(wait),
    }
}
