use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_api::{Code, Hidden, MessageAnswer, RegisterRequest};
use countersign_domain::audit::Action;
use countersign_domain::{BadPerson, CustomerType, DynamicFields, Email, Person, Phone, Secret, password_text};
use countersign_flows::{Register, Registered};
use http::StatusCode;

use super::encrypted::{Encryptable, PlainBody};
use super::{App, Asked, password_refused};
use crate::http::extract::Body;
use crate::http::faults::FieldFault;
use crate::http::problem::Refused;

/// Register a customer
///
/// Sends a letter with a token that, with the password, makes the account. The answer is the same whether or not the
/// address is free; a taken one gets another letter.
#[utoipa::path(
    post,
    path = "/api/v6/services/usermanagement/register-customer",
    tag = "usermanagement",
    request_body = RegisterRequest,
    responses((status = 201, description = "A letter is on its way.", body = MessageAnswer)),
    extensions(("x-codes" = json!(["DECRYPTION_FAILED", "EMAIL_TAKEN", "TOO_MANY_REQUESTS", "OVERLOADED"])))
)]
pub(super) async fn register_customer(
    State(app): State<App>,
    Asked(request): Asked,
    PlainBody(body): PlainBody<RegisterRequest>,
) -> Result<Response, Refused> {
    let message = word(&app.flows.register(&request, read(body)?).await?)?;
    Ok((StatusCode::CREATED, Json(MessageAnswer { message: message.to_owned() })).into_response())
}

pub(crate) fn word(registered: &Registered) -> Result<&'static str, Refused> {
    match registered {
        Registered::Yes => Ok("We have sent a letter to your email address. Open it to confirm your registration."),
        Registered::AccountMade(_) => Ok("Your account is ready. You can log in now."),
        Registered::EmailTaken => Err(Refused::new(Code::EmailTaken)),
        Registered::WrongAge => Err(Refused::field("dob", BadPerson::Age)),
        Registered::Password(refusal) => Err(password_refused("password", refusal)),
        Registered::TooMany(wait) => Err(Refused::new(Code::TooManyRequests).retry_after(*wait)),
    }
}

/// What the domain has against the fields joins what their form has against them, so that one answer names all.
pub(crate) fn read(body: Body<RegisterRequest>) -> Result<Register, Refused> {
    let Body { request, mut faults } = body;
    macro_rules! check {
        ($name:literal, $outcome:expr) => {
            match faults.names($name) {
                true => None,
                false => faults.check($name, $outcome),
            }
        };
    }
    let first_name = check!("firstName", request.first_name.expose().parse());
    let last_name = check!("lastName", request.last_name.expose().parse());
    let email = check!("email", Email::parse(request.email.expose()));
    let phone = match Phone::new(request.dialing_code.expose(), request.phone.expose()) {
        Err(BadPerson::DialingCode) => check!("dialingCode", Err::<Phone, _>(BadPerson::DialingCode)),
        outcome => check!("phone", outcome),
    };
    let dob = check!("dob", request.dob.expose().parse());
    let address = request.address.as_ref().and_then(|text| check!("address", text.expose().parse()));
    let customer_type = match &request.customer_type {
        None => Some(CustomerType::Individual),
        Some(text) => check!("customerType", text.expose().parse::<CustomerType>().map_err(|_| no_type())),
    };
    let dynamic_fields = check!("dynamicFields", DynamicFields::new(request.dynamic_fields.clone()));
    let password = Secret::new(request.password.expose());
    let _ = check!("password", password_text(&password));
    if request.password != request.confirm_password && !faults.names("confirmPassword") {
        faults.add("confirmPassword", FieldFault::PasswordsDiffer);
    }
    match (first_name, last_name, email) {
        (Some(first_name), Some(last_name), Some(email)) if faults.is_empty() => {
            let dynamic_fields = dynamic_fields.unwrap_or_default();
            let person = Person { phone, dob, address, customer_type, dynamic_fields, language: None };
            Ok(Register { email, first_name, last_name, person, password })
        }
        _ => Err(faults.into()),
    }
}

fn no_type() -> FieldFault {
    FieldFault::unknown("must be INDIVIDUAL or COMPANY")
}

impl Encryptable for RegisterRequest {
    const TRIED: Action = Action::Registered;

    fn is_encrypted(&self) -> bool {
        self.payload_encrypted
    }

    fn secrets(&mut self) -> Vec<(&'static str, &mut Hidden)> {
        vec![("password", &mut self.password), ("confirmPassword", &mut self.confirm_password)]
    }
}
