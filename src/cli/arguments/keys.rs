//! The options of `doorward keys`.

use clap::Subcommand;

use super::Json;
use crate::model::key::SigningAlgorithm;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Show the signing keys and where each is in its life
    List(Json),
    /// Announce successors now; each signs once relying parties had time to fetch it
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate {
        /// Only these algorithms; left out: all
        #[arg(long = "alg", value_name = "ALG", value_parser = algorithm)]
        algorithms: Vec<SigningAlgorithm>,
        /// Withdraw the present keys at once: every token they signed stops counting
        #[arg(long)]
        emergency: bool,
        #[command(flatten)]
        json: Json,
    },
}

const ROTATE_EXAMPLES: &str = "\
A running server takes the change over within seconds.

Examples:
  doorward keys rotate
  doorward keys rotate --alg ES256
  doorward keys rotate --emergency         a private key has leaked";

fn algorithm(text: &str) -> Result<SigningAlgorithm, String> {
    SigningAlgorithm::parse(text).ok_or_else(|| "one of RS256, PS256, ES256, EdDSA is expected".to_owned())
}
