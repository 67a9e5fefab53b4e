//! The description of the API for programs (`/openapi.json`) and for people (`/docs`, `/docs/errors`). Everything is
//! made once, at start, and lies in the binary's memory.

use askama::Template;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use countersign_api::Code;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::Value;
use utoipa::openapi::OpenApi;

/// Our own style sheet and nothing else.
pub(super) const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A new version is seen after five minutes.
const REMEMBERED: &str = "max-age=300";
const STYLE: &str = include_str!("../../assets/docs.css");

/// The routes of the description.
pub(super) fn router<S: Clone + Send + Sync + 'static>(description: &OpenApi) -> Router<S> {
    let page = docs_page(&serde_json::to_value(description).unwrap_or_default());
    Router::new()
        .route("/openapi.json", fixed("application/json", openapi_text(description)))
        .route("/docs", fixed("text/html; charset=utf-8", page))
        .route("/docs/errors", fixed("text/html; charset=utf-8", errors_page()))
        .route("/docs/style.css", fixed("text/css; charset=utf-8", STYLE.to_owned()))
}

/// The description as it is served and as `docs/openapi.json` keeps it.
pub fn openapi_text(description: &OpenApi) -> String {
    // A description made of texts and maps of texts always has a JSON form.
    serde_json::to_string_pretty(description).unwrap_or_default() + "\n"
}

fn fixed<S: Clone + Send + Sync + 'static>(media_type: &'static str, text: String) -> MethodRouter<S> {
    let text = axum::body::Bytes::from(text);
    get(move || std::future::ready(page(media_type, text.clone())))
}

fn page(media_type: &'static str, text: axum::body::Bytes) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(REMEMBERED));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
    response
}

#[derive(Template)]
#[template(path = "errors.html")]
struct ErrorsPage {
    codes: &'static [Code],
}

fn errors_page() -> String {
    // A template of texts cannot fail to render.
    ErrorsPage { codes: Code::ALL }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    title: String,
    version: String,
    about: String,
    calls: Vec<CallView>,
}

/// One operation as the page shows it.
struct CallView {
    method: String,
    path: String,
    summary: String,
    about: String,
    needs_token: bool,
    headers: Vec<FieldView>,
    body: Vec<FieldView>,
    answers: Vec<AnswerView>,
}

struct FieldView {
    name: String,
    kind: String,
    required: bool,
    about: String,
}

struct AnswerView {
    status: String,
    lines: Vec<String>,
    fields: Vec<FieldView>,
}

fn docs_page(description: &Value) -> String {
    let paths = at(description, "/paths").as_object().into_iter().flatten();
    let calls = paths.flat_map(|(path, item)| {
        let operations = item.as_object().into_iter().flatten();
        operations.map(move |(method, operation)| CallView::of(description, path, method, operation))
    });
    let page = DocsPage {
        title: text(at(description, "/info/title")),
        version: text(at(description, "/info/version")),
        about: prose(at(description, "/info/description")),
        calls: calls.collect(),
    };
    page.render().unwrap_or_default()
}

impl CallView {
    fn of(description: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let headers = at(operation, "/parameters").as_array().into_iter().flatten().map(|parameter| FieldView {
            name: text(at(parameter, "/name")),
            kind: text(at(parameter, "/schema/type")),
            required: at(parameter, "/required") == true,
            about: prose(at(parameter, "/description")),
        });
        let answers =
            at(operation, "/responses").as_object().into_iter().flatten().map(|(status, answer)| AnswerView {
                status: status.clone(),
                lines: prose(at(answer, "/description"))
                    .lines()
                    .map(|line| line.trim_start_matches("- ").replace('`', ""))
                    .collect(),
                fields: fields(description, at(answer, "/content/application~1json/schema")),
            });
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: prose(at(operation, "/summary")),
            about: prose(at(operation, "/description")),
            needs_token: at(operation, "/security").is_array(),
            headers: headers.collect(),
            body: ["application~1json", "application~1x-www-form-urlencoded"]
                .into_iter()
                .flat_map(|kind| fields(description, at(operation, &format!("/requestBody/content/{kind}/schema"))))
                .collect(),
            answers: answers.collect(),
        }
    }
}

/// The fields of an object, those of objects in it as `user.email`.
fn fields(description: &Value, schema: &Value) -> Vec<FieldView> {
    let schema = resolve(description, schema);
    let required = |name: &str| at(schema, "/required").as_array().is_some_and(|names| names.iter().any(|n| n == name));
    let mut views = Vec::new();
    for (name, field) in at(schema, "/properties").as_object().into_iter().flatten() {
        let inner = fields(description, field);
        if inner.is_empty() {
            let about = prose(at(field, "/description"));
            views.push(FieldView { name: name.clone(), kind: kind(field), required: required(name), about });
        }
        views.extend(inner.into_iter().map(|field| FieldView { name: format!("{name}.{}", field.name), ..field }));
    }
    views.sort_by_key(|field| !field.required);
    views
}

fn resolve<'d>(description: &'d Value, schema: &'d Value) -> &'d Value {
    let target = at(schema, "/$ref").as_str().and_then(|to| description.pointer(to.trim_start_matches('#')));
    target.unwrap_or(schema)
}

fn kind(field: &Value) -> String {
    match at(field, "/type") {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        kind => text(kind),
    }
}

/// What a JSON Pointer (RFC 6901) leads to, null where it leads nowhere.
fn at<'d>(value: &'d Value, pointer: &str) -> &'d Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// What is written for Markdown, as plain words.
fn prose(value: &Value) -> String {
    text(value).replace('`', "")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
