//! The calls of the walk: bounded in time and size, no redirects, no proxy.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::base::bounds::{MCP_ANSWER_BYTES_MAX, MCP_CALL_SECONDS};

/// A client without a browser.
pub(super) struct Web(Client);

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// Every `WWW-Authenticate`.
    challenges: Vec<String>,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The challenge that asks for a bearer token.
    pub(super) fn challenge(&self) -> Option<&str> {
        let is_bearer = |text: &&String| text.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        self.challenges.iter().find(is_bearer).map(String::as_str)
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl Web {
    pub(super) fn new() -> reqwest::Result<Self> {
        let client =
            Client::builder().redirect(Policy::none()).no_proxy().timeout(Duration::from_secs(MCP_CALL_SECONDS));
        Ok(Self(client.user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION"))).build()?))
    }

    /// The first message of the protocol, with a token or without.
    pub(super) async fn initialize(&self, url: &str, token: Option<&str>) -> Result<Answer, String> {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "doorward mcp check", "version": env!("CARGO_PKG_VERSION") },
            },
        });
        let request = self.0.post(url).header(CONTENT_TYPE, "application/json");
        let request = request.header(ACCEPT, "application/json, text/event-stream").body(message.to_string());
        send(match token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        })
        .await
    }

    /// A document.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, String> {
        send(self.0.get(url).header(ACCEPT, "application/json")).await
    }

    /// A form.
    pub(super) async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, String> {
        send(self.0.post(url).header(ACCEPT, "application/json").form(fields)).await
    }

    /// A JSON document.
    pub(super) async fn post_json(&self, url: &str, document: &Value) -> Result<Answer, String> {
        send(self.0.post(url).header(CONTENT_TYPE, "application/json").body(document.to_string())).await
    }

    /// Takes back what was made under a management address.
    pub(super) async fn delete(&self, url: &str, token: &str) -> Result<Answer, String> {
        send(self.0.delete(url).header(AUTHORIZATION, format!("Bearer {token}"))).await
    }
}

async fn send(request: RequestBuilder) -> Result<Answer, String> {
    let mut response = request.send().await.map_err(|error| innermost(&error))?;
    let text = |value: &reqwest::header::HeaderValue| value.to_str().map(str::to_owned).ok();
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(text).collect();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    // A stream of events never ends, and its beginning is answer enough.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MCP_ANSWER_BYTES_MAX {
            return Err("the answer is too long".to_owned());
        }
    }
    Ok(Answer { status, challenges, body })
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
