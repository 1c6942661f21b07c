//! One request and its answer: from hyper's types to poem's and back.

use std::io;
use std::sync::Arc;

use http_body_util::combinators::BoxBody;
use hyper::body::{Body as _, Bytes, Incoming};
use poem::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS};
use poem::http::request::Parts;
use poem::http::uri::Scheme;
use poem::http::{HeaderMap, HeaderValue, Request, Response, Version};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, Endpoint, RequestParts};

use super::Limits;
use super::body::{AnswerBody, Beat, BoundedBody};
use super::connection::Shared;
use super::soundness::{self, Unsound};
use crate::base::PeerCertificates;

/// What all requests of a connection have in common.
pub struct Exchange<E> {
    pub endpoint: Arc<E>,
    pub limits: Arc<Limits>,
    pub shared: Arc<Shared>,
    pub local: LocalAddr,
    pub remote: RemoteAddr,
    pub scheme: Scheme,
    pub certificates: Option<PeerCertificates>,
}

impl<E: Endpoint> Exchange<E> {
    /// Answers one request.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<AnswerBody> {
        let streams = request.version() >= Version::HTTP_2;
        let mut beat = Beat::begin(self.shared.pulse.clone(), streams);
        let (head, body) = request.into_parts();
        let close = !streams && head.headers.contains_key(TRANSFER_ENCODING);
        if !streams && self.shared.head_came_along() {
            // Whoever sends many requests at once takes turns with the other connections after each of them.
            tokio::task::yield_now().await;
        }
        let sound = soundness::check(&head, || self.shared.head_names_length());
        self.shared.forget_head();
        let answer = match sound {
            Ok(()) => self.ask(head, body).await,
            Err(unsound) => refuse(unsound, streams),
        };
        beat.answer();
        let mut answer = answer.map(|body| AnswerBody::new(body, beat, streams));
        if close {
            // RFC 9112 §6.1: a connection that carried a transfer coding is not trusted to be in step any more.
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    async fn ask(&self, mut head: Parts, body: Incoming) -> Response<BoxBody<Bytes, io::Error>> {
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            BoxBody::new(BoundedBody::new(body, self.limits.body_bytes, self.limits.body)).into()
        };
        if let Some(certificates) = &self.certificates {
            head.extensions.insert(certificates.clone());
        }
        let parts = RequestParts::from((head, self.local.clone(), self.remote.clone(), self.scheme.clone()));
        self.endpoint.get_response(poem::Request::from_parts(parts, body)).await.into()
    }
}

fn refuse(unsound: Unsound, streams: bool) -> Response<BoxBody<Bytes, io::Error>> {
    let mut answer = Response::new(Body::from(unsound.sentence()).into());
    *answer.status_mut() = unsound.status();
    set_headers(answer.headers_mut(), streams);
    answer
}

fn set_headers(headers: &mut HeaderMap, streams: bool) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if !streams {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}
