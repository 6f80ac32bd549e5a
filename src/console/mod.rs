//! One task per console.

pub mod pacing;
pub mod tail;
