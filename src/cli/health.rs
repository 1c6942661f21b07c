//! `health`: whether a running server can do its work, for supervisors in places without other tools.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::arguments::Place;
use super::failure::{Complaint, Failure};
use super::{output, settings};
use crate::config::{Mode, Settings};

/// Longer than a server in order takes, shorter than supervisors wait.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
const PATH: &str = "/ready";

/// Asks the server of these settings, or the one at `url`.
pub async fn run(place: &Place, url: Option<&str>) -> Result<(), Failure> {
    let (client, asked) = match url {
        Some(url) => (Client::builder(), format!("{}{PATH}", url.trim_end_matches('/'))),
        None => own(&settings::load(Mode::Upkeep, place, None)?),
    };
    let client = client.redirect(Policy::none()).timeout(ANSWER_WITHIN).build();
    let refused = |why: String| Complaint::new(format!("The server is not ready: {why}.")).at(asked.clone());
    let answer = match client {
        Ok(client) => client.get(&asked).send().await,
        Err(error) => Err(error),
    };
    let answer = answer.map_err(|error| refused(innermost(&error)))?;
    if !answer.status().is_success() {
        return Err(refused(answer.status().to_string()).hint("its log says what is missing").into());
    }
    output::lines(["ready"])
}

/// The listener on this machine. Its certificate is made out to the issuer, not to this address, and nothing is told
/// that a stranger on loopback may not hear, so it is not verified.
fn own(settings: &Settings) -> (reqwest::ClientBuilder, String) {
    let speaks_tls = settings.tls.is_on();
    let scheme = if speaks_tls { "https" } else { "http" };
    let builder = Client::builder().no_proxy().tls_certs_only([]).tls_danger_accept_invalid_certs(speaks_tls);
    (builder, format!("{scheme}://{}{PATH}", near(settings.listen)))
}

/// Where a listener on every address is reached from here.
fn near(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listen.port())
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
