//! Byte pipes.
