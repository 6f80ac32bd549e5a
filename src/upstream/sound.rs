//! An upstream's sound: asked for while somebody listens, and passed on.

use crate::audio::Publisher;
use crate::rfb::client::ClientConnection;
use crate::rfb::ext::audio::{Format, Heard};

/// See the module.
#[derive(Debug)]
pub(super) struct Sounding {
    /// Where it goes, if anywhere.
    publisher: Option<Publisher>,
    /// What the upstream was asked for.
    asked: Option<Format>,
    /// There is sound.
    sounds: bool,
}

impl Sounding {
    pub(super) fn new(publisher: Option<Publisher>) -> Self {
        Self { publisher, asked: None, sounds: false }
    }

    /// Waits until somebody listens, or nobody does any more. May be dropped half-way without loss.
    pub(super) async fn changed(&mut self) {
        match &mut self.publisher {
            Some(publisher) => publisher.wanted_changed().await,
            None => std::future::pending().await,
        }
    }

    /// Asks the upstream for what is wanted now.
    pub(super) fn settle(&mut self, conn: &mut ClientConnection) {
        let wanted = self.publisher.as_ref().and_then(Publisher::wanted);
        if wanted != self.asked {
            tracing::debug!(?wanted, "sound");
            self.end();
            self.asked = wanted;
            conn.listen(wanted);
        }
    }

    /// The upstream has said this. One that begins without saying so has begun.
    pub(super) fn heard(&mut self, heard: &Heard) {
        let (Some(publisher), Some(format)) = (&mut self.publisher, self.asked) else { return };
        match heard {
            Heard::Data(frames) => {
                if !std::mem::replace(&mut self.sounds, true) {
                    publisher.begin(format);
                }
                publisher.frames(&frames.0);
            }
            Heard::Begin | Heard::End => self.end(),
        }
    }

    /// The connection is over.
    pub(super) fn lost(&mut self) {
        self.end();
        self.publisher.iter_mut().for_each(Publisher::leave);
        self.asked = None;
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.sounds)
            && let Some(publisher) = &mut self.publisher
        {
            publisher.end();
        }
    }
}
