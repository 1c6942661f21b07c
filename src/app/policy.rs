//! From the settings to what each part asks for. Nothing is decided here: every number comes from a setting or a bound.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use poem::http::HeaderName;

use super::fault::StartFault;
use crate::base::bounds::{ACCESS_TOKEN_SECONDS_MAX, ASSERTION_ISSUERS_MAX, ID_TOKEN_SECONDS_MAX};
use crate::base::{Issuer, Scope};
use crate::config::{self, Settings, SignatureAlgorithm};
use crate::endpoint::mount::Row;
use crate::endpoint::{self, Policy, Registered};
use crate::identity::one_time_code::CodeRules;
use crate::identity::password::{HashParameters, HasherSettings, PasswordPolicy};
use crate::identity::throttle::{ThrottleLimits, ThrottleRules};
use crate::jose::{ClientAuthorities, ClientKeys, NoAuthorities, RotationPolicy};
use crate::listener::Limits;
use crate::model::client::Profile;
use crate::model::key::SigningAlgorithm;
use crate::pages::{Locale, PagesSettings};
use crate::protocol::authorization_details::DetailTypes;
use crate::protocol::features::{Features, Registration};
use crate::protocol::grant::jwt_bearer::TrustedIssuer;
use crate::protocol::subject::Subjects;
use crate::protocol::token_policy::TokenPolicy;
use crate::store::{Location, StoreOptions};
use crate::telemetry::{ExportOptions, Format, LogOptions};
use crate::upstream::OutboundRules;

/// Settings are bounded far below what overflows.
fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Where the database is.
pub fn location(settings: &Settings) -> Location {
    match &settings.database.url {
        config::DatabaseUrl::Sqlite(path) => Location::Sqlite { path: path.clone() },
        config::DatabaseUrl::Postgres(url) => Location::Postgres { url: url.expose().to_owned() },
    }
}

/// Where the local certificate authority is kept.
pub fn local_authority_folder(settings: &Settings) -> PathBuf {
    settings.data.join("tls")
}

/// How the database is used.
pub fn store_options(settings: &Settings) -> StoreOptions {
    let database = &settings.database;
    StoreOptions {
        queue: database.queue as usize,
        connections: database.connections,
        lock_wait: Duration::from_secs(database.lock_seconds),
        tells_logouts: settings.protocol.backchannel_logout,
        ..StoreOptions::default()
    }
}

/// How signing keys follow one another.
pub fn rotation(settings: &Settings) -> RotationPolicy {
    const DAY: i64 = 86_400;
    const HOUR: i64 = 3_600;
    RotationPolicy {
        algorithms: SigningAlgorithm::offered(settings.protocol.ps256_signatures),
        rotate_after_seconds: Some(i64::from(settings.keys.rotation_days) * DAY),
        announce_seconds: i64::from(settings.keys.announce_hours) * HOUR,
        // A client may have a lifetime of its own, so the bound counts and not the setting.
        longest_token_seconds: ACCESS_TOKEN_SECONDS_MAX.max(ID_TOKEN_SECONDS_MAX),
    }
}

/// How tokens are made.
pub fn tokens(settings: &Settings, issuer: &Issuer, subjects: Subjects) -> TokenPolicy {
    let tokens = &settings.tokens;
    TokenPolicy {
        issuer: issuer.clone(),
        access_token_seconds: seconds(tokens.access_token_seconds),
        access_token_alg: algorithm(tokens.access_token_alg),
        id_token_seconds: seconds(tokens.id_token_seconds),
        refresh_idle_seconds: seconds(tokens.refresh_idle_seconds),
        refresh_grace_seconds: seconds(tokens.refresh_grace_seconds),
        subjects,
    }
}

const fn algorithm(name: SignatureAlgorithm) -> SigningAlgorithm {
    match name {
        SignatureAlgorithm::Rs256 => SigningAlgorithm::RS256,
        SignatureAlgorithm::Ps256 => SigningAlgorithm::PS256,
        SignatureAlgorithm::Es256 => SigningAlgorithm::ES256,
        SignatureAlgorithm::EdDsa => SigningAlgorithm::EdDSA,
    }
}

/// What is offered beyond the code flow.
pub const fn features(settings: &Settings) -> Features {
    let protocol = &settings.protocol;
    Features {
        pushed_requests: protocol.pushed_requests,
        require_pushed_requests: protocol.pushed_requests && protocol.require_pushed_requests,
        request_objects: protocol.request_objects,
        signed_responses: protocol.signed_responses,
        front_channel_id_tokens: protocol.front_channel_id_tokens,
        authorization_details: !protocol.authorization_details.is_empty(),
        client_secret_jwt: protocol.client_secret_jwt,
        mutual_tls: protocol.mutual_tls,
        dpop: protocol.dpop,
        dpop_nonce: protocol.dpop_nonce,
        device_flow: protocol.device_flow,
        token_exchange: protocol.token_exchange,
        // Without an issuer there is nothing to be taken.
        jwt_bearer: protocol.jwt_bearer && protocol.assertion_issuers.is_some(),
        ciba: protocol.ciba,
        registration: match protocol.registration {
            config::RegistrationBy::Closed => Registration::Closed,
            config::RegistrationBy::Token => Registration::ByToken,
            config::RegistrationBy::Open => Registration::Open,
        },
        client_id_documents: protocol.client_id_documents,
        pairwise_subjects: protocol.pairwise_subjects,
        backchannel_logout: protocol.backchannel_logout,
        frontchannel_logout: protocol.frontchannel_logout,
        session_management: protocol.session_management,
        signed_metadata: protocol.signed_metadata,
        ps256_signatures: protocol.ps256_signatures,
    }
}

/// The types of authorization details that the operator described, a file each.
pub fn detail_types(settings: &Settings) -> Result<DetailTypes, StartFault> {
    let mut types = DetailTypes::default();
    for path in &settings.protocol.authorization_details {
        let wrong = |problem: String| StartFault::DetailType(path.clone(), problem);
        let document = std::fs::read_to_string(path).map_err(|failed| wrong(format!("cannot be read: {failed}")))?;
        types.add(&document).map_err(|mistake| wrong(mistake.to_string()))?;
    }
    Ok(types)
}

/// Where addresses that clients name may lead. Development is on this machine, and so are its clients.
pub fn outbound(settings: &Settings, is_dev: bool) -> Result<OutboundRules, StartFault> {
    let calls = &settings.outbound;
    let (mut hosts, mut networks) = (calls.allow_hosts.clone(), calls.allow_networks.clone());
    if is_dev {
        hosts.push("localhost".to_owned());
        networks.push(IpNet::new_assert(Ipv4Addr::new(127, 0, 0, 0).into(), 8));
        networks.push(IpNet::new_assert(Ipv6Addr::LOCALHOST.into(), 128));
    }
    let read = |path: &PathBuf| std::fs::read(path).map_err(|failed| StartFault::Authorities(path.clone(), failed));
    let authorities = calls.ca_certificates.as_ref().map(read).transpose()?;
    Ok(OutboundRules { hosts, networks, authorities: authorities.into_iter().collect() })
}

/// The issuers whose assertions are taken, from their file.
pub fn assertion_issuers(settings: &Settings) -> Result<Vec<TrustedIssuer>, StartFault> {
    let Some(path) = &settings.protocol.assertion_issuers else { return Ok(Vec::new()) };
    let wrong = |problem: String| StartFault::AssertionIssuers(path.clone(), problem);
    let text = std::fs::read(path).map_err(|failed| wrong(failed.to_string()))?;
    let issuers: Vec<TrustedIssuer> = serde_json::from_slice(&text).map_err(|failed| wrong(failed.to_string()))?;
    if issuers.len() > ASSERTION_ISSUERS_MAX {
        return Err(wrong(format!("more than {ASSERTION_ISSUERS_MAX} issuers")));
    }
    for issuer in &issuers {
        let keys = issuer.jwks.as_ref().map(ClientKeys::parse);
        match (keys, &issuer.jwks_uri) {
            (Some(Ok(_)), None) | (None, Some(_)) => {}
            (Some(Err(_)), None) => return Err(wrong(format!("the keys of {} are not public keys", issuer.issuer))),
            _ => return Err(wrong(format!("{} needs either jwks or jwks_uri", issuer.issuer))),
        }
    }
    Ok(issuers)
}

/// What endpoints ask for.
pub fn endpoints(settings: &Settings, is_dev: bool) -> Result<Policy, StartFault> {
    let (sessions, tokens) = (&settings.sessions, &settings.tokens);
    Ok(Policy {
        certificate_header: certificate_header(settings)?,
        mail_enabled: settings.can_mail(),
        name: settings.pages.name.clone(),
        // Without mail no address can be proven, so nobody could ever use the account.
        signup_enabled: settings.signup.enabled && settings.can_mail(),
        code_sign_in_enabled: settings.codes.sign_in && settings.can_mail(),
        is_dev,
        session_idle_seconds: seconds(sessions.idle_seconds),
        session_brief_idle_seconds: seconds(sessions.brief_idle_seconds.min(sessions.idle_seconds)),
        remember: sessions.remember,
        single_session: sessions.single,
        new_device_mail: sessions.new_device_mail,
        session_absolute_seconds: seconds(sessions.absolute_seconds),
        trusted_proxies: settings.proxies.trusted.clone(),
        reads_forwarded: settings.proxies.header == config::ForwardingHeader::Forwarded,
        body_bytes: settings.http.body_bytes as usize,
        refresh_absolute_seconds: seconds(tokens.refresh_absolute_seconds),
        authorization_code_seconds: seconds(tokens.authorization_code_seconds),
        jwks_max_age_seconds: seconds(settings.keys.cache_seconds),
        serves_metrics: settings.metrics.listen.is_none(),
        registered: registered(settings)?,
    })
}

fn registered(settings: &Settings) -> Result<Registered, StartFault> {
    let protocol = &settings.protocol;
    Ok(Registered {
        // A scope of the settings is one, or they would not have been read.
        scope: Scope::parse(&protocol.registration_scopes.join(" ")).unwrap_or_default(),
        requires_pkce: protocol.registration_requires_pkce,
        resources: protocol.registration_resources.clone(),
        profile: protocol.registration_profile.map(|config::ProfileOfRegistered::Mcp| Profile::Mcp),
        statement_issuers: match &protocol.software_statement_issuers {
            Some(path) => statement_issuers(path)?,
            None => Vec::new(),
        },
    })
}

fn statement_issuers(path: &Path) -> Result<Vec<(String, ClientKeys)>, StartFault> {
    let wrong = |problem: String| StartFault::StatementIssuers(path.to_owned(), problem);
    let bytes = std::fs::read(path).map_err(|failed| wrong(failed.to_string()))?;
    let sets: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|problem| wrong(problem.to_string()))?;
    let keys = |(issuer, set): (String, serde_json::Value)| match ClientKeys::parse(&set) {
        Ok(keys) if keys.iter().next().is_some() => Ok((issuer, keys)),
        _ => Err(wrong(format!("{issuer} has no set of public keys"))),
    };
    sets.into_iter().map(keys).collect()
}

fn certificate_header(settings: &Settings) -> Result<Option<HeaderName>, StartFault> {
    let name = settings.proxies.client_certificate_header.as_deref();
    name.map(|name| name.parse().map_err(|_| StartFault::CertificateHeader(name.to_owned()))).transpose()
}

/// Who vouches for certificates of clients.
pub fn client_authorities(settings: &Settings) -> Result<ClientAuthorities, StartFault> {
    let Some(path) = &settings.tls.client_authorities else { return Ok(ClientAuthorities::default()) };
    let pem = std::fs::read(path).map_err(|failed| StartFault::ClientAuthorities(path.clone(), failed))?;
    ClientAuthorities::parse(&pem).map_err(|NoAuthorities| StartFault::NoClientAuthorities(path.clone()))
}

/// The rows that describe the JSON interface, where they are to be seen (HTT-13).
pub const fn documentation(settings: &Settings, is_dev: bool) -> &'static [Row] {
    if is_dev || settings.http.api_docs { endpoint::API_DOCUMENTATION } else { &[] }
}

/// How long mailed codes live and how often they may be tried.
pub fn codes(settings: &Settings) -> CodeRules {
    let codes = &settings.codes;
    CodeRules {
        code_seconds: seconds(codes.lifetime_seconds),
        verification_seconds: seconds(codes.verification_seconds),
        reset_seconds: seconds(codes.reset_seconds),
        attempts: i64::from(codes.attempts),
        resends: i64::from(codes.resends),
        resend_seconds: seconds(codes.resend_seconds),
    }
}

/// How passwords are hashed.
pub fn hashing(settings: &Settings) -> Result<HasherSettings, StartFault> {
    let passwords = &settings.passwords;
    let parameters = HashParameters::new(passwords.memory_kib, passwords.iterations).map_err(StartFault::Hashing)?;
    let threads = passwords.threads(processors());
    Ok(HasherSettings { parameters, threads, queue: passwords.hash_queue as usize })
}

/// What a password must be.
pub fn password_policy(settings: &Settings) -> PasswordPolicy {
    PasswordPolicy::with_minimum_chars(settings.passwords.minimum_length as usize)
}

/// The limits.
pub fn throttles(settings: &Settings) -> ThrottleRules {
    let limits = &settings.limits;
    ThrottleRules::new(&ThrottleLimits {
        sign_in_failures_per_account: limits.login_failures_per_account.into(),
        sign_in_failures_per_source: limits.login_failures_per_source.into(),
        code_failures_per_account: limits.code_failures_per_account.into(),
        sign_in_failures_overall: limits.login_failures_overall.into(),
        code_failures_per_source: limits.code_failures_per_source.into(),
        code_failures_overall: limits.code_failures_overall.into(),
        mails_overall: limits.mails_overall.into(),
        sign_ups_overall: limits.signups_overall.into(),
        client_failures_per_source: limits.client_failures_per_source.into(),
        mails_per_address: limits.mails_per_address.into(),
        mails_per_source: limits.mails_per_source.into(),
        sign_ups_per_source: limits.signups_per_source.into(),
        registrations_per_source: limits.registrations_per_source.into(),
    })
}

/// How long an entry of the audit log is kept, if not for ever.
pub fn audit_kept_seconds(settings: &Settings) -> Option<i64> {
    const DAY: i64 = 86_400;
    settings.audit.keep_days.map(|days| i64::from(days) * DAY)
}

/// How pages are set up.
pub fn pages(settings: &Settings, is_dev: bool) -> PagesSettings {
    PagesSettings {
        overrides: settings.pages.overrides.clone(),
        default_locale: Locale::new(&settings.pages.default_locale),
        watch: is_dev,
    }
}

/// What a client may take of the listener.
pub fn listener_limits(settings: &Settings) -> Limits {
    let http = &settings.http;
    Limits {
        body_bytes: http.body_bytes.into(),
        connections: http.connections as usize,
        head: Duration::from_secs(http.head_seconds),
        body: Duration::from_secs(http.body_seconds),
        idle: Duration::from_secs(http.idle_seconds),
        handshake: Duration::from_secs(settings.tls.handshake_seconds),
        shutdown: Duration::from_secs(http.shutdown_seconds),
    }
}

/// What is logged, and where.
pub fn logging(settings: &Settings) -> LogOptions {
    let log = &settings.log;
    LogOptions {
        format: match log.format {
            config::LogFormat::Human => Format::Human,
            config::LogFormat::Json => Format::Json,
        },
        filter: log.level.clone(),
        directory: log.directory.clone(),
        keep_days: log.keep_days as usize,
    }
}

/// What leaves the process for others to look at, and where to.
pub fn exports(settings: &Settings) -> ExportOptions {
    let telemetry = &settings.telemetry;
    ExportOptions {
        sentry: settings.sentry().map(|dsn| (dsn.envelopes, dsn.key)),
        otlp: telemetry.otlp_endpoint.clone(),
        environment: telemetry.environment.clone(),
    }
}

/// The processors there are for us.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn htt_13_the_interface_is_described_in_development_or_when_the_operator_wants_it() {
        let mut settings = Settings::for_dev(std::path::Path::new("."), ([127, 0, 0, 1], 0).into());
        assert!(documentation(&settings, false).is_empty());
        assert!(!documentation(&settings, true).is_empty());
        settings.http.api_docs = true;
        assert!(!documentation(&settings, false).is_empty());
    }
}
