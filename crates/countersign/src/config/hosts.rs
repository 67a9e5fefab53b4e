use countersign_domain::Slug;

use super::value::Text;

/// RFC 1035 section 2.3.4, less what the longest tenant and its dot take.
const BASE_DOMAIN_BYTES_MAX: usize = 253 - 64;
/// Where the tenant stands in the public URL.
const TENANT_MARK: &str = "{tenant}.";

/// A domain under which every tenant is a subdomain: lower-case ASCII labels, no trailing dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseDomain(String);

impl BaseDomain {
    /// The domain itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for BaseDomain {
    const EXPECTED: &'static str = "a domain in lower case such as \"auth.example.com\"";

    fn from_text(text: &str) -> Option<Self> {
        let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(is_letter)
        };
        // A last label of digits would be an IPv4 address to every URL parser.
        let last_is_name = !text.rsplit('.').next()?.bytes().all(|b| b.is_ascii_digit());
        let good = text.len() <= BASE_DOMAIN_BYTES_MAX && text.split('.').all(is_label) && last_is_name;
        good.then(|| Self(text.to_owned()))
    }

    fn to_text(&self) -> String {
        self.0.clone()
    }
}

/// How tenants are reached from outside: scheme, `{tenant}.`, a base domain, perhaps a port, and nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    secure: bool,
    base: BaseDomain,
    port: Option<u16>,
}

impl PublicUrl {
    /// The sandbox's: plain HTTP under a base domain, on the port it listens on.
    pub fn sandbox(base: BaseDomain, port: u16) -> Self {
        Self::new(false, base, Some(port))
    }

    /// The scheme's own port is left out, or the issuer would have two spellings (RFC 6454 section 6).
    fn new(secure: bool, base: BaseDomain, port: Option<u16>) -> Self {
        let port = port.filter(|port| *port != if secure { 443 } else { 80 });
        Self { secure, base, port }
    }

    /// The origin of one tenant, without a trailing slash: the issuer of its tokens and the base of its links.
    pub fn of(&self, tenant: &Slug) -> String {
        self.to_text().replacen(TENANT_MARK, &format!("{tenant}."), 1)
    }

    /// The same with `{tenant}` where the slug goes.
    pub fn pattern(&self) -> String {
        self.to_text()
    }

    /// Whether tenants are reached over HTTPS.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The domain that follows the tenant.
    pub const fn base(&self) -> &BaseDomain {
        &self.base
    }
}

impl Text for PublicUrl {
    const EXPECTED: &'static str = "a URL such as \"https://{tenant}.auth.example.com\", with no path";

    fn from_text(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let host = rest.strip_suffix('/').unwrap_or(rest).strip_prefix(TENANT_MARK)?;
        let (base, port) = match host.rsplit_once(':') {
            None => (host, None),
            Some((base, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (base, Some(port.parse().ok()?)),
            Some(_) => return None,
        };
        let secure = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        if port == Some(0) {
            return None;
        }
        Some(Self::new(secure, BaseDomain::from_text(base)?, port))
    }

    fn to_text(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{TENANT_MARK}{}{port}", self.base.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_names_the_tenant_first_and_nothing_after_the_port() {
        let tenant: Slug = "remitjunction".parse().unwrap();
        for (text, of) in [
            ("https://{tenant}.auth.example.com", "https://remitjunction.auth.example.com"),
            ("https://{tenant}.auth.example.com/", "https://remitjunction.auth.example.com"),
            ("https://{tenant}.auth.example.com:443", "https://remitjunction.auth.example.com"),
            ("http://{tenant}.localhost:8080", "http://remitjunction.localhost:8080"),
        ] {
            assert_eq!(PublicUrl::from_text(text).unwrap().of(&tenant), of, "{text}");
        }
        for bad in [
            "",
            "https://auth.example.com",
            "https://{tenant}.",
            "https://a.{tenant}.example.com",
            "https://{tenant}.example.com/login",
            "https://{tenant}.example.com?x",
            "https://u@{tenant}.example.com",
            "https://{tenant}.{tenant}.example.com",
            "https://{tenant}.example.com:0",
            "https://{tenant}.example.com:+1",
            "https://{tenant}.example.com:99999",
            "ftp://{tenant}.example.com",
            "HTTPS://{tenant}.example.com",
        ] {
            assert_eq!(PublicUrl::from_text(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_base_domain_is_lower_case_labels() {
        for good in ["localhost", "auth.example.com", "a-b.c1"] {
            assert!(BaseDomain::from_text(good).is_some(), "{good}");
        }
        for bad in ["", ".", "a.", ".a", "A.com", "a_b", "-a", "a-", "10.0.0.1", "ü.de", "a b", &"a.".repeat(100)] {
            assert!(BaseDomain::from_text(bad).is_none(), "{bad}");
        }
    }
}
