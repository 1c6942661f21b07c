//! `/signup`: a new account.

use serde::Serialize;

use super::login::{Brand, UpstreamButton};
use super::problem::Problem;

/// Posts `username`, `password`, `name` (may be empty), `csrf` to `/signup`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Signup {
    /// What was sent, or `login_hint`.
    pub username: String,
    /// What was sent.
    pub name: String,
    /// Characters a password must have.
    pub password_minimum: i64,
    /// What was wrong with the last try.
    pub problems: Vec<Problem>,
    /// Other providers.
    pub upstreams: Vec<UpstreamButton>,
}

impl Signup {
    /// One of each look.
    pub fn samples() -> Vec<Self> {
        let empty = Self { password_minimum: 15, ..Self::default() };
        let button = UpstreamButton { used_last: false, ..UpstreamButton::sample(Brand::Google) };
        let with_others = Self { upstreams: vec![button], ..empty.clone() };
        let wrong = Self {
            username: "ada@example".to_owned(),
            name: "Ada".to_owned(),
            problems: Problem::samples(),
            ..empty.clone()
        };
        vec![empty, wrong, with_others]
    }
}

super::page!(Signup, "signup.html");
