//! The records the store keeps, with their stages as enums. Constructors keep the invariants; nothing here does IO,
//! and no rule of a protocol or of identity is decided here.

pub mod one_time_code;
pub mod password_hash;
pub mod throttle;

pub use one_time_code::{CodePurpose, CodeRecord};
pub use password_hash::PasswordHash;
pub use throttle::{ThrottleKey, ThrottlePurpose, ThrottleRecord};
