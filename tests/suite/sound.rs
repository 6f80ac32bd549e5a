//! A guest's sound as viewers hear it: from a fifo and from an upstream, whatever they look at, and however much is written.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Command;

use super::own_viewer::{Guest, Viewer, scratch, serve, within};
use vncterm::audio::Sound;
use vncterm::audio::fifo::Fifo;
use vncterm::config::Audio;
use vncterm::geometry::Rect;
use vncterm::rfb::client::{ClientEvent, ClientSettings};
use vncterm::rfb::ext::audio::{Format, Heard, Sample};
use vncterm::rfb::ids::Encoding;
use vncterm::run::Running;

/// So that a test need not wait for its samples to be due: a second of it is 8,000 bytes.
const FORMAT: Format = Format { sample: Sample::U8, channels: 1, rate: 8_000 };

async fn listening(running: &Running, format: Format) -> Viewer {
    let mut encodings = ClientSettings::all_encodings();
    encodings.push(Encoding::QEMU_AUDIO);
    let mut viewer = Viewer::connect(running, &encodings).await;
    viewer.conn.listen(Some(format));
    viewer.until(Viewer::is_in).await;
    viewer.conn.listen(Some(format));
    let knows = |event: &ClientEvent| *event == ClientEvent::Acknowledged(Encoding::QEMU_AUDIO);
    viewer.until(|viewer| viewer.events.iter().any(knows)).await;
    viewer
}

/// What has been heard of sound.
fn heard(viewer: &Viewer) -> Vec<u8> {
    let frames = viewer.events.iter().filter_map(|event| match event {
        ClientEvent::Sound(Heard::Data(frames)) => Some(frames.0.as_slice()),
        _ => None,
    });
    frames.flatten().copied().collect()
}

fn count(viewer: &Viewer, heard: &Heard) -> usize {
    viewer.events.iter().filter(|event| matches!(event, ClientEvent::Sound(said) if said == heard)).count()
}

/// Waits until so many listen, with what these viewers have said.
async fn until_listen(sound: &Sound, count: usize, viewers: &mut [&mut Viewer]) {
    within(async {
        while sound.listeners() != count {
            viewers.iter_mut().for_each(|viewer| viewer.write());
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A server whose sound comes from this fifo.
async fn serve_fifo(guest: &Guest) -> (Running, PathBuf) {
    let path = scratch("pcm");
    let fifo = Fifo { path: path.clone(), format: FORMAT };
    let running = serve(&[guest], |config| config.audio = Audio::Fifo(fifo)).await;
    within(async {
        while !path.exists() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    (running, path)
}

/// Writes as a program would that knows nothing of clocks.
fn write(path: PathBuf, bytes: Vec<u8>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut fifo = File::options().write(true).open(path).expect("somebody reads");
        fifo.write_all(&bytes).expect("somebody reads");
    })
}

#[tokio::test]
async fn what_is_written_to_the_fifo_is_heard_by_everybody_each_in_his_format() {
    let guest = Guest::new();
    let (running, path) = serve_fifo(&guest).await;
    let mut exact = listening(&running, FORMAT).await;
    let mut wide = listening(&running, Format { sample: Sample::S16, channels: 2, rate: 8_000 }).await;
    // A viewer that listens to nothing gets nothing.
    let mut deaf = Viewer::join(&running).await;
    until_listen(running.guest().sound().expect("it has sound"), 2, &mut [&mut exact, &mut wide]).await;
    let samples: Vec<u8> = (0..1_500_u32).map(|number| (number % 251) as u8).collect();
    let writer = write(path, samples.clone());
    // While the guest prints as fast as it can.
    guest.write(&b"all work and no play\r\n".repeat(2_000)).await;
    exact.until(|viewer| count(viewer, &Heard::End) == 1).await;
    wide.until(|viewer| count(viewer, &Heard::End) == 1).await;
    writer.join().expect("written");
    assert!(heard(&exact) == samples && count(&exact, &Heard::Begin) == 1);
    let doubled: Vec<u8> = samples.iter().flat_map(|sample| [0, sample ^ 0x80, 0, sample ^ 0x80]).collect();
    assert!(heard(&wide) == doubled);
    deaf.until(|viewer| viewer.picture().size().width > 0).await;
    assert!(!deaf.events.iter().any(|event| matches!(event, ClientEvent::Sound(_))));
    running.stop().await;
}

/// Bytes that come before an update that is asked for now.
async fn sent_before_an_update(viewer: &mut Viewer) -> usize {
    let updates =
        |viewer: &Viewer| viewer.events.iter().filter(|event| matches!(event, ClientEvent::Updated { .. })).count();
    let before = updates(viewer);
    viewer.conn.request_update(false, Some(Rect::new(0, 0, 1, 1)));
    within(async {
        let mut bytes = 0;
        loop {
            viewer.handle().expect("the server speaks RFB");
            viewer.write();
            if updates(viewer) > before {
                return bytes;
            }
            viewer.stream.readable().await.expect("the server stays");
            bytes += viewer.read(64 * 1024).expect("the server stays");
        }
    })
    .await
}

#[tokio::test]
async fn who_listens_no_more_is_sent_no_more_and_the_fifo_is_read_on() {
    let guest = Guest::new();
    let (running, path) = serve_fifo(&guest).await;
    let mut viewer = listening(&running, FORMAT).await;
    viewer.conn.listen(None);
    let sound = running.guest().sound().expect("it has sound").clone();
    until_listen(&sound, 0, &mut [&mut viewer]).await;
    sent_before_an_update(&mut viewer).await;
    // As much as he may be ahead of his time.
    write(path.clone(), vec![1; 2_000]).join().expect("written");
    let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let pipe = File::options().read(true).custom_flags(nonblock).open(&path).expect("it is there");
    within(async {
        while rustix::io::ioctl_fionread(&pipe).expect("a fifo") > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let sent = sent_before_an_update(&mut viewer).await;
    assert!(sent < 500, "{sent} bytes, where 2,000 are samples");
    viewer.conn.listen(Some(FORMAT));
    until_listen(&sound, 1, &mut [&mut viewer]).await;
    let writer = write(path, vec![2; 1_500]);
    viewer.until(|viewer| count(viewer, &Heard::End) == 1).await;
    writer.join().expect("written");
    assert!(heard(&viewer) == [2; 1_500] && count(&viewer, &Heard::Begin) == 1, "nothing of what was before");
    running.stop().await;
}

#[tokio::test]
async fn a_guest_without_sound_says_nothing_of_it() {
    let guest = Guest::new();
    let running = serve(&[&guest], |_| ()).await;
    let mut encodings = ClientSettings::all_encodings();
    encodings.push(Encoding::QEMU_AUDIO);
    let mut viewer = Viewer::connect(&running, &encodings).await;
    let acknowledged = |viewer: &Viewer, encoding| viewer.events.contains(&ClientEvent::Acknowledged(encoding));
    viewer.until(|viewer| acknowledged(viewer, Encoding::QEMU_EXTENDED_KEY)).await;
    assert!(!acknowledged(&viewer, Encoding::QEMU_AUDIO), "they are told together");
    running.stop().await;
}

/// One program serves a sound, another one proxies it: the samples are the same.
#[tokio::test]
async fn an_upstreams_sound_passes_on_while_somebody_listens() {
    let inner_guest = Guest::new();
    let (inner, path) = serve_fifo(&inner_guest).await;
    let inner_sound = inner.guest().sound().expect("it has sound").clone();
    let outer_guest = Guest::new();
    let upstream = inner.addresses()[0].to_string();
    let outer = serve(&[&outer_guest], |config| {
        let words = ["vncterm", "--exec", "true", "--upstream", &upstream].map(std::ffi::OsString::from);
        let Ok(vncterm::config::Request::Serve(given)) = vncterm::config::arguments::read(words) else {
            panic!("a command line");
        };
        let environment = vncterm::config::Environment::default();
        config.graphics = vncterm::config::resolve(&given, &environment).expect("right").graphics;
    })
    .await;
    let format = Format::default();
    let mut viewer = listening(&outer, format).await;
    until_listen(&inner_sound, 1, &mut [&mut viewer]).await;
    let samples: Vec<u8> = (0..1_600_u32).map(|number| (number % 251) as u8).collect();
    let writer = write(path, samples.clone());
    viewer.until(|viewer| count(viewer, &Heard::End) == 1).await;
    writer.join().expect("written");
    // A fifth of a second, resampled once, to the frame.
    assert_eq!(heard(&viewer).len(), 44_100 / 5 * format.frame());
    viewer.conn.listen(None);
    until_listen(&inner_sound, 0, &mut [&mut viewer]).await;
    outer.stop().await;
    inner.stop().await;
}

#[test]
fn wrong_use_is_told_in_one_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_vncterm"))
        .args(["--audio", "fifo:/dev/null", "--", "true"])
        .output()
        .expect("it is built");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("--audio: \"fifo:/dev/null\" is a file that is no fifo"), "{said}");
}
