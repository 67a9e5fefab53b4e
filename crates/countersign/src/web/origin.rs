//! Whether a post comes from a page of the very host it is sent to.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use crate::http::call::only;

const FETCH_SITE: http::HeaderName = http::HeaderName::from_static("sec-fetch-site");

/// What browsers say of themselves (Fetch Metadata), and where one is too old for that, the header `Origin`. A sibling is
/// foreign: tenants share a domain. A post that says neither is refused; every browser of the last ten years says one.
///
/// `is_https`: whether the service is reached by TLS, its own or a proxy's.
pub(super) fn is_own(headers: &HeaderMap, authority: Option<&str>, is_https: bool) -> bool {
    if headers.contains_key(&FETCH_SITE) {
        return only(headers, &FETCH_SITE) == Some("same-origin");
    }
    let Some(origin) = only(headers, &ORIGIN) else { return false };
    let Some(host) = authority.or_else(|| only(headers, &HOST)) else { return false };
    let own = |scheme: &str| origin.strip_prefix(scheme).is_some_and(|origin| origin.eq_ignore_ascii_case(host));
    own("https://") || (!is_https && own("http://"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn judged(fields: &[(&'static str, &'static str)], is_https: bool) -> bool {
        let name = |name: &'static str| http::HeaderName::from_static(name);
        let headers = fields.iter().map(|(n, value)| (name(n), HeaderValue::from_static(value))).collect();
        is_own(&headers, None, is_https)
    }

    #[test]
    fn only_the_own_origin_posts() {
        let host = ("host", "a.example.test:8443");
        for (fields, is_good) in [
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("sec-fetch-site", "same-site"), ("origin", "https://a.example.test:8443")], false),
            (vec![host, ("sec-fetch-site", "cross-site")], false),
            (vec![host, ("sec-fetch-site", "none")], false),
            (vec![host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], false),
            (vec![host, ("origin", "https://a.example.test:8443")], true),
            (vec![host, ("origin", "https://A.Example.test:8443")], true),
            (vec![host, ("origin", "http://a.example.test:8443")], false),
            (vec![host, ("origin", "https://b.example.test:8443")], false),
            (vec![host, ("origin", "https://a.example.test")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host], false),
            (vec![("origin", "https://a.example.test")], false),
        ] {
            assert_eq!(judged(&fields, true), is_good, "{fields:?}");
        }
        assert!(judged(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")], false));
    }
}
