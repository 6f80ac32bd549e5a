//! The program from outside: its texts, its messages, its exit statuses, and that the documents know its options.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use vncterm::config::generate::manuals;
use vncterm::config::subcommands::SUBCOMMANDS;

use crate::house::source::root;

fn vncterm(arguments: &[&str]) -> Output {
    let program = Command::new(env!("CARGO_BIN_EXE_vncterm")).args(arguments).stdin(Stdio::null()).output();
    program.expect("the program was built with this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

#[test]
fn help_and_version_go_to_standard_output() {
    for (argument, expected) in [("--help", "Usage: vncterm"), ("-h", "Usage: vncterm"), ("--version", "vncterm 0.")] {
        let output = vncterm(&[argument]);
        assert_eq!(output.status.code(), Some(0), "{argument}");
        assert!(text(&output.stdout).contains(expected) && output.stderr.is_empty(), "{argument}");
    }
    assert_eq!(vncterm(&["serve", "--help"]).stdout, vncterm(&["--help"]).stdout);
}

#[test]
fn wrong_use_is_status_2_and_one_line() {
    for arguments in [
        &["--geometry", "80"][..],
        &["--listen", "5901"],
        &["--ptty", "/dev/pts/3"],
        &["--pty"],
        &["bash"],
        &["--cwd", "/nowhere", "--", "sh"],
        &["dump", "boot.log"],
        &["dump", "--format", "pdf"],
        &["--pty", "/dev/null"],
        &["--pty", "Cargo.toml"],
        &["--pty", "pts/3"],
        &["--scrollback", "-1"],
        &["--listen", ":1", "--listen", "127.0.0.1:5901"],
    ] {
        let output = vncterm(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(message.starts_with("vncterm: ") && message.lines().count() == 1, "{arguments:?}: {message}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_only_command_decides_the_status() {
    for (command, status) in [("exit 0", 0), ("exit 7", 1), ("kill -9 $$", 1)] {
        let output = vncterm(&["--listen", "127.0.0.1::0", "-q", "--", "/bin/sh", "-c", command]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{command}: {message}");
        assert_eq!(message.lines().count() as i32, status, "{command}: {message}");
        assert!(text(&output.stdout).starts_with("vncterm: listening on 127.0.0.1:"), "{command}");
    }
}

#[test]
fn what_cannot_be_served_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("the loopback address can be bound");
    let taken = taken.local_addr().expect("it is bound").to_string();
    // A label too long for any name server: nobody is asked.
    let unknown = format!("{}:1", "x".repeat(64));
    for (arguments, status, word) in [
        (&["--listen", &taken][..], 1, &taken[..]),
        (&["--listen", &taken][..], 1, "stop it, or give another address"),
        (&["--listen", "unix:/nowhere/at/all"], 1, "in a directory that exists"),
        (&["--listen", "0.0.0.0::0"], 2, "--insecure"),
        (&["--listen", "unix:/dev/null"], 1, "remove it, or give another path"),
        (&["--listen", &unknown], 1, "give a name that this machine can look up"),
        (&["--listen", "127.0.0.1:5997", "--listen", "localhost:97"], 2, "are the same place; leave one out"),
        (&["--listen", "127.0.0.1::0", "--", "nosuchprog"], 1, "no such program in PATH"),
        (&["--listen", "127.0.0.1::0", "--", "/nowhere/at/all"], 1, "/nowhere/at/all"),
    ] {
        let output = vncterm(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {message}");
        assert!(message.lines().count() == 1 && message.contains(word), "{arguments:?}: {message}");
    }
}

/// What the program does with this on its standard input.
fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
    let child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program was built with this test");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(input).expect("it reads all");
    drop(pipe);
    child.wait_with_output().expect("it is our child")
}

#[test]
fn a_dump_goes_from_standard_input_to_standard_output() {
    let input = b"one\r\n\x1b[1;31mtwo\x1b[m\x1b]2;title\x07\x1b[6n";
    let dumped = |format| {
        let output = piped(&["dump", "--geometry", "8x3", "--format", format], input);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""), "{format}");
        output.stdout
    };
    assert_eq!(text(&dumped("text")), "one\ntwo\n\n");
    let json = |bytes: &[u8]| -> serde_json::Value { serde_json::from_slice(bytes).expect("JSON") };
    let (told, ansi) = (json(&dumped("json")), dumped("ansi"));
    assert_eq!((&told["replies"], &told["title"]), (&"1b5b323b3452".into(), &"title".into()));
    let mut again = json(&piped(&["dump", "--geometry", "8x3", "--format", "json"], &ansi).stdout);
    assert_eq!(again["replies"], "", "nothing is asked for anew");
    again["replies"] = told["replies"].clone();
    assert_eq!(again, told);
    assert_eq!(&dumped("png")[..8], b"\x89PNG\r\n\x1a\n");
}

#[test]
fn a_dump_says_what_it_cannot_do() {
    let output = piped(&["dump", "--resize", "9:4x4"], b"12345678");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 8 + 24));
    assert_eq!(text(&output.stderr), "vncterm: --resize 9:4x4 is not reached: the input has 8 bytes\n");
    let folder = fs::File::open(root()).expect("a folder opens");
    let output = Command::new(env!("CARGO_BIN_EXE_vncterm")).arg("dump").stdin(folder).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("vncterm: cannot read standard input: Is a directory"));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device that is full");
    let output = Command::new(env!("CARGO_BIN_EXE_vncterm")).arg("dump").stdin(Stdio::null()).stdout(full).output();
    let output = output.expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("vncterm: cannot write to standard output: No space left"));
}

#[test]
fn a_reader_who_leaves_early_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let dump = Command::new(env!("CARGO_BIN_EXE_vncterm")).arg("dump").stdin(Stdio::null()).stdout(writer).output();
    let output = dump.expect("it runs");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

/// Nobody may be looking at the picture that says so.
#[test]
fn what_is_waited_for_is_in_the_log_and_a_signal_ends_it_well() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
    command.args(["--listen", "127.0.0.1::0", "--pty", "/nowhere/at/all"]).env_remove("RUST_LOG");
    let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut server = server.expect("the program was built with this test");
    let pid = Pid::from_child(&server);
    let log = BufReader::new(server.stderr.take().expect("a pipe"));
    let mut lines = log.lines().map(|line| line.expect("text"));
    let waits = lines.find(|line| line.contains("waiting for")).expect("said before the end");
    assert!(waits.contains("/nowhere/at/all"), "{waits}");
    kill_process(pid, Signal::TERM).expect("it is our child");
    assert!(!lines.any(|line| line.contains("waiting for")), "said once");
    assert_eq!(server.wait().expect("it is our child").code(), Some(0));
}

#[test]
fn a_hang_up_has_the_files_read_again_and_ends_nothing() {
    let directory = std::env::temp_dir().join(format!("vncterm-hang-up-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("a place for files");
    let file = directory.join("passwords");
    fs::write(&file, "first\n").expect("written");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vncterm"));
    command.args(["--listen", "127.0.0.1::0", "--pty", "/nowhere/at/all", "--password-file"]).arg(&file);
    let server = command.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = server.spawn().expect("the program was built with this test");
    let pid = Pid::from_child(&server);
    let log = BufReader::new(server.stderr.take().expect("a pipe"));
    let mut lines = log.lines().map(|line| line.expect("text"));
    lines.find(|line| line.contains("waiting for")).expect("it has begun");
    for (contents, said) in [("toolongapassword\n", "stays as it was"), ("second\n", "are read again")] {
        fs::write(&file, contents).expect("written");
        kill_process(pid, Signal::HUP).expect("it is our child");
        let line = lines.find(|line| line.contains("SIGHUP")).expect("it goes on");
        assert!(line.contains(said) && !line.contains(contents.trim()), "{line}");
    }
    kill_process(pid, Signal::TERM).expect("it is our child");
    assert_eq!(server.wait().expect("it is our child").code(), Some(0));
    fs::remove_dir_all(&directory).expect("ours");
}

/// Whoever comes when there are no descriptors left is turned away and not left waiting; then others are served again.
#[test]
fn without_descriptors_viewers_are_turned_away_and_then_let_in_again() {
    let script = "ulimit -n 24; exec \"$0\" --listen 127.0.0.1::0 --max-clients 100 --insecure -- sleep 1000";
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_vncterm")]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut server = command.stderr(Stdio::null()).spawn().expect("there is a shell");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut line).expect("text");
    let address = line.trim().strip_prefix("vncterm: listening on ").expect("where it listens").to_owned();
    // The version that the server sends first, or nothing but the end.
    let greeted = |stream: &mut TcpStream| stream.read_exact(&mut [0; 12]).is_ok();
    let mut held = Vec::new();
    loop {
        let mut stream = TcpStream::connect(&address).expect("the kernel takes it");
        if !greeted(&mut stream) {
            break;
        }
        held.push(stream);
        assert!(held.len() < 24, "there are no more descriptors than that");
    }
    assert!(!held.is_empty());
    drop(held);
    while !greeted(&mut TcpStream::connect(&address).expect("the kernel takes it")) {}
    kill_process(Pid::from_child(&server), Signal::TERM).expect("it is our child");
    assert_eq!(server.wait().expect("it is our child").code(), Some(0));
}

/// An option appears when it works; until then nothing may know it.
#[test]
fn options_that_do_not_exist_yet_are_unknown() {
    for option in ["--sandbox-upstream", "--config", "--record-dir"] {
        let output = vncterm(&[option, "x"]);
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert!(text(&output.stderr).contains("unexpected argument"), "{option}");
    }
}

#[test]
fn the_manual_pages_are_what_the_tables_make_of_them() {
    for (name, text) in manuals() {
        let path = root().join("man").join(&name);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &text).expect("the page is written");
        }
        let page = fs::read_to_string(&path).unwrap_or_default();
        assert!(page == text, "man/{name} is not what src/config/generate.rs makes: BLESS=1 cargo test cli");
    }
    for entry in fs::read_dir(root().join("man")).expect("man is read").flatten() {
        let name = entry.file_name();
        assert!(manuals().iter().any(|(page, _)| name == **page), "nothing makes man/{}", name.display());
    }
}

/// Every `--option` that README and docs give to vncterm exists.
#[test]
fn documents_name_only_options_that_exist() {
    let mut documents = vec![root().join("README.md")];
    documents.extend(fs::read_dir(root().join("docs")).expect("docs is read").flatten().map(|entry| entry.path()));
    for path in documents.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let document = fs::read_to_string(path).expect("the document is read");
        for command in
            document.split('`').chain(document.lines()).filter_map(|line| line.trim().strip_prefix("vncterm "))
        {
            let named = SUBCOMMANDS.iter().find(|subcommand| command.starts_with(subcommand.name));
            let subcommand = named.unwrap_or(&SUBCOMMANDS[0]);
            let ours = command.split_whitespace().take_while(|word| *word != "--" && !word.contains("$("));
            for word in ours.filter_map(|word| word.strip_prefix("--")) {
                let name: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                let known =
                    subcommand.options().any(|option| option.name == name) || ["help", "version"].contains(&&*name);
                assert!(known, "{}: vncterm has no --{name}", path.display());
            }
        }
    }
}
