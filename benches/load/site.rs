//! The installation under load: a directory with settings, a database, and the clients and people that take part.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::key::{EDDSA, ES256, Key};
use crate::server::{Server, free_address};

/// Where codes are sent; nobody is there, and nobody goes.
pub const REDIRECT_URI: &str = "https://shop.example/callback";

/// People who can sign in. Of each, a few sign-ins may be on their way at once before the throttle minds.
pub const PEOPLE: usize = 32;

/// The binary under load: the one cargo built together with this benchmark, unless another one is named.
fn binary() -> PathBuf {
    std::env::var_os("LOAD_BINARY").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_doorward")), PathBuf::from)
}

/// A client that is registered beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Its name.
    pub id: &'static str,
    /// Its secret, if it has one.
    pub secret: &'static str,
    /// How it authenticates.
    pub method: Method,
}

/// How a client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `client_secret_basic`.
    Secret,
    /// `private_key_jwt` by ES256.
    Es256,
    /// `private_key_jwt` by EdDSA.
    EdDsa,
    /// `none`.
    Public,
}

impl Method {
    /// The key that clients with assertions are registered with.
    pub fn registered_key(self) -> &'static Key {
        if self == Self::EdDsa { &EDDSA } else { &ES256 }
    }

    /// The members that say so in a file of clients.
    fn members(self, secret: &str) -> String {
        match self {
            Self::Secret => {
                format!("client_secret = \"{secret}\"\ntoken_endpoint_auth_method = \"client_secret_basic\"\n")
            }
            Self::Public => "token_endpoint_auth_method = \"none\"\ndpop_bound_access_tokens = true\n".to_owned(),
            Self::Es256 | Self::EdDsa => {
                format!(
                    "token_endpoint_auth_method = \"private_key_jwt\"\njwks = {}\n",
                    self.registered_key().jwks_toml()
                )
            }
        }
    }
}

const fn by_secret(id: &'static str, secret: &'static str) -> Client {
    Client { id, secret, method: Method::Secret }
}

const fn without_secret(id: &'static str, method: Method) -> Client {
    Client { id, secret: "", method }
}

/// A web application under the defaults: ES256 access tokens, RS256 ID tokens.
pub const SHOP: Client = by_secret("shop", "shop-secret-0d1f7a4c2b9e");
/// The same with ES256 ID tokens, so that no RS256 signature is made.
pub const KIOSK: Client = by_secret("kiosk", "kiosk-secret-58e3c1d07f6a");
/// A machine under the defaults.
pub const ROBOT: Client = by_secret("robot", "robot-secret-93b6e2f4a18c");
/// A machine whose access tokens are signed RS256.
pub const ELDER: Client = by_secret("elder", "elder-secret-c7245d9e0b3f");
/// A machine that signs assertions by ES256.
pub const SIGNER: Client = without_secret("signer", Method::Es256);
/// A machine that signs assertions by EdDSA.
pub const ED_SIGNER: Client = without_secret("ed-signer", Method::EdDsa);
/// The same two once more, for those that make proofs besides.
pub const PROVER: Client = without_secret("prover", Method::Es256);
/// By EdDSA.
pub const ED_PROVER: Client = without_secret("ed-prover", Method::EdDsa);
/// A web application like the kiosk that signs assertions by ES256.
pub const BANK: Client = without_secret("bank", Method::Es256);
/// An app without any secret, whose tokens are bound to its key.
pub const PHONE: Client = without_secret("phone", Method::Public);

/// The address and the password of a person.
pub fn person(number: usize) -> (String, String) {
    let number = number % PEOPLE;
    (format!("person-{number}@people.example"), format!("Person {number} rows across the lake"))
}

/// The directory of an installation.
pub struct Site {
    directory: PathBuf,
    address: SocketAddr,
}

impl Site {
    /// Writes the settings of a new installation into `directory`, which is made.
    pub fn make(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let site = Self { directory: directory.to_owned(), address: free_address()? };
        fs::write(site.directory.join("doorward.toml"), site.settings())?;
        fs::write(site.directory.join("people.toml"), people_and_clients())?;
        Ok(site)
    }

    /// The issuer.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the server says.
    pub fn log(&self) -> PathBuf {
        self.directory.join("server.log")
    }

    /// Everything at its default but for one limit: all people here come from one address.
    fn settings(&self) -> String {
        format!(
            "issuer = \"{}\"\nlisten = \"{}\"\ndata = \"{}\"\n\n[limits]\nlogin_failures_per_source = 1000000\n",
            self.issuer(),
            self.address,
            self.directory.join("data").display()
        )
    }

    /// Starts the server on it.
    pub async fn serve(&self) -> io::Result<Server> {
        Server::start(self.command("serve"), self.address, "/.well-known/openid-configuration", &self.log()).await
    }

    /// Registers the clients and people.
    pub fn apply(&self) -> io::Result<()> {
        let done = self.command("apply").arg("people.toml").output()?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() { Ok(()) } else { Err(io::Error::other(said)) }
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(&self.directory).arg(name).arg("--config").arg("doorward.toml");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOORWARD")) {
            command.env_remove(name);
        }
        command
    }
}

/// The size of the binary, in MB.
pub fn binary_mb() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no file has that many bytes")]
    fs::metadata(binary()).map_or(f64::NAN, |file| file.len() as f64 / 1e6)
}

fn people_and_clients() -> String {
    let mut text = String::new();
    for (client, alg) in [(SHOP, "RS256"), (KIOSK, "ES256"), (BANK, "ES256"), (PHONE, "ES256")] {
        text += &web_application(client, alg);
    }
    for (client, alg) in [
        (ROBOT, "ES256"),
        (ELDER, "RS256"),
        (SIGNER, "ES256"),
        (ED_SIGNER, "ES256"),
        (PROVER, "ES256"),
        (ED_PROVER, "ES256"),
    ] {
        text += &machine(client, alg);
    }
    for number in 0..PEOPLE {
        let (email, password) = person(number);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "[[person]]\nemail = \"{email}\"\nemail_verified = true\npassword = \"{password}\"\n\
             name = \"Person {number}\"\n\n"
        );
    }
    text
}

fn web_application(client: Client, id_token_alg: &str) -> String {
    format!(
        "[[client]]\nclient_id = \"{}\"\n{}redirect_uris = [\"{REDIRECT_URI}\"]\n\
         grant_types = [\"authorization_code\", \"refresh_token\"]\nresponse_types = [\"code\"]\n\
         scope = \"openid profile email offline_access\"\n\
         id_token_signed_response_alg = \"{id_token_alg}\"\n\n[client.doorward]\nfirst_party = true\n\n",
        client.id,
        client.method.members(client.secret)
    )
}

fn machine(client: Client, access_token_alg: &str) -> String {
    format!(
        "[[client]]\nclient_id = \"{}\"\n{}redirect_uris = []\n\
         grant_types = [\"client_credentials\"]\nresponse_types = []\n\
         scope = \"reports:read\"\n\n\
         [client.doorward]\naccess_token_alg = \"{access_token_alg}\"\nresources = [\"https://api.example/\"]\n\n",
        client.id,
        client.method.members(client.secret)
    )
}
