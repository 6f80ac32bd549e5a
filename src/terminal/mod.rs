//! Bytes in; screen, damage and events out.

pub mod cell;
pub mod damage;
pub mod keyboard;
