//! The OPTIONS table. One row is the whole truth about an option: `--help`, the manual page, the default and the check
//! of its value are made from it, so a new option is a new row here and its use in `resolve`.

pub use super::option::{Group, Opt, Takes};
use crate::font::{CELL_HEIGHT_MAX, CELL_HEIGHT_MIN, SCALE_MAX};
use crate::input::leader;

/// Most columns of a screen.
pub const MAX_COLUMNS: u16 = 512;
/// Most rows of a screen.
pub const MAX_ROWS: u16 = 256;
/// Fewest columns and rows of a screen: less than that no shell can use.
pub const MIN_COLUMNS: u16 = 4;
/// See [`MIN_COLUMNS`].
pub const MIN_ROWS: u16 = 2;
/// Longest name of a guest or a console, in characters: it is the title of a viewer's window.
pub const MAX_NAME: usize = 64;
/// Most consoles of one guest: as many as there are keys for them, F1 to F12.
pub const MAX_CONSOLES: usize = 12;
/// Most addresses to listen on.
pub const MAX_LISTENERS: usize = 16;
/// Most addresses at which graphics are waited for, and networks that they may come from.
pub const MAX_REVERSE: usize = 16;
/// Most hosts whose pages may connect: their names are in the head of every answer.
pub const MAX_ORIGINS: usize = 32;

/// Most resizes of one dump.
pub const MAX_RESIZES: usize = 1_000;

/// Keyboards of guests.
pub const GUEST_LAYOUTS: &[&str] = &[
    "any", "be", "br", "ch", "ch-fr", "cz", "de", "dk", "es", "fi", "fr", "gb", "hu", "it", "no", "pl", "pt", "se",
    "tr", "us", "us-intl",
];

/// Every option of `vncterm serve` except `--help` and `--version`, in the order they are shown.
pub const OPTIONS: &[Opt] = &[
    Opt {
        name: "pty",
        short: None,
        takes: Takes::NamedPath("[NAME=]PATH"),
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Serve the console behind this terminal device",
        manual: "A PTY that a hypervisor made, for instance. The device is opened at once, in raw mode and for this program alone, and is read from then on, whether or not anybody looks; \
                 its settings are restored at the end. It need not exist yet: it is waited for, and opened again when the guest comes back.\n\n\
                 The kernel gives the numbers under `/dev/pts` to others once they are free. After a hang-up such a path is therefore opened again only \
                 if it is plainly still the same device; a symbolic link that the hypervisor keeps up to date is always followed anew. \
                 A number that is not there at start is opened later only if the terminal was made by the user who runs `vncterm` and no session is led there.",
    },
    Opt {
        name: "serial",
        short: None,
        takes: Takes::NamedSerial,
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Serve the console behind this serial port",
        manual: "`/dev/ttyUSB0,115200,8N1`: the device, bits per second (115200 if left out; any number that the port can do) and data bits, parity (N, E or O) and stop bits \
                 (8N1 if left out). A fourth part, `rtscts` or `xonxoff`, is flow control; there is none else. `NAME=` before the device names the console.\n\n\
                 The port is opened for this program alone, locked as other serial programs do, with DTR and RTS raised and without waiting for a carrier. A USB adapter may be unplugged and come back; \
                 name it by `/dev/serial/by-id`. At the end the port is as it was found; whether it then hangs up is its own setting (`stty -hupcl`). Break (Control-Pause) is sent as a break, \
                 after what was typed before; what flow control holds back for two seconds is thrown away for it. Text is pasted no faster than the line's speed.",
    },
    Opt {
        name: "unix",
        short: None,
        takes: Takes::NamedPath("[NAME=]PATH"),
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Serve the console behind this Unix socket",
        manual: "A stream socket on which a hypervisor listens. It need not exist yet: it is waited for, and connected to again when the guest comes back. \
                 Most hypervisors take one connection at a time.",
    },
    Opt {
        name: "tcp",
        short: None,
        takes: Takes::NamedHostPort,
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Serve the console behind this TCP port, byte for byte",
        manual: "`db1:4001`, `192.0.2.7:4001`, `[2001:db8::7]:4001`. Whoever can reach the port has the console; nothing is encrypted. It is connected to again when it went away.",
    },
    Opt {
        name: "telnet",
        short: None,
        takes: Takes::NamedHostPort,
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Serve the console behind this telnet port",
        manual: "As `--tcp`, with the telnet protocol: of a hypervisor, a console server, or a switch. The window's size and the terminal type are told when asked for. Break (Control-Pause) is sent as \
                 BREAK, or as a break of the serial line where the other end offers control of it (RFC 2217); the line's speed is left as it is.",
    },
    Opt {
        name: "stdin",
        short: None,
        takes: Takes::Flag,
        default: None,
        repeatable: false,
        group: Group::Consoles,
        help: "Show what comes on standard input",
        manual: "To be looked at only: there is no way back, so keys, pastes and the terminal's answers go nowhere. Where the first line ends in a line feed alone, it is a text, and its lines are ended as a terminal device does it. The last screen stays when the input has ended.",
    },
    Opt {
        name: "exec",
        short: None,
        takes: Takes::NamedCommand,
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Serve this command, run by sh on a PTY of its own",
        manual: "`--exec 'make menuconfig'`. It is ended with `vncterm`. Where `NAME=` would be taken for an assignment's, write `env NAME=value command`, or use `--env`.",
    },
    Opt {
        name: "restart",
        short: None,
        takes: Takes::OneOf("WHEN", &["never", "on-failure", "always"]),
        default: Some("never"),
        repeatable: false,
        group: Group::Consoles,
        help: "When to start a command again: never, on-failure or always",
        manual: "`on-failure`: unless it ended with status 0. The last screen stays meanwhile. The pauses before it double from 0.2 to 5 seconds while it ends within a second; \
                 with viewers on the console none is longer than 0.8 seconds.",
    },
    Opt {
        name: "cwd",
        short: None,
        takes: Takes::Path("DIR"),
        default: None,
        repeatable: false,
        group: Group::Consoles,
        help: "Directory to start commands in",
        manual: "The default is the directory `vncterm` was started in.",
    },
    Opt {
        name: "env",
        short: None,
        takes: Takes::Assignment,
        default: None,
        repeatable: true,
        group: Group::Consoles,
        help: "Set a variable in the commands' environment",
        manual: "A command inherits `PATH`, `HOME`, `USER`, `SHELL`, `LANG` and `LC_*`, and nothing else.",
    },
    Opt {
        name: "geometry",
        short: None,
        takes: Takes::Geometry,
        default: Some("80x24"),
        repeatable: false,
        group: Group::Screen,
        help: "Size of every console, in characters, up to 512x256",
        manual: "A console has at least 4x2.",
    },
    Opt {
        name: "resize",
        short: None,
        takes: Takes::OneOf("WHO", &["sole", "any", "fixed"]),
        default: Some("sole"),
        repeatable: false,
        group: Group::Screen,
        help: "Whose window may change that size: sole, any or fixed",
        manual: "`sole`: a viewer that is the only one on the console. `any`: every viewer; the last to change its window wins. \
                 `fixed`: nobody. Then a viewer whose window is made larger sees the same in larger letters, drawn anew and not stretched, as far as it can ask for a size and may write; one whose window is smaller scrolls or scales.",
    },
    Opt {
        name: "font",
        short: None,
        takes: Takes::Path("PATH[,PATH...]"),
        default: None,
        repeatable: false,
        group: Group::Screen,
        help: "Font files to draw with, instead of the built-in font",
        manual: "TrueType or OpenType (`.ttf`, `.otf`, the first face of a `.ttc`), or the bitmap formats PSF and BDF, perhaps packed with gzip. \
                 The first decides the size of a character; what it lacks is taken from the next, and at last from the fonts in the program, which have \
                 Chinese, Japanese, Korean and most symbols. Lines, blocks and the like are always drawn by the program, so that they join.\n\n\
                 Bold and italic are looked for beside each file: for `Name.ttf` or `Name-Regular.ttf` these are `Name-Bold.ttf`, `Name-Italic.ttf` or \
                 `Name-Oblique.ttf`, and `Name-BoldItalic.ttf` or `Name-BoldOblique.ttf`. A style without a file is made from the regular one.\n\n\
                 A file has at most 16 MiB, and an outline font 20,000 glyphs, which take some 2.5 KB of memory each; `pyftsubset` cuts down larger ones.",
    },
    Opt {
        name: "font-size",
        short: None,
        takes: Takes::Number(CELL_HEIGHT_MIN, CELL_HEIGHT_MAX),
        default: None,
        repeatable: false,
        group: Group::Screen,
        help: "Height of a line of text in pixels, 6 to 64",
        manual: "The default is 16, for which the built-in font is drawn by hand; its outlines are made for 32. A bitmap font given with `--font` has one \
                 size, and only `--scale` enlarges it.",
    },
    Opt {
        name: "scale",
        short: None,
        takes: Takes::Number(1, SCALE_MAX),
        default: Some("1"),
        repeatable: false,
        group: Group::Screen,
        help: "Enlarge text and lines, 1 to 4 times",
        manual: "For screens with small pixels. Glyphs are drawn at the larger size, not stretched.",
    },
    Opt {
        name: "theme",
        short: None,
        takes: Takes::Path("NAME|FILE"),
        default: Some("dark"),
        repeatable: false,
        group: Group::Screen,
        help: "Colours: dark, light, contrast, tide, xterm, vga or a file",
        manual: "What the guest changes, it gets back on reset. The themes and the format of a file are described under THEMES.",
    },
    Opt {
        name: "scrollback",
        short: None,
        takes: Takes::Number(0, 1_000_000),
        default: Some("10000"),
        repeatable: false,
        group: Group::Screen,
        help: "Lines to keep that have left the screen",
        manual: "Bounded by 32 MiB for each console too, whatever the number. Each viewer looks back at them on its own (see KEYS), and a larger window is filled with them from above.",
    },
    Opt {
        name: "clear",
        short: None,
        takes: Takes::OneOf("WHAT", &["keep", "honour"]),
        default: Some("keep"),
        repeatable: false,
        group: Group::Screen,
        help: "What becomes of what the guest clears",
        manual: "A machine that restarts clears its screen, and what stood there may be why. With `keep` whatever the guest clears (ED 2, a reset) goes to the history, and the history itself cannot be cleared (ED 3). \
                 With `honour` what is cleared is gone, and so is the history when the guest asks for that.",
    },
    Opt {
        name: "term",
        short: None,
        takes: Takes::TerminalType,
        default: Some("xterm-256color"),
        repeatable: false,
        group: Group::Screen,
        help: "Terminal type, as the command sees it in TERM",
        manual: "A type that this machine's terminfo does not have is worth a warning and no more, for the command may run elsewhere. \
                 A guest on a serial line does not see any of it; there, set `TERM` inside the guest.",
    },
    Opt {
        name: "charset",
        short: None,
        takes: Takes::OneOf("CHARSET", &["utf-8", "cp437", "latin1"]),
        default: Some("utf-8"),
        repeatable: false,
        group: Group::Screen,
        help: "What the guests' bytes mean: utf-8, cp437 or latin1",
        manual: "`cp437`: a PC's characters, as firmware, boot loaders and DOS send them; every byte from 0x80 on is one. `latin1`: ISO 8859-1 with its 8-bit controls, as a VT220 has them. \
                 Keys and pastes are sent in the same charset, and what it does not have is not sent. A guest may switch to UTF-8 (`ESC % G`) and back (`ESC % @`).",
    },
    Opt {
        name: "keys",
        short: None,
        takes: Takes::OneOf("KEYBOARD", &["xterm", "vt220", "linux"]),
        default: Some("xterm"),
        repeatable: false,
        group: Group::Screen,
        help: "Whose keys the guests expect: xterm, vt220 or linux",
        manual: "What function, cursor and keypad keys send; it goes with the guest's `TERM`. `xterm`: with modifiers as parameters. \
                 `vt220`: without them; Home and End are Find and Select, Control makes F11 to F22 of F1 to F12, and the keypad has digits alone. \
                 `linux`: the Linux console's; Alt is ESC before the key, and Shift makes F11 to F20 of F1 to F10.",
    },
    Opt {
        name: "backspace",
        short: None,
        takes: Takes::OneOf("BYTE", &["del", "bs"]),
        default: Some("del"),
        repeatable: false,
        group: Group::Screen,
        help: "What the Backspace key sends: del or bs",
        manual: "`del` is 0x7F, `bs` 0x08; Control-Backspace sends the other one. A guest that sets or resets DECBKM (mode 67) has the last word.",
    },
    Opt {
        name: "guest-clipboard",
        short: None,
        takes: Takes::OneOf("on|off", &["on", "off"]),
        default: Some("off"),
        repeatable: false,
        group: Group::Screen,
        help: "Whether guests may put text on viewers' clipboards",
        manual: "With `on`, what a guest sends with OSC 52 (`vim`, `tmux` and many others can) is put on the clipboard of everybody who looks at that console, up to 256 KiB, without control characters. \
                 Viewers are sent characters beyond Latin-1 as question marks. Whoever writes to a console, be it a log or a file shown there, can do that: so it is off at first. No guest can read a clipboard.",
    },
    Opt {
        name: "window-ops",
        short: None,
        takes: Takes::OneOf("on|off", &["on", "off"]),
        default: Some("off"),
        repeatable: false,
        group: Group::Screen,
        help: "Whether guests may change the size of their screen",
        manual: "With `on`, a guest may resize its screen as programs do with xterm's window (up to 240x67 cells, or what viewers made it; columns by DECCOLM too), whatever `--resize` says of viewers, move and iconify a window that \
                 is only modelled, and read its own titles back. Whoever writes to a console, be it a log shown there, can do that, and a title that is read back is typed into the guest: so it is off at first.",
    },
    Opt {
        name: "listen",
        short: None,
        takes: Takes::Address,
        default: Some("127.0.0.1:5900"),
        repeatable: true,
        group: Group::Viewers,
        help: "Where viewers connect: HOST:PORT, :DISPLAY or unix:PATH",
        manual: "An address is written in one of these ways:\n\n\
                 `HOST:PORT`, `HOST::PORT`: a host by name or number, and a port. After one colon a number below 100 is a display, after two it is a port however small; \
                 port 0 lets the kernel choose.\n\n\
                 `HOST:DISPLAY`: port 5900 and DISPLAY, so that `localhost:1` is port 5901.\n\n\
                 `:DISPLAY`, `:PORT`, `::PORT`: the same on 127.0.0.1.\n\n\
                 `HOST`: port 5900 there.\n\n\
                 `[::1]:5900`, `[::]:1`, `::1`: IPv6, in brackets where a port or display follows. A host's name stands for all its addresses.\n\n\
                 `unix:PATH`: a Unix socket, open to its owner alone, whose file goes away with the program.\n\n\
                 An address that other machines can reach is refused without authentication (see `--password-file`), unless `--insecure` is given.",
    },
    Opt {
        name: "name",
        short: None,
        takes: Takes::Name("NAME"),
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Name of the guest, first in a viewer's title",
        manual: "The default is the name of the first console: its `NAME=`, else its command or device.",
    },
    Opt {
        name: "max-clients",
        short: None,
        takes: Takes::Number(1, 10_000),
        default: Some("64"),
        repeatable: false,
        group: Group::Viewers,
        help: "Most viewers at once; more are refused",
        manual: "",
    },
    Opt {
        name: "evict-oldest",
        short: None,
        takes: Takes::Flag,
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "At that limit, send the oldest viewer away",
        manual: "Instead of refusing the new one. With `--sharing exclusive` that limit is one. A viewer that has asked to be alone (`--sharing client`) is not sent away.",
    },
    Opt {
        name: "sharing",
        short: None,
        takes: Takes::OneOf("HOW", &["shared", "client", "exclusive"]),
        default: Some("shared"),
        repeatable: false,
        group: Group::Viewers,
        help: "Who may look together: shared, client or exclusive",
        manual: "`shared`: everybody, whatever they ask for; common viewers ask for exclusive access unless told otherwise. \
                 `client`: as viewers ask. One that asks for exclusive access sends the others away, and nobody is let in until it leaves. \
                 `exclusive`: one viewer at a time; more are refused, or with `--evict-oldest` take its place.\n\n\
                 `--max-clients` counts first: where it has been reached, a viewer is refused before it can ask to be alone. Whoever is refused is told why.",
    },
    Opt {
        name: "writers",
        short: None,
        takes: Takes::OneOf("WHO", &["all", "one"]),
        default: Some("all"),
        repeatable: false,
        group: Group::Viewers,
        help: "Who may write: all at the same time, or one",
        manual: "`one`: one viewer writes and the others watch, on all consoles of the guest. At first nobody does. Ctrl-Alt-W takes what nobody has; else the one who writes is asked, and \
                 after 5 seconds the one who asks writes, unless Ctrl-Alt-N denies it. Who writes lets the other, or everybody, with Ctrl-Alt-W. Where one leaves nobody takes his place by \
                 himself. Lines over the picture say all of that; in the browser's page there are buttons for it. Admins need not wait: Ctrl-Alt-W a second time takes over at once. \
                 Viewers that may only watch never write.\n\n\
                 What one who does not write types and pastes goes nowhere, and it is told so; looking back, searching, marking and switching remain.",
    },
    Opt {
        name: "idle-timeout",
        short: None,
        takes: Takes::Duration,
        default: Some("off"),
        repeatable: false,
        group: Group::Viewers,
        help: "Send viewers away that do nothing for so long",
        manual: "`90s`, `30m`, `2h`; a number alone is seconds; from ten seconds to 30 days. What counts is what somebody does: keys, the pointer, pastes, buttons of the browser's page. \
                 What a console prints, and what a viewer's program does by itself, does not; viewers that only watch are sent away too. Whoever wrote (`--writers one`) writes no longer. Viewers that are not there any more are noticed within 30 seconds, with or without this.",
    },
    Opt {
        name: "leader",
        short: None,
        takes: Takes::Name("KEYS"),
        default: Some(leader::DEFAULT),
        repeatable: false,
        group: Group::Viewers,
        help: "Key after which the next one is for vncterm; or off",
        manual: "For all that hosts, browsers and viewers keep for themselves: switching, pasting, combinations that the guest is to get. A modifier twice (`Ctrl Ctrl`: Control is pressed twice within a second, and nothing else), \
                 or a key: `Ctrl-]`, `Ctrl-Alt-G`, `Pause`. A line over the viewer's picture then says what there is; see LEADER KEY. `off`: there is none.",
    },
    Opt {
        name: "vt-switch",
        short: None,
        takes: Takes::OneOf("WHO", &["client", "all"]),
        default: Some("client"),
        repeatable: false,
        group: Group::Viewers,
        help: "Whom a viewer's Ctrl-Alt-Fn switches: itself, or all",
        manual: "With `all`, where a viewer that may write turns to another virtual terminal the others follow.",
    },
    Opt {
        name: "view-only",
        short: None,
        takes: Takes::Flag,
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Take no key, paste or resize from viewers",
        manual: "They may still switch between consoles.",
    },
    Opt {
        name: "power-shutdown",
        short: None,
        takes: Takes::Command,
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Let viewers shut the guest down: the command that does it",
        manual: "Viewers that have power buttons (noVNC, virt-viewer, Remmina and others that know `xvp`) show them then, to those who may write; who may only look never has them. \
                 Without a command for any button there are none.\n\n\
                 `/bin/sh -c` runs the command, as the user that `vncterm` runs as, in a process group of its own, without input. The guest's name is in `VNCTERM_GUEST`, and `shutdown`, `reboot` or `reset` in `VNCTERM_POWER`; \
                 nothing that a viewer or the guest has chosen is. What it prints goes nowhere, and its errors where those of `vncterm` go. One command runs at a time, a second after the one before, and for a minute at most; what takes longer is killed. \
                 Its end is logged. The viewer is told when there is no command or it cannot be started, when another one runs, and when it ends with another status than 0.",
    },
    Opt {
        name: "power-reboot",
        short: None,
        takes: Takes::Command,
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Let viewers reboot the guest: the command that does it",
        manual: "As with `--power-shutdown`.",
    },
    Opt {
        name: "power-reset",
        short: None,
        takes: Takes::Command,
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Let viewers reset the guest: the command that does it",
        manual: "As with `--power-shutdown`: `virsh reset \"$VNCTERM_GUEST\"`, for instance.",
    },
    Opt {
        name: "paste-rate",
        short: None,
        takes: Takes::Number(1, 1_000_000),
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Type pasted text at most this fast, in characters a second",
        manual: "A paste always waits until the guest has taken what came before, which is enough for nearly all of them. \
                 This is for a guest that takes characters and loses them. What counts is bytes on the line: a character beyond ASCII is two to four. \
                 Escape and Control-C in the viewer that pastes stop a paste; text of more than 256 KiB is not pasted.",
    },
    Opt {
        name: "web",
        short: None,
        takes: Takes::OneOf("on|off", &["on", "off"]),
        default: Some("on"),
        repeatable: false,
        group: Group::Viewers,
        help: "Whether browsers are served on the same port",
        manual: "With `on`, a browser that is led to the address (`http://127.0.0.1:5900/`, or with `--tls-cert` `https://`) gets a page with a viewer in it, and noVNC and its like find RFB over a WebSocket at `/websockify`, \
                 behind any prefix. Viewers are told from browsers by what they send first: one that sends nothing for 40 milliseconds (from other machines, 150) is a VNC viewer.",
    },
    Opt {
        name: "web-root",
        short: None,
        takes: Takes::Path("DIR"),
        default: None,
        repeatable: false,
        group: Group::Viewers,
        help: "Serve browsers the files of this directory, such as noVNC",
        manual: "Instead of the built-in page: `--web-root /usr/share/novnc`. At `/` is `index.html`, or else `vnc.html`. Directories are not listed; hidden files, those of more than 16 MiB, and those \
                 that a symbolic link outside the directory leads to are not sent. Whoever reaches the port can read the others.",
    },
    Opt {
        name: "allow-origin",
        short: None,
        takes: Takes::Origin,
        default: None,
        repeatable: true,
        group: Group::Viewers,
        help: "Let pages of this host connect, and have the page in a frame",
        manual: "`panel.example`, `panel.example:8443` or `https://panel.example`. Any page that a browser shows can try to connect; those of other hosts than this server's own are refused, unless they are named here. \
                 While there is no password, pages at a name other than `localhost` are refused too, for whoever owns a name can make it lead here: behind a proxy, name the host that browsers know.",
    },
    Opt {
        name: "security",
        short: None,
        takes: Takes::ListOf("LIST", &["none", "vncauth", "plain", "x509none", "x509vnc", "x509plain"]),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Ways to come in, the preferred first (see the manual)",
        manual: "Without it: all that the files given with other options allow, of `x509plain`, `x509vnc`, `plain`, `vncauth` (with `--token-file` and without `--users-file` the plain ones are the last); else `none`, or with a certificate `x509none`. \
                 Viewers take the first that they know.\n\n\
                 `none`: whoever connects is in. Neither it nor `x509none` is offered beside another, for many viewers would take it.\n\n\
                 `vncauth`: VNC authentication, which every viewer knows. The password is not sent, but what follows is not encrypted.\n\n\
                 `x509vnc`: the same within TLS (VeNCrypt, as TigerVNC, virt-viewer, Remmina and others know it). Leave `vncauth` out of the list where nothing may go unencrypted.\n\n\
                 `x509plain`: a user's name and password, or a token, within TLS.\n\n\
                 `plain`: the same without a TLS of its own; it is offered only where nobody can listen: within `https` and `wss`, and on Unix sockets.\n\n\
                 `x509none`: TLS, and no password. With `--tls-client-ca` a certificate lets viewers in; without it, whoever connects is in.",
    },
    Opt {
        name: "password-file",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Passwords: line 1 for full access, line 2 to view only",
        manual: "Line 2 may be left out. The file must be readable by its owner alone (mode 0600), who is the user who runs `vncterm`, or root; one that systemd passes with `LoadCredential=` will do. \
                 VNC authentication uses eight bytes of a password: a longer one is refused, not cut.",
    },
    Opt {
        name: "users-file",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Users with names, roles and passwords (vncterm passwd)",
        manual: "A line for each: `NAME:ROLE:HASH`, as `vncterm passwd FILE` writes it; empty lines and those that begin with # are passed over. The role is `view`, `write` or `admin`, who may also take the keyboard from others. \
                 The hash is one of Argon2id, of at most 64 MiB, 256 MiB in all its passes, and 16 lanes. The file must be as private as that of `--password-file`.",
    },
    Opt {
        name: "token-file",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Key of single-use tokens, for panels",
        manual: "One line of 32 characters or more, which nobody can guess: `(umask 077; openssl rand -hex 32 > FILE)`. A token lets somebody in once, within an hour at most, in one role, and to one console or all of them. \
                 A browser sends it with its WebSocket, and any viewer that knows `x509plain` or `plain` as a password, whatever the name beside it. docs/security.md says how a panel makes one.",
    },
    Opt {
        name: "tls-cert",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Certificate for TLS, in PEM, with those of its issuers",
        manual: "Viewers begin TLS by VeNCrypt, and browsers, and whoever else likes, with their first byte: on the same port there is `https` then, too. It must name the host as viewers do, and they must trust who issued it. TLS is of version 1.2 or 1.3; what tells nobody who is at the other end (anonymous TLS) is not offered.",
    },
    Opt {
        name: "tls-key",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Its private key, in PEM, readable by its owner alone",
        manual: "",
    },
    Opt {
        name: "tls-client-ca",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Turn away who has no certificate of these issuers (PEM)",
        manual: "This is asked of everybody who begins TLS, beside a password where that is asked for too. The default of `--security` then has only what is within TLS.",
    },
    Opt {
        name: "insecure",
        short: None,
        takes: Takes::Flag,
        default: None,
        repeatable: false,
        group: Group::Security,
        help: "Serve without passwords where that lets others in",
        manual: "Without authentication, allows `--listen` on addresses that other machines reach, and lets every user of this machine connect to a spawned command over TCP. \
                 Whoever connects can then do what the console can do.",
    },
    Opt {
        name: "upstream",
        short: None,
        takes: Takes::Address,
        default: None,
        repeatable: false,
        group: Group::Graphics,
        help: "Show the screen of this VNC server in the guest, too",
        manual: "`guest:5901`, `guest:1` (display 1, the same port), `unix:PATH`: the VNC server of the guest's X or installer, or the hypervisor's (`qemu -vnc unix:PATH`). It becomes a graphical virtual terminal beside the consoles, \
                 from 7 on. It is dialled at once and for life, with pauses from half a second to half a minute, for it may come up minutes after the guest; as soon as its picture is there viewers are led to it (`--switch`), \
                 and when it ends, or answers no more, back to the console that they came from. Ctrl-Alt-F1 goes back to text, Ctrl-Alt-F7 to the graphics. One connection to it serves all viewers, and while nobody looks it is asked for no more than a sign of life. One that has been silent for 10 s while somebody looks, else for 30, has 10 more to give one.\n\n\
                 Keys, pointer, clipboard, the pointer's shape, lamps, bell and title pass both ways. Without a console of its own (`--pty` and the like) there is the guest's graphics alone.",
    },
    Opt {
        name: "reverse-listen",
        short: None,
        takes: Takes::Address,
        default: None,
        repeatable: true,
        group: Group::Graphics,
        help: "Where the guest's VNC server may call by itself (port 5500)",
        manual: "Reverse VNC, as `vncconfig -connect HOST:PORT`, `x11vnc -connect`, QEMU (`-vnc HOST:PORT,reverse=on`) and the installers of Fedora and RHEL 7 to 9 (`inst.vncconnect=HOST:PORT`) do it: the guest's server connects to this address, \
                 by convention port 5500, and becomes the graphical virtual terminal, as with `--upstream`; both may be given. `unix:PATH` is possible, too. One whose connection has ended has to call again. Xvnc asks for its password here too.\n\n\
                 Whoever can reach the address can show himself as the guest. Beyond this machine it is refused at start without `--reverse-allow` or `--insecure`. Five calls of which nothing comes within a minute are followed by ten seconds of rest.",
    },
    Opt {
        name: "reverse-allow",
        short: None,
        takes: Takes::Network,
        default: None,
        repeatable: true,
        group: Group::Graphics,
        help: "From where it may call, beside this machine",
        manual: "`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. Others are hung up on.",
    },
    Opt {
        name: "reverse-policy",
        short: None,
        takes: Takes::OneOf("WHAT", &["replace", "refuse", "next"]),
        default: Some("replace"),
        repeatable: false,
        group: Group::Graphics,
        help: "What becomes of a second call: replace, refuse or next",
        manual: "`replace`: once it has let us in it takes the first one's place. `refuse`: it is hung up on. `next`: it gets the next graphical virtual terminal, of which there are then as many as there are free numbers.",
    },
    Opt {
        name: "upstream-user",
        short: None,
        takes: Takes::Name("NAME"),
        default: None,
        repeatable: false,
        group: Group::Graphics,
        help: "User that the guest's VNC server asks for",
        manual: "Where that knows users (VeNCrypt's X509Plain and Plain). Plain alone, which sends the password as it is, is used only on Unix sockets, and only where the server does not take VNC authentication: a port of this machine may be anybody's.",
    },
    Opt {
        name: "upstream-ca",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Graphics,
        help: "Speak TLS to it; it must have a certificate of these issuers",
        manual: "In PEM; a certificate that a server has signed itself is its own issuer. The certificate must name the host as `--upstream` does (`localhost` for a Unix socket, and the caller's address for one that calls). \
                 With it nothing is said to the server in clear; without it there is no TLS, for nobody would know who is at the other end.",
    },
    Opt {
        name: "upstream-password-file",
        short: None,
        takes: Takes::Path("FILE"),
        default: None,
        repeatable: false,
        group: Group::Graphics,
        help: "Password that the guest's VNC server asks for: one line",
        manual: "Of a longer one VNC authentication uses the first eight bytes, as everywhere. The file must be as private as that of `--password-file`.",
    },
    Opt {
        name: "upstream-max-size",
        short: None,
        takes: Takes::PictureSize,
        default: Some("4096x4096"),
        repeatable: false,
        group: Group::Graphics,
        help: "Largest screen that is taken from the guest, in pixels",
        manual: "At most 4096x4096. A server whose screen is larger is hung up on, and dialled again.",
    },
    Opt {
        name: "graphical-vt",
        short: None,
        takes: Takes::Number(1, 12),
        default: None,
        repeatable: false,
        group: Group::Graphics,
        help: "Number of its virtual terminal; else the first free from 7",
        manual: "Consoles have the numbers from 1 on.",
    },
    Opt {
        name: "guest-layout",
        short: None,
        takes: Takes::OneOf("NAME", GUEST_LAYOUTS),
        default: Some("us"),
        repeatable: false,
        group: Group::Graphics,
        help: "Keyboard of the guest, for what is pasted into its graphics",
        manual: "Control-Alt-P types what is on the viewer's clipboard: a guest is told of keys, and what they type is its own affair. What its keyboard cannot type is refused before any of it is typed. `any`: keys are told by their characters, which X servers (Xvnc, x11vnc) take, \
                 whatever their layout. `--paste-rate` is in characters a second here, 25 without it.",
    },
    Opt {
        name: "switch",
        short: None,
        takes: Takes::OneOf("HOW", &["auto", "offer", "manual"]),
        default: Some("auto"),
        repeatable: false,
        group: Group::Graphics,
        help: "Whether viewers are led to graphics: auto, offer or manual",
        manual: "`auto`: as soon as its first picture is there, all of them; one that types is led there when it has been quiet for two seconds. Who comes later sees the graphics first. \
                 `offer`: a line over their pictures says that it is there. `manual`: nothing.",
    },
    super::sound::AUDIO,
    Opt {
        name: "control",
        short: None,
        takes: Takes::Path("PATH"),
        default: None,
        repeatable: false,
        group: Group::General,
        help: "Unix socket for scripts that look at and drive the consoles",
        manual: "A Unix socket of mode 0600, for the user who runs `vncterm` and for root, whose file goes away with the program. Requests and answers are lines of JSON (docs/control.md): how the consoles stand, their screens as text or pictures, \
                 keys, pastes, sizes, breaks. All of it works with no viewer, and disturbs none.",
    },
    Opt {
        name: "verbose",
        short: Some('v'),
        takes: Takes::Count,
        default: None,
        repeatable: true,
        group: Group::General,
        help: "Log more: what was decided, and why",
        manual: "The log goes to standard error. `RUST_LOG`, when set, is used instead of this and `--quiet`. What is typed or pasted is never logged.",
    },
    Opt {
        name: "quiet",
        short: Some('q'),
        takes: Takes::Count,
        default: None,
        repeatable: true,
        group: Group::General,
        help: "Log less: warnings only; twice: errors only",
        manual: "",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_and_read_well() {
        for (index, option) in OPTIONS.iter().enumerate() {
            let others = &OPTIONS[index + 1..];
            assert!(others.iter().all(|o| o.name != option.name && (o.short.is_none() || o.short != option.short)));
            assert!(option.help.len() <= 64, "--{}: {} characters", option.name, option.help.len());
            assert!(!option.help.ends_with('.'), "--{}: a help line has no full stop", option.name);
            assert!(
                option.manual.is_empty() || option.manual.ends_with('.'),
                "--{}: the manual speaks in sentences",
                option.name
            );
        }
    }

    #[test]
    fn groups_are_contiguous_and_in_order() {
        let groups: Vec<Group> = OPTIONS.iter().map(|option| option.group).collect();
        assert!(groups.is_sorted());
        assert!(Group::ALL.iter().all(|group| groups.contains(group)));
    }
}
