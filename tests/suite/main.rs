//! The tests that need more than one file of the program: one binary, one module per matter.

mod cli;
mod encodings;
mod frames;
mod fuzz;
mod house;
mod interop;
mod recordings;
mod screen;
mod surface;
mod terminal;
mod transcripts;
