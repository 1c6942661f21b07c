//! Other providers, from the settings to connectors.

use super::fault::StartFault;
use super::secret_file;
use crate::base::{Fault, Sensitive};
use crate::config::{self, ProviderKind, Settings, canonical_domains};
use crate::upstream::{ClaimsTaken, Connectors, Kind, Provider, Restrictions};

/// The connectors of the providers that are configured, and after them of `further` ones: what dev mode has by itself.
/// Of two with the same name the configured one stays.
pub fn connectors(settings: &Settings, further: Vec<Provider>) -> Result<Connectors, StartFault> {
    let mut all = providers(settings)?;
    let further: Vec<Provider> = further.into_iter().filter(|own| all.iter().all(|other| other.id != own.id)).collect();
    all.extend(further);
    Connectors::new(all).map_err(StartFault::Provider)
}

/// The providers as the settings describe them, with the secrets that stand in files.
pub fn providers(settings: &Settings) -> Result<Vec<Provider>, StartFault> {
    settings.providers.iter().map(|table| provider(settings, table)).collect()
}

/// One of them.
pub fn provider(settings: &Settings, table: &config::Provider) -> Result<Provider, StartFault> {
    Ok(Provider {
        // The names that the settings let through are a part of those that can stand in an address.
        id: table.id.parse().map_err(Fault::broken)?,
        name: table.shown_name().to_owned(),
        kind: kind(table.kind()),
        client_id: table.client_id.clone(),
        client_secret: client_secret(table)?,
        issuer: table.issuer(),
        authorization_endpoint: table.authorization_endpoint.clone(),
        token_endpoint: table.token_endpoint.clone(),
        userinfo_endpoint: table.userinfo_endpoint.clone(),
        jwks_uri: table.jwks_uri.clone(),
        scopes: table.scopes.clone(),
        speaks_for_mailboxes: table.speaks_for_mailboxes,
        allows_private_addresses: table.allow_private_addresses,
        keeps_tokens: table.keep_tokens,
        // REG-09: switched off means off on every path.
        allows_sign_up: table.sign_up && settings.signup.enabled,
        claims_taken: claims_taken(table.claims),
        restrictions: restrictions(table),
    })
}

fn client_secret(table: &config::Provider) -> Result<Sensitive<String>, StartFault> {
    match (&table.client_secret, &table.client_secret_file) {
        (Some(secret), _) => Ok(secret.clone()),
        (None, Some(path)) => secret_file::read(path).map_err(|wrong| {
            StartFault::ClientSecret(format!("{}, key `{}.client_secret_file`", path.display(), table.section()), wrong)
        }),
        (None, None) => Err(Fault::broken("a provider without a secret passed the checks of the settings").into()),
    }
}

const fn kind(kind: ProviderKind) -> Kind {
    match kind {
        ProviderKind::Google => Kind::Google,
        ProviderKind::Github => Kind::GitHub,
        ProviderKind::Microsoft => Kind::Microsoft,
        ProviderKind::OpenidConnect => Kind::OpenIdConnect,
    }
}

const fn claims_taken(taken: config::ClaimsTaken) -> ClaimsTaken {
    match taken {
        config::ClaimsTaken::First => ClaimsTaken::AtFirst,
        config::ClaimsTaken::Each => ClaimsTaken::EachTime,
        config::ClaimsTaken::Never => ClaimsTaken::Never,
    }
}

fn restrictions(table: &config::Provider) -> Restrictions {
    Restrictions {
        domains: canonical_domains(&table.domains),
        denied_domains: canonical_domains(&table.denied_domains),
        hosted_domains: canonical_domains(&table.hosted_domains),
        organizations: table.organizations.iter().map(|name| name.to_ascii_lowercase()).collect(),
    }
}
