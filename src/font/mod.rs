//! Characters to masks.
