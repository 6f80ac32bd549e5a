//! QEMU's ways to offer a console, and what becomes of ours when the machine goes and comes back.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::picture::{Picture, RawViewer};
use super::stage::{Directory, Running, Server, free_port, wait_for};

// Keysyms.
const ESCAPE: u32 = 0xff1b;
const CONTROL: u32 = 0xffe3;
const ALT: u32 = 0xffe9;
const F2: u32 = 0xffbf;
const RETURN: u32 = 0xff0d;

/// Pixels of a row of text.
const ROW: usize = 16;
/// How long a guest may take to boot on a busy machine.
const BOOT: Duration = Duration::from_secs(240);

/// Its firmware waits for a key, on the serial line and nowhere else.
const FIRMWARE: &str = "-display none -machine graphics=off -monitor none -net none -boot menu=on,splash-time=60000";

fn qemu(arguments: &str) -> Option<Running> {
    Running::start("qemu-system-x86_64", &arguments.split_whitespace().collect::<Vec<_>>(), &[])
}

/// What the guest has written: the picture without its last row of text, as long as no status line is there.
fn written(picture: &Picture) -> Option<&[u32]> {
    let text = &picture.pixels[..picture.pixels.len() - ROW * picture.width];
    (picture.pixels.last() == Some(&background(picture))).then_some(text)
}

/// Nothing here writes into that corner.
fn background(picture: &Picture) -> u32 {
    picture.pixels[picture.width - 1]
}

/// The boot menu comes when Escape is typed, and stands still then; it is not what was there `before`.
fn boot_menu(viewer: &mut RawViewer, before: &[u32]) -> Vec<u32> {
    let (mut last, mut same) = (Vec::new(), 0);
    wait_for("the boot menu", || {
        viewer.press(&[ESCAPE]);
        let picture = viewer.picture();
        let now = written(&picture)?.to_vec();
        let ink = now.iter().filter(|pixel| **pixel != background(&picture)).count();
        same = if now == last && ink > 1000 && now != before { same + 1 } else { 0 };
        last = now;
        (same > 5).then(|| last.clone())
    })
}

/// Starts the machine, ends it, starts it again, while one viewer stays, sees it and types.
fn comes_and_goes(serial: &str, source: &[&str]) {
    let server = Server::start(source);
    let mut viewer = RawViewer::connect(server.port);
    let mut before = Vec::new();
    for _ in 0..3 {
        let Some(machine) = qemu(&format!("{FIRMWARE} -serial {serial}")) else { return };
        let menu = boot_menu(&mut viewer, &before);
        // The first entry: it says what it boots from, and that it cannot.
        viewer.press(&[u32::from('1')]);
        before = wait_for("what it boots from", || {
            written(&viewer.picture()).filter(|now| **now != menu).map(<[u32]>::to_vec)
        });
        drop(machine);
        wait_for("the status line", || written(&viewer.picture()).is_none().then_some(()));
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
    let Some(guest) = guest() else { return };
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
        let is_done = |viewer: &mut RawViewer| is_red(background(&viewer.picture()));
        log_in(&mut viewer, "printf '\\033[41m\\033[2J'", &format!("a login on VT {vt}"), is_done);
    }
}

/// The directory of a guest's kernel and initrd, which `VNCTERM_GUEST` names; its root has no password. `None`, with a line
/// that says so, when it names none.
pub fn guest() -> Option<String> {
    let guest = std::env::var("VNCTERM_GUEST").ok();
    if guest.is_none() {
        eprintln!("skipped: VNCTERM_GUEST names no directory with a kernel and an initrd");
    }
    guest
}

/// Logs in and types a command until that has done what it should. Without hardware's help a guest boots slowly.
pub fn log_in(viewer: &mut RawViewer, command: &str, what: &str, mut is_done: impl FnMut(&mut RawViewer) -> bool) {
    let begun = Instant::now();
    while !is_done(viewer) {
        assert!(begun.elapsed() < BOOT, "waited in vain for {what}");
        for key in format!("root\r{command}\r").chars() {
            viewer.press(&[if key == '\r' { RETURN } else { key as u32 }]);
        }
        sleep(Duration::from_secs(2));
    }
}

/// Red in a terminal's palette, or in VGA's.
pub fn is_red(pixel: u32) -> bool {
    let [_, red, green, blue] = pixel.to_be_bytes();
    red > 100 && green < 100 && blue < 100
}
