//! What makes somebody who they say they are: passwords, mailed codes, and how often each may be tried.
//!
//! Everything here is a plain function over a snapshot, except [`password::PasswordHasher`], which owns the threads
//! that hash. Nothing here reads the store, sends mail or speaks HTTP.

pub mod linking;
pub mod one_time_code;
pub mod password;
pub mod profile;
pub mod throttle;
pub mod username;
