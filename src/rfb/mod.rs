//! RFC 6143 and its extensions, without I/O.
