//! Other people's servers that say who they are and ask who we are: TLS with certificates, passwords, users.

use std::fs;

use super::stage::{Directory, Running, Server, free_port, private, wait_for};
use super::upstreams::{CONSOLE, MACHINE};
use super::xvnc::{PASSWORD, Xvnc};

const NOT_TRUSTED: &str = "its certificate is of an authority that is not trusted here";

/// Certificates for localhost, who vouches for them and who does not, and passwords.
fn furnish(directory: &Directory) {
    let tls = crate::house::source::root().join("tests/tls");
    for name in ["ca.pem", "server.pem", "server.key", "expired.pem", "expired.key", "client.pem"] {
        private(directory, name, &fs::read(tls.join(name)).expect("it is there"));
    }
    private(directory, "password", PASSWORD.as_bytes());
    private(directory, "wrong", b"wrong");
}

/// Waits for what our server says of an upstream: `None`, that it has its picture; else why it has not.
fn wait_for_outcome(server: &Server, why: Option<&str>, what: &str) {
    let said = match why {
        None => "upstream has its picture".to_owned(),
        Some(why) => format!("no upstream why=\"{why}"),
    };
    wait_for(&format!("{said}: {what}"), || server.log().contains(&said).then_some(()));
    if why.is_some() {
        assert!(!server.log().contains("upstream let us in"), "{what}");
    }
}

/// Starts our server in front of one on this port, with these options.
fn in_front_of(port: u16, options: &str) -> Server {
    let upstream = format!("localhost::{port}");
    let options: Vec<&str> = options.split_whitespace().collect();
    Server::start_in(furnish, &[&CONSOLE[..], &["--upstream", &upstream], &options].concat())
}

#[test]
#[ignore = "needs Xvnc"]
fn xvnc_is_believed_by_its_certificate_and_told_a_password_within_tls() {
    let valid = "-X509Cert {TLS}/server.pem -X509Key {TLS}/server.key";
    let expired = "-X509Cert {TLS}/expired.pem -X509Key {TLS}/expired.key";
    let (none, password) = ("-SecurityTypes X509None", "-SecurityTypes X509Vnc -PasswordFile {DIR}/passwd");
    let (trusts, knows) = ("--upstream-ca {DIR}/ca.pem", "--upstream-password-file {DIR}/password");
    let cases = [
        (format!("{valid} {none}"), trusts.to_owned(), None),
        (format!("{valid} {password}"), format!("{trusts} {knows}"), None),
        (
            format!("{valid} {password}"),
            format!("{trusts} --upstream-password-file {{DIR}}/wrong"),
            Some("refused: Authentication failure"),
        ),
        (format!("{valid} {none}"), "--upstream-ca {DIR}/client.pem".to_owned(), Some(NOT_TRUSTED)),
        (format!("{expired} {none}"), trusts.to_owned(), Some("its certificate has expired")),
        // Nobody would know who is at the other end.
        (
            format!("{valid} {none}"),
            String::new(),
            Some("refused: the server offers VeNCrypt, and we have none: --upstream-ca"),
        ),
        // Nothing is said in clear to one who was to show a certificate.
        (
            "-SecurityTypes VncAuth -PasswordFile {DIR}/passwd".to_owned(),
            format!("{trusts} {knows}"),
            Some("refused: the server offers VncAuthentication, and we have x509vnc, x509none"),
        ),
    ];
    let tls = crate::house::source::root().join("tests/tls");
    for (theirs, ours, why) in cases {
        let theirs = theirs.replace("{TLS}", tls.to_str().expect("the path of the project is UTF-8"));
        let Some(xvnc) = Xvnc::start(&format!("-geometry 320x200 {theirs}")) else { return };
        wait_for_outcome(&in_front_of(xvnc.port, &ours), why, &format!("{theirs} / {ours}"));
    }
}

/// `VNCTERM_PLAIN` is `NAME:PASSWORD` of a user of this machine, whose passwords Xvnc asks PAM about.
#[test]
#[ignore = "needs Xvnc, and a user in VNCTERM_PLAIN"]
fn xvnc_is_told_a_user_and_a_password() {
    let plain = std::env::var("VNCTERM_PLAIN").ok();
    let Some((user, password)) = plain.as_deref().and_then(|plain| plain.split_once(':')) else {
        eprintln!("skipped: VNCTERM_PLAIN names no user");
        return;
    };
    let tls = crate::house::source::root().join("tests/tls");
    let tls = tls.to_str().expect("the path of the project is UTF-8");
    let files = Directory::new();
    private(&files, "password", password.as_bytes());
    let (path, wrong) = (files.path("password"), "refused: Authentication failure: invalid password or username");
    for (theirs, ours, password, why) in [
        (
            format!("X509Plain -X509Cert {tls}/server.pem -X509Key {tls}/server.key"),
            "--upstream-ca {DIR}/ca.pem",
            &*path,
            None,
        ),
        (
            format!("X509Plain -X509Cert {tls}/server.pem -X509Key {tls}/server.key"),
            "--upstream-ca {DIR}/ca.pem",
            "{DIR}/wrong",
            Some(wrong),
        ),
        // Whoever listens at a port might be told both.
        ("Plain".to_owned(), "", &path, Some("refused: the server offers VeNCrypt, and we have vncauth, none")),
    ] {
        let Some(xvnc) = Xvnc::start(&format!("-geometry 320x200 -PlainUsers {user} -SecurityTypes {theirs}")) else {
            return;
        };
        let ours = format!("{ours} --upstream-user {user} --upstream-password-file {password}");
        wait_for_outcome(&in_front_of(xvnc.port, &ours), why, &theirs);
    }
}

#[test]
#[ignore = "needs QEMU"]
fn qemu_is_believed_by_its_certificate_and_told_a_password_within_tls() {
    let directory = Directory::new();
    let tls = crate::house::source::root().join("tests/tls");
    for (theirs, name) in
        [("ca-cert.pem", "ca.pem"), ("server-cert.pem", "server.pem"), ("server-key.pem", "server.key")]
    {
        private(&directory, theirs, &fs::read(tls.join(name)).expect("it is there"));
    }
    let trusts = "--upstream-ca {DIR}/ca.pem --upstream-password-file {DIR}/password";
    for (theirs, ours, why) in [
        ("", trusts, None),
        (",password-secret=word", trusts, None),
        ("", "--upstream-ca {DIR}/client.pem", Some(NOT_TRUSTED)),
    ] {
        let port = free_port();
        let arguments = format!(
            "{MACHINE} -object tls-creds-x509,id=tls,dir={},endpoint=server,verify-peer=off \
             -object secret,id=word,data={PASSWORD} -vnc localhost:{},tls-creds=tls{theirs}",
            directory.path(""),
            port - 5900
        );
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let Some(_machine) = Running::start("qemu-system-x86_64", &arguments, &[]) else { return };
        wait_for_outcome(&in_front_of(port, ours), why, theirs);
    }
}
