// The numbers of RFC 6143 and its extensions that this client uses, with names.

// Encodings of pixels.
export const RAW = 0;
export const COPY_RECT = 1;
export const TIGHT = 7;

// Pseudo-encodings.
export const DESKTOP_SIZE = -223;
export const LAST_RECT = -224;
export const COMPRESSION_LEVEL_6 = -250;
export const QEMU_EXTENDED_KEY = -258;
export const QEMU_AUDIO = -259;
export const QEMU_LED_STATE = -261;
export const DESKTOP_NAME = -307;
export const EXTENDED_DESKTOP_SIZE = -308;
export const XVP = -309;
export const FENCE = -312;
export const CONTINUOUS_UPDATES = -313;
export const CURSOR = -239;
export const CURSOR_WITH_ALPHA = -314;
export const EXTENDED_MOUSE_BUTTONS = -316;
export const EXTENDED_CLIPBOARD = 0xc0a1e5ce | 0;
/** The console extension (docs/protocol.md): "VTC1". */
export const CONSOLE_EXTENSION = 0x56544331;

// Security types, and VeNCrypt's sub-type.
export const NONE = 1;
export const VNC_AUTHENTICATION = 2;
export const VENCRYPT = 19;
export const VENCRYPT_PLAIN = 256;

// What the server sends.
export const SERVER = { UPDATE: 0, COLOUR_MAP: 1, BELL: 2, CUT_TEXT: 3, END_OF_CONTINUOUS_UPDATES: 150, FENCE: 248, XVP: 250, QEMU: 255 };

// What we send.
export const CLIENT = {
  PIXEL_FORMAT: 0,
  ENCODINGS: 2,
  UPDATE_REQUEST: 3,
  KEY: 4,
  POINTER: 5,
  CUT_TEXT: 6,
  CONTINUOUS_UPDATES: 150,
  FENCE: 248,
  XVP: 250,
  DESKTOP_SIZE: 251,
  QEMU: 255,
};

/** Sub-types of message 255. */
export const QEMU_KEY = 0;
export const AUDIO = 1;
export const CONSOLE_MESSAGE = 2;

/** What a server says of its power buttons (xvp): of one press that nothing came of it, and that it has them. */
export const XVP_FAIL = 0;
export const XVP_INIT = 1;

/** Bits of a fence (rfbproto, "Fence"). */
export const FENCE_REQUEST = 0x80000000;
export const FENCE_KNOWN = 0x7;
