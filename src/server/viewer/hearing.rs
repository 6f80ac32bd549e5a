//! What a viewer hears of its guest. Whoever may see a guest may hear it, also one that only watches, and whatever it looks at.

use super::Viewer;
use crate::audio::{Heard, Listener, Sound};
use crate::console::vt::VtNumber;
use crate::display::Kind;
use crate::guest::Guest;
use crate::rfb::ext::audio::{Format, Request};

/// See the module.
#[derive(Default)]
pub(super) struct Hearing {
    /// What it has asked for.
    format: Format,
    listener: Option<Listener>,
    /// It was told that there is sound, and not that this has ended.
    sounds: bool,
    /// Pieces that it has lost, before the present listener.
    lost: u64,
}

impl Hearing {
    /// Whether it listens.
    pub(super) fn listens(&self) -> bool {
        self.listener.is_some()
    }

    /// The next thing that it hears. May be dropped half-way without loss.
    pub(super) async fn next(&mut self) -> Heard {
        match &mut self.listener {
            Some(listener) => listener.next().await,
            None => std::future::pending().await,
        }
    }

    /// Pieces that it has lost.
    pub(super) fn lost(&self) -> u64 {
        self.lost + self.listener.as_ref().map_or(0, Listener::lost)
    }

    /// It wants this of `sound`. Whether what it was told of as sound has ended: the next is of another format.
    fn asked(&mut self, request: Request, sound: &Sound) -> bool {
        let listened = self.listens();
        match request {
            Request::Enable if listened => return false,
            Request::SetFormat(format) if format == self.format => return false,
            Request::SetFormat(format) => self.format = format,
            Request::Enable | Request::Disable => {}
        }
        self.lost = self.lost();
        let listens = matches!(request, Request::Enable) || listened && !matches!(request, Request::Disable);
        self.listener = listens.then(|| sound.listen(self.format));
        let ended = std::mem::take(&mut self.sounds);
        // Who listens no more is told nothing.
        ended && listens
    }
}

/// The sound that is heard by who sees all of a guest, or `only` this of it: what the whole guest plays is not for those who were
/// let in to one of its text consoles.
pub(super) fn sound_for(guest: &Guest, only: Option<VtNumber>) -> Option<&Sound> {
    let sees = |only| guest.vt(only).is_some_and(|vt| vt.display.kind() == Kind::Graphics);
    guest.sound().filter(|_| only.is_none_or(sees))
}

impl Viewer {
    /// It wants something of the guest's sound.
    pub(super) fn ask_sound(&mut self, request: Request) {
        let Some(sound) = sound_for(&self.server.guest, self.only()) else { return };
        tracing::debug!(?request, "sound");
        if self.hearing.asked(request, sound) {
            self.conn.send_sound_begins(false);
        }
    }

    /// It hears this.
    pub(super) fn hear(&mut self, heard: &Heard) {
        match heard {
            Heard::Frames(frames) => self.conn.send_sound(frames),
            Heard::Begin | Heard::End => {
                self.hearing.sounds = *heard == Heard::Begin;
                self.conn.send_sound_begins(self.hearing.sounds);
            }
        }
    }
}
