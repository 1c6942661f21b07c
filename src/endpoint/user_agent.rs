//! What a browser says of itself, as people read it: "Firefox on Linux".

use super::exchange::Exchange;
use crate::pages::Asked;

/// Browser and operating system, as far as they are recognised.
pub fn recognise(user_agent: Option<&str>) -> (Option<String>, Option<String>) {
    const UNKNOWN: &str = "UNKNOWN";
    let parser = woothee::parser::Parser::new();
    let Some(result) = user_agent.and_then(|text| parser.parse(text)) else { return (None, None) };
    let known = |name: &str| (name != UNKNOWN && !name.is_empty()).then(|| name.to_owned());
    (known(result.name), known(result.os))
}

/// By whom a mail was asked for.
pub fn asked(exchange: &Exchange) -> Asked {
    let user_agent = exchange.user_agent();
    let (browser, system) = recognise(user_agent.as_deref());
    Asked { asked_at: exchange.now.seconds(), browser, system, ip: Some(exchange.ip.to_string()) }
}
