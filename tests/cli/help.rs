//! What is read under `--help`, as a golden file.

use crate::program::Place;

const COMMANDS: [&str; 50] = [
    "",
    "dev",
    "serve",
    "check",
    "migrate",
    "migrate up",
    "migrate down",
    "migrate status",
    "mcp",
    "mcp check",
    "keys",
    "keys list",
    "keys rotate",
    "client",
    "client list",
    "client show",
    "client grants",
    "client add",
    "client secret",
    "client add-redirect",
    "client disable",
    "client enable",
    "client delete",
    "user",
    "user list",
    "user search",
    "user show",
    "user add",
    "user role",
    "user role add",
    "user role remove",
    "user group",
    "user group add",
    "user group remove",
    "user verify",
    "user lock",
    "user unlock",
    "user unlink",
    "user grants",
    "user delete",
    "user password",
    "session",
    "session list",
    "session end",
    "audit",
    "audit list",
    "audit verify",
    "audit export",
    "apply",
    "help",
];

#[test]
fn every_command_explains_itself() {
    let place = Place::empty();
    let help = COMMANDS.map(|command| {
        let mut arguments: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
        if command != "help" {
            arguments.push("--help");
        }
        format!("── doorward {command}\n\n{}", place.output(&arguments))
    });
    insta::assert_snapshot!(help.join("\n"));
}

#[test]
fn a_wrong_option_is_told_and_the_right_one_suggested() {
    let place = Place::empty();
    assert!(place.run(&["serve", "--lisen", "127.0.0.1:0"]).failure(2).contains("--listen"));
    assert!(place.run(&["serv"]).failure(2).contains("serve"));
    assert!(place.run(&["client", "show"]).failure(2).contains("<CLIENT_ID>"));
    assert!(place.run(&[]).failure(2).contains("Usage"));
    assert!(std::fs::read_dir(place.path()).unwrap().next().is_none());
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(Place::empty().output(&["--version"]), format!("doorward {}\n", env!("CARGO_PKG_VERSION")));
}
