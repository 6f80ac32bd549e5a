//! Arguments, runtime, exit code.
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use rustix::process::{DumpableBehavior, set_dumpable_behavior};

use vncterm::config::{Environment, Given, Request, Web, access, arguments, resolve, tools};
use vncterm::net::address::{Address, BASE_PORT};
use vncterm::tools::Streams;
use vncterm::{logging, run};

/// The exit status for wrong use.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let environment = Environment { shell: std::env::var_os("SHELL"), rust_log: std::env::var("RUST_LOG").ok() };
    let config = match arguments::read(std::env::args_os()) {
        Ok(Request::Read(text)) => {
            // Nobody reading it is no failure.
            let _ = io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Ok(Request::Attach(given)) => return attach(&given),
        Ok(Request::Tool(given)) => return tool(&given),
        Ok(Request::Serve(given)) => resolve(&given, &environment).map(|config| (given, config)),
        Err(error) => Err(error),
    };
    let (given, config) = match config {
        Ok(both) => both,
        Err(error) => return fail(WRONG_USE, error),
    };
    let logging = match logging::start(&config.log) {
        Ok(guard) => guard,
        Err(error) => return fail(WRONG_USE, error),
    };
    // What people type into their consoles is in our memory: no core dump, no reading by the user's other processes.
    // Where that is refused we serve without it.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let (name, web) = (config.name.clone(), (config.web != Web::Off).then_some(scheme));
    let result = run::run(
        config,
        || access(&given),
        |addresses| {
            // Nobody may be listening any more; that is no reason not to serve.
            let _ = greet(&mut io::stdout(), io::stdout().is_terminal(), &name, addresses, web);
        },
    );
    drop(logging);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(failure.exit_status(), failure),
    }
}

/// `vncterm attach`. What people type into their consoles is in our memory, as in a server's.
fn attach(given: &Given) -> ExitCode {
    let attach = match vncterm::config::attach::resolve(given) {
        Ok(attach) => attach,
        Err(error) => return fail(WRONG_USE, error),
    };
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    match vncterm::attach::run(attach) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(failure.exit_status(), failure),
    }
}

/// A subcommand other than these: it reads, writes and ends.
fn tool(given: &Given) -> ExitCode {
    let tool = match tools::resolve(given) {
        Ok(tool) => tool,
        Err(error) => return fail(WRONG_USE, error),
    };
    let (mut input, mut output, mut remarks) = (io::stdin().lock(), io::stdout().lock(), io::stderr());
    let streams = Streams { input: &mut input, output: &mut output, remarks: &mut remarks };
    match vncterm::tools::run(&tool, streams) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(failure.exit_status(), failure),
    }
}

/// One line on standard error, whether or not somebody reads it.
fn fail(code: u8, error: impl Display) -> ExitCode {
    let _ = writeln!(io::stderr(), "vncterm: {error}");
    ExitCode::from(code)
}

/// Where the consoles are, how to get there, and how to end it.
/// `web` is what browsers speak, if they get anything.
fn greet(
    out: &mut impl Write,
    to_a_person: bool,
    name: &str,
    addresses: &[Address],
    web: Option<&str>,
) -> io::Result<()> {
    if !to_a_person {
        for address in addresses {
            writeln!(out, "vncterm: listening on {address}")?;
        }
        return out.flush();
    }
    writeln!(out, "Serving {name} to VNC viewers{}.\n", if web.is_some() { " and browsers" } else { "" })?;
    for address in addresses {
        writeln!(out, "  Address  {address}")?;
        writeln!(out, "  Connect  vncviewer {}", viewer_address(address))?;
        if let Some(url) = web.and_then(|scheme| url(scheme, address)) {
            writeln!(out, "  Browser  {url}")?;
        }
    }
    writeln!(out, "  Stop     Ctrl-C\n")?;
    out.flush()
}

/// A host as it stands before a port, where somebody on this machine can reach it.
fn reachable(host: &str) -> String {
    match host {
        "0.0.0.0" | "::" => "localhost".to_owned(),
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    }
}

/// What a browser is led to; it has no way to a Unix socket.
fn url(scheme: &str, address: &Address) -> Option<String> {
    match address {
        Address::Unix(_) => None,
        Address::Tcp { host, port } => Some(format!("{scheme}://{}:{port}/", reachable(host))),
    }
}

/// An address as VNC viewers take it: a display where it is one, else a port after two colons.
fn viewer_address(address: &Address) -> String {
    match address {
        Address::Unix(path) => path.display().to_string(),
        Address::Tcp { host, port } => {
            let host = reachable(host);
            match port.checked_sub(BASE_PORT).filter(|display| *display < 100) {
                Some(display) => format!("{host}:{display}"),
                None => format!("{host}::{port}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viewers_are_told_addresses_they_understand() {
        for (address, shown) in [
            ("127.0.0.1:5900", "127.0.0.1:0"),
            ("[::1]:5999", "[::1]:99"),
            ("127.0.0.1:6000", "127.0.0.1::6000"),
            ("127.0.0.1::80", "127.0.0.1::80"),
            ("0.0.0.0:5901", "localhost:1"),
            ("unix:/run/x", "/run/x"),
        ] {
            assert_eq!(viewer_address(&address.parse().expect(address)), shown);
        }
    }

    #[test]
    fn the_greeting_says_where_and_how_to_stop() {
        let addresses = [":1".parse().expect("an address"), "unix:/run/x".parse().expect("an address")];
        let mut lines = Vec::new();
        greet(&mut lines, false, "db", &addresses, Some("http")).expect("memory takes it");
        assert_eq!(lines, b"vncterm: listening on 127.0.0.1:5901\nvncterm: listening on unix:/run/x\n");
        let mut page = Vec::new();
        greet(&mut page, true, "db", &addresses, Some("https")).expect("memory takes it");
        let page = String::from_utf8(page).expect("text");
        for part in ["Serving db", "vncviewer 127.0.0.1:1\n", "  https://127.0.0.1:5901/\n", "Ctrl-C"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert_eq!(page.matches("http").count(), 1, "no browser reaches a Unix socket");
        let mut page = Vec::new();
        greet(&mut page, true, "db", &addresses, None).expect("memory takes it");
        assert!(!String::from_utf8(page).expect("text").contains("rowser"));
    }
}
