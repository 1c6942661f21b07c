//! Tokens of other providers that are kept, sealed, because the operator asked for it: sealing them, and giving them back
//! when the tie or the account ends (federation 1.7).

use zeroize::Zeroizing;

use crate::base::{Draw, Fault, Sensitive};
use crate::endpoint::exchange::Exchange;
use crate::endpoint::failure::Failure;
use crate::jose::Label;
use crate::model::upstream::{LinkedIdentity, ProviderId, UpstreamTokens};
use crate::upstream::{Arrived, Connector};

const PURPOSE: &str = "upstream tokens";

/// What the provider gave, sealed, if it is to be kept.
pub(super) fn seal(
    exchange: &Exchange,
    connector: &Connector,
    arrived: &Arrived,
    draw: &mut Draw,
) -> Result<Option<String>, Failure> {
    if !connector.provider().keeps_tokens {
        return Ok(None);
    }
    let UpstreamTokens { access_token, refresh_token } = &arrived.tokens;
    let mut kept = vec![access_token.expose().as_str()];
    kept.extend(refresh_token.as_ref().map(|token| token.expose().as_str()));
    let bytes = Zeroizing::new(serde_json::to_vec(&kept).map_err(Fault::broken)?);
    let record = record(&arrived.identity.provider, &arrived.identity.subject);
    let label = Label { purpose: PURPOSE, record: &record };
    Ok(Some(exchange.context.master_key.seal(label, &bytes, draw)))
}

/// Ends what people granted us at their providers, as far as we kept what that takes. A provider that does not answer is
/// noted and keeps nobody from leaving.
pub async fn give_back(exchange: &Exchange, ties: &[LinkedIdentity]) {
    for tie in ties {
        let connector = exchange.context.connectors.find(tie.provider.as_str());
        let (Some(connector), Some(tokens)) = (connector, opened(exchange, tie)) else { continue };
        if let Err(failure) = connector.revoke(&tokens, exchange.now).await {
            tracing::warn!(
                request = exchange.id.as_str(),
                provider = tie.provider.as_str(),
                error = %failure,
                "a grant at another provider could not be ended"
            );
        }
    }
}

fn opened(exchange: &Exchange, tie: &LinkedIdentity) -> Option<UpstreamTokens> {
    let record = record(&tie.provider, &tie.subject);
    let label = Label { purpose: PURPOSE, record: &record };
    let opened = exchange.context.master_key.open(label, tie.sealed_tokens.as_deref()?).ok()?;
    let mut kept: Vec<String> = serde_json::from_slice(opened.expose()).ok()?;
    let refresh_token = (kept.len() > 1).then(|| Sensitive::new(kept.remove(1)));
    Some(UpstreamTokens { access_token: Sensitive::new(kept.pop()?), refresh_token })
}

/// Another person's tokens open under another name.
fn record(provider: &ProviderId, subject: &str) -> String {
    format!("{provider} {subject}")
}
