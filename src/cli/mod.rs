//! The command line: reads the options, does what they ask for, and says how it went in words and by exit code.
//!
//! Commands about clients, people, keys and the schema open the database themselves and work whether a server runs or
//! not. Nothing here speaks HTTP or knows a statement.

mod apply;
mod arguments;
mod audit;
mod backup;
mod check;
mod client;
mod desk;
mod failure;
mod grants;
mod health;
mod keys;
mod mcp;
mod membership;
mod migrate;
mod output;
mod progress;
mod provision;
mod serve;
mod session;
mod settings;
mod trace;
mod trust;
mod user;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command, Mcp};
use failure::Failure;

use crate::config::Mode;

/// Runs the command that `arguments` (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => {
            // Help and version are asked for and go to standard output; what cannot be written there is lost.
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(failure::EXIT_WRONG));
        }
    };
    match on_runtime(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let said = failure.complaints().iter().map(|complaint| format!("error: {complaint}\n")).collect::<Vec<_>>();
            // There is nobody left to tell when standard error is gone.
            let _ = std::io::stderr().write_all(said.join("\n").as_bytes());
            failure.exit_code()
        }
    }
}

fn on_runtime(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(crate::app::StartFault::Threads)?;
    runtime.block_on(carry_out(arguments))
}

async fn carry_out(arguments: Arguments) -> Result<(), Failure> {
    let place = &arguments.place;
    match &arguments.command {
        Command::Dev(serving) => serve::serve(Mode::Development, place, serving).await,
        Command::Serve(serving) => serve::serve(Mode::Production, place, serving).await,
        Command::Check { providers, json } => check::run(place, *providers, json.json).await,
        Command::Health { url } => health::run(place, url.as_deref()).await,
        Command::Mcp(Mcp::Check(check)) => mcp::run(check).await,
        Command::Migrate(migrate) => migrate::run(place, migrate).await,
        Command::Backup { file } => backup::back_up(place, file).await,
        Command::Restore { file } => backup::restore(place, file).await,
        Command::Keys(keys) => keys::run(place, keys).await,
        Command::Client(client) => client::run(place, client).await,
        Command::User(user) => Box::pin(user::run(place, user)).await,
        Command::Session(session) => session::run(place, session).await,
        Command::Audit(audit) => audit::run(place, audit).await,
        Command::Trace(trace) => trace::run(place, trace).await,
        Command::Apply(apply) => apply::run(place, apply).await,
    }
}
