//! The records the program keeps and the changes it makes to them, as data.
//!
//! A record is a noun; a change (`RedeemCode`, `SignIn`) says what is to be written and under which guard, and the
//! store carries it out. Nothing here does IO, and nothing here decides.

pub mod account;
pub mod address_change;
pub mod audit;
pub mod audit_chain;
pub mod authorization_details;
pub mod authorization_request;
pub mod claims_request;
pub mod client;
pub mod deletion;
pub mod grant;
pub mod interaction;
pub mod jti;
pub mod key;
pub mod logout;
pub mod one_time_code;
pub mod outbox;
pub mod password_hash;
pub mod pending;
pub mod pushed_request;
pub mod session;
pub mod throttle;
pub mod trace;
pub mod upstream;

pub use one_time_code::{CodePurpose, CodeRecord};
pub use password_hash::PasswordHash;
pub use throttle::{ThrottleKey, ThrottlePurpose, ThrottleRecord};
