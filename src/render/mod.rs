//! Screen, damage and font to a surface.
