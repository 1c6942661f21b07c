//! A program's calls to the JSON interface, and those of a script in a person's browser.

use poem::http::{Method, header};
use serde_json::Value;

use super::browser::{Browser, Page};
use super::world::{PASSWORD, World};

/// A call with these header fields.
pub async fn call(world: &World, method: Method, path: &str, fields: &[(&str, &str)], body: Option<Value>) -> Page {
    let mut request = poem::Request::builder().method(method).uri(path.parse().unwrap());
    request = request.header("x-forwarded-for", "198.51.100.4");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = match body {
        Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(body.to_string()),
        None => request.finish(),
    };
    Page::of(world.send(request).await, path).await
}

/// A call with an access token.
pub async fn by_token(world: &World, method: Method, path: &str, token: &str, body: Option<Value>) -> Page {
    call(world, method, path, &[("authorization", &format!("Bearer {token}"))], body).await
}

/// A call by a script of ours in a browser.
pub async fn by_cookie(world: &World, browser: &Browser<'_>, method: Method, path: &str, body: Option<Value>) -> Page {
    let cookies = cookies_of(browser);
    call(world, method, path, &[("cookie", &cookies), ("x-requested-with", "doorward")], body).await
}

/// A call from a browser with a body of any kind, without what only our own scripts send.
pub async fn send(
    world: &World,
    browser: &Browser<'_>,
    method: Method,
    path: &str,
    (kind, body): (&str, &str),
) -> Page {
    let request = poem::Request::builder().method(method).uri(path.parse().unwrap());
    let request = request.header(header::CONTENT_TYPE, kind).header(header::COOKIE, cookies_of(browser));
    Page::of(world.send(request.body(body.to_owned())).await, path).await
}

fn cookies_of(browser: &Browser<'_>) -> String {
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    cookies.join("; ")
}

/// A browser in which the usual person is signed in.
pub async fn signed_in(world: &World) -> Browser<'_> {
    signed_in_as(world, "ada@example.com").await
}

/// A browser in which somebody is signed in.
pub async fn signed_in_as<'w>(world: &'w World, email: &str) -> Browser<'w> {
    let mut browser = Browser::new(world);
    let login = browser.open("/login").await;
    let account = browser.sign_in(&login, email, PASSWORD).await;
    assert!(account.at.starts_with("/account"), "{} {}", account.at, account.text());
    browser
}
