//! Other people's viewers, and the page over https, before a server that asks who they are.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use vncterm::access::Role;
use vncterm::access::token::{Grant, NONCE, TokenKey, Tokens};

use super::clients::TRUE_COLOR_SCREEN;
use super::page::{has_chromium, node};
use super::picture::Picture;
use super::stage::{Directory, PATIENCE, Running, Server, Xvfb, private, wait_for};

/// Passwords of VNC authentication: for everything, and to look.
const PASSWORDS: &[u8] = b"secret12\nviewonly\n";
/// A user, and his password.
const USER: (&str, &str) = ("ann", "password");
const USERS: &[u8] =
    b"ann:write:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n";
const TOKEN_KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A console that is blue, and keeps the lines that are typed, each in a file of its own.
const CONSOLE: &str = "stty -echo; printf '\\033[?25l\\033[44m\\033[2J'; \
    while read -r line; do printf %s \"$line\" >{DIR}/$line; done";
const BLUE: u32 = 0x002d_5fc4;

/// A server with all that there is to come in with. Its certificate is for localhost.
fn server(arguments: &[&str]) -> Server {
    let files = "--name db1 --password-file {DIR}/passwords --users-file {DIR}/users --token-file {DIR}/key \
                 --tls-cert {DIR}/server.pem --tls-key {DIR}/server.key";
    let files: Vec<&str> = files.split_whitespace().collect();
    Server::start_in(furnish, &[&files[..], arguments, &["--resize", "fixed", "--exec", CONSOLE]].concat())
}

fn furnish(directory: &Directory) {
    let tls = crate::house::source::root().join("tests/tls");
    for (name, contents) in [("passwords", PASSWORDS), ("users", USERS), ("key", TOKEN_KEY)] {
        private(directory, name, contents);
    }
    for name in ["server.pem", "server.key", "ca.pem"] {
        private(directory, name, &fs::read(tls.join(name)).expect("it is there"));
    }
}

/// TigerVNC comes in with what it is given, shows what is there, and types.
fn tigervnc(security: &str, name: &str, password: &str, types: &str) {
    let Some(screen) = Xvfb::start(TRUE_COLOR_SCREEN) else { return };
    let server = server(&[]);
    let (authority, address) =
        (format!("-X509CA={}", server.directory.path("ca.pem")), format!("localhost::{}", server.port));
    let types_of = format!("-SecurityTypes={security}");
    let arguments = ["-MenuKey=", "-RemoteResize=0", types_of.as_str(), &authority, &address];
    let home = server.directory.path("");
    let environment =
        [("DISPLAY", screen.display()), ("HOME", &home), ("VNC_USERNAME", name), ("VNC_PASSWORD", password)];
    let Some(_viewer) = Running::start("vncviewer", &arguments, &environment) else { return };
    let blue = Picture { width: 64, height: 64, pixels: vec![BLUE; 64 * 64] };
    screen.wait_until_shown("a blue console", &blue, 0);
    if !screen.xdotool("search --onlyvisible --name TigerVNC windowfocus --sync") {
        return;
    }
    assert!(screen.xdotool(&format!("type --delay 20 {types}")) && screen.xdotool("key Return"));
    assert_eq!(server.wait_for_file(types), types);
}

#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn tigervnc_comes_in_by_vnc_authentication() {
    tigervnc("VncAuth", "", "secret12", "vncauth");
}

#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn tigervnc_comes_in_by_vnc_authentication_within_tls() {
    tigervnc("X509Vnc", "", "secret12", "xvnc");
}

#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn tigervnc_comes_in_by_a_users_password_within_tls() {
    tigervnc("X509Plain", USER.0, USER.1, "xplain");
}

#[test]
#[ignore = "needs Xvfb, TigerVNC and xdotool"]
fn tigervnc_comes_in_by_a_token_within_tls() {
    tigervnc("X509Plain", "whoever", &token(), "bytoken");
}

#[test]
#[ignore = "needs vncdotool"]
fn vncdotool_comes_in_by_a_password_and_types_if_it_may() {
    let server = server(&[]);
    for (password, types, role) in [("viewonly", "looks", "view"), ("secret12", "types", "write")] {
        let (address, come) = (server.address(), format!("role=\"{role}\""));
        let arguments = ["-s", &address, "-p", password, "type", types, "key", "enter", "pause", "0.5"];
        let Some(vncdo) = Running::start("vncdo", &arguments, &[]) else { return };
        wait_for("the viewer", || server.log().contains(&come).then_some(()));
        assert!(vncdo.succeeds());
    }
    assert_eq!(server.wait_for_file("types"), "types");
    assert!(!fs::exists(server.directory.path("looks")).expect("the directory can be read"));
}

/// What a panel would make for somebody who may type into the only console.
fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_millis();
    let (key, now) = (TokenKey::parse(TOKEN_KEY).expect("a key"), u64::try_from(now).expect("it fits"));
    // Made a little later than now: a server that starts after it would not know whether it was used before.
    let now = now + 4_000;
    let mut nonce = [0; NONCE];
    nonce[..4].copy_from_slice(&std::process::id().to_be_bytes());
    let grant = Grant { role: Role::Write, console: None };
    Tokens::new(&key, "db1", now).mint(&grant, PATIENCE, now, nonce).expect("a token")
}

#[test]
#[ignore = "needs node and Chromium"]
fn the_page_comes_in_by_a_users_password_and_by_a_token() {
    if !has_chromium() {
        return;
    }
    let server = server(&[]);
    let port = server.port.to_string();
    assert!(node(&["login.mjs", &port, USER.0, USER.1, &token()]));
    for typed in ["byname", "bytoken"] {
        assert_eq!(server.wait_for_file(typed), typed);
    }
    assert!(!server.log().contains("vncterm.token."), "no token is logged");
}
