//! Records to decide on in tests.
