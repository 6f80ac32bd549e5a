//! QEMU Extended Key Event (rfbproto; pseudo-encoding -258, message 255 sub-type 0).
//!
//! Acknowledged by an empty rectangle. The keysym comes first for us; the scancode only helps a proxied guest.

use crate::input::{KeyEvent, Keysym};
use crate::rfb::ids::{ClientMessageType, QemuSubtype};
use crate::rfb::wire::{Reader, Writer};

/// Print Screen / SysRq, as it should be sent.
const SCANCODE_PRINT: u32 = 0x54;
/// Print Screen as an extended code (0xe0 0x37), which some send.
const SCANCODE_PRINT_EXTENDED: u32 = 0xb7;

/// What follows the sub-type. Scancode 0 means that the client does not know it (gvncviewer: keys off the layout).
pub(in crate::rfb) fn decode(r: &mut Reader<'_>) -> Option<KeyEvent> {
    let down = r.u16()? != 0;
    let keysym = Keysym(r.u32()?);
    let keycode = match r.u32()? {
        0 => None,
        SCANCODE_PRINT_EXTENDED => Some(SCANCODE_PRINT),
        keycode => Some(keycode),
    };
    Some(KeyEvent { keysym, keycode, down, repeat: false })
}

/// The whole message.
pub(in crate::rfb) fn encode(key: &KeyEvent, keycode: u32, w: &mut Writer<'_>) {
    w.u8(ClientMessageType::QEMU.0).u8(QemuSubtype::EXTENDED_KEY_EVENT.0).u16(key.down.into());
    w.u32(key.keysym.0).u32(keycode);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scancode_0_is_unknown_and_print_has_one_code() {
        let key = |code: u8| decode(&mut Reader::new(&[0, 1, 0, 0, 0, 0xe9, 0, 0, 0, code])).map(|key| key.keycode);
        assert_eq!(key(0), Some(None));
        assert_eq!(key(0x1e), Some(Some(0x1e)));
        assert_eq!(key(0xb7), Some(Some(0x54)));
    }
}
