//! One task per console.

pub mod line;
pub mod pacing;
pub mod tail;
pub mod vt;
