//! The description of the API (OpenAPI 3.1): what handlers say of themselves, and what is true of all of them.
//!
//! A handler lists the codes it refuses with as the extension [`CODES`]; here each becomes a documented answer, with
//! those that the layers around it can give.

use std::collections::BTreeMap;

use countersign_api::{Code, FaultCode, FieldError, OAuthProblem, PROBLEM_MEDIA_TYPE, Problem, TOKEN_TYPE};
use countersign_domain::{LANGUAGES, Language};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::ServerBuilder;
use utoipa::openapi::{Content, Header, InfoBuilder, OpenApi, Ref, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

/// The extension by which an operation says what it refuses with: an array of [`Code`]s.
pub const CODES: &str = "x-codes";
/// The extension by which an operation says that its body may be left out; the description says it in its own words.
pub const OPTIONAL_BODY: &str = "x-optional-body";
/// Every call of the two services lies below it.
pub const SERVICES: &str = "/api/v6/services/";

/// The standard endpoints for verifiers lie below it.
pub const STANDARD: &str = "/oauth2/";

/// The schema of the languages there are.
const LANGUAGE: &str = "Language";

/// What any call can be answered with.
const ALWAYS: &[Code] =
    &[Code::BadHost, Code::TenantNotFound, Code::HeadersTooLarge, Code::Internal, Code::StoreUnavailable];
/// What any call of the two services can be answered with.
const SERVICE: &[Code] = &[Code::ValidationFailed, Code::TenantSuspended, Code::UnsupportedMediaType];
/// What any of them can be answered with where `X-Client-Address` is sent.
const VOUCHED: &[Code] = &[Code::InvalidToken, Code::Forbidden];
/// What any call that takes a body can be answered with.
const BODY: &[Code] = &[Code::PayloadTooLarge, Code::RequestTimeout];

/// Adds to the operations what is true of all of them.
pub(super) fn complete(description: &mut OpenApi, platforms: &[String]) {
    description.info = InfoBuilder::new()
        .title("Countersign")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Log in, stay logged in, log out; register, recover, invite. Every error is a problem (RFC 9457) with a stable code; what it tells the person follows `Accept-Language`."))
        .build();
    // Whoever takes the description to a client sends passwords there: to nobody but the host it came from.
    let here = ServerBuilder::new().url("/").description(Some("The tenant whose host was asked for this description."));
    description.servers = Some(vec![here.build()]);
    for (path, item) in &mut description.paths.paths {
        for operation in operations(item) {
            complete_operation(path, operation, platforms);
        }
    }
    let components = description.components.get_or_insert_default();
    components.schemas.extend([
        (Problem::name().into_owned(), Problem::schema()),
        (OAuthProblem::name().into_owned(), OAuthProblem::schema()),
        (FieldError::name().into_owned(), FieldError::schema()),
        (FaultCode::name().into_owned(), FaultCode::schema()),
        (LANGUAGE.to_owned(), text().enum_values(Some(LANGUAGES.map(Language::tag))).build().into()),
    ]);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let own = ApiKey::Header(ApiKeyValue::with_description("X-Auth-Token", "An access token, or an API token."));
    components.security_schemes.insert(TOKEN_TYPE.to_owned(), SecurityScheme::Http(bearer).into());
    components.security_schemes.insert("X-Auth-Token".to_owned(), SecurityScheme::ApiKey(own).into());
}

/// Every operation of a path.
pub(super) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().filter_map(Option::as_mut)
}

fn complete_operation(path: &str, operation: &mut Operation, platforms: &[String]) {
    let mut codes = codes_of(operation);
    codes.extend(ALWAYS);
    if path.starts_with(SERVICES) {
        codes.extend(SERVICE);
        let headers = [platform(platforms), uuid(), client_address()];
        operation.parameters.get_or_insert_default().extend(headers.map(|header| RefOr::T(header.build())));
        codes.extend(VOUCHED);
    }
    if path.starts_with(STANDARD) {
        codes.extend(SERVICE);
    }
    operation.parameters.get_or_insert_default().push(RefOr::T(accept_language().build()));
    let may_be_left_out = operation.extensions.as_mut().is_some_and(|known| known.remove(OPTIONAL_BODY).is_some());
    if let Some(body) = &mut operation.request_body {
        codes.extend(BODY);
        if let (RefOr::T(body), true) = (body, may_be_left_out) {
            body.required = Some(Required::False);
        }
    }
    if operation.security.is_some() {
        codes.push(Code::InvalidToken);
    }
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in Code::ALL.iter().filter(|code| codes.contains(code)) {
        by_status.entry(code.status()).or_default().push(*code);
    }
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(answer) = answer {
            answer.headers.insert("uuid".to_owned(), uuid_header());
        }
    }
    let content = match path.starts_with(STANDARD) {
        true => ("application/json", Content::new(Some(Ref::from_schema_name(OAuthProblem::name())))),
        false => (PROBLEM_MEDIA_TYPE, Content::new(Some(Ref::from_schema_name(Problem::name())))),
    };
    for (status, codes) in by_status {
        operation.responses.responses.insert(status.to_string(), RefOr::T(refusal(status, &codes, content.clone())));
    }
}

/// The codes that an operation names itself. One that is none of the table is a mistake that a test finds.
pub(super) fn codes_of(operation: &Operation) -> Vec<Code> {
    let named = operation.extensions.as_ref().and_then(|extensions| extensions.get(CODES)?.as_array());
    named.into_iter().flatten().filter_map(|code| Code::known(code.as_str()?)).collect()
}

fn refusal(status: u16, codes: &[Code], (media_type, content): (&str, Content)) -> Response {
    let lines: Vec<_> = codes.iter().map(|code| format!("- `{}`: {}", code.constant(), code.when())).collect();
    let mut answer = ResponseBuilder::new().description(lines.join("\n")).content(media_type, content).build();
    answer.headers.insert("uuid".to_owned(), uuid_header());
    answer.headers.insert("Content-Language".to_owned(), content_language());
    if status == 401 {
        answer.headers.insert("WWW-Authenticate".to_owned(), header("The challenge (RFC 6750)."));
    }
    let waits = [Code::AccountLocked, Code::RotatedJustNow];
    if codes.iter().any(|code| waits.contains(code)) || matches!(status, 429 | 503) {
        answer.headers.insert("Retry-After".to_owned(), header("Seconds after which to try again."));
    }
    answer
}

fn uuid_header() -> RefOr<Header> {
    header("The `uuid` of the request, or one of ours where it had none.")
}

/// Whatever was asked for, it is one of ours.
fn content_language() -> RefOr<Header> {
    let of = "The language of `message`, `solutions` and those messages of `errors` that a person can act on.";
    header_of(Ref::from_schema_name(LANGUAGE), of)
}

fn header(description: &str) -> RefOr<Header> {
    header_of(text().build(), description)
}

fn header_of(schema: impl Into<RefOr<Schema>>, description: &str) -> RefOr<Header> {
    RefOr::T(HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build())
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn platform(platforms: &[String]) -> ParameterBuilder {
    ParameterBuilder::new()
        .name("platform")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some("Platform identifier. Use `fincode`."))
        .schema(Some(text().enum_values(Some(platforms.iter().map(String::as_str))).build()))
        .example(Some("fincode".into()))
}

fn accept_language() -> ParameterBuilder {
    ParameterBuilder::new()
        .name("Accept-Language")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The languages that the person reads (RFC 9110 section 12.5.4): `en`, `fr`, `es`, `pt` and `ar` are spoken, \
             whatever the region. Without one of them, the tenant's is. Letters that the request causes follow it too.",
        ))
        .schema(Some(text().build()))
        .example(Some("fr-SN, fr;q=0.9, en;q=0.5".into()))
}

fn client_address() -> ParameterBuilder {
    ParameterBuilder::new()
        .name("X-Client-Address")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The IPv4 or IPv6 address of the client that a back-end speaks for; needs an API token, as the bearer where the \
             client's own token stands in X-Auth-Token.",
        ))
        .schema(Some(Schema::OneOf(OneOfBuilder::new().item(address("ipv4")).item(address("ipv6")).build())))
        .example(Some("203.0.113.7".into()))
}

fn address(format: &str) -> ObjectBuilder {
    text().format(Some(SchemaFormat::Custom(format.to_owned())))
}

fn uuid() -> ParameterBuilder {
    ParameterBuilder::new()
        .name("uuid")
        .parameter_in(ParameterIn::Header)
        .required(Required::True)
        .description(Some(
            "Unique id of this request: 1 to 128 visible ASCII characters, best a UUID. Comes back in the answer.",
        ))
        .schema(Some(text().min_length(Some(1)).max_length(Some(128)).pattern(Some("^[!-~]*$")).build()))
        .example(Some("200".into()))
}
