//! The middle of the walk: becoming a client, sending a person through a browser, and taking the code to the token
//! endpoint (RFC 7591, RFC 8252 §7.3, RFC 6749 §4.1, RFC 7636, RFC 8707).

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use super::super::arguments::McpCheck;
use super::web::{Answer, Web};
use super::{DeadEnd, Findings, Known};
use crate::base::bounds::{MCP_CALLBACK_BYTES_MAX, MCP_SIGN_IN_SECONDS};
use crate::base::entropy::OsEntropy;
use crate::base::{Draw, Entropy as _};

const CALLBACK: &str = "/callback";
const THANKS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 44\r\n\
    connection: close\r\n\r\nYou can close this window; the check goes on";

/// The client that the walk is made as.
struct Registered {
    client_id: String,
    management: Option<(String, String)>,
}

/// What a request is answered under.
struct Asked {
    redirect_uri: String,
    state: String,
    verifier: String,
}

/// A token for the resource.
pub(super) async fn token(
    web: &Web,
    check: &McpCheck,
    known: Known<'_>,
    findings: &mut Findings,
) -> Result<String, DeadEnd> {
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await {
        Ok(listener) => listener,
        Err(problem) => return findings.dead_end("sign-in", format!("no port on loopback: {problem}")),
    };
    let port = listener.local_addr().map_or(0, |address| address.port());
    let redirect_uri = format!("http://127.0.0.1:{port}{CALLBACK}");
    let client = become_client(web, check, (known, &redirect_uri), findings).await?;
    let token = walk_with(web, &client, (known, redirect_uri, listener), findings).await;
    if let Some((address, token)) = &client.management {
        // What cannot be taken back is the server's to forget.
        let _ = web.delete(address, token).await;
    }
    token
}

async fn become_client(
    web: &Web,
    check: &McpCheck,
    ((_, server), redirect_uri): (Known<'_>, &str),
    findings: &mut Findings,
) -> Result<Registered, DeadEnd> {
    if let Some(client_id) = &check.client_id {
        findings.right("client", format!("{client_id}, as given"));
        return Ok(Registered { client_id: client_id.clone(), management: None });
    }
    let Some(address) = &server.registration else {
        return findings.dead_end("client", "there is no registration to try; name a client with --client-id");
    };
    let metadata = json!({
        "client_name": "Doorward mcp check", "redirect_uris": [redirect_uri], "application_type": "native",
        "token_endpoint_auth_method": "none", "grant_types": ["authorization_code"], "response_types": ["code"],
    });
    let answer = match web.post_json(address, &metadata).await {
        Ok(answer) => answer,
        Err(problem) => return findings.dead_end("registration", format!("gets no answer: {problem}")),
    };
    let document = answer.json().unwrap_or_default();
    let Some(client_id) = document["client_id"].as_str().filter(|_| answer.status == 201) else {
        return findings.dead_end("registration", format!("is refused: {}", error_of(&answer)));
    };
    findings.right("registration", "gives a client without a secret");
    let management = document["registration_client_uri"].as_str().zip(document["registration_access_token"].as_str());
    let management = management.map(|(address, token)| (address.to_owned(), token.to_owned()));
    Ok(Registered { client_id: client_id.to_owned(), management })
}

async fn walk_with(
    web: &Web,
    client: &Registered,
    (known, redirect_uri, listener): (Known<'_>, String, TcpListener),
    findings: &mut Findings,
) -> Result<String, DeadEnd> {
    let mut draw = match OsEntropy.draw() {
        Ok(draw) => draw,
        Err(fault) => return findings.dead_end("sign-in", fault.to_string()),
    };
    let asked = Asked { redirect_uri, state: random(&mut draw), verifier: random(&mut draw) };
    let Some(address) = authorization_address(client, known, &asked) else {
        return findings.dead_end("sign-in", "the authorization_endpoint is no address");
    };
    eprintln!("Open this address in a browser and sign in:\n\n  {address}\n");
    let answered = tokio::time::timeout(Duration::from_secs(MCP_SIGN_IN_SECONDS), answer_at(&listener)).await;
    let Ok(Some(answer)) = answered else {
        return findings.dead_end("sign-in", format!("nobody came back within {} minutes", MCP_SIGN_IN_SECONDS / 60));
    };
    let code = code_of(&answer, (known, &asked), findings)?;
    redeem(web, client, (known, &asked, &code), findings).await
}

fn random(draw: &mut Draw) -> String {
    URL_SAFE_NO_PAD.encode(draw.bytes::<32>())
}

fn authorization_address(client: &Registered, (resource, server): Known<'_>, asked: &Asked) -> Option<Url> {
    let mut address = Url::parse(&server.authorization).ok()?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&asked.verifier));
    let mut query = address.query_pairs_mut();
    query.extend_pairs([
        ("response_type", "code"),
        ("client_id", &client.client_id),
        ("redirect_uri", &asked.redirect_uri),
        ("state", &asked.state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("resource", &resource.name),
    ]);
    query.extend_pairs(resource.scope.as_ref().map(|scope| ("scope", scope)));
    drop(query);
    Some(address)
}

/// The address that the browser asked the listener for.
async fn answer_at(listener: &TcpListener) -> Option<Url> {
    loop {
        let (mut socket, _) = listener.accept().await.ok()?;
        let mut head = vec![0; MCP_CALLBACK_BYTES_MAX];
        let mut read = 0;
        while read < head.len() && !head[..read].windows(4).any(|end| end == b"\r\n\r\n") {
            match socket.read(&mut head[read..]).await {
                Ok(0) | Err(_) => break,
                Ok(more) => read += more,
            }
        }
        let line = String::from_utf8_lossy(&head[..read]).lines().next().unwrap_or_default().to_owned();
        let target = line.split(' ').nth(1).and_then(|path| Url::parse(&format!("http://127.0.0.1{path}")).ok());
        // Browsers ask for icons, too.
        if let Some(target) = target.filter(|target| target.path() == CALLBACK) {
            let _ = socket.write_all(THANKS.as_bytes()).await;
            return Some(target);
        }
        let _ = socket.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    }
}

fn code_of(
    answer: &Url,
    ((_, server), asked): (Known<'_>, &Asked),
    findings: &mut Findings,
) -> Result<String, DeadEnd> {
    let parameter = |name: &str| answer.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned());
    if parameter("state").as_deref() != Some(&asked.state) {
        return findings.dead_end("sign-in", "the answer has another state than the request");
    }
    match parameter("iss") {
        Some(issuer) if issuer != server.issuer => {
            return findings.dead_end("sign-in", format!("the answer is from {issuer} (RFC 9207)"));
        }
        None if server.names_itself => {
            return findings.dead_end("sign-in", "the answer lacks iss, which was announced");
        }
        _ => {}
    }
    match (parameter("code"), parameter("error")) {
        (Some(code), _) => {
            findings.right("sign-in", "gives a code");
            Ok(code)
        }
        (None, Some(error)) => {
            let description = parameter("error_description").unwrap_or_default();
            findings.dead_end("sign-in", format!("is refused: {error} {description}"))
        }
        (None, None) => findings.dead_end("sign-in", "gives neither a code nor an error"),
    }
}

async fn redeem(
    web: &Web,
    client: &Registered,
    ((resource, server), asked, code): (Known<'_>, &Asked, &str),
    findings: &mut Findings,
) -> Result<String, DeadEnd> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &asked.redirect_uri),
        ("client_id", &client.client_id),
        ("code_verifier", &asked.verifier),
        ("resource", &resource.name),
    ];
    let answer = match web.post_form(&server.token, &fields).await {
        Ok(answer) => answer,
        Err(problem) => return findings.dead_end("token", format!("gets no answer: {problem}")),
    };
    let document = answer.json().unwrap_or_default();
    let Some(token) = document["access_token"].as_str().filter(|_| answer.status == 200) else {
        return findings.dead_end("token", format!("is refused: {}", error_of(&answer)));
    };
    findings.right("token", "given");
    match audience(token) {
        Some(names) if names.contains(&resource.name) => findings.right("audience", resource.name.clone()),
        Some(names) => findings.wrong("audience", format!("{}, where {} is expected", names.join(" "), resource.name)),
        None => findings.advice("audience", "cannot be read: the token is opaque"),
    }
    Ok(token.to_owned())
}

fn audience(token: &str) -> Option<Vec<String>> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    match &claims["aud"] {
        Value::String(name) => Some(vec![name.clone()]),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => Some(Vec::new()),
    }
}

fn error_of(answer: &Answer) -> String {
    let document = answer.json().unwrap_or_default();
    let member = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
    format!("{} {} {}", answer.status, member("error"), member("error_description")).trim_end().to_owned()
}
