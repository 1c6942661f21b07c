//! Limits counted in the store.
