//! Switches: how an imitation is told to misbehave, by a form or as JSON, and where each of its answers asks.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use poem::Response;
use poem::http::StatusCode;
use serde_json::{Map, Value};

use crate::base::bounds::IMITATION_SLOW_MILLIS_MAX;
use crate::endpoint::reply;
use crate::protocol::Parameters;

/// The name of the pause in forms and documents.
const SLOW_MILLIS: &str = "slow_millis";

/// One way to misbehave.
pub(super) trait Switch: Copy + Eq + Send + Sync + 'static {
    /// All of them, in the order of the page.
    const ALL: &'static [Self];
    /// The one that stops every answer.
    const DOWN: Self;

    /// Its name in forms and documents.
    fn name(self) -> &'static str;
}

/// Which switches are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Switches<S> {
    on: Vec<S>,
    /// The pause before each answer to a program.
    pub(super) slow_millis: u32,
}

impl<S> Default for Switches<S> {
    fn default() -> Self {
        Self { on: Vec::new(), slow_millis: 0 }
    }
}

impl<S: Switch> Switches<S> {
    /// Whether it is on.
    pub(super) fn has(&self, switch: S) -> bool {
        self.on.contains(&switch)
    }

    /// Only these, at once.
    #[cfg(test)]
    pub(super) fn only(on: &[S]) -> Self {
        Self { on: on.to_vec(), slow_millis: 0 }
    }

    /// As a program sees them.
    pub(super) fn to_document(&self) -> Value {
        let mut document: Map<String, Value> =
            S::ALL.iter().map(|switch| (switch.name().to_owned(), self.has(*switch).into())).collect();
        document.insert(SLOW_MILLIS.to_owned(), self.slow_millis.into());
        document.into()
    }

    /// As a program sets them: what it does not name is off.
    pub(super) fn from_document(document: &[u8]) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_slice(document).ok()?;
        let mut switches = Self::default();
        for (name, value) in &members {
            if name == SLOW_MILLIS {
                switches.slow_millis = u32::try_from(value.as_u64()?).ok().and_then(bearable)?;
                continue;
            }
            let switch = S::ALL.iter().find(|switch| switch.name() == name)?;
            if value.as_bool()? {
                switches.on.push(*switch);
            }
        }
        Some(switches)
    }

    /// As the page's form sets them: browsers leave out what is off.
    pub(super) fn from_form(form: &Parameters) -> Option<Self> {
        let on = S::ALL.iter().copied().filter(|switch| form.get(switch.name()).is_some()).collect();
        let slow_millis = match form.get(SLOW_MILLIS) {
            Some(text) => text.parse().ok().and_then(bearable)?,
            None => 0,
        };
        Some(Self { on, slow_millis })
    }
}

fn bearable(millis: u32) -> Option<u32> {
    (millis <= IMITATION_SLOW_MILLIS_MAX).then_some(millis)
}

/// The switches of one imitation.
pub(super) struct Board<S>(Mutex<Switches<S>>);

impl<S: Switch> Board<S> {
    /// Everything off.
    pub(super) fn new() -> Self {
        Self(Mutex::new(Switches::default()))
    }

    /// How they are set.
    pub(super) fn read(&self) -> Switches<S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets them.
    pub(super) fn set(&self, switches: Switches<S>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = switches;
    }

    /// Before an answer to a program: makes the pause, and gives the switches.
    pub(super) async fn admit(&self) -> Result<Switches<S>, Down> {
        let switches = self.read();
        if switches.slow_millis > 0 {
            tokio::time::sleep(Duration::from_millis(switches.slow_millis.into())).await;
        }
        up(switches)
    }

    /// The same before a page, without the pause.
    pub(super) fn admit_page(&self) -> Result<Switches<S>, Down> {
        up(self.read())
    }
}

fn up<S: Switch>(switches: Switches<S>) -> Result<Switches<S>, Down> {
    if switches.has(S::DOWN) { Err(Down) } else { Ok(switches) }
}

/// The imitation is switched off.
#[derive(Debug)]
pub(super) struct Down;

impl From<Down> for Response {
    /// What everybody gets: no JSON and no page, as from a machine in front of the real one.
    fn from(_: Down) -> Self {
        reply::plain(StatusCode::SERVICE_UNAVAILABLE, "This imitation is switched off.")
    }
}

/// The switches and their names, once.
macro_rules! switches {
    ($(#[$about:meta])* $kind:ident { $($(#[$meta:meta])* $switch:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::dev::imitation) enum $kind { $($(#[$meta])* $switch,)+ }

        impl $crate::dev::imitation::switches::Switch for $kind {
            const ALL: &'static [Self] = &[$(Self::$switch,)+];
            const DOWN: Self = Self::Down;

            fn name(self) -> &'static str {
                match self { $(Self::$switch => $name,)+ }
            }
        }
    };
}
pub(super) use switches;

#[cfg(test)]
mod tests {
    use super::*;

    switches! {
        /// Two will do.
        Sample { Odd = "odd", Down = "down", }
    }

    fn document(text: &str) -> Option<Switches<Sample>> {
        Switches::from_document(text.as_bytes())
    }

    fn form(text: &str) -> Option<Switches<Sample>> {
        Switches::from_form(&Parameters::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn switches_are_set_as_a_whole() {
        let odd = Switches { on: vec![Sample::Odd], slow_millis: 40 };
        assert_eq!(document(r#"{"odd":true,"slow_millis":40}"#), Some(odd.clone()));
        assert_eq!(form("odd=on&slow_millis=40&csrf=x"), Some(odd.clone()));
        assert_eq!(odd.to_document(), serde_json::json!({ "odd": true, "down": false, "slow_millis": 40 }));
        assert_eq!((document("{}"), form("")), (Some(Switches::default()), Some(Switches::default())));
    }

    #[test]
    fn what_is_no_switch_or_too_slow_is_refused() {
        for text in ["", "[]", r#"{"even":true}"#, r#"{"odd":1}"#, r#"{"slow_millis":-1}"#, r#"{"slow_millis":9001}"#] {
            assert_eq!(document(text), None, "{text}");
        }
        for text in ["slow_millis=x", "slow_millis=9001", "slow_millis=-1"] {
            assert_eq!(form(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn nothing_is_answered_by_what_is_down() {
        let board = Board::<Sample>::new();
        assert!(board.admit().await.is_ok() && board.admit_page().is_ok());
        board.set(Switches::only(&[Sample::Down]));
        assert!(board.admit().await.is_err() && board.admit_page().is_err());
        assert_eq!(Response::from(Down).status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
