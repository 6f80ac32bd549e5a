//! A tone that something plays into a fifo, as a client hears it while the console floods.
//!
//! ```text
//! cargo bench --bench sound [-- SECONDS]         20 by default; 600 for clocks to drift apart
//! ```
//!
//! 440 Hz at 48,000 frames a second are written in real time, as a sound card would; one client asks for 44,100 of them, so that they
//! are resampled, another one watches the screen, and the guest prints as fast as it can. What has been heard is measured by itself:
//! windows of 10 ms in which there is no tone, places where its phase jumps (a frame that is missing is a jump of 0.06), and how
//! much longer or shorter it is than what was written.

#[path = "../tests/suite/own_viewer.rs"]
#[allow(dead_code, reason = "made for the tests, which use more of it")]
mod own_viewer;

use std::f64::consts::TAU;
use std::fs::File;
use std::io::{IoSlice, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use vncterm::audio::fifo::Fifo;
use vncterm::config::Audio;
use vncterm::geometry::{Rect, Size};
use vncterm::rfb::client::{ClientConnection, ClientEvent, ClientSettings, Login};
use vncterm::rfb::ext::audio::{Format, Heard, Sample};
use vncterm::rfb::ids::Encoding;
use vncterm::run::Running;
use vncterm::source::Endpoint;

const SECONDS: u64 = 20;
const PITCH: f64 = 440.0;
const LOUD: f64 = 16_000.0;
const PLAYED: Format = Format { sample: Sample::S16, channels: 2, rate: 48_000 };
const ASKED: Format = Format { sample: Sample::S16, channels: 2, rate: 44_100 };
/// Between two writes of a sound card's.
const PERIOD: Duration = Duration::from_millis(10);
/// A jump of the phase, in radians, that is one.
const JUMP: f64 = 0.03;

/// The guest's end of a line, and the path of the other.
fn line() -> (File, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a PTY");
    grantpt(&master).expect("granted");
    unlockpt(&master).expect("unlocked");
    let path = ptsname(&master, Vec::new()).expect("a name").into_string().expect("ASCII");
    (File::from(master), path.into())
}

fn wait_until(done: impl Fn() -> bool) {
    while !done() {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Prints until told to stop; how much.
fn flood(mut end: File, stop: &AtomicBool) -> u64 {
    let lines = b"[  12.345678] a driver has found its device, and says so at length\r\n".repeat(60);
    let mut printed = 0;
    while !stop.load(Ordering::Relaxed) {
        end.write_all(&lines).expect("somebody reads");
        printed += lines.len() as u64;
    }
    printed
}

/// Plays the tone in real time; how many frames.
fn play(path: &Path, time: Duration) -> u64 {
    let mut fifo = File::options().write(true).open(path).expect("somebody reads");
    let (begun, mut frame) = (Instant::now(), 0_u64);
    while begun.elapsed() < time {
        let due = (begun.elapsed().as_secs_f64() * f64::from(PLAYED.rate)) as u64;
        let mut bytes = Vec::new();
        for number in frame..due {
            let sample = (TAU * PITCH * number as f64 / f64::from(PLAYED.rate)).sin() * LOUD;
            bytes.extend((sample.round() as i16).to_le_bytes().repeat(2));
        }
        fifo.write_all(&bytes).expect("somebody reads");
        frame = due;
        thread::sleep(PERIOD);
    }
    frame
}

/// A client; `each` sees what happens, and says when that was enough.
fn client(socket: &Path, encodings: &[Encoding], mut each: impl FnMut(&mut ClientConnection, ClientEvent) -> bool) {
    let mut stream = UnixStream::connect(socket).expect("connects");
    let settings = ClientSettings {
        shared: true,
        login: Login::default(),
        pixel_format: None,
        encodings: encodings.to_vec(),
        size_max: Size::new(4096, 4096),
    };
    let mut conn = ClientConnection::new(settings, Instant::now());
    let mut buffer = vec![0; 256 * 1024];
    loop {
        while let Some(event) = conn.poll_event(Instant::now(), &mut |_| ()).expect("RFB") {
            if each(&mut conn, event) {
                return;
            }
        }
        loop {
            let mut slices = [IoSlice::new(&[]); 8];
            match conn.poll_transmit(&mut slices) {
                0 => break,
                filled => {
                    let written = stream.write_vectored(&slices[..filled]).expect("the server stays");
                    conn.advance(written);
                }
            }
        }
        let length = stream.read(&mut buffer).expect("the server stays");
        assert!(length > 0, "the server stays");
        conn.receive(&buffer[..length]);
    }
}

/// What is heard until the sound ends, of one channel; and how often it began.
fn record(socket: &Path) -> (Vec<f64>, u32) {
    let (mut bytes, mut begun, pixel) = (Vec::new(), 0, Rect::new(0, 0, 1, 1));
    client(socket, &[Encoding::RAW, Encoding::QEMU_AUDIO], |conn, event| {
        match event {
            ClientEvent::Ready(_) => conn.request_update(false, Some(pixel)),
            ClientEvent::Updated { .. } => conn.request_update(true, Some(pixel)),
            ClientEvent::Acknowledged(Encoding::QEMU_AUDIO) => conn.listen(Some(ASKED)),
            ClientEvent::Sound(Heard::Begin) => begun += 1,
            ClientEvent::Sound(Heard::Data(frames)) => bytes.extend(frames.0),
            // A hole is followed by more; but then nobody is waiting for the rest.
            ClientEvent::Sound(Heard::End) => return true,
            _ => {}
        }
        false
    });
    let left = bytes.chunks_exact(ASKED.frame()).map(|frame| i16::from_le_bytes([frame[0], frame[1]]).into());
    (left.collect(), begun)
}

/// Windows of 10 ms without a tone.
fn gaps(samples: &[f64]) -> usize {
    let window = ASKED.rate as usize / 100;
    let loud = |window: &[f64]| window.iter().map(|sample| sample * sample).sum::<f64>() / window.len() as f64;
    samples.chunks_exact(window).filter(|window| loud(window) < LOUD * LOUD / 8.0).count()
}

/// Places where the phase jumps: of windows of 50 ms, which are 22 waves, each against the one before.
fn jumps(samples: &[f64]) -> usize {
    let window = ASKED.rate as usize / 20;
    let phase = |samples: &[f64]| {
        let sum = |wave: fn(f64) -> f64| {
            let angle = |at: usize| TAU * PITCH * at as f64 / f64::from(ASKED.rate);
            samples.iter().enumerate().map(|(at, sample)| sample * wave(angle(at))).sum::<f64>()
        };
        sum(f64::cos).atan2(sum(f64::sin))
    };
    let phases: Vec<f64> = samples.chunks_exact(window).map(phase).collect();
    let apart = |pair: &[f64]| {
        let apart = (pair[1] - pair[0]).rem_euclid(TAU);
        apart.min(TAU - apart)
    };
    // Before the first frame a filter hears silence.
    phases.get(1..).unwrap_or_default().windows(2).filter(|pair| apart(pair) > JUMP).count()
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(SECONDS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let _guard = runtime.enter();
    let ((end, line), fifo) = (line(), own_viewer::scratch("pcm"));
    let mut config = own_viewer::config(vec![Endpoint::Pty(line)]);
    config.audio = Audio::Fifo(Fifo { path: fifo.clone(), format: PLAYED });
    let running = Running::start(config).expect("starts");
    let cooked = rustix::termios::LocalModes::ECHO;
    wait_until(|| fifo.exists() && rustix::termios::tcgetattr(&end).is_ok_and(|it| !it.local_modes.contains(cooked)));
    let socket = running.addresses()[0].unix_path().expect("a Unix socket").to_owned();
    let recorder = thread::spawn({
        let socket = socket.clone();
        move || record(&socket)
    });
    let (stop, updates) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watcher = thread::spawn({
        let (stop, updates) = (Arc::clone(&stop), Arc::clone(&updates));
        move || {
            client(&socket, &[Encoding::ZRLE, Encoding::COPY_RECT, Encoding::RAW], |conn, event| {
                match event {
                    ClientEvent::Ready(_) => conn.request_update(false, None),
                    ClientEvent::Updated { .. } => {
                        updates.fetch_add(1, Ordering::Relaxed);
                        conn.request_update(true, None);
                    }
                    _ => {}
                }
                stop.load(Ordering::Relaxed)
            });
        }
    });
    let sound = running.guest().sound().expect("it has sound").clone();
    wait_until(|| sound.listeners() == 1);
    let flooder = thread::spawn({
        let stop = Arc::clone(&stop);
        move || flood(end, &stop)
    });
    let frames = play(&fifo, Duration::from_secs(seconds));
    let (samples, begun) = recorder.join().expect("it hears");
    stop.store(true, Ordering::Relaxed);
    let printed = flooder.join().expect("it prints");
    watcher.join().expect("it watches");
    runtime.block_on(running.stop());
    let written = frames as f64 / f64::from(PLAYED.rate);
    let heard = samples.len() as f64 / f64::from(ASKED.rate);
    let (megabytes, updates) = (printed / 1_000_000, updates.load(Ordering::Relaxed));
    println!("the guest has printed {megabytes} MB meanwhile, and a viewer has seen {updates} updates");
    println!("{written:.3} s of tone written, {heard:.3} s recorded, begun {begun} times");
    println!("gaps of 10 ms: {}, jumps of phase: {}", gaps(&samples), jumps(&samples));
    println!("drift: {:+.3} ms", (heard - written) * 1000.0);
}
