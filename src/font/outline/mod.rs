//! Outline faces, the only folder that names fontdue.

mod bundled;
mod file;
mod page;
mod tables;

pub(super) use bundled::BundledFace;
#[cfg(test)]
pub(super) use bundled::PAGES_BYTES_MAX;
pub(super) use file::{GLYPHS_MAX, OutlineFile};
