//! What consoles look like: font files, sizes and themes, read and checked.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::options::Opt;
use super::resolve::wrong;
use super::theme::{self, MAX_THEME_FILE, THEMES};
use super::{ConfigError, Given};
use crate::font::{FILE_BYTES_MAX, Font, FontError, FontOptions, Style, Typeface};
use crate::geometry::GridSize;
use crate::terminal::Palette;

/// Most faces that `--font` names.
pub const MAX_FACES: usize = 8;
/// Longest side of a console's picture at start, in pixels.
pub const MAX_PICTURE_SIDE: u32 = 8192;

/// How a file that holds another style of the same face is named: after the name, before the ending.
const STYLES: [(Style, &[&str]); 3] = [
    (Style::Bold, &["-Bold"]),
    (Style::Italic, &["-Italic", "-Oblique"]),
    (Style::BoldItalic, &["-BoldItalic", "-BoldOblique"]),
];

/// How consoles are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The user's faces, the first to be used first.
    pub faces: Vec<Typeface>,
    /// Height of a cell at scale 1, in pixels; `None` for what the face was made for.
    pub cell_height: Option<u32>,
    /// How many times larger than that text is drawn, from 1.
    pub scale: u32,
    /// The colours.
    pub palette: Palette,
}

impl Default for Look {
    /// The built-in font in its own size, and the default theme.
    fn default() -> Self {
        Self { faces: Vec::new(), cell_height: None, scale: 1, palette: Palette::default() }
    }
}

impl Look {
    /// The font. That of a look that [`look`] returned is always there.
    pub fn font(&self) -> Result<Font, FontError> {
        Font::new(FontOptions { faces: &self.faces, cell_height: self.cell_height, scale: self.scale })
    }
}

/// Reads all files that are named, and checks that they suit each other and a screen of `geometry`.
pub fn look(given: &Given, geometry: GridSize) -> Result<Look, ConfigError> {
    let faces = match given.value("font") {
        Some((option, value)) => faces(option, &value)?,
        None => Vec::new(),
    };
    let cell_height = given.optional_number("font-size")?;
    let palette = match given.value("theme") {
        Some((option, value)) => palette(option, &value)?,
        None => Palette::default(),
    };
    let look = Look { faces, cell_height, scale: given.number("scale")?, palette };
    let cell = match look.font() {
        Ok(font) => font.cell(),
        Err(error @ FontError::Fixed(_)) => return Err(ConfigError::new(format!("--font-size: {error}"))),
        Err(error) => return Err(ConfigError::new(format!("--font-size and --scale: {error}"))),
    };
    let (width, height) = (u32::from(geometry.cols) * cell.width, u32::from(geometry.rows) * cell.height);
    if width.max(height) > MAX_PICTURE_SIDE {
        return Err(ConfigError::new(format!(
            "--geometry: {geometry} cells of {cell} pixels are a picture of {width}x{height}, more than {MAX_PICTURE_SIDE} \
             a side: choose fewer, or a smaller --font-size or --scale"
        )));
    }
    Ok(look)
}

/// The faces of a list of paths with commas between them.
fn faces(option: &Opt, value: &OsStr) -> Result<Vec<Typeface>, ConfigError> {
    let paths: Vec<&OsStr> = value.as_bytes().split(|byte| *byte == b',').map(OsStr::from_bytes).collect();
    if paths.len() > MAX_FACES {
        return Err(ConfigError::new(format!("--{}: {} files are more than {MAX_FACES}", option.name, paths.len())));
    }
    paths.into_iter().map(|path| face(option, Path::new(path))).collect()
}

/// A face, with the files of its styles that lie beside it.
fn face(option: &Opt, path: &Path) -> Result<Typeface, ConfigError> {
    let of =
        |path: &Path, error: &dyn std::fmt::Display| wrong(option, path.as_os_str(), &format!("is no font: {error}"));
    let mut face = Typeface::read(&contents(option, path, FILE_BYTES_MAX)?).map_err(|error| of(path, &error))?;
    for (style, endings) in STYLES {
        if let Some(path) = endings.iter().map(|ending| beside(path, ending)).find(|path| path.is_file()) {
            let file = contents(option, &path, FILE_BYTES_MAX)?;
            face.add_style(style, &file).map_err(|error| of(&path, &error))?;
        }
    }
    Ok(face)
}

/// The path of another style: `Name.ttf` and `Name-Regular.ttf` lie beside `Name-Bold.ttf`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let plain = name.strip_suffix(b".gz").unwrap_or(name);
    let stem = plain.iter().rposition(|byte| *byte == b'.').unwrap_or(plain.len());
    let (stem, suffix) = name.split_at(stem);
    let stem = stem.strip_suffix(b"-Regular").unwrap_or(stem);
    path.with_file_name(std::ffi::OsString::from_vec([stem, ending.as_bytes(), suffix].concat()))
}

/// A theme by its name or in a file.
fn palette(option: &Opt, value: &OsStr) -> Result<Palette, ConfigError> {
    if let Some(theme) = value.to_str().and_then(theme::named) {
        return Ok(Palette::new(&theme));
    }
    let path = Path::new(value);
    if !path.exists() {
        let names: Vec<&str> = THEMES.iter().map(|named| named.name).collect();
        return Err(wrong(option, value, &format!("is no file and none of {}", names.join(", "))));
    }
    let file = contents(option, path, MAX_THEME_FILE)?;
    if file.len() > MAX_THEME_FILE {
        return Err(wrong(option, value, &format!("is no theme: it has more than {MAX_THEME_FILE} bytes")));
    }
    let text = String::from_utf8(file).map_err(|_| wrong(option, value, "is no theme: it is not UTF-8"))?;
    let theme = theme::parse(&text).map_err(|error| wrong(option, value, &format!("is no theme: {error}")))?;
    Ok(Palette::new(&theme))
}

/// What is in a file; of a larger one than `most` bytes one more than that.
fn contents(option: &Opt, path: &Path, most: usize) -> Result<Vec<u8>, ConfigError> {
    let read = || {
        // What is no file might never end; and a pipe without a writer is not even opened.
        if !std::fs::metadata(path)?.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| wrong(option, path.as_os_str(), &format!("cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::super::arguments::{Request, read};
    use super::super::{Environment, resolve};
    use super::*;
    use crate::terminal::Rgb;

    const FONTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fonts");

    fn given(words: &[&str]) -> Result<Look, ConfigError> {
        let words = std::iter::once("vncterm").chain(words.iter().copied()).map(std::ffi::OsString::from);
        let Request::Serve(given) = read(words)? else { panic!("serving is the default") };
        resolve(&given, &Environment::default()).map(|config| config.look)
    }

    fn error(words: &[&str]) -> String {
        given(words).expect_err(&words.join(" ")).to_string()
    }

    /// A folder that goes with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("vncterm-look-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("a folder for the test");
            Self(path)
        }

        fn file(&self, name: &str, bytes: &[u8]) -> String {
            let path = self.0.join(name);
            std::fs::write(&path, bytes).expect("a file for the test");
            path.into_os_string().into_string().expect("a path in UTF-8")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn fonts_are_read_in_their_order() {
        let list = format!("{FONTS}/greek-regular.ttf,{FONTS}/small-regular.psf");
        let look = given(&["--font", &list, "--font-size", "20", "--scale", "2"]).expect("two fonts");
        assert_eq!((look.faces.len(), look.cell_height, look.scale), (2, Some(20), 2));
        assert_eq!(look.font().expect("it was checked").cell().height, 40);
        assert_eq!(given(&[]).expect("nothing is wrong"), Look::default());
    }

    #[test]
    fn styles_lie_beside_their_file() {
        for (path, ending, other) in [
            ("/a/Name.ttf", "-Bold", "/a/Name-Bold.ttf"),
            ("Name-Regular.otf", "-BoldItalic", "Name-BoldItalic.otf"),
            ("/a.b/name", "-Bold", "/a.b/name-Bold"),
            ("name.psf.gz", "-Italic", "name-Italic.psf.gz"),
        ] {
            assert_eq!(beside(Path::new(path), ending), Path::new(other));
        }
        let folder = Folder::new("styles");
        let bytes = |name: &str| std::fs::read(format!("{FONTS}/{name}.ttf")).expect("a font of the program");
        let path = folder.file("Mine-Regular.ttf", &bytes("greek-regular"));
        let alone = given(&["--font", &path]).expect("a font");
        folder.file("Mine-Oblique.ttf", &bytes("greek-italic"));
        let both = given(&["--font", &path]).expect("a font and its italic");
        let glyph = crate::font::GlyphKey { text: &['λ'], style: Style::Italic, wide: false };
        let [mut alone, mut both] = [alone, both].map(|look| look.font().expect("it was checked"));
        assert_ne!(alone.mask(glyph), both.mask(glyph));
        let bold = folder.file("Mine-Bold.ttf", b"no font");
        assert!(
            error(&["--font", &path]).contains(&format!("{bold}\" is no font: it begins as none that can be read"))
        );
    }

    #[test]
    fn mistakes_name_the_file_and_what_would_be_right() {
        let folder = Folder::new("mistakes");
        let text = folder.file("a.txt", b"hello");
        for (words, line) in [
            (&["--font", "/nowhere/a.ttf"][..], "--font: \"/nowhere/a.ttf\" cannot be read: No such file".to_owned()),
            (&["--font", ""], "--font: \"\" cannot be read: No such file".into()),
            (&["--font", "/dev/zero"], "--font: \"/dev/zero\" cannot be read: it is not a file".into()),
            (
                &["--font", &text],
                format!("--font: \"{text}\" is no font: it begins as none that can be read: TrueType"),
            ),
            (&["--font-size", "5"], "--font-size: \"5\" is not a whole number from 6 to 64".into()),
            (
                &["--font-size", "64", "--scale", "3"],
                "--font-size and --scale: cells of 96x192 pixels are too large".into(),
            ),
            (&["--theme", "nice"], "--theme: \"nice\" is no file and none of dark, light, contrast".into()),
            (&["--theme", &text], format!("--theme: \"{text}\" is no theme: line 1: ")),
            (&["--theme", "/"], "--theme: \"/\" cannot be read: it is not a file".into()),
            (
                &["--geometry", "257x24", "--font-size", "64"],
                "--geometry: 257x24 cells of 32x64 pixels are a picture".into(),
            ),
        ] {
            let error = error(words);
            assert!(error.starts_with(&line) && !error.contains('\n'), "{words:?}: {error}");
        }
        assert!(given(&["--geometry", "256x24", "--font-size", "64"]).is_ok());
        let psf = format!("{FONTS}/small-regular.psf");
        assert!(
            error(&["--font", &psf, "--font-size", "18"]).starts_with("--font-size: the font is a bitmap of 16 pixels")
        );
    }

    #[test]
    fn limits_hold_at_their_edges() {
        let psf = format!("{FONTS}/small-regular.psf");
        let list = |count| vec![psf.as_str(); count].join(",");
        assert!(given(&["--font", &list(MAX_FACES)]).is_ok());
        assert!(error(&["--font", &list(MAX_FACES + 1)]).contains("9 files are more than 8"));
        let folder = Folder::new("limits");
        let theme = |length: usize| {
            let colors = ["\"#808080\""; 16].join(",");
            let text = format!("foreground = \"#ffffff\"\nbackground = \"#000000\"\ncolors = [{colors}]\n#");
            [text.as_bytes(), &vec![b'x'; length - text.len()]].concat()
        };
        let path = folder.file("theme.toml", &theme(MAX_THEME_FILE));
        let look = given(&["--theme", &path]).expect("as large as may be");
        assert_eq!(look.palette.indexed(3), Rgb::from_u32(0x808080));
        let path = folder.file("theme.toml", &theme(MAX_THEME_FILE + 1));
        assert!(error(&["--theme", &path]).contains("more than 65536 bytes"));
        let path = folder.file("font.psf", &vec![0; FILE_BYTES_MAX + 1]);
        assert!(error(&["--font", &path]).contains("more than 16 MiB"));
    }

    #[test]
    fn a_theme_is_what_the_terminal_returns_to() {
        let look = given(&["--theme", "vga"]).expect("it is in the table");
        let options = crate::terminal::Options { palette: look.palette, ..Default::default() };
        let mut terminal = crate::terminal::Terminal::new(GridSize::new(10, 2), options);
        terminal.feed(b"\x1b]4;1;#123456\x1b\\\x1b]10;#010203\x1b\\\x1b]11;#040506\x1b\\\x1b]12;#070809\x1b\\");
        assert_eq!(terminal.screen().palette().indexed(1), Rgb::from_u32(0x123456));
        terminal.feed(b"\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\");
        let vga = theme::named("vga").expect("it is in the table");
        assert_eq!(*terminal.screen().palette(), Palette::new(&vga));
    }
}
