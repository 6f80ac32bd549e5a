//! What a parser made for today's programs does not see of real consoles, row by row, and the scripts that hold it: so that
//! whoever wonders about one of them finds it.

use std::path::Path;

/// What consoles send, and the scripts under tests/screen that say what becomes of it.
const ROWS: &[(&str, &[&str])] = &[
    ("Linux's ESC ] P nrrggbb and ESC ] R without an end", &["osc/linux_palette"]),
    ("a character in the middle of a sequence (systemd's shortened unit names)", &["broken/character_in_sequence"]),
    ("a broken character there", &["broken/invalid_in_sequence"]),
    ("the contents of APC, PM and SOS", &["broken/strings_swallowed"]),
    ("raw C1 controls, in UTF-8 and in eight bits", &["broken/c1_in_utf8", "broken/dcs_8bit", "print/latin1"]),
    ("U+0080 to U+009F in UTF-8", &["broken/c1_in_utf8"]),
    (
        "encodings that change in the middle",
        &["print/latin1", "print/latin1_edges", "print/cp437", "dialects/linux_encodings"],
    ),
    ("a device control string's text, and its being cut short", &["broken/dcs_text", "report/strings_aborted"]),
    ("an OSC that ESC and another byte end", &["osc/unterminated"]),
    ("too many parameters", &["dialects/many_parameters", "sgr/many_parameters", "broken/osc_many_parameters"]),
    ("VT52", &["modes/vt52"]),
    ("shifts of character sets", &["print/charsets", "print/dec_graphics", "dialects/linux_charsets"]),
    ("a private marker in the wrong place", &["broken/private_markers"]),
    ("DEL and NUL", &["broken/del_in_sequence", "dialects/padding"]),
    ("broken UTF-8", &["broken/utf8_simple", "broken/utf8_overlong"]),
    ("motions and erasures that end a pending wrap", &["cursor/pending_wrap", "edit/erasing_clears_pending_wrap"]),
    ("LNM with VT and FF", &["scroll/newline_mode"]),
    ("a size that is asked for (CSI 18 t)", &["report/size"]),
    ("DECSTR, which also ends DECOM", &["modes/soft_reset"]),
    ("Linux's cursor", &["dialects/linux_cursor"]),
    ("Linux's function keys, echoed", &["dialects/linux_function_keys"]),
    ("setterm's sequences", &["dialects/linux_setterm"]),
    ("a PC's character ROM as an alternate font", &["dialects/pc_alternate_font"]),
    ("firmware's menus", &["dialects/firmware_vt_utf8", "dialects/firmware_pc_ansi"]),
    ("ANSI.SYS", &["dialects/ansi_sys"]),
    ("SCO", &["dialects/sco"]),
    ("lines that end with CR alone", &["dialects/cr_only"]),
    ("flow control, and ENQ", &["dialects/xon_xoff_enq"]),
    ("stray bytes of eight bits", &["dialects/stray_bytes"]),
];

#[test]
fn every_row_has_its_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screen");
    for (row, scripts) in ROWS {
        assert!(!scripts.is_empty(), "{row}");
        for script in *scripts {
            assert!(folder.join(script).with_extension("vt").is_file(), "{row}: {script}");
        }
    }
}
