//! The guest's sound: where it comes from.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::PathBuf;

use super::options::{Group, Opt, Takes};
use super::resolve::wrong;
use super::{ConfigError, Given};
use crate::audio::fifo::Fifo;
use crate::audio::wav::RATE_MAX;
use crate::rfb::ext::audio::{CHANNELS_MAX, Format, RATE_MIN, Sample};

/// Where a guest's sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audio {
    /// From its VNC server, if that has any.
    Upstream,
    /// From a fifo.
    Fifo(Fifo),
    /// It is not heard.
    Off,
}

/// Its row.
pub(super) const AUDIO: Opt = Opt {
    name: "audio",
    short: None,
    takes: Takes::Path("SOURCE"),
    default: Some("upstream"),
    repeatable: false,
    group: Group::Sound,
    help: "The guest's sound: upstream, fifo:PATH[,FORMAT,RATE,N] or off",
    manual: "Viewers that know QEMU's audio extension hear it beside the picture, whatever they look at, and so do the web page (its loudspeaker) and `vncterm attach --audio-out`. `upstream`: of the guest's VNC server (QEMU's, with `-vnc ...,audiodev=ID`), which is asked for it \
             only while somebody listens.\n\n\
             `fifo:PATH`: a fifo, to which something writes samples: PulseAudio's `module-pipe-sink`, QEMU's `-audiodev wav,id=a,path=PATH`, `sox`. It is made, with mode 0600, if nothing is there, and left behind at the end; it is read at once and for life, with or without listeners. FORMAT is u8, s8, u16, s16, u32 or s32, \
             little-endian, RATE 8000 to 192000 frames a second, N one channel or two; s16,44100,2 by default. A stream that begins with the head of a WAV file is what that says; where the fifo is kept open, such a head begins another sound. Who writes faster than the sound lasts is read at its rate, a quarter of a second ahead at most; who writes at its rate never waits. PATH may have no comma.\n\n\
             Who looks at one text console only (a token, a user of `--users-file` with a console) does not hear the guest.",
};

/// `--audio`.
pub(super) fn audio(given: &Given) -> Result<Audio, ConfigError> {
    let Some((row, value)) = given.value("audio") else { return Ok(Audio::Upstream) };
    match (value.as_bytes(), value.as_bytes().strip_prefix(b"fifo:")) {
        (b"upstream", _) => Ok(Audio::Upstream),
        (b"off", _) => Ok(Audio::Off),
        (_, Some(rest)) => fifo(rest).map(Audio::Fifo).map_err(|why| wrong(row, &value, &why)),
        _ => Err(wrong(row, &value, "is none of upstream, fifo:PATH[,FORMAT,RATE,CHANNELS] and off")),
    }
}

fn fifo(text: &[u8]) -> Result<Fifo, String> {
    let mut words = text.split(|byte| *byte == b',');
    let path = PathBuf::from(OsString::from(OsStr::from_bytes(words.next().unwrap_or_default())));
    if path.as_os_str().is_empty() {
        return Err("names no path".to_owned());
    }
    let words: Vec<String> = words.map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let format = match words.as_slice() {
        [] => Format::default(),
        [sample, rate, channels] => Format {
            sample: *Sample::ALL
                .iter()
                .find(|known| known.name() == *sample)
                .ok_or("has a format that is none of u8, s8, u16, s16, u32 and s32")?,
            rate: number(rate)
                .filter(|rate| (RATE_MIN..=RATE_MAX).contains(rate))
                .ok_or_else(|| format!("has a rate outside {RATE_MIN} to {RATE_MAX}"))?,
            channels: number(channels)
                .and_then(|channels| u8::try_from(channels).ok())
                .filter(|channels| (1..=CHANNELS_MAX).contains(channels))
                .ok_or("has a number of channels that is neither 1 nor 2")?,
        },
        _ => {
            return Err(
                "is not fifo:PATH or fifo:PATH,FORMAT,RATE,CHANNELS, such as fifo:/run/vm.pcm,s16,48000,2".to_owned()
            );
        }
    };
    // What is not there may come.
    if fs::metadata(&path).is_ok_and(|there| !there.file_type().is_fifo()) {
        return Err("is a file that is no fifo: give another path, or remove it".to_owned());
    }
    Ok(Fifo { path, format })
}

/// `parse` alone would take "+1".
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::arguments::{Request, read};
    use super::super::{Environment, resolve};
    use super::*;

    fn audio(word: &str) -> Result<Audio, String> {
        let words = ["vncterm", "--exec", "a", "--audio", word].map(OsString::from);
        match read(words) {
            Ok(Request::Serve(given)) => {
                resolve(&given, &Environment::default()).map(|config| config.audio).map_err(|error| error.to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sound_comes_from_somewhere() {
        assert_eq!(audio("upstream"), Ok(Audio::Upstream));
        assert_eq!(audio("off"), Ok(Audio::Off));
        let fifo = |path: &str, format| Ok(Audio::Fifo(Fifo { path: path.into(), format }));
        assert_eq!(audio("fifo:/no/such"), fifo("/no/such", Format::default()));
        let told = Format { sample: Sample::U8, channels: 1, rate: 8_000 };
        assert_eq!(audio("fifo:a b,u8,8000,1"), fifo("a b", told));
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (word, why) in [
            ("on", "is none of upstream, fifo:PATH[,FORMAT,RATE,CHANNELS] and off"),
            ("fifo:", "names no path"),
            ("fifo:a,s16", "is not fifo:PATH or fifo:PATH,FORMAT,RATE,CHANNELS, such as fifo:/run/vm.pcm,s16,48000,2"),
            ("fifo:a,s24,44100,2", "has a format that is none of u8, s8, u16, s16, u32 and s32"),
            ("fifo:a,s16,7999,2", "has a rate outside 8000 to 192000"),
            ("fifo:a,s16,+8000,2", "has a rate outside 8000 to 192000"),
            ("fifo:a,s16,44100,3", "has a number of channels that is neither 1 nor 2"),
            ("fifo:/dev/null", "is a file that is no fifo: give another path, or remove it"),
        ] {
            assert_eq!(audio(word), Err(format!("--audio: \"{word}\" {why}")));
        }
    }
}
