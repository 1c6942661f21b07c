//! Where a request came from. Forwarding fields count only when a declared proxy sent them (PWD-04).

use std::net::{IpAddr, Ipv4Addr};

use poem::Request;
use poem::http::{HeaderMap, header};

use super::context::Policy;

/// The address of whoever made the request: the peer, or, behind declared proxies, the last address in the forwarding
/// field that is not one of them.
pub fn source_of(peer: Option<IpAddr>, headers: &HeaderMap, policy: &Policy) -> IpAddr {
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let is_proxy = |address: &IpAddr| policy.trusted_proxies.iter().any(|network| network.contains(address));
    if !is_proxy(&peer) {
        return peer;
    }
    let forwarded = if policy.reads_forwarded { forwarded_for(headers) } else { x_forwarded_for(headers) };
    // From the nearest hop outwards: whatever stands left of the first stranger was written by the stranger.
    forwarded.into_iter().rev().map_while(|hop| hop).find(|hop| !is_proxy(hop)).unwrap_or(peer)
}

/// The field `traceparent` of a request that a declared proxy handed on. A stranger's is nobody's: it could make us keep
/// what we would not, or mix its traces with ours.
pub fn proxied_trace(request: &Request, policy: &Policy) -> Option<String> {
    let peer = request.remote_addr().as_socket_addr()?.ip().to_canonical();
    let is_proxy = policy.trusted_proxies.iter().any(|network| network.contains(&peer));
    let trace = request.headers().get("traceparent").filter(|_| is_proxy)?;
    trace.to_str().ok().map(str::to_owned)
}

fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|hop| parse_hop(hop.trim())).collect()
}

// RFC 7239 §4: for=192.0.2.43, for="[2001:db8::17]:4711"
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(header::FORWARDED).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(hop_of_element).collect()
}

fn hop_of_element(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    parse_hop(node.trim_matches('"'))
}

/// An address with or without a port.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    bare.or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}
