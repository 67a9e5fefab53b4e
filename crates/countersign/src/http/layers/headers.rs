use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, Entry, PRAGMA, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// For answers that are no page: nothing in them may run, load or be framed.
const NOTHING_RUNS: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
/// Two years, as the preload lists ask; sub-domains are other tenants' business.
const ONLY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=63072000");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Puts on every answer what keeps a browser from misusing it. An answer that has its own policy or may be cached
/// has said so already.
pub(super) fn protect(headers: &mut HeaderMap, https: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING_RUNS);
    // The contract asks for both where an answer carries a token; anything else is as personal.
    if let Entry::Vacant(cache) = headers.entry(CACHE_CONTROL) {
        cache.insert(HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    }
}
