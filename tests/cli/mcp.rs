//! `doorward mcp check`: what it says of resources as they are met.

use serde_json::Value;

use crate::program::Place;

fn verdict<'a>(told: &'a Value, step: &str) -> &'a str {
    let steps = told["steps"].as_array().unwrap();
    steps.iter().find(|found| found["step"] == step).unwrap_or_else(|| panic!("{step} in {told}"))["verdict"]
        .as_str()
        .unwrap()
}

#[test]
fn a_resource_is_followed_to_its_server_and_what_is_missing_is_told() {
    let place = Place::empty();
    let server = place.start(&["dev", "--listen", "127.0.0.1:0"]).ready();
    let url = format!("http://localhost:{}/oauth2/userinfo", server.address.port());
    let ended = place.run(&["mcp", "check", "--no-sign-in", "--json", &url]);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    for step in ["resource", "resource metadata", "server metadata", "PKCE"] {
        assert_eq!(verdict(&told, step), "right", "{told}");
    }
    // Nobody may register here, so a client that is not known cannot go on.
    assert_eq!((verdict(&told, "new clients"), &told["right"], ended.code), ("wrong", &Value::Bool(false), Some(1)));
    assert!(ended.stderr.contains("does not get to this resource"), "{}", ended.stderr);
    let open = format!("http://localhost:{}/.well-known/jwks.json", server.address.port());
    let unprotected = place.run(&["mcp", "check", "--no-sign-in", &open]);
    assert_eq!((unprotected.code, unprotected.stdout.split_whitespace().nth(1)), (Some(1), Some("wrong")));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_resource_that_is_not_there_is_told_in_one_line() {
    let place = Place::empty();
    let ended = place.run(&["mcp", "check", "http://127.0.0.1:1/mcp"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.starts_with("resource  wrong  it cannot be reached: Connection refused"), "{}", ended.stdout);
}
