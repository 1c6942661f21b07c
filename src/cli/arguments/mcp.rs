//! The options of `doorward mcp`.

use clap::{Args, Subcommand};

const CHECK_EXAMPLES: &str = "\
Examples:
  doorward mcp check https://tools.example/mcp
  doorward mcp check --no-sign-in --json https://tools.example/mcp";

#[derive(Debug, Subcommand)]
pub enum Mcp {
    /// Walk a protected resource from its 401 to a token, as a client would, and say what is missing
    #[command(after_help = CHECK_EXAMPLES)]
    Check(McpCheck),
}

/// A walk.
#[derive(Debug, Clone, Args)]
pub struct McpCheck {
    /// Address of the resource
    pub url: String,
    /// The client to be, where one is known; left out: a new one is registered, and taken back at the end
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Stop before somebody has to sign in
    #[arg(long)]
    pub no_sign_in: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}
