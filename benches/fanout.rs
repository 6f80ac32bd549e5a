//! One console that floods, and 0, 1, 50 and 300 viewers of it, in one process.
//!
//! ```text
//! cargo bench --bench fanout [-- VIEWERS…]
//! ```
//!
//! The server has threads of its own, and only their time counts; the guest and the viewers, which decode everything,
//! live on the main thread. So the viewers are slow, and what is to be looked at is the server's time for an update
//! that a viewer got, beyond what the same output costs without viewers.

#[path = "../tests/suite/own_viewer.rs"]
#[allow(dead_code, reason = "made for the tests, which use more of it")]
mod own_viewer;

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use own_viewer::{Guest, Viewer, serve};
use vncterm::rfb::client::ClientEvent;

const VIEWERS: [usize; 4] = [0, 1, 50, 300];
const SECONDS: u64 = 3;
/// What the server's threads are called.
const SERVER: &str = "server";

fn main() {
    let mut counts: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if counts.is_empty() {
        counts = VIEWERS.to_vec();
    }
    println!(
        "{:>7} {:>10} {:>12} {:>12} {:>14}",
        "viewers", "guest MB/s", "updates/s", "server cores", "µs per update"
    );
    let mut alone = 0.0;
    for count in counts {
        let server = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(SERVER)
            .enable_all()
            .build()
            .expect("a runtime");
        let clients = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (megabytes, updates, seconds, cpu) = clients.block_on(flood(&server, count));
        let per_megabyte = cpu / megabytes;
        if count == 0 {
            alone = per_megabyte;
        }
        let beyond = (cpu - alone * megabytes).max(0.0) * 1e6 / updates.max(1.0);
        println!(
            "{count:>7} {:>10.1} {:>12.1} {:>12.2} {beyond:>14.1}",
            megabytes / seconds,
            updates / seconds / count.max(1) as f64,
            cpu / seconds
        );
        server.shutdown_background();
    }
}

/// Megabytes that the guest wrote, updates that viewers got, and the time it took: on the clock and of the server.
async fn flood(server: &tokio::runtime::Runtime, count: usize) -> (f64, f64, f64, f64) {
    let guest = Guest::new();
    let running = {
        let _entered = server.enter();
        serve(&[&guest], |config| config.max_clients = 1000).await
    };
    let mut viewers = Vec::new();
    for _ in 0..count {
        viewers.push(Viewer::join(&running).await);
    }
    let updates = Rc::new(Cell::new(0_u64));
    let local = tokio::task::LocalSet::new();
    for mut viewer in viewers {
        let updates = Rc::clone(&updates);
        local.spawn_local(async move {
            loop {
                viewer.handle().expect("the server speaks RFB");
                let got =
                    viewer.events.drain(..).filter(|e| matches!(e, ClientEvent::Updated { pixels: true })).count();
                updates.set(updates.get() + got as u64);
                viewer.write();
                if viewer.wait_and_read(64 * 1024).await.is_err() {
                    return;
                }
            }
        });
    }
    let payload: String = (0..4000)
        .map(|n| {
            format!("\x1b[3{}m{n:>6}\x1b[0m let width = self.queue.{:x}(rect, {});\r\n", n % 8, n * 7919, n * 31 % 97)
        })
        .collect();
    let (began, cpu) = (Instant::now(), server_time());
    let written = local
        .run_until(async {
            let mut written = 0;
            while began.elapsed() < Duration::from_secs(SECONDS) {
                guest.print(payload.as_bytes()).await;
                written += payload.len();
            }
            written
        })
        .await;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), server_time() - cpu);
    drop(local);
    running.stop().await;
    (written as f64 / 1e6, updates.get() as f64, seconds, cpu)
}

/// Seconds that the server's threads have run.
fn server_time() -> f64 {
    let mut nanoseconds = 0_u64;
    for thread in std::fs::read_dir("/proc/self/task").expect("threads").flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        if name.trim_end() == SERVER {
            let times = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            nanoseconds += times.split(' ').next().and_then(|time| time.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    nanoseconds as f64 / 1e9
}
