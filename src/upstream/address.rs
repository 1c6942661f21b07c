//! Which addresses a provider may stand at: the Internet's own, and nothing that is reached from inside only.
//!
//! Names are judged by what they resolve to, at the moment of the connection and for that very connection: a name that
//! leads elsewhere a second time (rebinding) gains nothing.
//!
//! Special addresses: RFC 6890 and the registries of IANA that it began.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use url::Host;

/// Where calls of a provider may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// To the Internet, by https.
    Public,
    /// Anywhere, also by plain http: the operator said so.
    Anywhere,
}

impl Reach {
    pub(super) const fn of(allows_private_addresses: bool) -> Self {
        if allows_private_addresses { Self::Anywhere } else { Self::Public }
    }

    /// Whether an address that is written as a number may be called. Names are judged when they are resolved.
    pub(super) fn permits(self, host: &Host<&str>) -> bool {
        self == Self::Anywhere
            || match host {
                Host::Domain(_) => true,
                Host::Ipv4(address) => is_public_v4(*address),
                Host::Ipv6(address) => is_public_v6(*address),
            }
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), bits)
}

const CLOSED_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    // Shared by carriers (RFC 6598), and where one cloud keeps its metadata.
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    // Answered inside one large cloud by the host below.
    v4(168, 63, 129, 16, 32),
    // Link-local, and where most clouds keep their metadata.
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

// RFC 4291 §2.4: everything that is routed on the Internet lies in here.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

// Special ranges inside it, of which 6to4 and Teredo carry an IPv4 address that nobody else would check.
const CLOSED_V6: [Ipv6Net; 4] = [v6(0x2001, 0, 23), v6(0x2001, 0x0db8, 32), v6(0x2002, 0, 16), v6(0x3fff, 0, 20)];

// RFC 6052 §2.1: how networks without IPv4 reach it; what counts is the address inside.
const TRANSLATED: Ipv6Net = v6(0x0064, 0xff9b, 96);

pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !CLOSED_V4.iter().any(|closed| closed.contains(&address))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    if TRANSLATED.contains(&address) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    GLOBAL_V6.contains(&address) && !CLOSED_V6.iter().any(|closed| closed.contains(&address))
}

/// Resolves names to addresses within reach.
pub(super) struct Names {
    reach: Reach,
    lookups: Arc<Semaphore>,
}

/// A name leads to private addresses only.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutOfReach;

impl fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to a private address")
    }
}

impl std::error::Error for OutOfReach {}

impl Names {
    pub(super) const fn new(reach: Reach, lookups: Arc<Semaphore>) -> Self {
        Self { reach, lookups }
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, lookups) = (self.reach, self.lookups.clone());
        Box::pin(async move {
            let found = look_up(name.as_str().to_owned(), lookups).await?;
            let within: Vec<SocketAddr> =
                found.into_iter().filter(|found| reach == Reach::Anywhere || is_public(found.ip())).collect();
            if within.is_empty() { Err(OutOfReach.into()) } else { Ok(Box::new(within.into_iter()) as Addrs) }
        })
    }
}

pub(super) async fn look_up(
    name: String,
    lookups: Arc<Semaphore>,
) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    // RFC 6761 §6.3: localhost is this machine, whatever a name server says.
    if name == "localhost" {
        return Ok(vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()]);
    }
    let place = lookups.acquire_owned().await?;
    // The place is given back when the lookup ends, not when whoever asked has given up.
    let looked_up = tokio::task::spawn_blocking(move || {
        let found = (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter);
        drop(place);
        found
    });
    Ok(looked_up.await??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_3_17_addresses_that_are_reached_from_inside_only_are_closed() {
        for closed in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(closed.parse().unwrap()), "{closed}");
        }
    }

    #[test]
    fn fed_3_17_addresses_of_the_internet_are_open() {
        for open in ["8.8.8.8", "140.82.121.4", "172.32.0.1", "2a00:1450:4001::1", "2606:4700::1", "64:ff9b::808:808"] {
            assert!(is_public(open.parse().unwrap()), "{open}");
        }
    }

    #[test]
    fn fed_3_17_every_spelling_of_a_number_is_a_number() {
        for text in ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "[::ffff:7f00:1]", "[::]"] {
            let url = url::Url::parse(&format!("https://{text}/")).unwrap();
            let host = url.host().unwrap();
            assert!(!Reach::Public.permits(&host), "{text}");
            assert!(Reach::Anywhere.permits(&host), "{text}");
        }
        assert!(Reach::Public.permits(&Host::Domain("accounts.example")));
    }

    async fn resolved(reach: Reach, name: &str) -> Result<Vec<SocketAddr>, bool> {
        let names = Names::new(reach, Arc::new(Semaphore::new(1)));
        let found = names.resolve(name.parse().unwrap()).await;
        found.map(Iterator::collect).map_err(|error| error.is::<OutOfReach>())
    }

    #[tokio::test]
    async fn fed_3_17_a_name_that_leads_inside_is_not_called() {
        assert_eq!(resolved(Reach::Public, "localhost").await, Err(true));
        assert!(resolved(Reach::Anywhere, "localhost").await.unwrap().iter().all(|found| found.ip().is_loopback()));
    }
}
