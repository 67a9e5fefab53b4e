use std::time::Duration;

use countersign_api::{AuditQuery, FromFields, Hidden};
use countersign_domain::Timestamp;
use countersign_store::EventFilter;

use crate::http::calls::audit_events;
use crate::http::extract::Body;
use crate::http::problem::Refused;
use crate::web::visit::Form;

const DAY: Duration = Duration::from_secs(86_400);
/// The fields of the filter, as an address names them.
const FIELDS: [&str; 5] = ["account", "action", "outcome", "from", "to"];

/// What is asked for. The call of the API reads it; the page alone has days where that has moments.
pub(super) fn read(asked: &Form) -> Result<EventFilter, Refused> {
    let mut fields = asked.fields();
    let request = AuditQuery::from_fields(&mut fields);
    let request = AuditQuery {
        from: request.from.map(|day| of_day(day, Duration::ZERO)),
        to: request.to.map(|day| of_day(day, DAY)),
        ..request
    };
    audit_events::read(Body { request, faults: fields.into_faults().widened() })
}

/// The moment so long after the beginning of a day in UTC. What is no day stays what it is, and is no moment either.
fn of_day(day: Hidden, later: Duration) -> Hidden {
    match format!("{}T00:00:00Z", day.expose()).parse::<Timestamp>() {
        Ok(begins) => Hidden::new(begins.plus(later).to_string()),
        Err(_) => Hidden::new(format!("the day {}", day.expose())),
    }
}

/// The query that asks for the same, from a cursor on; each part ends with its mark, so that another can follow.
pub(super) fn asking(asked: &Form, cursor: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for field in FIELDS {
        if let Some(text) = asked.filled(field) {
            query.append_pair(field, text);
        }
    }
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    let query = query.finish();
    if query.is_empty() { query } else { query + "&" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &str) -> EventFilter {
        read(&Form::of_query(query)).unwrap()
    }

    #[test]
    fn days_are_whole_days_in_utc() {
        let asked = filter("from=2026-11-24&to=2026-11-24&action=&outcome=&account=");
        let text = |at: Option<Timestamp>| at.unwrap().to_string();
        assert_eq!(text(asked.from), "2026-11-24T00:00:00.000000Z");
        assert_eq!(text(asked.to), "2026-11-25T00:00:00.000000Z");
        assert!(asked.action.is_none() && asked.outcome.is_none() && asked.subject.is_none());
    }

    #[test]
    fn what_is_wrong_is_told_by_its_field() {
        let asked = Form::of_query("from=2026-02-31&to=2026-11-24T10:00:00Z&action=dance&outcome=maybe&account=ada");
        let refused = read(&asked).unwrap_err();
        let fields: Vec<_> = refused.faults_of_fields().iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["account", "action", "outcome", "from", "to"]);
    }

    #[test]
    fn the_next_page_asks_for_the_same() {
        let asked = Form::of_query("action=login&outcome=&from=2026-11-24&cursor=old&done=x");
        assert_eq!(asking(&asked, Some("a b")), "action=login&from=2026-11-24&cursor=a+b&");
        assert_eq!(asking(&Form::of_query(""), None), "");
    }
}
