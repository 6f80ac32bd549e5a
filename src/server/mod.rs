//! Viewers.

pub mod update_cache;
