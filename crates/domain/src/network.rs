use std::fmt;
use std::net::{IpAddr, SocketAddr};

use ipnet::{IpNet, Ipv6Net};

/// What limits by source count as one source: an IPv4 address alone, an IPv6 address by its /64, since that is what
/// one customer of a provider gets (RFC 6177), and a limit on single addresses of it would be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

const SITE_BITS: u8 = 64;

impl Network {
    /// The network of an address. An IPv4-mapped IPv6 address is the IPv4 address it maps.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(IpNet::from(IpAddr::V4(v4))),
            // A prefix of 64 is never refused; were it, the address alone is the stricter reading.
            IpAddr::V6(v6) => {
                Self(Ipv6Net::new(v6, SITE_BITS).map_or(IpNet::from(IpAddr::V6(v6)), |net| net.trunc().into()))
            }
        }
    }

    /// Its first address: the address itself where it is one.
    pub fn address(&self) -> IpAddr {
        self.0.addr()
    }
}

/// `203.0.113.7` or `2001:db8:0:1::/64`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpNet::V4(net) => net.addr().fmt(f),
            IpNet::V6(net) => net.fmt(f),
        }
    }
}

/// A configured list of networks: proxies that are trusted, or sources that limits do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// The list as configured.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether the address lies in one of them. An IPv4-mapped IPv6 address is the IPv4 address it maps.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The address of the client: that of the socket, unless a trusted proxy holds it. Then the entries of
/// `X-Forwarded-For` are walked from the right, where the proxies wrote, and the first that is no trusted proxy is
/// the client. What stands further left is what the client itself claims, and is never looked at.
///
/// `forwarded` are the values of all such fields in the order of the request. They are divided as bytes: what a client
/// wrote to the left, be it no text at all, must not hide the address that a proxy has written to the right of it.
pub fn client_address<'a, I>(peer: IpAddr, forwarded: I, trusted: &Networks) -> IpAddr
where
    I: IntoIterator<Item = &'a [u8]>,
    I::IntoIter: DoubleEndedIterator,
{
    let mut client = peer.to_canonical();
    for entry in forwarded.into_iter().rev().flat_map(|field| field.rsplit(|byte| *byte == b',')) {
        if !trusted.contain(client) {
            break;
        }
        // An entry that is no address says nothing: then the proxy that passed it on is all we know.
        let Some(address) = entry_address(entry) else { break };
        client = address.to_canonical();
    }
    client
}

/// Some proxies write the port too.
fn entry_address(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> String {
        Network::of(text.parse().unwrap()).to_string()
    }

    #[test]
    fn one_customer_is_one_network() {
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:0:1:aaaa::1"), "2001:db8:0:1::/64");
        assert_eq!(Network::of("2001:db8::1".parse().unwrap()), Network::of("2001:db8::2".parse().unwrap()));
    }

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = Networks::new(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:f::/48".parse().unwrap()]);
        client_address(peer.parse().unwrap(), forwarded.iter().map(|field| field.as_bytes()), &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_from_the_right() {
        for (peer, forwarded, who) in [
            ("198.51.100.1", &["203.0.113.7"][..], "198.51.100.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["1.1.1.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
            ("10.0.0.1", &["1.1.1.1", "203.0.113.7,10.0.0.2"], "203.0.113.7"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["203.0.113.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.7, "], "10.0.0.1"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", &["203.0.113.7:5555"], "203.0.113.7"),
            ("2001:db8:f::1", &["[2001:db8::7]:443"], "2001:db8::7"),
            ("2001:db8:f::1", &["[2001:db8::7]"], "2001:db8::7"),
        ] {
            assert_eq!(client(peer, forwarded), who, "{peer} {forwarded:?}");
        }
        let trusted = Networks::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let field: &[u8] = b"\xe9, 203.0.113.9";
        let address = client_address("10.0.0.1".parse().unwrap(), [field], &trusted);
        assert_eq!(address.to_string(), "203.0.113.9", "what is no text on the left hides nothing on the right");
    }
}
