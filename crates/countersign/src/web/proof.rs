//! The password once more, before what a thief of an open browser would do first.

use countersign_api::Code;
use countersign_domain::{Secret, password_text};
use countersign_flows::ProvedAgain;

use super::LOGIN;
use super::cookies::Cookie;
use super::page::Told;
use super::visit::{PostedInside, Turned};
use crate::http::FieldFault;
use crate::http::calls::App;
use crate::http::problem::Refused;

/// The field of forms that ask for the password again.
const PROOF_FIELD: &str = "currentPassword";
/// The field that says which button was pressed, and what it says where the password alone is to be proved.
pub(super) const DO: &str = "do";
const PROVE: &str = "prove";

/// Whether what a form asks for may be done now: the password was proved lately, or stands in the form and is right. Else
/// what the page says, with everything that was typed still in its form.
///
/// # Errors
/// The session ended by wrong passwords, or something is broken.
pub(super) async fn prove(app: &App, posted: &mut PostedInside) -> Result<Result<(), Told>, Turned> {
    let PostedInside { visit, browser, form, .. } = posted;
    let words = &visit.words.proof;
    if visit.must_prove {
        let Some(password) = form.filled(PROOF_FIELD) else {
            let missing = Refused::field(PROOF_FIELD, FieldFault::Missing);
            return Ok(Err(Told::Worded(Box::new(missing), words.missing)));
        };
        // What cannot be a password is a wrong one, and costs a try like any other.
        let password = Secret::new(password);
        let password = password_text(&password).unwrap_or(password);
        match app.flows.prove_again(&visit.request, browser, password).await? {
            ProvedAgain::Yes(cookie) => visit.set(Cookie::Session, &cookie),
            ProvedAgain::WrongPassword => {
                let wrong = Box::new(Refused::new(Code::InvalidCredentials));
                return Ok(Err(Told::Worded(wrong, words.wrong)));
            }
            ProvedAgain::Ended => {
                visit.clear(Cookie::Session);
                return Err(Turned::Away(Box::new(visit.to(LOGIN))));
            }
            ProvedAgain::Overloaded(wait) => return Ok(Err(Refused::new(Code::Overloaded).retry_after(wait).into())),
        }
        visit.must_prove = false;
    }
    Ok(if form.text(DO) == PROVE { Err(Told::Done(words.proved)) } else { Ok(()) })
}
