//! Logs that tell a story and never block the server.
//!
//! Lines go through a bounded queue to a thread of their own, which alone waits for standard error: a full pipe, a full
//! disk or a closed terminal costs log lines, counted, and nothing else (limits.md §1 rule 7). What comes from a peer
//! cannot break out of its line: the value of every field is escaped and cut.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::fmt::writer::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that may wait; more are dropped and counted.
pub const MAX_QUEUED_LINES: usize = 1024;
/// Characters kept of one field's value: peers choose some of them.
pub const MAX_VALUE: usize = 128;
/// Characters kept of a message, which is the program's own but may carry a path or an address.
pub const MAX_MESSAGE: usize = 512;
/// How long the end of the program waits for the queue to empty.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Keeps the log going; dropped, it waits a moment for the last lines.
#[derive(Debug)]
pub struct Guard {
    queue: Queue,
    ended: Receiver<()>,
}

/// Starts logging to standard error.
///
/// `directives` are those of `RUST_LOG`: `info`, `vncterm::server=trace`. An error says what is wrong with them.
pub fn start(directives: &str) -> Result<Guard, String> {
    let filter = EnvFilter::builder().parse(directives);
    let filter = filter.map_err(|error| format!("RUST_LOG: {}: {error}", Cut(directives, MAX_VALUE)))?;
    let (queue, ended) = writer(io::stderr(), MAX_QUEUED_LINES);
    // Only a second call could fail, and then the first one's subscriber goes on.
    let _ = subscriber(filter, queue.clone()).try_init();
    // The default hook writes straight to standard error, many lines, and waits for whoever reads them.
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let what =
            payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let what = what.unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(what, place, "a task panicked: this is a bug, please report it");
    }));
    Ok(Guard { queue, ended })
}

fn subscriber(filter: EnvFilter, queue: Queue) -> impl Into<tracing::Dispatch> {
    let fields = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{}", Cut(value, MAX_MESSAGE)),
        name => write!(writer, "{name}={}", Cut(value, MAX_VALUE)),
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(queue)
        .with_ansi(false)
        .with_target(false)
        .fmt_fields(fields.delimited(" "))
        .finish()
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.queue.lines.try_send(Item::End).is_ok() {
            let _ = self.ended.recv_timeout(LAST_WORDS);
        }
    }
}

/// The way to the writer's thread.
#[derive(Clone, Debug)]
struct Queue {
    lines: SyncSender<Item>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Item {
    Line(Vec<u8>),
    End,
}

/// Starts the thread that writes to `out`; the receiver hears when it has written what came before the end.
fn writer(mut out: impl Write + Send + 'static, capacity: usize) -> (Queue, Receiver<()>) {
    let (lines, queued) = sync_channel(capacity);
    let (ending, ended) = sync_channel(1);
    let dropped = Arc::new(AtomicU64::new(0));
    let queue = Queue { lines, dropped: dropped.clone() };
    let work = move || {
        for item in queued {
            let Item::Line(line) = item else { break };
            // A log that cannot be written is no reason to stop serving.
            let _ = out.write_all(&line);
            let missed = dropped.swap(0, Ordering::Relaxed);
            if missed > 0 {
                let _ = writeln!(out, "… {missed} log lines dropped: they came faster than they could be written");
            }
        }
        let _ = out.flush();
        let _ = ending.send(());
    };
    // Without a thread there is no log; the queue fills and drops.
    let _ = thread::Builder::new().name("log".into()).stack_size(64 * 1024).spawn(work);
    (queue, ended)
}

/// One event's line while it is made.
struct Line<'a> {
    queue: &'a Queue,
    bytes: Vec<u8>,
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { queue: self, bytes: Vec::new() }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let line = Item::Line(std::mem::take(&mut self.bytes));
        if self.queue.lines.try_send(line).is_err() {
            self.queue.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A value as it may stand in a log line: on one line, without control characters, and not longer than so many characters.
struct Cut<T>(T, usize);

impl<T: fmt::Debug> fmt::Display for Cut<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut limited = Limited { out: f, left: self.1 };
        // The only error is that of the limit, which is not one.
        let _ = write!(limited, "{:?}", self.0);
        if limited.left == 0 { f.write_str("…") } else { Ok(()) }
    }
}

struct Limited<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    left: usize,
}

impl fmt::Write for Limited<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.left == 0 {
                return Err(fmt::Error);
            }
            self.left -= 1;
            if escapes(c) {
                write!(self.out, "{}", c.escape_unicode())?;
            } else {
                self.out.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// Whether a character could end the line, steer a terminal or turn the reading direction.
fn escapes(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::mpsc::Sender;

    /// Output that waits at each write until it is let go on.
    struct Gate {
        arrived: Sender<()>,
        release: Receiver<()>,
        text: Arc<Mutex<String>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.arrived.send(());
            let _ = self.release.recv();
            self.text.lock().expect("no writer panics").push_str(&String::from_utf8_lossy(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(queue: &Queue, line: &str) {
        queue.make_writer().write_all(line.as_bytes()).expect("a queue takes all");
    }

    #[test]
    fn a_reader_that_stands_still_costs_lines_and_never_waits() {
        let (arrived, arrival) = std::sync::mpsc::channel();
        let (releasing, release) = std::sync::mpsc::channel();
        let text = Arc::new(Mutex::new(String::new()));
        let (queue, ended) = writer(Gate { arrived, release, text: text.clone() }, MAX_QUEUED_LINES);
        log(&queue, "first\n");
        arrival.recv().expect("the writer is there");
        // The writer stands in its first write; the queue takes its limit, and drops what is above it.
        for _ in 0..MAX_QUEUED_LINES + 7 {
            log(&queue, "more\n");
        }
        assert_eq!(queue.dropped.load(Ordering::Relaxed), 7);
        drop(releasing);
        queue.lines.send(Item::End).expect("the writer is there");
        ended.recv().expect("it says that it has ended");
        let text = text.lock().expect("no writer panics");
        assert_eq!(text.matches("more\n").count(), MAX_QUEUED_LINES);
        assert!(text.contains("… 7 log lines dropped"), "{text}");
    }

    #[test]
    fn output_that_fails_is_no_reason_to_stop() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::StorageFull.into())
            }
        }
        let (queue, ended) = writer(Full, 4);
        log(&queue, "lost\n");
        queue.lines.send(Item::End).expect("the writer is there");
        assert_eq!(ended.recv(), Ok(()));
    }

    #[test]
    fn values_stay_on_their_line_and_are_cut() {
        let shown = |value: &str, most| Cut(format_args!("{value}"), most).to_string();
        assert_eq!(shown("viewer\n\x1b[2J\u{202e}\u{9b}é", MAX_VALUE), "viewer\\u{a}\\u{1b}[2J\\u{202e}\\u{9b}é");
        assert_eq!(shown(&"x".repeat(MAX_VALUE - 1), MAX_VALUE), "x".repeat(MAX_VALUE - 1));
        assert_eq!(shown(&"x".repeat(MAX_VALUE + 1), MAX_VALUE), "x".repeat(MAX_VALUE) + "…");
    }

    #[test]
    fn what_a_peer_says_stays_in_its_field() {
        let (lines, queued) = sync_channel(8);
        let queue = Queue { lines, dropped: Arc::default() };
        let dispatch = subscriber(EnvFilter::new("info"), queue).into();
        tracing::dispatcher::with_default(&dispatch, || {
            let _viewer = tracing::info_span!("viewer", id = 7, peer = "mean\nname\x1b[0m").entered();
            tracing::info!(name = %"x".repeat(1000), reason = ?Some("a\rb"), "gone\nERROR forged");
            tracing::debug!("not asked for");
        });
        let lines: Vec<String> = queued
            .try_iter()
            .map(|item| match item {
                Item::Line(line) => String::from_utf8(line).expect("lines are text"),
                Item::End => String::new(),
            })
            .collect();
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = lines[0].strip_suffix('\n').expect("it is a line");
        assert!(!line.chars().any(char::is_control), "{line:?}");
        for part in ["INFO viewer{id=7 peer=", " reason=", "gone\\u{a}ERROR forged"] {
            assert!(line.contains(part), "{part} in {line:?}");
        }
        assert!(line.contains(&format!("name={}…", "x".repeat(MAX_VALUE))), "{line:?}");
    }

    #[test]
    fn directives_that_mean_nothing_are_refused() {
        assert!(start("vncterm=loudly").is_err());
    }
}
