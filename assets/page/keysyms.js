// What a key of the browser is in X's numbers (keysymdef.h), and in those of a PC's keyboard (the QEMU extended key
// event: scancodes of set 1, with bit 7 for those behind 0xe0).

/** Names of KeyboardEvent.key; [left or only, right, on the keypad]. */
const NAMED = {
  Backspace: [0xff08],
  Tab: [0xff09],
  Enter: [0xff0d, 0xff0d, 0xff8d],
  Escape: [0xff1b],
  Delete: [0xffff, 0xffff, 0xff9f],
  Home: [0xff50, 0xff50, 0xff95],
  ArrowLeft: [0xff51, 0xff51, 0xff96],
  ArrowUp: [0xff52, 0xff52, 0xff97],
  ArrowRight: [0xff53, 0xff53, 0xff98],
  ArrowDown: [0xff54, 0xff54, 0xff99],
  PageUp: [0xff55, 0xff55, 0xff9a],
  PageDown: [0xff56, 0xff56, 0xff9b],
  End: [0xff57, 0xff57, 0xff9c],
  Insert: [0xff63, 0xff63, 0xff9e],
  Clear: [0xff0b, 0xff0b, 0xff9d],
  Shift: [0xffe1, 0xffe2],
  Control: [0xffe3, 0xffe4],
  Alt: [0xffe9, 0xffea],
  AltGraph: [0xfe03],
  Meta: [0xffeb, 0xffec],
  CapsLock: [0xffe5],
  NumLock: [0xff7f],
  ScrollLock: [0xff14],
  Pause: [0xff13],
  PrintScreen: [0xff61],
  ContextMenu: [0xff67],
  Cancel: [0xff69],
  Help: [0xff6a],
  Select: [0xff60],
  Execute: [0xff62],
  Undo: [0xff65],
  Redo: [0xff66],
  Find: [0xff68],
  Convert: [0xff23],
  NonConvert: [0xff22],
  KanaMode: [0xff2d],
  HiraganaKatakana: [0xff27],
  ZenkakuHankaku: [0xff2a],
  HangulMode: [0xff31],
  HanjaMode: [0xff34],
  AudioVolumeDown: [0x1008ff11],
  AudioVolumeMute: [0x1008ff12],
  AudioVolumeUp: [0x1008ff13],
};
for (let i = 1; i <= 24; i++) NAMED[`F${i}`] = [0xffbd + i];

/** Characters of the keypad. */
const KEYPAD = { "*": 0xffaa, "+": 0xffab, ",": 0xffac, "-": 0xffad, ".": 0xffae, "/": 0xffaf, "=": 0xffbd, " ": 0xff80 };
const ON_KEYPAD = 3;

/** The keysym of a name of KeyboardEvent.key, or of a character; 0 when there is none. */
export function keysymOf(key, location = 0) {
  const named = Object.hasOwn(NAMED, key) ? NAMED[key] : null;
  if (named) return named[location === ON_KEYPAD ? 2 : location === 2 ? 1 : 0] ?? named[0];
  const [first, second] = Array.from(key.slice(0, 4));
  if (first === undefined || second !== undefined) return 0;
  if (location === ON_KEYPAD) {
    if (first >= "0" && first <= "9") return 0xffb0 + Number(first);
    if (Object.hasOwn(KEYPAD, first)) return KEYPAD[first];
  }
  return keysymOfCharacter(first.codePointAt(0));
}

/** Latin-1 as it is, all else as Unicode; control characters are keys. */
export function keysymOfCharacter(code) {
  if (code === 0x0a || code === 0x0d) return NAMED.Enter[0];
  if (code === 0x09) return NAMED.Tab[0];
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  return code <= 0xff ? code : 0x01000000 + code;
}

/** KeyboardEvent.code by scancode, from 1 on. */
const SCANCODES = `
  Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace
  Tab KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter
  ControlLeft KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote
  ShiftLeft Backslash KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight
  NumpadMultiply AltLeft Space CapsLock F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock
  Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal
  PrintScreen`
  .trim()
  .split(/\s+/);

const OTHERS = {
  IntlBackslash: 0x56,
  F11: 0x57,
  F12: 0x58,
  NumpadEqual: 0x59,
  KanaMode: 0x70,
  IntlRo: 0x73,
  Convert: 0x79,
  NonConvert: 0x7b,
  IntlYen: 0x7d,
  NumpadComma: 0x7e,
  NumpadEnter: 0x9c,
  ControlRight: 0x9d,
  AudioVolumeMute: 0xa0,
  AudioVolumeDown: 0xae,
  AudioVolumeUp: 0xb0,
  NumpadDivide: 0xb5,
  AltRight: 0xb8,
  Pause: 0xc6,
  Home: 0xc7,
  ArrowUp: 0xc8,
  PageUp: 0xc9,
  ArrowLeft: 0xcb,
  ArrowRight: 0xcd,
  End: 0xcf,
  ArrowDown: 0xd0,
  PageDown: 0xd1,
  Insert: 0xd2,
  Delete: 0xd3,
  MetaLeft: 0xdb,
  MetaRight: 0xdc,
  ContextMenu: 0xdd,
};

/** The scancode of a key's place on the keyboard; 0 when it is unknown. */
export function scancodeOf(code) {
  return OTHERS[code] ?? SCANCODES.indexOf(code) + 1;
}

/** What a letter or digit is without Option: of its place on the keyboard, in the American layout. */
export function plainKey(code, shifted) {
  const letter = /^(?:Key|Digit)(.)$/.exec(code)?.[1];
  if (!letter) return null;
  return shifted ? letter : letter.toLowerCase();
}
