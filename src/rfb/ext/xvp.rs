//! xvp (rfbproto; pseudo-encoding -309, message 250 both ways): the guest's power buttons.
//!
//! The client is told that they are there, presses one, and hears of it only when nothing came of it.

use crate::input::PowerButton;
use crate::rfb::ids::{ClientMessageType, ServerMessageType};
use crate::rfb::wire::{Reader, Writer};

/// The only version there is.
pub const VERSION: u8 = 1;
/// The server cannot do what was asked for.
pub const FAIL: u8 = 0;
/// The server has power buttons.
pub const INIT: u8 = 1;

/// The buttons and their codes.
const BUTTONS: [(u8, PowerButton); 3] = [(2, PowerButton::Shutdown), (3, PowerButton::Reboot), (4, PowerButton::Reset)];

/// The button of a message of this version and code; `None` where there is none.
pub(in crate::rfb) fn button(version: u8, code: u8) -> Option<PowerButton> {
    let found = BUTTONS.iter().find(|(of, _)| *of == code && version == VERSION);
    found.map(|(_, button)| *button)
}

/// What follows the type of either side's message: version and code.
pub(in crate::rfb) fn decode(r: &mut Reader<'_>) -> Option<(u8, u8)> {
    r.skip(1)?;
    Some((r.u8()?, r.u8()?))
}

/// A client's whole message.
pub(in crate::rfb) fn encode_request(version: u8, code: u8, w: &mut Writer<'_>) {
    w.u8(ClientMessageType::XVP.0).pad(1).u8(version).u8(code);
}

/// A server's whole message.
pub(in crate::rfb) fn encode(version: u8, code: u8, w: &mut Writer<'_>) {
    w.u8(ServerMessageType::XVP.0).pad(1).u8(version).u8(code);
}
