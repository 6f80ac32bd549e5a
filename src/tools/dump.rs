//! `vncterm dump`: the screen that recorded output ends on.

use std::io::{self, BufWriter, Write};

use super::player::Player;
use super::{Failure, Streams};
use crate::config::tools::{Dump, DumpFormat};
use crate::font::Font;
use crate::render::{Look, Painter, png};
use crate::terminal::snapshot::Snapshot;
use crate::terminal::{Damage, Terminal, dump};

/// Plays the input, and writes the screen.
pub fn run(options: &Dump, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut player = Player::new(&options.replay, options.look.palette.clone());
    player.play(streams)?;
    let terminal = &player.terminal;
    let mut out = BufWriter::new(&mut *streams.output);
    let written = match options.format {
        DumpFormat::Text => out.write_all(dump::text(terminal.screen()).as_bytes()),
        DumpFormat::Ansi => out.write_all(&dump::sequences(terminal)),
        DumpFormat::Json => json(&mut out, &Snapshot { terminal, replies: &player.replies, history: true }),
        DumpFormat::Png => picture(&mut out, terminal, options.look.font()?),
    };
    written.and_then(|()| out.flush()).map_err(Failure::Write)
}

fn json(out: &mut impl Write, snapshot: &Snapshot<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, snapshot)?;
    out.write_all(b"\n")
}

/// What a viewer that has the focus would see.
fn picture(out: &mut impl Write, terminal: &Terminal, font: Font) -> io::Result<()> {
    let screen = terminal.screen();
    let mut painter = Painter::new(font, screen.size());
    let mut surface = painter.new_surface(screen);
    painter.paint(screen, &Damage::all(screen.size()), Look::default(), &mut surface);
    png::write(&surface.publish(), out)
}
