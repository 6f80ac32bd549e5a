//! Pastes from other people's viewers into real programs: a key of 4 KiB, and letters that the viewer's text can have.

use std::fs;

use super::clients::{self, Client, Cuts, Shows};
use super::picture::RawViewer;
use super::run::{Run, focus};
use super::stage::{Running, Server, wait_for};
use super::{ESCAPE, RETURN};

/// A program that says when it is ready, and what it leaves in {DIR}/all of a text that is pasted into it.
struct Program {
    script: &'static str,
    /// Around the text.
    before: &'static str,
    after: &'static str,
    /// What is typed behind it.
    ends: &'static str,
}

/// Takes sixteen bytes at a time and looks at them, until a line ends with a full stop.
const SLOW_READER: Program = Program {
    script: "stty raw -echo; echo >{DIR}/ready; while dd bs=16 count=1 2>/dev/null >{DIR}/piece; do \
             cat {DIR}/piece >>{DIR}/got; case $(tail -c 2 {DIR}/got | od -An -tx1) in ' 2e 0d') break; esac; done; \
             tr '\\r' '\\n' <{DIR}/got | sed '$d' >{DIR}/whole; mv {DIR}/whole {DIR}/all; sleep 600",
    before: "",
    after: "",
    ends: ".",
};

/// The terminal's own editing of lines.
const LINES: Program = Program {
    script: "echo >{DIR}/ready; sed '/^[.]$/q' >{DIR}/got; sed '$d' {DIR}/got >{DIR}/whole; mv {DIR}/whole {DIR}/all; \
             sleep 600",
    before: "",
    after: "",
    ends: ".",
};

/// A shell that asks for brackets around a paste.
const SHELL: Program = Program {
    script: "PROMPT_COMMAND='echo >{DIR}/ready' exec bash --norc --noprofile -i",
    before: "cat >{DIR}/got <<'END'\n",
    after: "END\nmv {DIR}/got {DIR}/all",
    ends: "",
};

/// Lines of 64 letters, as keys are written.
fn key(lines: usize) -> String {
    let mut random = 1_u32;
    let mut letter = || {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[(random >> 26) as usize])
    };
    (0..lines).map(|_| (0..64).map(|_| letter()).chain(['\n']).collect::<String>()).collect()
}

/// What this client can carry.
fn text(client: &Client) -> String {
    let letters = match client.cuts {
        Cuts::Nothing => panic!("{} sends no text", client.name),
        Cuts::Latin1 => "größe ça @|\\{}~",
        Cuts::Utf8 => "größe €1 日本語 @|\\{}~",
    };
    // What has more than 4000 bytes xsel hands over in parts, which FLTK and GTK do not take from it.
    let lines = if client.shows == Shows::OnScreen { 60 } else { 64 };
    format!("{letters}\n{}", key(lines))
}

/// Starts the program on our server, and leaves the text for it in {DIR}/text.
fn begin(program: &Program, text: &str) -> Server {
    let server = Server::start(&["--resize", "fixed", "--", "sh", "-c", program.script]);
    server.wait_for_file("ready");
    let [before, after] =
        [program.before, program.after].map(|part| part.replace("{DIR}/", &server.directory.path("")));
    fs::write(server.directory.path("text"), format!("{before}{text}{after}")).expect("the directory can be written");
    server
}

/// Pastes a text into a program, and looks at what comes there.
fn into(client: &Client, program: &Program) {
    let text = text(client);
    let server = begin(program, &text);
    let Some(mut run) = Run::start(client, &client.rows[0], &server) else { return };
    let Some(_owners) = cut(&mut run, &server) else { return };
    wait_for("a text to paste", || {
        let before = server.pastes().len();
        press_paste(&mut run);
        wait_for("what becomes of a paste", || server.pastes().get(before).copied()).then_some(())
    });
    run.types(program.ends);
    assert_eq!(server.wait_for_file("all"), text, "{}", run.what);
}

/// Has the client know the text: `None` when this machine has no program that owns an X selection.
fn cut(run: &mut Run, server: &Server) -> Option<Vec<Running>> {
    let file = server.directory.path("text");
    run.shows_all(&server.picture());
    let Some(screen) = &run.screen else {
        run.client.as_mut().expect("it was started").tell(&format!("cut {file}"));
        return Some(Vec::new());
    };
    screen.run("xsel", &["--version"])?.succeeds();
    let own = |selection: &str| {
        let owner = screen.run("sh", &["-c", &format!("exec xsel --nodetach --input {selection} <{file}")]);
        wait_for("the selection", || {
            let is_there = format!("xsel --output {selection} | cmp -s - {file}");
            screen.run("sh", &["-c", &is_there]).is_some_and(Running::succeeds).then_some(())
        });
        owner
    };
    ["--primary", "--clipboard"].into_iter().map(own).collect()
}

/// Shift-Insert. Viewers ask for the selection when their window gets the keyboard, or when the pointer comes in.
fn press_paste(run: &mut Run) {
    match (&run.screen, &mut run.client) {
        (Some(screen), _) => {
            assert!(screen.xdotool("mousemove 1000 760"));
            focus(screen);
            assert!(screen.xdotool("key shift+Insert"));
        }
        (None, client) => client.as_mut().expect("it was started").tell("paste"),
    }
}

/// A test for each client that gives a server its text.
macro_rules! pastes {
    ($($test:ident: $client:expr;)*) => {
        $(#[test]
        #[ignore = "needs the client, and Xvfb, xdotool and xsel if it has a window"]
        fn $test() {
            into(&$client, &SLOW_READER);
        })*
    };
}

pastes! {
    tigervnc_pastes_into_a_slow_reader: clients::TIGERVNC;
    xtightvncviewer_pastes_into_a_slow_reader: clients::XTIGHTVNCVIEWER;
    ssvncviewer_pastes_into_a_slow_reader: clients::SSVNCVIEWER;
    libvncclient_pastes_into_a_slow_reader: clients::LIBVNCCLIENT;
    novnc_pastes_into_a_slow_reader: clients::NOVNC;
    new_novnc_pastes_into_a_slow_reader: clients::NEW_NOVNC;
}

#[test]
#[ignore = "needs the client"]
fn a_terminals_lines_take_a_paste() {
    into(&clients::LIBVNCCLIENT, &LINES);
}

#[test]
#[ignore = "needs the client, and bash"]
fn a_shell_takes_a_paste() {
    into(&clients::LIBVNCCLIENT, &SHELL);
}

/// It sends what it is told and goes.
#[test]
#[ignore = "needs vncdotool"]
fn vncdotool_pastes_into_a_slow_reader() {
    let text = text(&clients::VNCDOTOOL);
    let server = begin(&SLOW_READER, &text);
    let file = server.directory.path("text");
    let arguments = ["-s", &server.address(), "pastefile", &file, "key", "shift-ins", "key", ".", "key", "enter"];
    let Some(vncdo) = Running::start("vncdo", &arguments, &[("PYTHONUTF8", "1")]) else { return };
    assert_eq!(server.wait_for_file("all"), text);
    assert!(vncdo.succeeds());
}

/// Into the editor's insert mode, with brackets; the file that it writes is the text.
#[test]
#[ignore = "needs the client, and vim"]
fn vim_takes_a_paste() {
    if Running::start("vim", &["--version"], &[]).is_none() {
        return;
    }
    // What is pasted has a last line without an end, to which the editor gives one. Compatible with vi (which -u NONE makes
    // it, and -N not) it takes the answer to a question of its own for an Escape, in xterm too.
    let vim = Program {
        script: "LC_ALL=C.UTF-8 vim -N -u NONE -i NONE -n +startinsert \
                 --cmd \"au VimEnter * call writefile(['x'], '{DIR}/ready')\" {DIR}/got; mv {DIR}/got {DIR}/all; sleep 600",
        ..SLOW_READER
    };
    let text = text(&clients::LIBVNCCLIENT);
    let server = begin(&vim, &text);
    let row = &clients::LIBVNCCLIENT.rows[0];
    let Some(mut run) = Run::start(&clients::LIBVNCCLIENT, row, &server) else { return };
    let _ = cut(&mut run, &server);
    press_paste(&mut run);
    wait_for("the end of the paste", || server.log().contains("pasted bytes=").then_some(()));
    RawViewer::connect(server.port).press(&[ESCAPE, u32::from(':'), u32::from('w'), u32::from('q'), RETURN]);
    assert_eq!(server.wait_for_file("all"), text + "\n");
}
