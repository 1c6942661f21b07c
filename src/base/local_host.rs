//! Hosts that mean nothing outside a machine or a private network: nobody on the Internet owns them, so an authority
//! that may vouch for these alone can harm nobody else (RFC 6761, RFC 6762, RFC 8375, RFC 1918, RFC 4193).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::Host;

/// Domains, each with everything below it, that are never delegated.
pub const LOCAL_DOMAINS: [&str; 5] = ["localhost", "test", "local", "internal", "home.arpa"];

/// Networks that are never routed.
pub const LOCAL_NETWORKS: [IpNet; 6] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7)),
];

/// Whether the host is one of them.
pub fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => LOCAL_DOMAINS.iter().any(|domain| is_within(name, domain)),
        Host::Ipv4(address) => is_local_address(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_local_address(IpAddr::V6(*address)),
    }
}

fn is_local_address(address: IpAddr) -> bool {
    LOCAL_NETWORKS.iter().any(|network| network.contains(&address))
}

fn is_within(name: &str, domain: &str) -> bool {
    let rest = name.strip_suffix(domain);
    rest.is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && rest.len() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_owns_is_local() {
        let is_local = |text: &str| {
            let url = url::Url::parse(&format!("https://{text}/")).expect("a host");
            is_local(&url.host().expect("a host"))
        };
        for local in ["localhost", "login.test", "a.b.internal", "box.local", "nas.home.arpa", "192.168.7.1", "[::1]"] {
            assert!(is_local(local), "{local}");
        }
        for public in ["login.example.com", "test.example", "mytest", "192.169.7.1", "8.8.8.8", "[2001:db8::1]", "box"]
        {
            assert!(!is_local(public), "{public}");
        }
    }
}
