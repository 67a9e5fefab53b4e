use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_domain::{Network, Networks};

use crate::http::ops;

/// Who is connected, in all and from where.
#[derive(Debug)]
pub(super) struct Admission {
    total_max: usize,
    per_network_max: usize,
    exempt: Networks,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// Holds only networks that are connected, so it is never larger than `total`.
    of_network: HashMap<Network, usize>,
}

/// Why a connection is closed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    Total,
    Network,
}

impl Full {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Network => "network",
        }
    }
}

/// A connection's place; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    network: Option<Network>,
}

impl Admission {
    pub(super) fn new(total_max: usize, per_network_max: usize, exempt: Networks) -> Arc<Self> {
        Arc::new(Self { total_max, per_network_max, exempt, open: Mutex::default() })
    }

    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let network = Some(Network::of(address)).filter(|_| !self.exempt.contain(address));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= self.total_max {
            return Err(Full::Total);
        }
        if let Some(network) = network {
            if open.of_network.get(&network).is_some_and(|count| *count >= self.per_network_max) {
                return Err(Full::Network);
            }
            *open.of_network.entry(network).or_default() += 1;
        }
        open.total += 1;
        ops::set_connections(open.total);
        Ok(Place { admission: Arc::clone(self), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.admission.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        ops::set_connections(open.total);
        if let Some(network) = self.network
            && let Some(count) = open.of_network.get_mut(&network)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.of_network.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_by_network_and_come_back() {
        let exempt = Networks::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let admission = Admission::new(4, 2, exempt);
        let admit = |address: &str| admission.admit(address.parse().unwrap());
        let first = admit("2001:db8::1").unwrap();
        let _second = admit("2001:db8::2").unwrap();
        assert_eq!(admit("2001:db8::3").unwrap_err(), Full::Network);
        drop(first);
        let _third = admit("2001:db8::3").unwrap();
        let _local = [admit("127.0.0.1").unwrap(), admit("127.0.0.1").unwrap()];
        assert_eq!(admit("203.0.113.7").unwrap_err(), Full::Total);
    }

    #[test]
    fn nothing_is_remembered_of_who_has_left() {
        let admission = Admission::new(4, 2, Networks::default());
        drop(admission.admit("203.0.113.7".parse().unwrap()));
        assert!(admission.open.lock().unwrap().of_network.is_empty());
    }
}
