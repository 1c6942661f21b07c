//! The cookies of one browser and what they prove.
//!
//! Four of them, none with personal data (WEB-08), and a fifth with Session Management: `browser` ties interactions
//! and forms to the browser that began
//! them; `sessions` holds the secrets of the sessions signed in here, newest first; `device` remembers, account by
//! account, that this browser once signed in, so that guessing elsewhere does not lock its owner out (PWD-06);
//! `provider` names the other provider that was used last here, which is marked on the sign-in page and proves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::http::HeaderValue;
use subtle::ConstantTimeEq;

use super::exchange::Exchange;
use crate::base::bounds::{DEVICE_COOKIE_SECONDS, PROVIDER_COOKIE_SECONDS, SESSIONS_PER_BROWSER_MAX};
use crate::base::secret::keyed_digest;
use crate::base::{AccountId, Digest, Draw, OpaqueToken, SessionId, TokenKind};
use crate::model::session::{Session, SignedIn};
use crate::model::upstream::ProviderId;

/// The names of the cookies. On https they carry the `__Host-` prefix, which pins them to this very host.
#[derive(Debug, Clone, Copy)]
pub struct CookieNames {
    browser: &'static str,
    sessions: &'static str,
    device: &'static str,
    state: &'static str,
    provider: &'static str,
    secure: bool,
}

impl CookieNames {
    /// The names for an issuer that is reached by https, or not.
    pub const fn for_issuer(is_https: bool) -> Self {
        if is_https {
            Self {
                browser: "__Host-doorward-browser",
                sessions: "__Host-doorward-sessions",
                device: "__Host-doorward-device",
                state: "__Host-doorward-state",
                provider: "__Host-doorward-provider",
                secure: true,
            }
        } else {
            Self {
                browser: "doorward-browser",
                sessions: "doorward-sessions",
                device: "doorward-device",
                state: "doorward-state",
                provider: "doorward-provider",
                secure: false,
            }
        }
    }

    /// The cookie that holds the sessions.
    pub const fn sessions(self) -> &'static str {
        self.sessions
    }

    /// The cookie that holds the browser's state.
    pub const fn state(self) -> &'static str {
        self.state
    }

    /// A `Set-Cookie` value: HttpOnly, SameSite=Lax, whole host (WEB-07). Without `max_age` it lasts as long as the
    /// browser is open; with 0 it is removed.
    fn set(self, name: &str, value: &str, max_age: Option<i64>) -> HeaderValue {
        let secure = if self.secure { "; Secure" } else { "" };
        let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{max_age}");
        HeaderValue::from_str(&text).expect("cookie values are base64url text, or names of providers")
    }
}

/// The browser as one request shows it.
#[derive(Debug, Clone)]
pub struct Browser {
    token: OpaqueToken,
    is_new: bool,
}

const MAC_BYTES: usize = 16;
const DEVICES_MAX: usize = 8;

impl Browser {
    /// The browser behind a request; a new one when its cookie is absent or not one that we made (SES-02).
    pub fn of(exchange: &Exchange, draw: &mut Draw) -> Self {
        Self::known(exchange)
            .unwrap_or_else(|| Self { token: OpaqueToken::generate(TokenKind::Browser, draw), is_new: true })
    }

    /// The browser behind a request, if it has been here before.
    pub fn known(exchange: &Exchange) -> Option<Self> {
        let names = exchange.context.cookies;
        let (token, mac) = exchange.cookie(names.browser)?.split_once('.')?;
        let token = OpaqueToken::parse(TokenKind::Browser, token)?;
        let own = sign(exchange.context.browser_key.expose(), &["browser", token.expose()]);
        bool::from(own.as_bytes().ct_eq(mac.as_bytes())).then_some(Self { token, is_new: false })
    }

    /// The program that holds a flow's secret: what it begins is bound to that, not to a cookie.
    pub const fn of_flow(token: OpaqueToken) -> Self {
        Self { token, is_new: false }
    }

    /// What an interaction keeps of it.
    pub fn digest(&self) -> Digest {
        self.token.digest()
    }

    /// The cookie to be set, when the browser is new.
    pub fn cookie(&self, exchange: &Exchange) -> Option<HeaderValue> {
        let names = exchange.context.cookies;
        self.is_new.then(|| {
            let mac = sign(exchange.context.browser_key.expose(), &["browser", self.token.expose()]);
            names.set(names.browser, &format!("{}.{mac}", self.token.expose()), None)
        })
    }

    /// The token that forms for `purpose` carry: only this browser has it (SES-03, SES-04, OUT-06).
    pub fn form_token(&self, exchange: &Exchange, purpose: &str) -> String {
        sign(exchange.context.browser_key.expose(), &["form", self.token.expose(), purpose])
    }

    /// Whether `presented` is the token of a form for `purpose` in this browser.
    pub fn made_form(&self, exchange: &Exchange, purpose: &str, presented: Option<&str>) -> bool {
        let own = self.form_token(exchange, purpose);
        presented.is_some_and(|presented| bool::from(own.as_bytes().ct_eq(presented.as_bytes())))
    }
}

/// The secrets in the session cookie, newest first, as they were sent: at most `SESSIONS_PER_BROWSER_MAX` count.
pub fn session_tokens(exchange: &Exchange) -> Vec<OpaqueToken> {
    tokens_of(exchange.cookie(exchange.context.cookies.sessions).unwrap_or_default())
}

/// The secrets in a session cookie of this value.
pub fn tokens_of(value: &str) -> Vec<OpaqueToken> {
    let tokens = value.split('.').filter_map(|text| OpaqueToken::parse(TokenKind::Session, text));
    tokens.take(SESSIONS_PER_BROWSER_MAX).collect()
}

/// What marks the cookie of sessions that end with the browser.
const BRIEF: &str = "brief";

/// Whether the session cookie of this browser is to outlive it: as the last sign-in here wanted it.
pub fn is_remembered(exchange: &Exchange) -> bool {
    let value = exchange.cookie(exchange.context.cookies.sessions).unwrap_or_default();
    value.split('.').all(|part| part != BRIEF)
}

/// The session cookie with these secrets; removed when there are none. Unless it is `remembered`, it is gone when the
/// browser is closed.
pub fn session_cookie(exchange: &Exchange, tokens: &[OpaqueToken], remembered: bool) -> HeaderValue {
    let names = exchange.context.cookies;
    let mut kept = tokens.iter().take(SESSIONS_PER_BROWSER_MAX).map(OpaqueToken::expose).collect::<Vec<_>>();
    if kept.is_empty() {
        return names.set(names.sessions, "", Some(0));
    }
    if remembered {
        return names.set(names.sessions, &kept.join("."), Some(exchange.context.policy.session_absolute_seconds));
    }
    kept.push(BRIEF);
    names.set(names.sessions, &kept.join("."), None)
}

/// The session cookie of a browser in which `sessions` are live, once those of `ending` are over.
pub fn cookie_without(exchange: &Exchange, sessions: &[SignedIn], ending: &[SessionId]) -> HeaderValue {
    let left = sessions.iter().filter(|signed_in| !ending.contains(&signed_in.session.id));
    let left: Vec<&Digest> = left.map(|signed_in| &signed_in.session.secret).collect();
    let is_left = |token: &OpaqueToken| left.contains(&&token.digest());
    let kept: Vec<OpaqueToken> = session_tokens(exchange).into_iter().filter(is_left).collect();
    session_cookie(exchange, &kept, is_remembered(exchange))
}

/// The state of a browser with these sessions (Session Management §4.2): another one after every sign-in and logout, and
/// nothing when nobody is signed in.
pub fn browser_state(exchange: &Exchange, secrets: &[Digest]) -> String {
    if secrets.is_empty() {
        return String::new();
    }
    let mut parts: Vec<&str> = secrets.iter().map(Digest::as_str).collect();
    parts.sort_unstable();
    parts.insert(0, "state");
    sign(exchange.context.browser_key.expose(), &parts)
}

/// The cookie with a browser's state. Scripts of our frame read it, inside pages of others.
pub(super) fn state_cookie(exchange: &Exchange, state: &str) -> HeaderValue {
    let names = exchange.context.cookies;
    let site = if names.secure { "; SameSite=None; Secure" } else { "; SameSite=Lax" };
    let max_age = if state.is_empty() { "; Max-Age=0".to_owned() } else { String::new() };
    let text = format!("{}={state}; Path=/{site}{max_age}", names.state);
    HeaderValue::from_str(&text).expect("cookie values are base64url text")
}

/// The session cookie with the secret of `acting` in front, unless it is there: the account pages go on showing whoever
/// has just done something there.
pub fn cookie_led_by(exchange: &Exchange, acting: &Session) -> Option<HeaderValue> {
    let mut tokens = session_tokens(exchange);
    let place = tokens.iter().position(|token| token.digest() == acting.secret).filter(|place| *place > 0)?;
    tokens[..=place].rotate_right(1);
    Some(session_cookie(exchange, &tokens, is_remembered(exchange)))
}

/// The provider that somebody signed in by last in this browser, if that is what the cookie says.
pub fn last_provider(exchange: &Exchange) -> Option<ProviderId> {
    exchange.cookie(exchange.context.cookies.provider)?.parse().ok()
}

/// The cookie that says so.
pub fn provider_cookie(exchange: &Exchange, provider: &ProviderId) -> HeaderValue {
    let names = exchange.context.cookies;
    names.set(names.provider, provider.as_str(), Some(PROVIDER_COOKIE_SECONDS))
}

/// The digest of this browser's mark for `account`, if somebody signed in to it here before.
pub fn known_device(exchange: &Exchange, account: &AccountId) -> Option<Digest> {
    salt_of_mark(exchange, account).map(Digest::of)
}

/// A browser as one that somebody signed in with.
pub struct DeviceMark {
    /// What the store keeps of it.
    pub digest: Digest,
    /// The device cookie with the mark.
    pub cookie: HeaderValue,
}

/// This browser's mark for `account`: the one it has, or a new one.
pub fn device_mark(exchange: &Exchange, account: &AccountId, draw: &mut Draw) -> DeviceMark {
    let names = exchange.context.cookies;
    let salt = salt_of_mark(exchange, account)
        .map_or_else(|| URL_SAFE_NO_PAD.encode(draw.bytes::<MAC_BYTES>()), str::to_owned);
    let mac = sign(exchange.context.browser_key.expose(), &["device", &salt, account.as_str()]);
    let mut marks = vec![format!("{salt}.{mac}")];
    let others = device_marks(exchange).into_iter().filter(|mark| !is_mark_of(exchange, mark, account));
    marks.extend(others.take(DEVICES_MAX - 1).map(str::to_owned));
    let cookie = names.set(names.device, &marks.join("~"), Some(DEVICE_COOKIE_SECONDS));
    DeviceMark { digest: Digest::of(&salt), cookie }
}

fn salt_of_mark<'e>(exchange: &'e Exchange, account: &AccountId) -> Option<&'e str> {
    let mark = device_marks(exchange).into_iter().find(|mark| is_mark_of(exchange, mark, account))?;
    mark.split_once('.').map(|(salt, _)| salt)
}

fn device_marks(exchange: &Exchange) -> Vec<&str> {
    let value = exchange.cookie(exchange.context.cookies.device).unwrap_or_default();
    let is_plain = |mark: &&str| mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    value.split('~').filter(is_plain).take(DEVICES_MAX).collect()
}

fn is_mark_of(exchange: &Exchange, mark: &str, account: &AccountId) -> bool {
    let Some((salt, mac)) = mark.split_once('.') else { return false };
    let own = sign(exchange.context.browser_key.expose(), &["device", salt, account.as_str()]);
    own.as_bytes().ct_eq(mac.as_bytes()).into()
}

fn sign(key: &[u8], parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(&keyed_digest(key, parts)[..MAC_BYTES])
}
