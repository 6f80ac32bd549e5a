//! The tests that need more than one file of the program: one binary, one module per matter.

mod browsers;
mod cli;
mod ctlseqs;
mod dialects;
mod encodings;
mod frames;
mod fuzz;
mod house;
mod interop;
mod messages;
mod own_viewer;
mod pair;
mod pair_console;
mod pasting;
mod protocol;
mod random;
mod recordings;
mod screen;
mod security;
mod sharing;
mod sources;
mod surface;
mod system;
mod terminal;
mod transcripts;
mod views;
