//! The table of clients: how each is started, and a row for each encoding and depth of colour that it can be led to.
//!
//! Commands are for `sh`. In them `{HOST}`, `{PORT}`, `{ADDRESS}` (HOST::PORT) and `{DISPLAY}` (HOST:N) are the server's,
//! `{OPTIONS}` are the row's, `{FILE}` is where a picture is to be written, `{DIR}` a directory of the run's own, `{WEB}` a
//! free port, `{VIEWERS}` the directory of the programs beside this file, and `{BUILT}` one for what is compiled.

use vncterm::rfb::ids::Encoding;
use vncterm::rfb::pixel_format::PixelFormat;

/// A program of other people's that shows our pictures.
pub struct Client {
    pub name: &'static str,
    /// Succeeds where this client can run. It may build what it needs.
    pub needs: &'static str,
    /// Puts files in place before each run.
    pub prepare: &'static str,
    /// What runs beside it.
    pub beside: &'static str,
    pub command: &'static str,
    pub shows: Shows,
    pub follows: Follows,
    pub cuts: Cuts,
    pub rows: &'static [Row],
}

/// Where the picture is to be seen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// On an X screen.
    OnScreen,
    /// In `{FILE}`, which each run writes anew: a PNG or a PPM.
    InFile,
    /// In files that it writes as it is told on its standard input; see the programs under viewers/.
    AsTold,
}

/// What a client's picture does when the desktop gets another size.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// It has that size.
    Always,
    /// It has that size, but its window does not become smaller, and what does not fill it is stretched.
    Larger,
    /// It keeps the size it had; the server shows what fits.
    Never,
}

/// What a client does with text that is cut beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cuts {
    /// It does not give it to the server, or no server understands how.
    Nothing,
    /// It sends what ISO 8859-1 has of it.
    Latin1,
    /// It sends UTF-8, by the extended clipboard or against the standard.
    Utf8,
}

/// One way to run a client.
pub struct Row {
    pub options: &'static str,
    /// What the server has to choose by the client's list.
    pub encoding: Encoding,
    pub depth: Depth,
}

/// How many colours a client asks for, and what becomes of them on their way to where they are looked at.
#[derive(Clone, Copy)]
pub struct Depth {
    pub format: PixelFormat,
    /// The X screen, as Xvfb's arguments say it.
    pub screen: &'static str,
    /// How far a colour may be from the nearest that the format has.
    pub error: u8,
}

/// An X screen of 24 bits.
pub const TRUE_COLOR_SCREEN: &str = "-screen 0 1024x768x24";

const FULL: Depth = Depth::of(PixelFormat::SERVER_DEFAULT);
const FULL_RGB: Depth = Depth::of(PixelFormat::rgb(32, 24, [255; 3], [0, 8, 16]));
const RGB565: Depth = Depth::of(PixelFormat::RGB565);
const RGB555: Depth = Depth::of(PixelFormat::rgb(16, 15, [31; 3], [10, 5, 0]));
const BGR233: Depth = Depth::of(PixelFormat::BGR233);
const RGB332: Depth = Depth::of(PixelFormat::rgb(8, 8, [7, 7, 3], [5, 2, 0]));
/// Of each colour.
const LEVELS_4: Depth = Depth::of(PixelFormat::RGB222);
const LEVELS_2: Depth = Depth::of(PixelFormat::RGB111);

impl Depth {
    /// On a screen of true colour. Levels are scaled back with rounding or without it, so that one is to spare.
    const fn of(format: PixelFormat) -> Depth {
        let error = if format.red_max == 255 { 0 } else { 1 };
        Depth { format, screen: TRUE_COLOR_SCREEN, error }
    }
}

const fn row(options: &'static str, encoding: Encoding, depth: Depth) -> Row {
    Row { options, encoding, depth }
}

/// What most clients have in common.
const CLIENT: Client = Client {
    name: "",
    needs: "",
    prepare: "",
    beside: "",
    command: "",
    shows: Shows::OnScreen,
    follows: Follows::Always,
    cuts: Cuts::Nothing,
    rows: &[],
};

/// Its menu key would announce itself over the picture.
pub const TIGERVNC: Client = Client {
    name: "TigerVNC",
    needs: "command -v vncviewer",
    command: "exec vncviewer -MenuKey= -RemoteResize=0 {OPTIONS} {ADDRESS}",
    cuts: Cuts::Utf8,
    rows: &[
        // As its makers set it up, JPEG and compression levels announced.
        row("", Encoding::TIGHT, FULL),
        row("-AutoSelect=0 -NoJPEG=1 -PreferredEncoding=Tight", Encoding::TIGHT, FULL),
        row("-AutoSelect=0 -NoJPEG=1 -CustomCompressLevel=1 -CompressLevel=9", Encoding::TIGHT, FULL),
        row("-AutoSelect=0 -NoJPEG=1 -PreferredEncoding=ZRLE", Encoding::ZRLE, FULL),
        row("-AutoSelect=0 -NoJPEG=1 -PreferredEncoding=Hextile", Encoding::HEXTILE, FULL),
        // Raw is what is sent when there is nothing else.
        row("-AutoSelect=0 -NoJPEG=1 -PreferredEncoding=Raw", Encoding::ZRLE, FULL),
        row("-AutoSelect=0 -FullColor=0 -LowColorLevel=0", Encoding::TIGHT, LEVELS_2),
        row("-AutoSelect=0 -FullColor=0 -LowColorLevel=1", Encoding::TIGHT, LEVELS_4),
        row("-AutoSelect=0 -FullColor=0 -LowColorLevel=2", Encoding::TIGHT, RGB332),
        row("-AutoSelect=0 -FullColor=0 -LowColorLevel=1 -PreferredEncoding=ZRLE", Encoding::ZRLE, LEVELS_4),
        row("-AutoSelect=0 -FullColor=0 -LowColorLevel=1 -PreferredEncoding=Hextile", Encoding::HEXTILE, LEVELS_4),
        row("-AutoSelect=0 -FullColor=0 -LowColorLevel=2 -PreferredEncoding=ZRLE", Encoding::ZRLE, RGB332),
    ],
    ..CLIENT
};

/// An X screen of 65,536 colours, and one of 256 that its programs choose: not all of ours get one of their own.
const SCREEN_16: Depth = Depth { screen: "-screen 0 1024x768x16", ..RGB565 };
const BGR233_ON_MAP: Depth = Depth { screen: "-screen 0 1024x768x8 -cc 3", error: 37, ..BGR233 };

/// It would paint the pointer's shape into the picture. `-owncmap` is left out: somebody has to install its colour map.
pub const XTIGHTVNCVIEWER: Client = Client {
    name: "xtightvncviewer",
    needs: "command -v xtightvncviewer",
    command: "exec xtightvncviewer -nocursorshape {OPTIONS} {ADDRESS}",
    follows: Follows::Never,
    cuts: Cuts::Utf8,
    rows: &[
        row("-encodings raw", Encoding::RAW, FULL),
        row("-encodings 'tight copyrect'", Encoding::TIGHT, FULL),
        row("-encodings 'hextile copyrect'", Encoding::HEXTILE, FULL),
        row("-encodings 'zlib copyrect'", Encoding::ZLIB, FULL),
        row("-encodings 'corre copyrect'", Encoding::CORRE, FULL),
        row("-encodings 'rre copyrect'", Encoding::RRE, FULL),
        row("-encodings copyrect", Encoding::RAW, FULL),
        row("-encodings tight -bgr233", Encoding::TIGHT, BGR233),
        row("-encodings hextile -bgr233", Encoding::HEXTILE, BGR233),
        row("-encodings zlib -bgr233", Encoding::ZLIB, BGR233),
        row("-encodings corre -bgr233", Encoding::CORRE, BGR233),
        row("-encodings rre -bgr233", Encoding::RRE, BGR233),
        row("-encodings tight", Encoding::TIGHT, SCREEN_16),
        row("-encodings hextile", Encoding::HEXTILE, SCREEN_16),
        row("-encodings tight -bgr233", Encoding::TIGHT, BGR233_ON_MAP),
    ],
    ..CLIENT
};

pub const SSVNCVIEWER: Client = Client {
    name: "ssvncviewer",
    needs: "command -v ssvncviewer",
    command: "exec ssvncviewer -nocursorshape {OPTIONS} {ADDRESS}",
    cuts: Cuts::Utf8,
    rows: &[
        row("-encodings 'tight copyrect'", Encoding::TIGHT, FULL),
        row("-encodings 'zrle copyrect'", Encoding::ZRLE, FULL),
        row("-encodings 'hextile copyrect'", Encoding::HEXTILE, FULL),
        row("-encodings 'zlib copyrect'", Encoding::ZLIB, FULL),
        row("-encodings 'corre copyrect'", Encoding::CORRE, FULL),
        row("-encodings 'rre copyrect'", Encoding::RRE, FULL),
        row("-encodings raw", Encoding::RAW, FULL),
        row("-encodings zrle -bgr565", Encoding::ZRLE, RGB565),
        row("-encodings tight -bgr565", Encoding::TIGHT, RGB565),
        row("-encodings zrle -bgr233", Encoding::ZRLE, BGR233),
        row("-encodings tight -bgr222", Encoding::TIGHT, LEVELS_4),
    ],
    ..CLIENT
};

/// It chooses its encodings and its depth by itself.
pub const GVNCVIEWER: Client = Client {
    name: "gvncviewer",
    needs: "command -v gvncviewer",
    command: "exec gvncviewer {OPTIONS} {DISPLAY}",
    follows: Follows::Larger,
    rows: &[row("", Encoding::TIGHT, FULL)],
    ..CLIENT
};

/// virt-viewer without libvirt. Its window becomes as large as the first picture, and later ones are scaled to fit it.
pub const REMOTE_VIEWER: Client = Client {
    name: "virt-viewer",
    needs: "command -v remote-viewer",
    command: "exec remote-viewer {OPTIONS} vnc://{HOST}:{PORT}",
    follows: Follows::Larger,
    rows: &[row("", Encoding::TIGHT, FULL)],
    ..CLIENT
};

pub const REMMINA: Client = Client {
    name: "remmina",
    needs: "command -v remmina && ls /usr/lib/*/remmina/plugins/remmina-plugin-vnc.so",
    prepare: "printf '%s\\n' '[remmina]' name=viewer protocol=VNC server={HOST}:{PORT} viewmode=1 scale=0 showcursor=0 \
              disableencryption=1 window_width=900 window_height=600 {OPTIONS} >{DIR}/viewer.remmina",
    command: "exec remmina -c {DIR}/viewer.remmina",
    rows: &[
        row("quality=9 colordepth=32", Encoding::ZLIB, FULL),
        row("quality=0 colordepth=32", Encoding::ZRLE, FULL),
        row("encodings=tight colordepth=32", Encoding::TIGHT, FULL),
        row("encodings=hextile colordepth=24", Encoding::HEXTILE, FULL),
        row("encodings=corre colordepth=24", Encoding::CORRE, FULL),
        row("encodings=rre colordepth=24", Encoding::RRE, FULL),
        row("quality=9 colordepth=16", Encoding::ZLIB, RGB555),
        row("quality=9 colordepth=15", Encoding::ZLIB, FULL),
        row("quality=9 colordepth=8", Encoding::ZLIB, BGR233),
        row("encodings=zrle colordepth=16", Encoding::ZRLE, RGB555),
    ],
    ..CLIENT
};

/// Compiled where a C compiler and the library's headers are. A row is encodings, bits a pixel, maxima and shifts.
pub const LIBVNCCLIENT: Client = Client {
    name: "libvncclient",
    needs: "cc -O1 -o {BUILT}/libvncclient {VIEWERS}/libvncclient.c -lvncclient",
    command: "exec {BUILT}/libvncclient {HOST} {PORT} {OPTIONS}",
    shows: Shows::AsTold,
    cuts: Cuts::Utf8,
    rows: &[
        row("'tight copyrect' 32 255,255,255 0,8,16", Encoding::TIGHT, FULL_RGB),
        row("'zrle copyrect' 32 255,255,255 0,8,16", Encoding::ZRLE, FULL_RGB),
        row("'trle copyrect' 32 255,255,255 0,8,16", Encoding::TRLE, FULL_RGB),
        row("'hextile copyrect' 32 255,255,255 0,8,16", Encoding::HEXTILE, FULL_RGB),
        row("'zlib copyrect' 32 255,255,255 0,8,16", Encoding::ZLIB, FULL_RGB),
        row("'corre copyrect' 32 255,255,255 0,8,16", Encoding::CORRE, FULL_RGB),
        row("'rre copyrect' 32 255,255,255 0,8,16", Encoding::RRE, FULL_RGB),
        row("raw 32 255,255,255 16,8,0", Encoding::RAW, FULL),
        row("tight 16 31,63,31 11,5,0", Encoding::TIGHT, RGB565),
        row("zrle 16 31,63,31 11,5,0", Encoding::ZRLE, RGB565),
        row("trle 16 31,63,31 11,5,0", Encoding::TRLE, RGB565),
        row("hextile 16 31,63,31 11,5,0", Encoding::HEXTILE, RGB565),
        row("zlib 16 31,63,31 11,5,0", Encoding::ZLIB, RGB565),
        row("corre 16 31,63,31 11,5,0", Encoding::CORRE, RGB565),
        row("rre 16 31,63,31 11,5,0", Encoding::RRE, RGB565),
        row("raw 16 31,63,31 11,5,0", Encoding::RAW, RGB565),
        row("tight 8 7,7,3 0,3,6", Encoding::TIGHT, BGR233),
        row("zrle 8 7,7,3 0,3,6", Encoding::ZRLE, BGR233),
        row("trle 8 7,7,3 0,3,6", Encoding::TRLE, BGR233),
        row("hextile 8 7,7,3 0,3,6", Encoding::HEXTILE, BGR233),
        row("zlib 8 7,7,3 0,3,6", Encoding::ZLIB, BGR233),
        row("corre 8 7,7,3 0,3,6", Encoding::CORRE, BGR233),
        row("rre 8 7,7,3 0,3,6", Encoding::RRE, BGR233),
    ],
    ..CLIENT
};

/// In Chromium, through websockify. A row's options are the encodings that it lists. Raw, which RRE falls back to, has
/// holes in version 1.3 when it comes in parts.
pub const NOVNC: Client = Client {
    name: "noVNC",
    needs: "command -v chromium && command -v websockify && ls /usr/share/novnc/core/rfb.js",
    prepare: "mkdir {DIR}/web && cp {VIEWERS}/novnc.html {DIR}/web && ln -s /usr/share/novnc {DIR}/web/novnc && \
              ln -s {DIR}/text {DIR}/web/cut-text",
    beside: "exec websockify --web {DIR}/web 127.0.0.1:{WEB} {HOST}:{PORT}",
    command: "until python3 -c 'import socket; socket.create_connection((None, {WEB}))' 2>/dev/null; do sleep 0.1; done; \
              exec chromium --no-sandbox --kiosk --no-first-run --disable-gpu --force-device-scale-factor=1 \
              --force-color-profile=srgb --user-data-dir={DIR}/chromium 'http://127.0.0.1:{WEB}/novnc.html?{OPTIONS}'",
    cuts: Cuts::Utf8,
    rows: &[
        row("7,1", Encoding::TIGHT, FULL_RGB),
        row("-260,1", Encoding::TIGHT_PNG, FULL_RGB),
        row("5,1", Encoding::HEXTILE, FULL_RGB),
    ],
    ..CLIENT
};

/// The page that its makers wrote, with their defaults, from our own port: {WEB} is not used.
pub const NOVNC_FROM_US: Client = Client {
    name: "noVNC from --web-root",
    needs: "command -v chromium",
    prepare: "",
    beside: "",
    command: "exec chromium --no-sandbox --kiosk --no-first-run --disable-gpu --force-device-scale-factor=1 \
              --force-color-profile=srgb --user-data-dir={DIR}/chromium 'http://{HOST}:{PORT}/vnc.html?autoconnect=1'",
    rows: &[row("", Encoding::TIGHT, FULL_RGB)],
    ..NOVNC
};

/// As its makers give it to npm, unpacked in the directory that `NOVNC` names; from 1.7 on.
pub const NEW_NOVNC: Client = Client {
    name: "noVNC in NOVNC",
    needs: "command -v chromium && command -v websockify && ls \"$NOVNC/core/decoders/zlib.js\"",
    prepare: "mkdir {DIR}/web && cp {VIEWERS}/novnc.html {DIR}/web && ln -s \"$NOVNC\" {DIR}/web/novnc && \
              ln -s {DIR}/text {DIR}/web/cut-text",
    rows: &[
        row("7,1", Encoding::TIGHT, FULL_RGB),
        row("-260,1", Encoding::TIGHT_PNG, FULL_RGB),
        row("16,1", Encoding::ZRLE, FULL_RGB),
        row("6,1", Encoding::ZLIB, FULL_RGB),
        row("5,1", Encoding::HEXTILE, FULL_RGB),
        row("2,1", Encoding::RRE, FULL_RGB),
        row("0", Encoding::RAW, FULL_RGB),
    ],
    ..NOVNC
};

/// Indices into a map of our making.
const MAP: Depth = Depth {
    format: PixelFormat { true_colour: false, ..PixelFormat::rgb(8, 8, [0; 3], [0; 3]) },
    screen: TRUE_COLOR_SCREEN,
    // Half the diagonal of a step of a cube of colours.
    error: 44,
};

/// From PyPI. It knows Zlib and Raw alone, and no other depth than ours.
pub const ASYNCVNC: Client = Client {
    name: "asyncvnc",
    needs: "python3 -c 'import asyncvnc'",
    command: "exec python3 {VIEWERS}/asyncvnc_viewer.py {HOST} {PORT} {OPTIONS}",
    shows: Shows::AsTold,
    follows: Follows::Never,
    rows: &[row("", Encoding::ZLIB, FULL)],
    ..CLIENT
};

/// Of 16 bits it leaves the low bits of each colour 0.
const NET_VNC_16: Depth = Depth { error: 7, ..RGB555 };

/// A row is a depth. Its Hextile is wrong in front of every server.
pub const NET_VNC: Client = Client {
    name: "Net::VNC",
    needs: "perl -MNet::VNC -e 1",
    command: "exec perl {VIEWERS}/net_vnc.pl {HOST} {PORT} {OPTIONS}",
    shows: Shows::AsTold,
    follows: Follows::Never,
    rows: &[row("24", Encoding::CORRE, FULL), row("16", Encoding::CORRE, NET_VNC_16), row("8", Encoding::CORRE, MAP)],
    ..CLIENT
};

pub const GVNCCAPTURE: Client = Client {
    name: "gvnccapture",
    needs: "command -v gvnccapture",
    command: "exec gvnccapture -q {DISPLAY} {FILE}",
    shows: Shows::InFile,
    rows: &[row("", Encoding::ZRLE, FULL)],
    ..CLIENT
};

pub const VNCDOTOOL: Client = Client {
    name: "vncdotool",
    needs: "command -v vncdo",
    command: "exec vncdo -s {ADDRESS} capture {FILE}",
    shows: Shows::InFile,
    cuts: Cuts::Latin1,
    rows: &[row("", Encoding::RAW, FULL)],
    ..CLIENT
};

/// What a JPEG of the best quality leaves of the colours.
const JPEG: Depth = Depth { error: 3, ..FULL_RGB };

/// It writes JPEG and nothing else.
pub const VNCSNAPSHOT: Client = Client {
    name: "vncsnapshot",
    needs: "command -v vncsnapshot && command -v djpeg",
    command: "vncsnapshot -quiet -nojpeg {OPTIONS} {DISPLAY} {FILE}.jpg && djpeg -pnm -outfile {FILE} {FILE}.jpg",
    shows: Shows::InFile,
    rows: &[
        row("-encodings tight", Encoding::TIGHT, JPEG),
        row("-encodings zrle", Encoding::ZRLE, JPEG),
        row("-encodings hextile", Encoding::HEXTILE, JPEG),
        row("-encodings corre", Encoding::CORRE, JPEG),
        row("-encodings rre", Encoding::RRE, JPEG),
        row("-encodings raw", Encoding::RAW, JPEG),
    ],
    ..CLIENT
};
