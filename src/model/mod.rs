//! The records the program keeps and the changes it makes to them, as data.

pub mod key;
