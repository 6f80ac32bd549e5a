//! QEMU's ways to offer a console, and what becomes of ours when the machine goes and comes back.

use std::fs;
use std::net::TcpListener;

use super::picture::RawViewer;
use super::stage::{Directory, Running, Server, wait_for};

// Keysyms.
const ESCAPE: u32 = 0xff1b;
const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F2: u32 = 0xffbf;
const RETURN: u32 = 0xff0d;

/// Its firmware waits for a key, on the serial line and nowhere else.
const FIRMWARE: &str = "-display none -machine graphics=off -monitor none -net none -boot menu=on,splash-time=60000";

fn qemu(arguments: &str) -> Option<Running> {
    Running::start("qemu-system-x86_64", &arguments.split_whitespace().collect::<Vec<_>>(), &[])
}

/// The boot menu comes when Escape is typed. A cursor and a status line have fewer pixels than this, the menu has more.
fn boot_menu(viewer: &mut RawViewer) {
    wait_for("the boot menu", || {
        viewer.press(&[ESCAPE]);
        (viewer.picture().ink() > 12_000).then_some(())
    });
}

/// A port that nobody has.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback address can be bound");
    listener.local_addr().expect("it is bound").port()
}

/// Starts the machine, ends it, starts it again, while one viewer stays.
fn comes_and_goes(serial: &str, source: &[&str]) {
    let server = Server::start(source);
    let mut viewer = RawViewer::connect(server.port);
    for _ in 0..3 {
        let Some(machine) = qemu(&format!("{FIRMWARE} -serial {serial}")) else { return };
        boot_menu(&mut viewer);
        drop(machine);
    }
}

#[test]
#[ignore = "needs QEMU"]
fn qemu_comes_and_goes_on_a_unix_socket() {
    let directory = Directory::new();
    let path = directory.path("serial");
    comes_and_goes(&format!("unix:{path},server=on,wait=off"), &["--unix", &path]);
}

#[test]
#[ignore = "needs QEMU"]
fn qemu_comes_and_goes_on_telnet() {
    let address = format!("127.0.0.1:{}", free_port());
    comes_and_goes(&format!("telnet:{address},server=on,wait=off"), &["--telnet", &address]);
}

#[test]
#[ignore = "needs QEMU"]
fn qemu_comes_and_goes_on_tcp() {
    let address = format!("127.0.0.1:{}", free_port());
    comes_and_goes(&format!("tcp:{address},server=on,wait=off"), &["--tcp", &address]);
}

/// A Linux with a login on its serial line and one on its virtio console. `VNCTERM_GUEST` names a directory with its
/// `kernel` and `initrd`, whose root has no password.
#[test]
#[ignore = "needs QEMU, and a guest in VNCTERM_GUEST"]
fn a_guest_has_its_serial_line_on_vt_1_and_its_virtio_console_on_vt_2() {
    let Some(guest) = std::env::var_os("VNCTERM_GUEST") else {
        eprintln!("skipped: VNCTERM_GUEST names no directory with a kernel and an initrd");
        return;
    };
    let guest = guest.to_str().expect("the path is UTF-8");
    let directory = Directory::new();
    let (uart, hvc) = (directory.path("uart"), directory.path("hvc0"));
    let server = Server::start(&["--unix", &format!("uart={uart}"), "--unix", &format!("hvc0={hvc}")]);
    let arguments = format!(
        "-nodefaults -display none -m 256 -kernel {guest}/kernel -initrd {guest}/initrd -append console=ttyS0 \
         -serial unix:{uart},server=on,wait=off -device virtio-serial \
         -chardev socket,id=hvc0,path={hvc},server=on,wait=off -device virtconsole,chardev=hvc0"
    );
    let Some(_machine) = qemu(&arguments) else { return };
    let mut viewer = RawViewer::connect(server.port);
    for vt in [1, 2] {
        if vt == 2 {
            viewer.press(&[CONTROL, ALT, F2]);
        }
        // What the shell prints with these words is nowhere else on the screen.
        wait_for("a login", || {
            for key in "root\rclear; tty\r".chars() {
                viewer.press(&[if key == '\r' { RETURN } else { key as u32 }]);
            }
            (viewer.picture().ink() > 0).then_some(())
        });
    }
    assert!(fs::exists(&uart).is_ok());
}
