//! What is fuzzed. A target is a file here and a line in each of the two lists.

use super::driver::Target;

mod answers;
mod arguments;
mod console;
mod control;
mod decoders;
mod font;
mod http_head;
mod keys;
mod painter;
mod rfb_client;
mod rfb_server;
mod sixel;
mod surface;
mod telnet;
pub mod terminal;
mod tools;
mod ws_frames;

/// All of them.
pub const TARGETS: &[Target] = &[
    arguments::TARGET,
    console::TARGET,
    control::TARGET,
    font::TARGET,
    http_head::TARGET,
    keys::TARGET,
    painter::TARGET,
    sixel::TARGET,
    surface::TARGET,
    telnet::TARGET,
    terminal::TARGET,
    decoders::DECODERS_RAW,
    decoders::DECODERS_INFLATED,
    decoders::CURSORS_RAW,
    decoders::ENCODERS_ROUND_TRIP,
    rfb_client::TARGET,
    rfb_server::TARGET,
    tools::DUMP,
    tools::TRANSCRIPT,
    ws_frames::TARGET,
];
