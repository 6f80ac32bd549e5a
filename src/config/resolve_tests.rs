//! What is given, and what becomes of it.

use super::super::arguments::{Request, read};
use super::*;

fn config(words: &[&str]) -> Result<Config, ConfigError> {
    let arguments = std::iter::once("vncterm").chain(words.iter().copied()).map(OsString::from);
    let Request::Serve(given) = read(arguments)? else { panic!("nothing to read was asked for") };
    resolve(&given, &Environment { shell: Some("/bin/zsh".into()), rust_log: None })
}

fn error(words: &[&str]) -> String {
    config(words).expect_err(&words.join(" ")).to_string()
}

#[test]
fn nothing_given_is_the_shell_on_display_0() {
    let config = config(&[]).expect("every default is right");
    assert_eq!(config.listen, ["127.0.0.1:5900".parse().expect("an address")]);
    assert_eq!((config.name.as_str(), config.consoles.len()), ("zsh", 1));
    let console = &config.consoles[0];
    assert_eq!((console.geometry, console.scrollback), (GridSize::new(80, 24), 10_000));
    let shell = CommandLine::new("/bin/zsh", []).with_term("xterm-256color");
    assert_eq!(console.endpoint, Endpoint::Command(shell));
    assert_eq!(
        (config.resize, config.max_clients, config.look.scale, config.log.as_str()),
        (Resize::Sole, 64, 1, "info")
    );
    assert_eq!((config.keys, config.backspace, config.guest_clipboard), (Keys::Xterm, Backspace::Del, false));
    assert!(!config.window_ops);
}

#[test]
fn consoles_are_numbered_as_given_and_a_command_is_the_last() {
    let config =
        config(&["--pty", "db=/dev/pts/99999", "--pty", "/dev/pts/a=b", "--", "/bin/sh", "-i"]).expect("it is right");
    let names: Vec<&str> = config.consoles.iter().map(|console| console.name.as_str()).collect();
    assert_eq!(names, ["db", "pts/a=b", "sh"]);
    assert_eq!(config.consoles[1].endpoint, Endpoint::Pty("/dev/pts/a=b".into()));
    assert_eq!(config.name, "db");
}

#[test]
fn every_kind_of_source_is_numbered_as_given() {
    let words = "--tcp a=h:1 --serial u=/dev/ttyS0,9600 --unix /run/db1.sock --stdin --telnet [::1]:23 --pty /dev/pts/1 --unix b=x --exec";
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.extend(["LANG=C=exec top -d 1", "--restart", "on-failure", "--term", "vt220"]);
    let consoles = config(&words).expect("it is right").consoles;
    let names: Vec<&str> = consoles.iter().map(|console| console.name.as_str()).collect();
    assert_eq!(names, ["a", "u", "db1.sock", "stdin", "[::1]:23", "pts/1", "b", "LANG"]);
    assert_eq!(consoles[0].endpoint, Endpoint::Tcp(HostPort::new("h", 1)));
    let line = SerialLine::new("/dev/ttyS0".into(), Some("9600")).expect("right");
    assert_eq!(consoles[1].endpoint, Endpoint::Serial(line));
    assert_eq!(consoles[2].endpoint, Endpoint::Unix("/run/db1.sock".into()));
    let to = HostPort::new("::1", 23);
    assert_eq!(consoles[4].endpoint, Endpoint::Telnet { to, terminal_type: "vt220".into() });
    let command = CommandLine::shell("C=exec top -d 1".as_ref()).with_term("vt220").restarted(Restart::OnFailure);
    assert_eq!(consoles[7].endpoint, Endpoint::Command(command));
}

#[test]
fn a_socket_has_no_longer_path_than_the_kernel_takes() {
    let longest = "p".repeat(MAX_UNIX_PATH);
    assert!(config(&["--unix", &format!("name={longest}")]).is_ok());
    assert!(error(&["--unix", &format!("{longest}p")]).contains("has 108 bytes, and the path of a socket at most 107"));
}

#[test]
fn a_device_has_a_name_whatever_its_path() {
    for (path, name) in [("/dev/ttyS0", "ttyS0"), ("/dev", "/dev"), ("/dev/", "/dev/"), ("tty", "tty")] {
        assert_eq!(device_name(Path::new(path)), name);
    }
}

#[test]
fn no_shell_means_sh() {
    for shell in [None, Some(OsString::new())] {
        let config = resolve(&Given::default(), &Environment { shell, rust_log: None }).expect("it is right");
        assert_eq!(config.consoles[0].name, "sh");
    }
}

#[test]
fn options_reach_the_config() {
    let words = "--clear honour --charset latin1 --keys linux --backspace bs --guest-clipboard on --window-ops on --geometry 132x50 --resize fixed --scrollback 0 --term vt220 --name web --max-clients 3 --idle-timeout 900 --evict-oldest --sharing client --view-only \
                 --insecure --scale 2 --listen :1 --listen unix:/run/x --cwd / --env A=b=c -vv -q -- sh";
    let config = config(&words.split_whitespace().collect::<Vec<_>>()).expect("it is right");
    assert_eq!((config.resize, config.max_clients, config.look.scale), (Resize::Fixed, 3, 2));
    assert_eq!(config.idle_timeout, Some(Duration::from_secs(900)));
    assert_eq!((config.keys, config.backspace, config.clear), (Keys::Linux, Backspace::Bs, Clear::Honour));
    assert_eq!(config.charset, Encoding::Latin1);
    assert!(
        config.guest_clipboard
            && config.window_ops
            && config.evict_oldest
            && config.view_only
            && config.insecure
            && config.sharing == Sharing::Client
    );
    assert_eq!((config.listen.len(), config.name.as_str(), config.log.as_str()), (2, "web", "debug"));
    assert_eq!((config.consoles[0].geometry, config.consoles[0].scrollback), (GridSize::new(132, 50), 0));
    let command = CommandLine::new("sh", []).with_term("vt220").in_directory(Path::new("/"));
    let command = command.with_variable("A".as_ref(), "b=c".as_ref());
    assert_eq!(config.consoles[0].endpoint, Endpoint::Command(command));
}

#[test]
fn a_time_has_a_unit_and_limits() {
    let idle =
        |value: &str| config(&["--idle-timeout", value]).map(|config| config.idle_timeout.map(|time| time.as_secs()));
    for (value, seconds) in [("10", 10), ("90s", 90), ("30m", 1_800), ("2h", 7_200), ("720h", 2_592_000)] {
        assert_eq!(idle(value).expect(value), Some(seconds));
    }
    assert_eq!((idle("off").expect("off"), idle("0").expect("off")), (None, None));
    assert_eq!(config(&[]).expect("it is right").idle_timeout, None);
    for value in
        ["9", "9s", "721h", "", "m", "-30", "1.5h", "30 m", "30d", "99999999999999999999h", "9999999999999999h"]
    {
        let error = error(&["--idle-timeout", value]);
        assert!(error.contains("such as 90s, 30m or 2h"), "{value}: {error}");
    }
}

#[test]
fn loudness_is_the_difference_and_rust_log_wins() {
    for (words, level) in [("-q", "warn"), ("-qqq", "error"), ("-v", "debug"), ("-vvvv", "trace"), ("-vq", "info")] {
        assert_eq!(config(&[words]).expect(words).log, level);
    }
    let environment = Environment { shell: None, rust_log: Some("vncterm::server=trace".into()) };
    assert_eq!(resolve(&Given::default(), &environment).expect("it is right").log, "vncterm::server=trace");
}

#[test]
fn limits_hold_at_their_edges() {
    for (good, bad, name) in [
        ("512x256", "513x256", "--geometry"),
        ("4x2", "4x1", "--geometry"),
        ("1000000", "1000001", "--scrollback"),
        ("10000", "10001", "--max-clients"),
        ("1", "0", "--max-clients"),
        ("720h", "721h", "--idle-timeout"),
        ("4", "5", "--scale"),
    ] {
        assert!(config(&[name, good]).is_ok(), "{name} {good}");
        assert!(error(&[name, bad]).starts_with(&format!("{name}: \"{bad}\" is ")), "{name} {bad}");
    }
    let long = "n".repeat(MAX_NAME);
    assert!(config(&["--name", &long]).is_ok());
    assert!(error(&["--name", &format!("{long}n")]).contains("is not a name"));
    let ptys = |count: usize| {
        let words: Vec<String> = (0..count).flat_map(|n| ["--pty".into(), format!("/nowhere/{n}")]).collect();
        config(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(ptys(MAX_CONSOLES).is_ok());
    assert!(ptys(MAX_CONSOLES + 1).expect_err("one too many").to_string().contains("13 consoles"));
    let listens = |count: usize| {
        let words: Vec<String> = (0..count).flat_map(|n| ["--listen".into(), format!(":{n}")]).collect();
        config(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(listens(MAX_LISTENERS).is_ok());
    assert!(listens(MAX_LISTENERS + 1).expect_err("one too many").to_string().contains("17 addresses"));
}

#[test]
fn errors_name_the_option_the_value_and_what_would_be_right() {
    for (words, line) in [
        (&["--geometry", "80"][..], "--geometry: \"80\" is not COLUMNSxROWS, such as 80x24"),
        (&["--geometry", "+80x24"], "--geometry: \"+80x24\" is not COLUMNSxROWS, such as 80x24"),
        (&["--geometry", "80x"], "--geometry: \"80x\" is not COLUMNSxROWS, such as 80x24"),
        (&["--geometry", "99999999999x24"], "--geometry: \"99999999999x24\" is outside 4x2 to 512x256"),
        (&["--geometry", "0x0"], "--geometry: \"0x0\" is outside 4x2 to 512x256"),
        (&["--scrollback", "-1"], "--scrollback: \"-1\" is not a whole number from 0 to 1000000"),
        (&["--listen", ":1", "--listen", "::5901"], "--listen: 127.0.0.1:5901 is given twice; leave one out"),
        (&["--resize", "all"], "--resize: \"all\" is none of sole, any, fixed"),
        (&["--keys", "sun"], "--keys: \"sun\" is none of xterm, vt220, linux"),
        (&["--backspace", "^H"], "--backspace: \"^H\" is none of del, bs"),
        (&["--scale", "two"], "--scale: \"two\" is not a whole number from 1 to 4"),
        (&["--pty", "name="], "--pty: \"\" names no path"),
        (&["--unix", "x="], "--unix: \"\" names no path"),
        (&["--tcp", "db1=host"], "--tcp: \"host\" is not HOST:PORT, such as localhost:4001 or [::1]:4001"),
        (
            &["--telnet", "::1:23"],
            "--telnet: \"::1:23\" is ambiguous: an IPv6 address stands in brackets, as in [::1]:4001",
        ),
        (
            &["--serial", "/dev/ttyS0,fast"],
            "--serial: \"/dev/ttyS0,fast\" has no speed from 50 to 4000000 after its device, such as 115200",
        ),
        (&["--exec", "x="], "--exec: \"x=\" is no command"),
        (&["--exec", "x", "--restart", "often"], "--restart: \"often\" is none of never, on-failure, always"),
        (&["--pty", ""], "--pty: \"\" names no path"),
        (&["--pty", "/dev"], "--pty: \"/dev\" is a directory and not a terminal device"),
        (&["--pty", "n=/dev/null"], "--pty: \"n=/dev/null\" is a device of another kind and not a terminal device"),
        (&["--pty", "pts/3"], "--pty: \"pts/3\" is not there; /dev/pts/3 is probably meant"),
        (
            &["--pty", "/nowhere/x", "--pty", "n=/nowhere/x"],
            "--pty: \"n=/nowhere/x\" is the same device as \"/nowhere/x\"; each is served once",
        ),
        (&["--term", "a b"], "--term: \"a b\" is not a terminal type, such as xterm-256color"),
        (&["--env", "=x"], "--env: \"=x\" is not KEY=VALUE"),
        (&["--env", "x"], "--env: \"x\" is not KEY=VALUE"),
        (&["--cwd", "/nowhere/at\nall"], "--cwd: \"/nowhere/at?all\" is not a directory that can be opened"),
        (
            &["--pty", "/dev/tty", "--cwd", "/"],
            "--cwd is for a command, and none is given: add --exec or -- COMMAND, or leave it out",
        ),
        (&["--", ""], "the command after -- is empty: give the name or path of a program"),
    ] {
        assert_eq!(error(words), line);
    }
    assert!(error(&["--listen", "5901"]).starts_with("--listen: \"5901\" alone is ambiguous"));
}
