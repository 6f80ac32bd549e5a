//! What a client asks for.

use crate::geometry::Size;
use crate::rfb::decode::DECODERS;
use crate::rfb::decode::cursor::CURSORS;
use crate::rfb::ext::led::LEDS;
use crate::rfb::ids::Encoding;
use crate::rfb::pixel_format::PixelFormat;

pub use crate::rfb::handshake::login::Login;

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Other clients may stay.
    pub shared: bool,
    /// How it comes in.
    pub login: Login,
    /// The (checked) format of pixels; `None` takes the server's, which costs neither side anything. But one that cannot be
    /// decoded, or has a colour map, whose entries may come to mean something else after they were painted, is not taken.
    pub pixel_format: Option<PixelFormat>,
    /// What is listed by SetEncodings. A rectangle in any other ends the connection.
    pub encodings: Vec<Encoding>,
    /// The largest picture that is accepted.
    pub size_max: Size,
}

/// What bytes cost on the way from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Nothing: they do not leave the machine, and neither side shall compress them.
    Local,
    /// More than compressing them does.
    Network,
}

/// Extensions that are understood. What is acknowledged, told and answered belongs to them.
const EXTENSIONS: [Encoding; 12] = [
    Encoding::DESKTOP_SIZE,
    Encoding::EXTENDED_DESKTOP_SIZE,
    Encoding::DESKTOP_NAME,
    Encoding::LAST_RECT,
    Encoding::FENCE,
    Encoding::CONTINUOUS_UPDATES,
    Encoding::QEMU_EXTENDED_KEY,
    Encoding::QEMU_POINTER_MOTION,
    Encoding::EXTENDED_MOUSE_BUTTONS,
    Encoding::POINTER_POS,
    Encoding::VMWARE_CURSOR_POSITION,
    Encoding::EXTENDED_CLIPBOARD,
];

impl ClientSettings {
    /// Everything that can be decoded, and the extensions that are understood.
    pub fn all_encodings() -> Vec<Encoding> {
        DECODERS.iter().map(|decoder| decoder.encoding).chain(pseudo_encodings()).collect()
    }

    /// What is to be listed so that the server sends what is cheapest on this path, without loss: no quality level is named,
    /// and so no JPEG is sent.
    pub fn encodings_for(path: Path) -> Vec<Encoding> {
        let first: &[Encoding] = match path {
            Path::Local => &[Encoding::COPY_RECT, Encoding::RAW],
            Path::Network => &[Encoding::COPY_RECT, Encoding::TIGHT, Encoding::ZRLE, Encoding::ZLIB],
        };
        let others = DECODERS.iter().map(|decoder| decoder.encoding).filter(|encoding| !first.contains(encoding));
        first.iter().copied().chain(others).chain(pseudo_encodings()).collect()
    }
}

fn pseudo_encodings() -> impl Iterator<Item = Encoding> {
    CURSORS.into_iter().chain(LEDS).chain(EXTENSIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_lists_all_that_there_is_once() {
        let mut all = ClientSettings::all_encodings();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ClientSettings::all_encodings().len());
        for path in [Path::Local, Path::Network] {
            let mut listed = ClientSettings::encodings_for(path);
            assert!(listed.iter().all(|encoding| encoding.quality_level().is_none()));
            listed.sort_unstable();
            assert_eq!(listed, all);
        }
        let first = |path| ClientSettings::encodings_for(path)[1];
        assert_eq!((first(Path::Local), first(Path::Network)), (Encoding::RAW, Encoding::TIGHT));
    }
}
