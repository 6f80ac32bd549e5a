//! Arguments, runtime, exit code.
#![forbid(unsafe_code)]

fn main() {}
