//! Making compact JWSs. What a token says is handed in; this puts the header before it and the signature behind it.
//!
//! An RSA signature takes the better part of a millisecond, so those are made on threads of their own behind a bounded
//! queue: requests that need none are not held up. The others cost less than the way to another thread.
//!
//! RFC 7515 §3.1, §5.1.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::oneshot;

use super::key_pair::KeyPair;
use crate::base::Fault;
use crate::base::bounds::SIGNING_QUEUE_MAX;
use crate::model::key::SigningAlgorithm;

/// What a JWT is, in its `typ`. Kinds that are kept apart by their `typ` cannot be passed off as one another
/// (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typ {
    /// An ID token, or userinfo as a JWT.
    Jwt,
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// A logout token (OpenID Connect Back-Channel Logout §2.4).
    LogoutToken,
    /// An introspection answer (RFC 9701 §5).
    Introspection,
    /// Our own metadata (RFC 8414 §2.1).
    Metadata,
}

impl Typ {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Jwt, Self::AccessToken, Self::LogoutToken, Self::Introspection, Self::Metadata];

    /// The value of `typ`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
            Self::LogoutToken => "logout+jwt",
            Self::Introspection => "token-introspection+jwt",
            Self::Metadata => "metadata+jwt",
        }
    }
}

/// A JWS that lacks only its signature, with the key that is to make it.
#[derive(Debug, Clone)]
pub struct Unsigned {
    input: String,
    pair: Arc<KeyPair>,
}

impl Unsigned {
    /// Header and claims, ready to be signed with `pair`, whose name is `kid`.
    pub fn new(typ: Typ, kid: &str, pair: Arc<KeyPair>, claims: &impl serde::Serialize) -> Result<Self, Fault> {
        // A thumbprint, an algorithm and a kind are plain ASCII without quotes.
        let header = format!(r#"{{"typ":"{}","alg":"{}","kid":"{kid}"}}"#, typ.as_str(), pair.algorithm());
        let claims = serde_json::to_vec(claims).map_err(Fault::broken)?;
        let mut input = String::with_capacity((header.len() + claims.len()) * 4 / 3 + 512);
        URL_SAFE_NO_PAD.encode_string(header, &mut input);
        input.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut input);
        Ok(Self { input, pair })
    }

    /// What it is to be signed with.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.pair.algorithm()
    }

    /// Signs on the calling thread.
    pub fn sign_here(mut self) -> Result<String, Fault> {
        let signature = self.pair.sign(self.input.as_bytes())?;
        self.input.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut self.input);
        Ok(self.input)
    }
}

struct Job {
    unsigned: Unsigned,
    reply: oneshot::Sender<Result<String, Fault>>,
}

/// The threads that make RSA signatures, RS256 and PS256. They end when this is dropped and the queue is empty.
#[derive(Debug, Clone)]
pub struct SigningThreads(SyncSender<Job>);

impl SigningThreads {
    /// Starts `count` threads: one for each core is right.
    pub fn start(count: NonZeroUsize) -> io::Result<Self> {
        let (sender, receiver) = sync_channel::<Job>(SIGNING_QUEUE_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..count.get() {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new().name(format!("sign-{number}")).spawn(move || sign_jobs(&receiver))?;
        }
        Ok(Self(sender))
    }

    /// The finished token. A full queue gives [`Fault::Busy`] at once.
    pub async fn sign(&self, unsigned: Unsigned) -> Result<String, Fault> {
        if !unsigned.algorithm().is_rsa() {
            return unsigned.sign_here();
        }
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Job { unsigned, reply }).map_err(|refused| match refused {
            TrySendError::Full(_) => Fault::Busy("signing"),
            TrySendError::Disconnected(_) => Fault::broken("the signing threads have ended"),
        })?;
        answer.await.unwrap_or_else(|_| Err(Fault::broken("a signing thread gave no answer")))
    }
}

fn sign_jobs(receiver: &Mutex<Receiver<Job>>) {
    // The lock is held while waiting and given up before signing, so that the other threads wait for the next job.
    while let Ok(job) = { receiver.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
        // Nobody waits any more when the client has hung up.
        if !job.reply.is_closed() {
            let _ = job.reply.send(job.unsigned.sign_here());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::fixture::{NOW, claims, expect, ring};
    use serde_json::Value;
    use std::task::{Context, Waker};

    fn prepared(algorithm: SigningAlgorithm) -> Unsigned {
        ring().prepare(Typ::AccessToken, algorithm, &claims(), NOW).unwrap()
    }

    #[tokio::test]
    async fn the_threads_sign_what_was_prepared() {
        let threads = SigningThreads::start(NonZeroUsize::MIN).unwrap();
        for algorithm in SigningAlgorithm::ALL {
            let token = threads.sign(prepared(algorithm)).await.unwrap();
            assert_eq!(ring().verify::<Value>(&token, &expect()), Ok(claims()));
        }
    }

    #[tokio::test]
    async fn many_at_once_are_all_answered() {
        let threads = SigningThreads::start(NonZeroUsize::new(2).unwrap()).unwrap();
        let unsigned = prepared(SigningAlgorithm::RS256);
        let tokens = futures_util::future::join_all((0..64).map(|_| threads.sign(unsigned.clone()))).await;
        assert!(tokens.iter().all(|token| token.is_ok() && *token == tokens[0]));
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_at_once() {
        // No thread takes anything out of this queue.
        let (sender, receiver) = sync_channel(1);
        let threads = SigningThreads(sender);
        let unsigned = prepared(SigningAlgorithm::RS256);
        let mut waiting = Box::pin(threads.sign(unsigned.clone()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        assert_eq!(threads.sign(unsigned.clone()).await, Err(Fault::Busy("signing")));
        assert_eq!(threads.sign(prepared(SigningAlgorithm::PS256)).await, Err(Fault::Busy("signing")));
        for quick in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
            assert!(threads.sign(prepared(quick)).await.is_ok(), "the others need no thread");
        }
        drop(receiver);
        assert!(matches!(waiting.await, Err(Fault::Broken(_))));
        assert!(matches!(threads.sign(unsigned).await, Err(Fault::Broken(_))));
    }

    #[test]
    fn the_header_says_kind_algorithm_and_key_and_nothing_else() {
        let token = prepared(SigningAlgorithm::EdDSA).sign_here().unwrap();
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, crate::jose::fixture::header(SigningAlgorithm::EdDSA));
    }
}
