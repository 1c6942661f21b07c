//! Why the program does not start: a sentence, the place, and a hint.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::secret_file::SecretFileWrong;
use crate::base::Fault;
use crate::identity::password::ParametersRefused;
use crate::jose::MasterKeyError;
use crate::listener::{BindFailed, CertificateProblem, LocalAuthorityProblem};
use crate::mail::SmtpSettingsRefused;
use crate::pages::PagesFault;
use crate::store::StoreFault;
use crate::telemetry::LogProblem;
use crate::upstream::UpstreamFailure;
use crate::worker::KeyTrouble;

/// Why the parts could not be put together.
#[derive(Debug)]
pub enum StartFault {
    /// The address is taken or not ours.
    Bind(SocketAddr, BindFailed),
    /// The certificate files cannot be used.
    Certificate(CertificateProblem),
    /// There is no local certificate to serve.
    LocalAuthority(LocalAuthorityProblem),
    /// The folder of the database cannot be made.
    Folder(String, io::Error),
    /// The database (named first) cannot be used.
    Store(String, StoreFault),
    /// There is no database, and the command is not the one to make it.
    NoDatabase(String),
    /// The database has migrations to come, and the command is not the one to make them.
    NotMigrated(String),
    /// There is no master key to work with.
    MasterKey(MasterKeyError),
    /// The signing keys cannot be used.
    Keys(KeyTrouble),
    /// The pages cannot be set up.
    Pages(PagesFault),
    /// The mail settings cannot be used.
    Mail(String, SmtpSettingsRefused),
    /// The file of a provider's secret (named first) cannot be used.
    ClientSecret(String, SecretFileWrong),
    /// A provider's settings give no connector.
    Provider(UpstreamFailure),
    /// A provider (named first) cannot be used as it is met.
    ProviderMet(String, UpstreamFailure),
    /// The file of certificate authorities for calls to clients cannot be read.
    Authorities(PathBuf, io::Error),
    /// The file of those who make software statements cannot be used.
    StatementIssuers(PathBuf, String),
    /// The file of trusted issuers cannot be used.
    AssertionIssuers(PathBuf, String),
    /// A file describes no type of authorization details.
    DetailType(PathBuf, String),
    /// The file of certificate authorities for clients cannot be read.
    ClientAuthorities(PathBuf, io::Error),
    /// The file of certificate authorities for clients holds none.
    NoClientAuthorities(PathBuf),
    /// The header field for certificates has a name that no field has.
    CertificateHeader(String),
    /// The sender is no mailbox.
    Mailbox(&'static str),
    /// Passwords cannot be hashed as the settings say.
    Hashing(ParametersRefused),
    /// Nothing can be logged as the settings say.
    Log(LogProblem),
    /// The system gives no threads.
    Threads(io::Error),
    /// Production on a database in which development left people or clients (named here) that can be used.
    DevelopmentData(Vec<String>),
    /// Something of ours.
    Fault(Fault),
}

impl StartFault {
    /// Whether it stays as long as nobody changes a setting, a file or the machine; a database that is merely busy
    /// or away passes by itself.
    pub const fn is_lasting(&self) -> bool {
        match self {
            Self::Store(_, fault) | Self::Keys(KeyTrouble::Store(fault)) => !is_passing(fault),
            Self::ProviderMet(_, UpstreamFailure::Unreachable { .. })
            | Self::Keys(KeyTrouble::Contended)
            | Self::Threads(_)
            | Self::Fault(_) => false,
            _ => true,
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Bind(_, problem) => problem.to_string(),
            Self::Certificate(problem) => problem.to_string(),
            Self::LocalAuthority(problem) => problem.to_string(),
            Self::Folder(_, problem) => format!("the folder of the database cannot be made: {problem}"),
            Self::Store(_, StoreFault::Unusable { problem, .. }) => format!("the database cannot be used: {problem}"),
            Self::Store(_, fault) => fault.to_string(),
            Self::NoDatabase(_) => "there is no database".to_owned(),
            Self::NotMigrated(_) => "the database has not been migrated to this version".to_owned(),
            Self::MasterKey(error) => error.to_string(),
            Self::Keys(KeyTrouble::Ring(error)) => error.to_string(),
            Self::Keys(trouble) => trouble.to_string(),
            Self::Pages(fault) => fault.to_string(),
            Self::Mail(_, refused) => refused.to_string(),
            Self::ClientSecret(_, wrong) => wrong.to_string(),
            Self::StatementIssuers(path, problem) => format!("{} cannot be used: {problem}", path.display()),
            Self::DetailType(path, problem) | Self::AssertionIssuers(path, problem) => {
                format!("{}: {problem}", path.display())
            }
            Self::NoClientAuthorities(path) => format!("{} holds no certificate authority", path.display()),
            Self::CertificateHeader(name) => format!("{name} is no name of a header field"),
            Self::Authorities(path, problem) | Self::ClientAuthorities(path, problem) => {
                format!("{} cannot be read: {problem}", path.display())
            }
            Self::Provider(failure) | Self::ProviderMet(_, failure) => failure.to_string(),
            Self::Mailbox(_) => "the sender is not an address".to_owned(),
            Self::Hashing(refused) => format!("passwords cannot be hashed this way: {refused}"),
            Self::Log(problem) => problem.to_string(),
            Self::Threads(problem) => format!("the system gives no more threads: {problem}"),
            Self::DevelopmentData(left) => format!(
                "the database was used by dev mode, and everybody knows the passwords and secrets of {}",
                left.join(", ")
            ),
            Self::Fault(fault) => fault.to_string(),
        }
    }

    fn place(&self) -> Option<String> {
        match self {
            Self::Bind(address, _) => Some(format!("listen {address}")),
            Self::Certificate(_) | Self::LocalAuthority(_) => Some("the section [tls]".to_owned()),
            Self::Folder(place, _) | Self::Store(place, _) | Self::NoDatabase(place) | Self::NotMigrated(place) => {
                Some(place.clone())
            }
            Self::Pages(_) => Some("the section [pages]".to_owned()),
            Self::ClientSecret(place, _) => Some(place.clone()),
            Self::DetailType(..) => Some("key `protocol.authorization_details`".to_owned()),
            Self::Authorities(..) => Some("key `outbound.ca_certificates`".to_owned()),
            Self::StatementIssuers(..) => Some("key `protocol.software_statement_issuers`".to_owned()),
            Self::AssertionIssuers(..) => Some("key `protocol.assertion_issuers`".to_owned()),
            Self::ClientAuthorities(..) | Self::NoClientAuthorities(_) => {
                Some("key `tls.client_authorities`".to_owned())
            }
            Self::CertificateHeader(_) => Some("key `proxies.client_certificate_header`".to_owned()),
            Self::Provider(_) => Some("the sections [provider.NAME]".to_owned()),
            Self::ProviderMet(name, _) => Some(format!("the section [provider.{name}]")),
            Self::Mail(host, _) => Some(format!("mail server {host}")),
            Self::Mailbox(key) => Some(format!("key `{key}`")),
            Self::Hashing(_) => Some("the section [passwords]".to_owned()),
            Self::Log(_) => Some("the section [log]".to_owned()),
            // These bring their place themselves, or have none.
            Self::MasterKey(_) | Self::Keys(_) | Self::Threads(_) | Self::DevelopmentData(_) | Self::Fault(_) => None,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Bind(_, problem) => problem.hint(),
            Self::Certificate(problem) => problem.hint(),
            Self::LocalAuthority(problem) => problem.hint(),
            Self::Folder(..) => "make the folder, or name another one with --data",
            Self::Store(_, fault) => return fault.hint(),
            Self::NoDatabase(_) => "name its directory with --data, as the server has it, or start the server first",
            Self::NotMigrated(_) => "doorward migrate up",
            Self::Mail(..) => "see the section [mail] in docs/configuration.md",
            Self::ClientSecret(_, wrong) => wrong.hint(),
            Self::DetailType(..) => "see docs/protocol/rfc9396.md for what such a file holds",
            Self::StatementIssuers(..) => r#"write {"https://issuer.example": {"keys": [...]}}, with public keys"#,
            Self::AssertionIssuers(..) => "see docs/protocol/rfc7523_grant.md",
            Self::CertificateHeader(_) => "write Client-Cert, or the name that the proxy writes",
            Self::Authorities(..) | Self::ClientAuthorities(..) | Self::NoClientAuthorities(_) => {
                "name a file of certificates in PEM that this user may read"
            }
            Self::Provider(_) | Self::ProviderMet(..) => "see docs/federation.md",
            Self::Mailbox(_) => "write Acme <login@acme.example>",
            Self::Hashing(_) => "see the section [passwords] in docs/configuration.md",
            Self::Log(problem) => problem.hint(),
            Self::Keys(KeyTrouble::Contended) => "try again",
            Self::DevelopmentData(_) => "name another folder with --data; production and dev mode share no database",
            Self::Pages(_) | Self::MasterKey(_) | Self::Keys(_) | Self::Threads(_) | Self::Fault(_) => return None,
        };
        Some(hint.to_owned())
    }
}

const fn is_passing(fault: &StoreFault) -> bool {
    matches!(fault, StoreFault::Busy | StoreFault::Contended | StoreFault::Closed | StoreFault::Unavailable { .. })
}

impl fmt::Display for StartFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        if let Some(place) = self.place() {
            write!(f, "\n  at {place}")?;
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

impl std::error::Error for StartFault {}

impl From<Fault> for StartFault {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<MasterKeyError> for StartFault {
    fn from(error: MasterKeyError) -> Self {
        Self::MasterKey(error)
    }
}

impl From<PagesFault> for StartFault {
    fn from(fault: PagesFault) -> Self {
        Self::Pages(fault)
    }
}
