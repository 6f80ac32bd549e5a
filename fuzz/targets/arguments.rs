//! Command lines: any words give a configuration or one line that says what is wrong.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use vncterm::config::{Environment, Request, arguments, attach, resolve, tools};

use super::Target;

pub const TARGET: Target = Target {
    name: "arguments",
    run,
    seeds,
    words: &[
        b"\0",
        b"--",
        b"=",
        b"\0--listen\0",
        b"[::1]:",
        b"unix:",
        b"x",
        b"--geometry=",
        b"dump\0--resize=",
        b"18446744073709551615:",
        b"9:512x256",
        b"\n",
        b"\xff",
    ],
    max_len: 256,
};

fn seeds() -> Vec<Vec<u8>> {
    [
        "--pty\0/dev/pts/3",
        "--pty\0a=/dev/pts/3\0--pty=b=/dev/pts/4\0--resize\0any\0-vvq",
        "serve\0--listen\0:1\0--listen=[::1]:5900\0--listen\0unix:/run/x\0--geometry=132x50\0--\0sh\0-c\0ls",
        "dump\0--geometry=132x50\0--format=json\0--resize=4096:100x30\0--resize=0:4x2",
        "--max-clients=64\0--evict-oldest\0--power-reset=true\0--view-only\0--insecure\0--scale=2\0--scrollback=0\0--term\0vt220",
    ]
    .map(|line| line.as_bytes().to_vec())
    .to_vec()
}

/// The input is the words, with a NUL between two of them.
fn run(input: &[u8]) {
    let words = input.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec()));
    let result = arguments::read(std::iter::once("vncterm".into()).chain(words));
    let environment = Environment { shell: Some("/bin/sh".into()), rust_log: None };
    match result.and_then(|request| match request {
        Request::Serve(given) => resolve(&given, &environment).map(Some),
        Request::Tool(given) => tools::resolve(&given).map(|_| None),
        Request::Attach(given) => attach::resolve(&given).map(|_| None),
        Request::Read(_) => Ok(None),
    }) {
        Ok(Some(config)) => {
            assert!(!config.consoles.is_empty() && !config.listen.is_empty() && !config.name.is_empty())
        }
        Ok(None) => {}
        Err(error) => assert!(!error.to_string().contains(char::is_control), "one line: {error:?}"),
    }
}
