//! Which tenant a request is for: the host names it, and nothing else does.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Slug;

/// RFC 1035 section 2.3.4, without the root's dot.
const NAME_BYTES_MAX: usize = 253;
/// RFC 1035 section 2.3.4.
const LABEL_BYTES_MAX: usize = 63;

/// The host of a request: a name in lower case or an address, without its port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

/// Why a request names no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHost {
    /// There is none.
    #[error("the request names no host")]
    Missing,
    /// Which of several counts would be a guess, and the proxy in front may guess otherwise.
    #[error("Host must stand there exactly once")]
    Repeated,
    /// The request line or `:authority` names another than `Host`.
    #[error("Host and the authority of the request must be the same")]
    Differs,
    /// It is neither a DNS name nor an address.
    #[error("Host must be a DNS name or an address, with or without a port")]
    Malformed,
}

impl Host {
    /// Reads the host of a request from its `Host` fields and from the authority of its target, if that has one
    /// (`:authority` in HTTP/2, the absolute form in HTTP/1.1).
    ///
    /// # Errors
    /// [`BadHost`] says which rule the request breaks.
    pub fn of_request<'a>(
        fields: impl IntoIterator<Item = &'a str>,
        authority: Option<&'a str>,
    ) -> Result<Self, BadHost> {
        let mut fields = fields.into_iter();
        let field = fields.next();
        if fields.next().is_some() {
            return Err(BadHost::Repeated);
        }
        match (field, authority) {
            (Some(field), Some(authority)) if !field.eq_ignore_ascii_case(authority) => Err(BadHost::Differs),
            (Some(text), _) | (None, Some(text)) => Self::parse(text),
            (None, None) => Err(BadHost::Missing),
        }
    }

    /// Reads `name`, `name:port`, `1.2.3.4:port` or `[address]:port` (RFC 3986 section 3.2).
    ///
    /// # Errors
    /// [`BadHost::Malformed`]: also for a root's dot at the end and for user information.
    pub fn parse(text: &str) -> Result<Self, BadHost> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']').ok_or(BadHost::Malformed)?;
                (ipv6(address), port)
            }
            None => {
                let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                (dns_name(name), port)
            }
        };
        name.filter(|_| port.is_empty() || is_port(port)).ok_or(BadHost::Malformed)
    }

    /// The name or address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This machine, by one of the three names that everybody has for it.
    pub fn is_this_machine(&self) -> bool {
        ["localhost", "127.0.0.1", "[::1]"].contains(&self.as_str())
    }

    /// What stands before `.base`, if the host is the base or below it.
    fn below(&self, base: &str) -> Option<&str> {
        match self.0.strip_suffix(base)? {
            "" => Some(""),
            rest => rest.strip_suffix('.'),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_port(text: &str) -> bool {
    // RFC 3986 lets the digits be missing.
    text.strip_prefix(':').is_some_and(|digits| {
        digits.bytes().all(|b| b.is_ascii_digit()) && (digits.is_empty() || digits.parse::<u16>().is_ok())
    })
}

fn ipv6(text: &str) -> Option<Host> {
    text.parse::<Ipv6Addr>().ok().map(|address| Host(format!("[{address}]")))
}

fn dns_name(text: &str) -> Option<Host> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() > NAME_BYTES_MAX || !text.split('.').all(is_label) {
        return None;
    }
    // A name that ends in a number is an address to every browser (WHATWG URL section 3.5), so it has to be one.
    let ends_in_number = text.rsplit('.').next().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    if ends_in_number && text.parse::<Ipv4Addr>().is_err() {
        return None;
    }
    Some(Host(text.to_ascii_lowercase()))
}

/// Whom a host stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The tenant of this slug, if there is one.
    Slug(Slug),
    /// The tenant that registered this host as its own, if one did.
    Custom(Host),
    /// Nobody, whatever is registered.
    Nobody,
}

/// The base domains of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bases {
    domains: Vec<Host>,
    this_machine: Option<Slug>,
}

impl Bases {
    /// `domains` as configured; `this_machine` is the tenant that `localhost`, `127.0.0.1` and `[::1]` mean, which
    /// only a sandbox has.
    pub fn new(domains: Vec<Host>, this_machine: Option<Slug>) -> Self {
        Self { domains, this_machine }
    }

    /// The rule. The longest base domain that fits decides, and below a base domain nothing is custom: a tenant could
    /// register the name of another there.
    pub fn place(&self, host: &Host) -> Place {
        if let Some(slug) = self.this_machine.as_ref().filter(|_| host.is_this_machine()) {
            return Place::Slug(slug.clone());
        }
        let below = self.domains.iter().filter_map(|base| host.below(base.as_str())).min_by_key(|rest| rest.len());
        match below {
            Some(label) => label.parse().map_or(Place::Nobody, Place::Slug),
            None => Place::Custom(host.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Option<String> {
        Host::parse(text).ok().map(|host| host.0)
    }

    #[test]
    fn case_and_port_do_not_matter() {
        for (text, name) in [
            ("RemitJunction.Fincode.Software", "remitjunction.fincode.software"),
            ("remitjunction.localhost:8080", "remitjunction.localhost"),
            ("a:", "a"),
            ("127.0.0.1:1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[0:0::0001]:8443", "[::1]"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(host(text).as_deref(), Some(name), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a b",
            "a_b",
            "-a",
            "a-",
            "a/b",
            "a@b",
            "u:p@b",
            "a:b",
            "a:65536",
            "a:80:80",
            "a:-1",
            "a:+1",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "0x7f.1",
            "a.1",
            "[::1",
            "::1",
            "[::1]x",
            "[::1%1]",
            "[1.2.3.4]",
            "bücher.example",
            "a,b",
            "a\0b",
            "*.a",
        ] {
            assert_eq!(host(text), None, "{text:?}");
        }
        assert_eq!(host(&"a".repeat(64)), None);
        assert_eq!(host(&"a.".repeat(127)), None);
        assert!(host(&format!("{}a", "a.".repeat(126))).is_some());
    }

    #[test]
    fn exactly_one_host_is_named() {
        let of = |fields: &[&'static str], authority| Host::of_request(fields.iter().copied(), authority);
        assert_eq!(of(&["a:80"], None), Host::parse("a"));
        assert_eq!(of(&[], Some("a")), Host::parse("a"));
        assert_eq!(of(&["A:80"], Some("a:80")), Host::parse("a"));
        assert_eq!(of(&[], None), Err(BadHost::Missing));
        assert_eq!(of(&["a", "a"], None), Err(BadHost::Repeated));
        assert_eq!(of(&["a"], Some("b")), Err(BadHost::Differs));
        assert_eq!(of(&["a"], Some("a:80")), Err(BadHost::Differs));
        assert_eq!(of(&["a,b"], None), Err(BadHost::Malformed));
    }

    fn place(bases: &Bases, text: &str) -> String {
        match bases.place(&Host::parse(text).unwrap()) {
            Place::Slug(slug) => slug.to_string(),
            Place::Custom(host) => format!("custom {host}"),
            Place::Nobody => "nobody".to_owned(),
        }
    }

    #[test]
    fn the_label_below_a_base_domain_names_the_tenant() {
        let base = |text: &str| Host::parse(text).unwrap();
        let bases = Bases::new(vec![base("fincode.tech"), base("eu.fincode.tech")], None);
        for (text, who) in [
            ("remitjunction.fincode.tech:443", "remitjunction"),
            ("remitjunction.eu.fincode.tech", "remitjunction"),
            ("eu.fincode.tech", "nobody"),
            ("fincode.tech", "nobody"),
            ("a.b.fincode.tech", "nobody"),
            ("xn--bcher-kva.fincode.tech", "nobody"),
            ("evilfincode.tech", "custom evilfincode.tech"),
            ("login.remit.example", "custom login.remit.example"),
            ("localhost", "custom localhost"),
            ("127.0.0.1", "custom 127.0.0.1"),
        ] {
            assert_eq!(place(&bases, text), who, "{text}");
        }
    }

    #[test]
    fn only_a_sandbox_has_a_tenant_for_this_machine() {
        let bases = Bases::new(vec![Host::parse("localhost").unwrap()], "remitjunction".parse().ok());
        for text in ["localhost:8080", "127.0.0.1", "[::1]:8080", "remitjunction.localhost:8080"] {
            assert_eq!(place(&bases, text), "remitjunction", "{text}");
        }
        assert_eq!(place(&bases, "otherjunction.localhost"), "otherjunction");
        assert_eq!(place(&bases, "127.0.0.2"), "custom 127.0.0.2");
    }
}
