//! Pictures with a memory of what changed when.
//!
//! A [`Surface`] is written by one painter; [`Surface::publish`] seals it into a [`Frame`], which is immutable and shares
//! its bands with the frames before and after it.
