use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_api::{AuditEventAnswer, AuditEventsAnswer, AuditQuery, Code, Hidden};
use countersign_domain::audit::{Event, Outcome, Personal, PersonalFields};
use countersign_domain::{AccountId, EventId, Tenant, UnknownName};
use countersign_flows::Doer;
use countersign_flows::audit::{Export, ExportFault, Exporting};
use countersign_store::EventFilter;
use futures_util::{Stream, TryStreamExt, stream};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::App;
use super::granted::{Granted, ReadAudit};
use crate::http::extract::{Body, Queries};
use crate::http::faults::{Faults, FieldFault};
use crate::http::problem::Refused;

/// Read the audit trail
///
/// The newest first, filtered by account, action, outcome and time.
#[utoipa::path(
    get,
    path = "/api/v6/services/securitymanagement/audit-events",
    tag = "securitymanagement",
    params(AuditQuery),
    responses((status = 200, description = "A page of the trail.", body = AuditEventsAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN"])))
)]
pub(super) async fn list_audit_events(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadAudit>,
    Queries(query): Queries<AuditQuery>,
) -> Result<Json<AuditEventsAnswer>, Refused> {
    let page = app.flows.list_events(asker.request.tenant_id(), read(query)?).await?;
    Ok(Json(AuditEventsAnswer {
        items: page.events.iter().map(word).collect(),
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Export the audit trail
///
/// The whole trail with its seals as JSON lines: `countersign audit verify` verifies them alone. The last line is of kind
/// `end`; where it is missing, something broke and the rest is worth nothing.
#[utoipa::path(
    get,
    path = "/api/v6/services/securitymanagement/audit-events/export",
    tag = "securitymanagement",
    responses((
        status = 200,
        description = "The trail, one JSON object a line.",
        body = String,
        content_type = "application/jsonl",
        headers(("Content-Disposition" = String, description = "A name for the file."))
    )),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "OVERLOADED"])))
)]
pub(super) async fn export_audit_events(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadAudit>,
) -> Result<Response, Refused> {
    export(&app, asker.doer(), &asker.request.tenant.tenant).await?
}

/// The trail as a file; refused while as many are read as may be. Whoever asks for it has shown that he may.
pub(crate) async fn export(
    app: &App,
    doer: Doer<'_>,
    tenant: &Tenant,
) -> Result<Result<Response, Refused>, countersign_flows::Fault> {
    let Exporting::Begun(export) = app.flows.export_trail(doer, tenant).await? else {
        return Ok(Err(Refused::new(Code::Overloaded).retry_after(EXPORT_RETRY_AFTER).detail(EXPORTS_RUN)));
    };
    let day: String = export.begun.to_string().chars().take_while(|c| *c != 'T').collect();
    let disposition = format!("attachment; filename=\"{}-audit-{day}.jsonl\"", tenant.slug);
    let head = [(CONTENT_TYPE, JSON_LINES.to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok(Ok((head, axum::body::Body::from_stream(lines(*export))).into_response()))
}

/// JSON lines, as OpenAPI 3.2 calls them: `application/x-ndjson` has the prefix that RFC 6648 advises against.
const JSON_LINES: &str = "application/jsonl";
/// The usual export has ended by then.
const EXPORT_RETRY_AFTER: Duration = Duration::from_secs(30);
const EXPORTS_RUN: &str = "As many exports as may be are being read already.";

/// The lines as the client takes them. An error ends the connection without the end of the body: the head is long gone.
fn lines(export: Export) -> impl Stream<Item = Result<String, ExportFault>> {
    let next = |mut export: Export| async { Ok(export.next().await?.map(|lines| (lines, export))) };
    stream::try_unfold(export, next)
        .inspect_err(|fault| tracing::error!(%fault, "an export of the audit trail broke off"))
}

pub(crate) fn read(query: Body<AuditQuery>) -> Result<EventFilter, Refused> {
    let Body { request, mut faults } = query;
    let filter = EventFilter {
        subject: parsed::<AccountId>("account", request.account.as_ref(), "must be the id of an account", &mut faults),
        action: parsed("action", request.action.as_ref(), "is none of the actions that the trail tells", &mut faults),
        outcome: parsed::<Told>("outcome", request.outcome.as_ref(), "must be done or refused", &mut faults)
            .map(|told| told.0),
        from: parsed("from", request.from.as_ref(), MUST_BE_A_MOMENT, &mut faults),
        to: parsed("to", request.to.as_ref(), MUST_BE_A_MOMENT, &mut faults),
        before: parsed::<EventId>("cursor", request.cursor.as_ref(), "is no cursor of this list", &mut faults),
        events_max: usize::try_from(request.limit).unwrap_or(usize::MAX),
    };
    if faults.is_empty() { Ok(filter) } else { Err(faults.into()) }
}

const MUST_BE_A_MOMENT: &str = "must be a moment such as 2026-11-24T12:00:00Z";

fn parsed<T: std::str::FromStr>(
    name: &str,
    text: Option<&Hidden>,
    must: &'static str,
    faults: &mut Faults,
) -> Option<T> {
    faults.check(name, text?.expose().parse::<T>().map_err(|_| FieldFault::unknown(must)))
}

/// An outcome as a filter names it.
struct Told(Outcome);

impl std::str::FromStr for Told {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Outcome::read(text).map(Self).ok_or(UnknownName)
    }
}

fn word(event: &Event) -> AuditEventAnswer {
    let personal = match &event.personal {
        Personal::Kept { fields, .. } => fields.clone(),
        Personal::Erased { .. } => PersonalFields::default(),
    };
    AuditEventAnswer {
        id: event.id.uuid(),
        at: event.at.to_string(),
        action: event.action.to_string(),
        outcome: event.outcome.as_str().to_owned(),
        reason: event.reason.as_ref().map(ToString::to_string),
        count: event.count,
        actor: event.actor.kind().to_owned(),
        actor_id: event.actor.id(),
        account: event.subject.map(AccountId::uuid),
        session: event.session.map(countersign_domain::SessionId::uuid),
        request_id: event.request_id.clone(),
        client_address: personal.client_address.map(|address| address.to_string()),
        user_agent: personal.user_agent,
        detail: personal.detail,
    }
}
