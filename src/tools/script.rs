//! `vncterm debug replay`: recorded output as a screen script (tests/screen/**.vt), or function by function.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};

use super::player::Player;
use super::units::{Unit, Units};
use super::{Failure, Input, Streams, quoted};
use crate::config::{self, tools::Script};
use crate::terminal::{CursorShape, Damage, Encoding, Options, Palette, Screen, dump};

/// Bytes on a line of a script, about: it ends with the sequence that passes this.
const LINE: usize = 72;
/// Bytes on a line of a script, at most: strings may be of any length.
const MAX_LINE: usize = 4_096;

/// Plays the input as far as it is wanted, and writes down what happened.
pub fn run(options: &Script, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let mut input = Input::open(options.file.as_deref(), &mut *streams.input)?;
    let mut out = BufWriter::new(&mut *streams.output);
    let mut replay = Replay {
        player: Player::new(&options.replay, Palette::default()),
        damage: Damage::default(),
        units: Units::default(),
    };
    let written = if options.functions {
        replay.functions(&mut input, options.until, &mut out)
    } else {
        replay.script(&mut input, options, &mut out)
    };
    written?;
    out.flush().map_err(Failure::Write)?;
    drop((input, out));
    replay.player.remark(streams);
    Ok(())
}

struct Replay<'a> {
    player: Player<'a>,
    damage: Damage,
    units: Units,
}

impl Replay<'_> {
    /// A script that shows what is shown here.
    fn script(&mut self, input: &mut Input<'_>, options: &Script, out: &mut impl Write) -> Result<(), Failure> {
        let size = options.replay.geometry;
        terminal_options(&options.replay, out).map_err(Failure::Write)?;
        writeln!(out, "size {size}").map_err(Failure::Write)?;
        self.player.terminal.take_damage(&mut self.damage);
        let (mut line, mut replies) = (Vec::new(), 0);
        let mut left = options.until;
        while let Some(byte) = input.next_byte(&mut left)? {
            self.resize(&mut line, out).map_err(Failure::Write)?;
            let step = self.player.feed_byte(byte);
            self.units.push(byte, step);
            line.push(byte);
            // A script states answers where they are looked for, and holds no more of them than a queue.
            if line.len() >= LINE && !self.units.is_open() || line.len() >= MAX_LINE {
                self.feed_line(&mut line, out).map_err(Failure::Write)?;
                if self.player.replies.len() > replies {
                    writeln!(out, "replies {}", quoted(&self.player.replies[replies..])).map_err(Failure::Write)?;
                    replies = self.player.replies.len();
                }
            }
        }
        self.resize(&mut line, out).map_err(Failure::Write)?;
        if !line.is_empty() {
            self.feed_line(&mut line, out).map_err(Failure::Write)?;
        }
        self.state(replies, out).map_err(Failure::Write)
    }

    /// Carries out and states the resizes that are due.
    fn resize(&mut self, line: &mut Vec<u8>, out: &mut impl Write) -> std::io::Result<()> {
        while self.player.resize_is_due() {
            if !line.is_empty() {
                self.feed_line(line, out)?;
            }
            if let Some(size) = self.player.resize() {
                self.player.terminal.take_damage(&mut self.damage);
                writeln!(out, "resize {size}")?;
            }
        }
        Ok(())
    }

    fn feed_line(&mut self, line: &mut Vec<u8>, out: &mut impl Write) -> std::io::Result<()> {
        self.player.terminal.take_damage(&mut self.damage);
        writeln!(out, "feed {}", quoted(line))?;
        line.clear();
        Ok(())
    }

    /// What there is in the end.
    fn state(&self, replies: usize, out: &mut impl Write) -> std::io::Result<()> {
        let screen = self.player.terminal.screen();
        writeln!(out, "screen")?;
        (0..screen.size().rows).try_for_each(|row| writeln!(out, "|{}|", dump::whole_row(screen, row)))?;
        writeln!(out, "{}\n{}", cursor(screen), damage(&self.damage))?;
        if self.player.replies.len() > replies {
            writeln!(out, "replies {}", quoted(&self.player.replies[replies..]))?;
        }
        if !screen.title().is_empty() {
            writeln!(out, "title {}", quoted(screen.title().as_bytes()))?;
        }
        Ok(())
    }

    /// One function on a line, with what it damaged and what was answered.
    fn functions(&mut self, input: &mut Input<'_>, until: u64, out: &mut impl Write) -> Result<(), Failure> {
        self.player.terminal.take_damage(&mut self.damage);
        let mut left = until;
        while let Some(byte) = input.next_byte(&mut left)? {
            while let Some(size) = self.player.resize() {
                writeln!(out, "{:>8}  resize    {size}", self.player.offset).map_err(Failure::Write)?;
            }
            if let Some(text) = self.units.end_text_before(byte) {
                self.line(&text, out).map_err(Failure::Write)?;
            }
            let step = self.player.feed_byte(byte);
            for unit in self.units.push(byte, step).into_iter().flatten() {
                self.line(&unit, out).map_err(Failure::Write)?;
            }
        }
        for unit in std::mem::take(&mut self.units).finish().into_iter().flatten() {
            self.line(&unit, out).map_err(Failure::Write)?;
        }
        while let Some(size) = self.player.resize() {
            writeln!(out, "{:>8}  resize    {size}", self.player.offset).map_err(Failure::Write)?;
        }
        Ok(())
    }

    fn line(&mut self, unit: &Unit, out: &mut impl Write) -> std::io::Result<()> {
        write!(out, "{:>8}  {:<9} {unit}", unit.offset, unit.name())?;
        if self.player.terminal.has_damage() {
            self.player.terminal.take_damage(&mut self.damage);
            write!(out, "  {}", damage(&self.damage))?;
        }
        if !self.player.replies.is_empty() {
            write!(out, "  replies {}", quoted(&self.player.replies))?;
            self.player.replies.clear();
        }
        writeln!(out)
    }
}

/// The options of a terminal that are not those of any, as a screen script states them.
fn terminal_options(replay: &config::tools::Replay, out: &mut impl Write) -> std::io::Result<()> {
    if replay.scrollback != Options::default().scrollback_lines {
        writeln!(out, "option scrollback {}", replay.scrollback)?;
    }
    match replay.charset {
        Encoding::Utf8 => {}
        Encoding::Latin1 => writeln!(out, "option charset latin1")?,
        Encoding::Cp437 => writeln!(out, "option charset cp437")?,
    }
    if replay.clear == config::Clear::Honour {
        writeln!(out, "option clear honour")?;
    }
    if replay.window_ops {
        writeln!(out, "option window-ops on")?;
    }
    Ok(())
}

/// The cursor, as a screen script states it.
pub fn cursor(screen: &Screen) -> String {
    let cursor = screen.cursor();
    let mut out = format!("cursor {},{}", cursor.pos.row, cursor.pos.col);
    for (said, word) in [
        (cursor.pending_wrap, " pending"),
        (!cursor.visible, " hidden"),
        (cursor.shape == CursorShape::Underline, " underline"),
        (cursor.shape == CursorShape::Bar, " bar"),
        (cursor.blink, " blink"),
    ] {
        if said {
            out.push_str(word);
        }
    }
    out
}

/// Damage, as a screen script states it.
pub fn damage(damage: &Damage) -> String {
    let mut out = String::from("damage");
    for moved in damage.moves() {
        let way = if moved.up > 0 { "up" } else { "down" };
        let _ = write!(out, " scroll {}-{} {way} {}", moved.rows.start, moved.rows.end - 1, moved.up.abs());
    }
    for row in 0..damage.rows() {
        let span = damage.span(row);
        if !span.is_empty() {
            let _ = write!(out, " {row}:{}-{}", span.start, span.end - 1);
        }
    }
    if damage.is_empty() { "damage none".to_string() } else { out }
}
