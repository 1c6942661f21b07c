//! How dev mode's own programs reach this server: over loopback, without redirects, proxies or name servers.

use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;

use crate::base::bounds::{DEMO_ANSWER_BYTES_MAX, DEMO_CALL_WAIT};

/// A client with its connections. It is made once; clones share them.
#[derive(Clone)]
pub(super) struct Http(reqwest::Client);

/// Why a call gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFailed {
    /// No connection, or it broke, or it took too long.
    #[error("{}", innermost(.0))]
    Connection(#[from] reqwest::Error),
    /// More than anybody would send.
    #[error("the answer is longer than {DEMO_ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// The answer cannot be put together.
    #[error("{0}")]
    Malformed(#[from] openidconnect::http::Error),
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

impl Http {
    pub(super) fn new(authority: Option<&[u8]>) -> Result<Self, reqwest::Error> {
        // RFC 6761 §6.3: localhost is this machine, whatever a name server says.
        let loopback = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        let client = reqwest::Client::builder()
            .user_agent("doorward-dev-mode")
            .redirect(Policy::none())
            .no_proxy()
            .timeout(DEMO_CALL_WAIT)
            .resolve_to_addrs("localhost", &loopback)
            // The provider speaks plain HTTP here, or TLS by the local authority; loading the machine's certificates
            // would only cost time.
            .tls_certs_only(authority.map(reqwest::Certificate::from_pem).transpose()?)
            .build()?;
        Ok(Self(client))
    }

    /// The answer to a request, whatever its status.
    pub(super) async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, CallFailed> {
        let mut response = self.0.execute(request.try_into()?).await?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > DEMO_ANSWER_BYTES_MAX {
                return Err(CallFailed::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(answer.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallFailed;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallFailed>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}
