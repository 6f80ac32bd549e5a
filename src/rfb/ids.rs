//! The numbers of RFC 6143 and its extensions, with names. Numbers nobody knows are carried, never refused here:
//! `Debug` prints the name, or else the number.

/// A newtype over a wire number with its named values: the constants, `name()` and `Debug`.
macro_rules! numbers {
    ($(#[$doc:meta])* $type:ident($int:ty) { $($(#[$vdoc:meta])* $constant:ident = $number:expr, $name:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(pub $int);

        impl $type {
            $(
                #[doc = concat!("`", $name, "`")]
                $(#[$vdoc])*
                pub const $constant: Self = Self($number);
            )*

            /// Every value that has a name, in the order of the source.
            pub const NAMED: &'static [Self] = &[$(Self::$constant),*];

            /// The standard's name; `None` when the number is unknown.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($name),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "{}", self.0),
                }
            }
        }
    };
}

numbers! {
    /// An encoding or pseudo-encoding (RFC 6143 §7.7, §7.8; rfbproto).
    Encoding(i32) {
        RAW = 0, "Raw";
        COPY_RECT = 1, "CopyRect";
        RRE = 2, "RRE";
        CORRE = 4, "CoRRE";
        HEXTILE = 5, "Hextile";
        ZLIB = 6, "Zlib";
        TIGHT = 7, "Tight";
        ULTRA = 9, "Ultra";
        TRLE = 15, "TRLE";
        ZRLE = 16, "ZRLE";
        ZYWRLE = 17, "ZYWRLE";
        JPEG = 21, "JPEG";
        OPEN_H264 = 50, "OpenH264";
        TIGHT_PNG = -260, "TightPNG";
        DESKTOP_SIZE = -223, "DesktopSize";
        LAST_RECT = -224, "LastRect";
        POINTER_POS = -232, "PointerPos";
        CURSOR = -239, "Cursor";
        X_CURSOR = -240, "XCursor";
        QEMU_POINTER_MOTION = -257, "QEMU PointerMotionChange";
        QEMU_EXTENDED_KEY = -258, "QEMU ExtendedKeyEvent";
        QEMU_AUDIO = -259, "QEMU Audio";
        QEMU_LED_STATE = -261, "QEMU LEDState";
        DESKTOP_NAME = -307, "DesktopName";
        EXTENDED_DESKTOP_SIZE = -308, "ExtendedDesktopSize";
        XVP = -309, "xvp";
        FENCE = -312, "Fence";
        CONTINUOUS_UPDATES = -313, "ContinuousUpdates";
        CURSOR_WITH_ALPHA = -314, "CursorWithAlpha";
        EXTENDED_MOUSE_BUTTONS = -316, "ExtendedMouseButtons";
        TIGHT_WITHOUT_ZLIB = -317, "Tight without zlib";
        EXTENDED_CLIPBOARD = i32::from_be_bytes([0xc0, 0xa1, 0xe5, 0xce]), "ExtendedClipboard";
        VMWARE_CURSOR = 0x574d_5664, "VMware Cursor";
        VMWARE_CURSOR_STATE = 0x574d_5665, "VMware CursorState";
        VMWARE_CURSOR_POSITION = 0x574d_5666, "VMware CursorPosition";
        VMWARE_KEY_REPEAT = 0x574d_5667, "VMware KeyRepeat";
        VMWARE_LED_STATE = 0x574d_5668, "VMware LEDState";
        VMWARE_DISPLAY_MODE_CHANGE = 0x574d_5669, "VMware DisplayModeChange";
        /// "VTC1": the console extension of docs/protocol.md.
        CONSOLE = 0x5654_4331, "Console";
        COMPRESSION_LEVEL_0 = -256, "CompressLevel0";
        COMPRESSION_LEVEL_9 = -247, "CompressLevel9";
        QUALITY_LEVEL_0 = -32, "QualityLevel0";
        QUALITY_LEVEL_9 = -23, "QualityLevel9";
    }
}

impl Encoding {
    /// The compression level 0..=9 this pseudo-encoding asks for.
    pub fn compression_level(self) -> Option<u8> {
        level(self, Self::COMPRESSION_LEVEL_0)
    }

    /// The JPEG quality level 0..=9 this pseudo-encoding asks for.
    pub fn quality_level(self) -> Option<u8> {
        level(self, Self::QUALITY_LEVEL_0)
    }
}

fn level(encoding: Encoding, zero: Encoding) -> Option<u8> {
    u8::try_from(encoding.0.checked_sub(zero.0)?).ok().filter(|level| *level <= 9)
}

numbers! {
    /// A security type (RFC 6143 §7.1.2; rfbproto).
    SecurityType(u8) {
        /// In 3.3 and in an empty list: the connection failed and a reason follows.
        INVALID = 0, "Invalid";
        NONE = 1, "None";
        VNC_AUTHENTICATION = 2, "VncAuthentication";
        VENCRYPT = 19, "VeNCrypt";
    }
}

numbers! {
    /// A sub-type of VeNCrypt (rfbproto, "VeNCrypt"), as far as it is offered.
    VencryptSubtype(u32) {
        PLAIN = 256, "Plain";
        X509_NONE = 260, "X509None";
        X509_VNC = 261, "X509Vnc";
        X509_PLAIN = 262, "X509Plain";
    }
}

numbers! {
    /// The first byte of a message from the client (RFC 6143 §7.5).
    ClientMessageType(u8) {
        SET_PIXEL_FORMAT = 0, "SetPixelFormat";
        SET_ENCODINGS = 2, "SetEncodings";
        FRAMEBUFFER_UPDATE_REQUEST = 3, "FramebufferUpdateRequest";
        KEY_EVENT = 4, "KeyEvent";
        POINTER_EVENT = 5, "PointerEvent";
        CLIENT_CUT_TEXT = 6, "ClientCutText";
        ENABLE_CONTINUOUS_UPDATES = 150, "EnableContinuousUpdates";
        CLIENT_FENCE = 248, "ClientFence";
        XVP = 250, "xvp";
        SET_DESKTOP_SIZE = 251, "SetDesktopSize";
        QEMU = 255, "QEMU";
    }
}

numbers! {
    /// The first byte of a message from the server (RFC 6143 §7.6).
    ServerMessageType(u8) {
        FRAMEBUFFER_UPDATE = 0, "FramebufferUpdate";
        SET_COLOUR_MAP_ENTRIES = 1, "SetColourMapEntries";
        BELL = 2, "Bell";
        SERVER_CUT_TEXT = 3, "ServerCutText";
        END_OF_CONTINUOUS_UPDATES = 150, "EndOfContinuousUpdates";
        SERVER_FENCE = 248, "ServerFence";
        XVP = 250, "xvp";
        QEMU = 255, "QEMU";
    }
}

numbers! {
    /// The second byte of a message of type 255 (rfbproto, "QEMU Client Message").
    QemuSubtype(u8) {
        EXTENDED_KEY_EVENT = 0, "ExtendedKeyEvent";
        /// In both directions: sound.
        AUDIO = 1, "Audio";
        /// In both directions: the console extension.
        CONSOLE = 2, "Console";
    }
}

numbers! {
    /// What a client wants of sound (rfbproto, "QEMU Audio Client Message").
    AudioRequest(u16) {
        ENABLE = 0, "ENABLE";
        DISABLE = 1, "DISABLE";
        SET_FORMAT = 2, "SET_FORMAT";
    }
}

numbers! {
    /// What a client wants by the console extension (docs/protocol.md).
    ConsoleRequest(u16) {
        SUBSCRIBE = 1, "SUBSCRIBE";
        SWITCH = 16, "SWITCH";
        TAKE = 32, "TAKE";
        RELEASE = 33, "RELEASE";
        ANSWER = 34, "ANSWER";
        BREAK = 48, "BREAK";
        SYSRQ = 49, "SYSRQ";
        SEARCH = 64, "SEARCH";
        LINES = 65, "LINES";
        OPEN = 256, "OPEN";
        CREDIT = 257, "CREDIT";
        INPUT = 258, "INPUT";
        RESIZE = 259, "RESIZE";
        CLOSE = 260, "CLOSE";
    }
}

numbers! {
    /// What a server says by the console extension (docs/protocol.md).
    ConsoleNotice(u16) {
        REFUSED = 0, "REFUSED";
        CONSOLE = 16, "CONSOLE";
        GONE = 17, "GONE";
        HERE = 18, "HERE";
        PEOPLE = 32, "PEOPLE";
        NOTE = 48, "NOTE";
        FOUND = 64, "FOUND";
        LINES = 65, "LINES";
        TEXT = 66, "TEXT";
        OPENED = 256, "OPENED";
        DATA = 257, "DATA";
        GAP = 258, "GAP";
        DUMP = 259, "DUMP";
        SIZE = 260, "SIZE";
        ROOM = 261, "ROOM";
        CLOSED = 262, "CLOSED";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_numbers_are_carried() {
        assert_eq!(format!("{:?}", Encoding(-1_000)), "-1000");
        assert_eq!(format!("{:?}", Encoding::EXTENDED_CLIPBOARD), "ExtendedClipboard");
        assert_eq!(Encoding::EXTENDED_CLIPBOARD.0 as u32, 0xc0a1_e5ce);
    }

    #[test]
    fn levels_are_ten_each() {
        assert_eq!(Encoding(-256).compression_level(), Some(0));
        assert_eq!(Encoding(-247).compression_level(), Some(9));
        assert_eq!(Encoding(-246).compression_level(), None);
        assert_eq!(Encoding(-257).compression_level(), None);
        assert_eq!(Encoding(-23).quality_level(), Some(9));
        assert_eq!(Encoding(-33).quality_level(), None);
        assert_eq!(Encoding(i32::MIN).quality_level(), None);
        assert_eq!(Encoding(i32::MAX).compression_level(), None);
    }

    #[test]
    fn no_number_has_two_names() {
        let mut seen = std::collections::HashSet::new();
        assert!(Encoding::NAMED.iter().all(|encoding| seen.insert(encoding.0)));
    }
}
