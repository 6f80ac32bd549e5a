//! Builds consoles, listeners and guests, and wires them.
