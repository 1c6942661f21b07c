//! The ground everything stands on.

pub mod bounds;
