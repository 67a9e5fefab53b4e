use axum::extract::{FromRequestParts, Path};
use countersign_api::Code;
use http::request::Parts;
use uuid::Uuid;

use crate::http::problem::Refused;

/// The id in a path. One that is no UUID is nobody's: 404, like every other id of nobody.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let not_found = || Refused::new(Code::NotFound);
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        text.parse().map(Self).map_err(|_| not_found())
    }
}
