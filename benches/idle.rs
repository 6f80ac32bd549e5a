//! Two hundred quiet consoles, each with some output behind it: what they cost while nothing happens.
//!
//! ```text
//! cargo bench --bench idle [-- CONSOLES]
//! ```

#[path = "../tests/suite/own_viewer.rs"]
#[allow(dead_code, reason = "made for the tests, which use more of it")]
mod own_viewer;

use std::time::Duration;

use own_viewer::Guest;
use vncterm::console::handle::{Settings, start};
use vncterm::display::board::Board;
use vncterm::font::{Font, FontOptions};
use vncterm::geometry::GridSize;
use vncterm::shutdown::stopper;
use vncterm::source::Endpoint;
use vncterm::terminal::Options;

const CONSOLES: u32 = 200;
const SECONDS: u64 = 5;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let consoles = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(CONSOLES);
    let (stopper, stop) = stopper();
    let (empty, mut held) = (memory(), Vec::new());
    for id in 0..consoles {
        let guest = Guest::new();
        let settings = Settings {
            id,
            name: id.to_string(),
            endpoint: Endpoint::Pty(guest.path.clone()),
            grid: GridSize::new(80, 24),
            terminal: Options::default(),
            font: Font::new(FontOptions::default()).expect("the bundled font"),
            paste_rate: None,
            board: Board::default(),
        };
        held.push((start(settings, stop.clone()).expect("starts"), guest));
    }
    for (_, guest) in &held {
        guest.opened().await;
        guest.print("a line that a guest wrote while it booted\r\n".repeat(100).as_bytes()).await;
    }
    let full = memory();
    println!("{consoles} consoles: {:.0} KiB each", (full - empty) / f64::from(consoles.max(1)));
    let before = usage();
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    let after = usage();
    println!("in {SECONDS} s: {:.1} ms of processor, {} wake-ups", (after.0 - before.0) * 1e3, after.1 - before.1);
    drop(stop);
    stopper.stop();
    stopper.all_gone().await;
}

/// Proportional memory of this process, in KiB.
fn memory() -> f64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
    let line = text.lines().find(|line| line.starts_with("Pss:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// Seconds of processor time, and voluntary switches of context, of all threads.
fn usage() -> (f64, u64) {
    let (mut nanoseconds, mut switches) = (0_u64, 0_u64);
    for thread in std::fs::read_dir("/proc/self/task").expect("threads").flatten() {
        let times = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        nanoseconds += times.split(' ').next().and_then(|time| time.parse::<u64>().ok()).unwrap_or(0);
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        switches += line.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0);
    }
    (nanoseconds as f64 / 1e9, switches)
}
