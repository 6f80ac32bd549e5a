//! A console with viewers who have views of their own, for tests: without tasks, and without the bytes of a protocol.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::time::Instant;

use super::Console;
use super::marking::{WHEEL_DOWN, WHEEL_UP};
use super::notice::Laid;
use super::pacing::Pacing;
use super::testing::opened;
use crate::display::{Aside, Display, DisplayEvent, Input, NotFitting, Presence, Watching};
use crate::font::{Font, FontOptions};
use crate::geometry::{GridSize, Size};
use crate::input::{KeyEvent, Keysym, Modifiers, PointerEvent};
use crate::render::{Look, Painter};
use crate::source::Endpoint;
use crate::source::pty::testing::new_pty;
use crate::surface::{Frame, Seq, Surface};
use crate::terminal::Damage;

pub(super) const NONE: Modifiers = Modifiers::NONE;
pub(super) const LEFT: u16 = 1;
pub(super) const MIDDLE: u16 = 2;
pub(super) const RIGHT: u16 = 4;
pub(super) const GRID: GridSize = GridSize::new(40, 8);
pub(super) const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::NONE };

/// A console and its guest's end of the line.
pub(super) struct Stage {
    pub(super) console: Console,
    pub(super) display: Display,
    guest: OwnedFd,
}

/// A viewer as the server makes one, but for the bytes.
pub(super) struct Viewer {
    pub(super) presence: Presence,
    pub(super) watching: Watching,
    display: Display,
    pub(super) seen: Seq,
    pub(super) cut: Option<String>,
    /// How often it was told that something cannot be done.
    pub(super) rung: u32,
    /// What became of the size that it last asked for.
    pub(super) fits: Option<Result<(), NotFitting>>,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let (guest, path) = new_pty();
        let (console, display) = opened(Endpoint::Pty(path), GRID).await;
        Self { console, display, guest }
    }

    /// One whose guest has written the lines `1` to `count`.
    pub(super) async fn counting(count: u32) -> Self {
        let mut stage = Self::new().await;
        let lines: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
        stage.write(&lines.join("\r\n"));
        stage
    }

    pub(super) fn write(&mut self, text: &str) {
        self.console.take_output(text.as_bytes());
    }

    pub(super) fn viewer(&mut self, number: u64) -> Viewer {
        let mut presence = Presence::new(number);
        presence.meet(&self.display);
        let watching = self.display.watch();
        let mut viewer = Viewer {
            presence,
            watching,
            display: self.display.clone(),
            seen: Seq::NONE,
            cut: None,
            rung: 0,
            fits: None,
        };
        self.show(&mut viewer);
        viewer
    }

    pub(super) fn key(&mut self, viewer: &Viewer, keysym: Keysym, held: Modifiers) {
        for down in [true, false] {
            let event = KeyEvent { keysym, keycode: None, down, repeat: false };
            self.console.take_input(&viewer.presence.who(), Input::Key(event, held));
        }
    }

    pub(super) fn point(&mut self, viewer: &Viewer, x: u32, y: u32, buttons: u16, held: Modifiers) {
        let event = PointerEvent { x, y, buttons };
        self.console.take_input(&viewer.presence.who(), Input::Pointer { event, held, paste: None });
    }

    /// The viewer wants what it sees in another size.
    pub(super) fn fit(&mut self, viewer: &mut Viewer, width: u32, height: u32) -> Option<Result<(), NotFitting>> {
        self.console.take_input(&viewer.presence.who(), Input::Fit(Size::new(width, height)));
        viewer.hear();
        viewer.fits.take()
    }

    pub(super) fn wheel(&mut self, viewer: &Viewer, up: bool, held: Modifiers) {
        self.point(viewer, 50, 50, if up { WHEEL_UP } else { WHEEL_DOWN }, held);
        self.point(viewer, 50, 50, 0, held);
    }

    /// Lets the viewer have the newest picture of what it looks at, as soon as pacing allows it.
    pub(super) fn show(&mut self, viewer: &mut Viewer) -> Arc<Frame> {
        viewer.hear();
        viewer.watching.want_beyond(viewer.seen);
        self.publish();
        // One that another viewer had painted may be newer than this one's, and not the newest there could be.
        viewer.seen = viewer.watching.newest().frame.seq();
        viewer.watching.want_beyond(viewer.seen);
        self.publish();
        let shown = viewer.watching.newest();
        assert!(!shown.stale);
        viewer.seen = shown.frame.seq();
        viewer.watching.want_beyond(viewer.seen);
        shown.frame
    }

    pub(super) fn publish(&mut self) {
        self.console.pacing = Pacing::default();
        let pacings = self.console.views.pacings().chain(self.console.fits.pacings());
        pacings.for_each(|pacing| *pacing = Pacing::default());
        self.console.publish_if_due(Instant::now());
        self.console.publish_fits(Instant::now());
        self.console.publish_views(Instant::now());
    }

    /// What its view shows, row by row.
    pub(super) fn text(&mut self, viewer: &mut Viewer) -> Vec<String> {
        self.show(viewer);
        let own = self.console.views.of(&viewer.presence.who()).map(|viewing| viewing.view.screen());
        let screen = own.unwrap_or(self.console.terminal.screen());
        crate::terminal::dump::text(screen).lines().map(str::to_owned).collect()
    }

    pub(super) fn said(&self, viewer: &Viewer) -> Option<String> {
        let viewing = self.console.views.list.iter().find(|viewing| viewing.who == viewer.presence.who())?;
        let laid = viewing.picture.as_ref()?.laid.as_ref()?;
        Some(format!("{}|{}", laid.said(), laid.beside()))
    }

    /// What the guest has got. What is written is not there at once in the kernel, so it is read up to a mark.
    pub(super) fn got(&mut self) -> String {
        const MARK: u8 = 0;
        self.console.line.write(&[MARK]);
        self.console.line.flush();
        let mut got = Vec::new();
        while got.last() != Some(&MARK) {
            let mut read = [0; 4096];
            let length = rustix::io::read(&self.guest, &mut read).expect("the guest's end of the line");
            got.extend_from_slice(&read[..length]);
        }
        got.pop();
        String::from_utf8(got).expect("text")
    }

    pub(super) async fn wake(&mut self) {
        let event = self.console.side.event(true).await;
        assert!(matches!(event, DisplayEvent::Woken));
        self.console.display_event(event);
    }

    /// Whether what a viewer sees is what painting all of it at once gives.
    pub(super) fn is_whole(&mut self, viewer: &mut Viewer) -> bool {
        let frame = self.show(viewer);
        let Some(viewing) = self.console.views.of(&viewer.presence.who()) else { return true };
        let Some(picture) = &viewing.picture else { return true };
        let screen = viewing.view.screen();
        let mut painter = Painter::new(Font::new(FontOptions::default()).expect("the bundled font"), screen.size());
        let background = screen.palette().background().to_u32();
        let mut surface = Surface::new(frame.size(), painter.cell(), background);
        painter.set_overlay(picture.laid.as_ref().map(Laid::overlay));
        painter.paint(screen, &Damage::all(screen.size()), Look::default(), &mut surface);
        let whole = surface.publish();
        (0..frame.size().height).all(|y| frame.row(y) == whole.row(y))
    }
}

impl Viewer {
    /// Does what the display says, as the server's viewers do.
    pub(super) fn hear(&mut self) {
        while let Some(aside) = self.presence.try_aside() {
            match aside {
                Aside::View(view) => (self.watching, self.seen) = (view, Seq::NONE),
                Aside::Cut(text) => self.cut = Some(text.to_string()),
                Aside::Bell => self.rung += 1,
                Aside::Fits { view, .. } => {
                    (self.watching, self.seen) = (view.unwrap_or_else(|| self.display.watch()), Seq::NONE);
                    self.fits = Some(Ok(()));
                }
                Aside::FitsNot { why, .. } => {
                    if why == NotFitting::Small {
                        (self.watching, self.seen) = (self.display.watch(), Seq::NONE);
                    }
                    self.fits = Some(Err(why));
                }
                Aside::PowerFailed => panic!("consoles have no power buttons"),
                Aside::Show(_) | Aside::Back(..) | Aside::Say(_) | Aside::Note(..) | Aside::Yield => {}
            }
        }
        if self.watching.is_over() {
            (self.watching, self.seen) = (self.display.watch(), Seq::NONE);
        }
    }

    pub(super) fn has_view(&self) -> bool {
        self.watching.id() != self.display.id()
    }
}

/// The pixel in the left half of a cell.
pub(super) fn pixel(stage: &Stage, (col, row): (u32, u32)) -> (u32, u32) {
    let cell = stage.console.painter.cell();
    (col * cell.width + 1, row * cell.height + cell.height / 2)
}

/// Drags from one cell to another with a button held.
pub(super) fn drag(stage: &mut Stage, viewer: &Viewer, button: u16, from: (u32, u32), to: (u32, u32), held: Modifiers) {
    let (from, to) = (pixel(stage, from), pixel(stage, to));
    stage.point(viewer, from.0, from.1, button, held);
    stage.point(viewer, to.0, to.1, button, held);
    stage.point(viewer, to.0, to.1, 0, held);
}

pub(super) fn click(stage: &mut Stage, viewer: &Viewer, button: u16, at: (u32, u32), held: Modifiers) {
    drag(stage, viewer, button, at, at, held);
}
