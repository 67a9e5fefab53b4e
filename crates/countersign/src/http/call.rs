use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, MatchedPath, Request};
use countersign_domain::session::USER_AGENT_BYTES_MAX;
use countersign_domain::{Language, Network, Tenant, client_address};
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method};
use tokio::time::Instant;
use uuid::Uuid;

use super::Edge;
use super::problem::Refused;

/// The contract: the request's own name for itself.
pub const UUID: HeaderName = HeaderName::from_static("uuid");
/// The contract: at most this many characters of it.
pub const UUID_CHARS_MAX: usize = 128;
/// The instance of a problem repeats the path this far; no path of ours is longer.
const INSTANCE_BYTES_MAX: usize = 512;

/// The other end of the connection; the listener puts it into every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// One request, as its answer, its log line and its audit events call it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Call(Arc<Facts>);

/// What is known of a request.
#[derive(Debug)]
pub struct Facts {
    /// The header `uuid`, or an id of ours where that is missing or malformed.
    pub request_id: String,
    /// The trace that the request belongs to (W3C Trace Context), where its caller names one.
    pub trace_id: Option<String>,
    /// Where it comes from: the socket, or what trusted proxies say.
    pub address: IpAddr,
    /// What limits by source count it under.
    pub network: Network,
    /// The header `User-Agent`; what keeps it cuts it.
    pub user_agent: String,
    /// What the header `Accept-Language` likes best of the languages there are.
    pub language: Option<Language>,
    /// As the client wrote it.
    pub method: Method,
    /// The path of the request; may hold personal data, so it goes into the answer and never into the log.
    pub path: String,
    /// The template of the path that matched, `-` where none did.
    pub route: String,
    /// When its head had been read.
    pub started: Instant,
    /// The tenant's slug, and its language.
    tenant: OnceLock<(String, Language)>,
    caller: OnceLock<Uuid>,
}

impl Call {
    /// Reads what the head says.
    pub(super) fn begin(edge: &Edge, request: &Request) -> Self {
        let headers = request.headers();
        // Without a listener, as in a test of the router alone, there is no other end.
        let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let forwarded = headers.get_all("x-forwarded-for").iter().map(http::HeaderValue::as_bytes);
        let address = client_address(peer, forwarded, &edge.trusted_proxies);
        let path = request.uri().path();
        Self(Arc::new(Facts {
            request_id: uuid_of(headers)
                .map_or_else(|| edge.random.id(edge.clock.now()).to_string(), ToOwned::to_owned),
            trace_id: trace_id_of(headers),
            address,
            network: Network::of(address),
            user_agent: headers.get(USER_AGENT).map_or_else(String::new, |agent| {
                cut(&String::from_utf8_lossy(agent.as_bytes()), USER_AGENT_BYTES_MAX)
            }),
            language: headers.get(ACCEPT_LANGUAGE).and_then(|header| header.to_str().ok()).and_then(Language::accepted),
            method: request.method().clone(),
            path: instance(path),
            route: request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned(),
            started: Instant::now(),
            tenant: OnceLock::new(),
            caller: OnceLock::new(),
        }))
    }

    /// Says whose host the request named.
    pub fn set_tenant(&self, tenant: &Tenant) {
        let _ = self.0.tenant.set((tenant.slug.to_string(), tenant.settings.language));
    }

    /// Says who asks, once that is proved.
    pub fn set_caller(&self, id: Uuid) {
        let _ = self.0.caller.set(id);
    }

    /// The tenant's slug, where the host named one.
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.get().map(|(slug, _)| slug.as_str())
    }

    /// The language in which the person reads the answer: the one that the request asks for, else the tenant's, as with
    /// letters. The language of a profile does not count here: most refusals are of somebody who is not known yet.
    pub fn answered_in(&self) -> Language {
        self.language.or(self.0.tenant.get().map(|(_, language)| *language)).unwrap_or_default()
    }

    /// The account or API token, where the caller has proved to be one.
    pub fn caller(&self) -> Option<Uuid> {
        self.0.caller.get().copied()
    }
}

impl std::ops::Deref for Call {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Refused::broken("a route outside the layers"))
    }
}

fn cut(text: &str, bytes_max: usize) -> String {
    text.split_at(text.floor_char_boundary(bytes_max)).0.to_owned()
}

/// The path as far as an answer repeats it: still a URI reference (RFC 3986), so no escape is cut in two.
fn instance(path: &str) -> String {
    let mut kept = cut(path, INSTANCE_BYTES_MAX);
    if kept.len() < path.len()
        && let Some(escape) = kept.rfind('%')
        && kept.len() - escape < "%20".len()
    {
        kept.truncate(escape);
    }
    kept
}

/// The header `uuid`, if it stands there once and is what the contract says.
pub(super) fn uuid_of(headers: &HeaderMap) -> Option<&str> {
    let text = only(headers, &UUID)?;
    let is_plain = (1..=UUID_CHARS_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    is_plain.then_some(text)
}

/// The value of a field that stands there exactly once.
pub(crate) fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// The trace id of `traceparent` (W3C Trace Context section 3.2). One that breaks the rules is as good as none.
fn trace_id_of(headers: &HeaderMap) -> Option<String> {
    let text = only(headers, &HeaderName::from_static("traceparent"))?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex =
        |part: &str, len: usize| part.len() == len && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |part: &str| part.bytes().all(|b| b == b'0');
    let well_formed = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    // Later versions may append parts, version 00 may not, and ff is none.
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    (well_formed && known && !is_zero(trace) && !is_zero(parent)).then(|| trace.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_cut_between_escapes() {
        for (before, kept) in [(0, 510), (1, 511), (2, 512)] {
            let path = format!("{}{}", "/".repeat(before), "%c3%a9".repeat(100));
            assert_eq!(instance(&path), path[..kept]);
        }
        assert_eq!(instance("/a%20"), "/a%20");
    }

    #[test]
    fn a_traceparent_is_taken_whole_or_not_at_all() {
        let trace = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().unwrap());
            trace_id_of(&headers)
        };
        let good = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace(&format!("00-{good}-00f067aa0ba902b7-01")).as_deref(), Some(good));
        assert_eq!(trace(&format!("01-{good}-00f067aa0ba902b7-01-new")).as_deref(), Some(good));
        for bad in [
            format!("00-{good}-00f067aa0ba902b7-01-new"),
            format!("ff-{good}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", good.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{good}-0000000000000000-01"),
            format!("00-{good}-00f067aa0ba902b7"),
            format!("00-{good}0-00f067aa0ba902b7-01"),
            "00-".to_owned(),
        ] {
            assert_eq!(trace(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_request_has_one_plain_name() {
        let name = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(UUID, http::HeaderValue::from_bytes(value).unwrap());
            }
            uuid_of(&headers).map(ToOwned::to_owned)
        };
        assert_eq!(name(&[b"200"]).as_deref(), Some("200"));
        assert_eq!(name(&[&[b'~'; 128]]).map(|name| name.len()), Some(128));
        let cases: [&[&[u8]]; 6] = [&[], &[b""], &[b"a", b"b"], &[b"a b"], &[b"\xe9"], &[&[b'~'; 129]]];
        for bad in cases {
            assert_eq!(name(bad), None);
        }
    }
}
