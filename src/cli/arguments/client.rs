//! The options of `doorward client`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Granted, Json};
use crate::base::bounds::{INITIAL_ACCESS_DAYS_MAX, INITIAL_ACCESS_USES_MAX};

#[derive(Debug, Subcommand)]
pub enum Client {
    /// Show all clients
    List(Json),
    /// Show one client
    Show {
        /// Its client_id
        client_id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Make a client
    #[command(after_help = CLIENT_ADD_EXAMPLES)]
    Add(Box<ClientAdd>),
    /// Show what people have granted to a client, or end it
    Grants {
        /// Its client_id
        client_id: String,
        #[command(flatten)]
        grants: Granted,
    },
    /// Give a client a new secret, shown this once; the old one counts a while longer
    Secret {
        /// Its client_id
        client_id: String,
        /// How long the old secret still counts
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        overlap_hours: u16,
        #[command(flatten)]
        json: Json,
    },
    /// Register one more redirect URI
    AddRedirect {
        /// Its client_id
        client_id: String,
        /// The URI, exactly as requests will carry it
        redirect_uri: String,
        /// For after logout instead of after sign-in
        #[arg(long)]
        post_logout: bool,
    },
    /// Let a client do nothing any more; its tokens are revoked
    Disable {
        /// Its client_id
        client_id: String,
    },
    /// Let a disabled client work again
    Enable {
        /// Its client_id
        client_id: String,
    },
    /// Remove a client and everything issued to it
    Delete {
        /// Its client_id
        client_id: String,
    },
    /// Let programs register clients by themselves, where `protocol.registration` is `token`
    #[command(subcommand)]
    Token(InitialToken),
}

#[derive(Debug, Subcommand)]
pub enum InitialToken {
    /// Make an initial access token, shown this once
    New {
        /// How many clients it may register
        #[arg(long, default_value_t = 1, value_name = "USES",
            value_parser = clap::value_parser!(u32).range(1..=i64::from(INITIAL_ACCESS_USES_MAX)))]
        uses: u32,
        /// How many days it counts
        #[arg(long, default_value_t = 7, value_name = "DAYS",
            value_parser = clap::value_parser!(u32).range(1..=i64::from(INITIAL_ACCESS_DAYS_MAX)))]
        days: u32,
        #[command(flatten)]
        json: Json,
    },
}

const CLIENT_ADD_EXAMPLES: &str = "\
Examples:
  doorward client add --name Shop --redirect-uri https://shop.example/callback
  doorward client add --public --id diary --redirect-uri http://localhost:7070/callback
  echo '{\"client_id\": \"shop\", \"redirect_uris\": [\"https://shop.example/callback\"]}' |
    doorward client add --json -";

#[derive(Debug, Clone, Args)]
pub struct ClientAdd {
    /// Read the members of RFC 7591 (ours under "doorward") as JSON from FILE, - for standard input,
    /// and answer in JSON
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "name", "redirect_uri", "post_logout_redirect_uri",
        "public", "native", "first_party", "scope", "grant_type"])]
    pub json: Option<PathBuf>,
    /// The client_id; left out: one is made
    #[arg(long, value_name = "CLIENT_ID")]
    pub id: Option<String>,
    /// The name people see
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where answers may go; repeatable
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Vec<String>,
    /// Where people may be sent after logout; repeatable
    #[arg(long, value_name = "URI")]
    pub post_logout_redirect_uri: Vec<String>,
    /// It cannot keep a secret: a browser or native application
    #[arg(long)]
    pub public: bool,
    /// It runs on people's machines: loopback ports are free
    #[arg(long)]
    pub native: bool,
    /// It is our own: people are not asked for consent
    #[arg(long)]
    pub first_party: bool,
    /// The scope it may ask for, in quotes
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// A grant it may use; repeatable; left out: `authorization_code` and `refresh_token`
    #[arg(long, value_name = "GRANT")]
    pub grant_type: Vec<String>,
}
