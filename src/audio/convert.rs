//! From one format of sound to another.
//!
//! Between formats in which a sample only looks otherwise nothing is lost that the narrower of them can hold. Two channels become
//! one by their mean, one becomes two by being both.

use std::sync::Arc;

use super::resample::Resampler;
use crate::rfb::ext::audio::{Format, Sample};

/// The distance of an unsigned sample's silence from 0.
const MIDDLE: u32 = 1 << 31;

/// Converts a stream of sound.
#[derive(Debug)]
pub(super) struct Converter {
    from: Format,
    to: Format,
    /// Where the rates differ.
    resampler: Option<Resampler>,
}

impl Converter {
    pub(super) fn new(from: Format, to: Format) -> Self {
        let channels = from.channels.min(to.channels);
        let resampler = (from.rate != to.rate).then(|| Resampler::new(from.rate, to.rate, channels));
        Self { from, to, resampler }
    }

    pub(super) fn from(&self) -> Format {
        self.from
    }

    /// What comes of these frames; with another rate, some of it comes of the next ones only.
    pub(super) fn convert(&mut self, frames: &Arc<[u8]>) -> Arc<[u8]> {
        if self.from == self.to {
            return Arc::clone(frames);
        }
        let samples = self.read(frames);
        match &mut self.resampler {
            Some(resampler) => {
                let resampled = resampler.resample(&samples);
                self.write(&resampled)
            }
            None => self.write(&samples),
        }
    }

    /// What is left, when nothing follows. What comes then is another sound.
    pub(super) fn finish(&mut self) -> Arc<[u8]> {
        let rest = self.resampler.as_mut().map(Resampler::finish).unwrap_or_default();
        self.reset();
        self.write(&rest)
    }

    /// What comes now goes with nothing before it.
    pub(super) fn reset(&mut self) {
        self.resampler.iter_mut().for_each(Resampler::reset);
    }

    /// Samples of 32 bits, of as many channels as the two formats have both.
    fn read(&self, frames: &[u8]) -> Vec<i32> {
        let mut samples = Vec::with_capacity(frames.len() / self.from.sample.size());
        let wide = |low: &[u8]| {
            let mut bytes = [0; 4];
            bytes.iter_mut().rev().zip(low.iter().rev()).for_each(|(to, from)| *to = *from);
            u32::from_le_bytes(bytes)
        };
        for sample in frames.chunks_exact(self.from.sample.size()) {
            let bits = match self.from.sample {
                Sample::U8 | Sample::U16 | Sample::U32 => wide(sample) ^ MIDDLE,
                Sample::S8 | Sample::S16 | Sample::S32 => wide(sample),
            };
            samples.push(bits.cast_signed());
        }
        if self.from.channels == 2 && self.to.channels == 1 {
            let mean = |pair: &[i32]| pair.iter().map(|sample| sample >> 1).sum();
            samples = samples.chunks_exact(2).map(mean).collect();
        }
        samples
    }

    fn write(&self, samples: &[i32]) -> Arc<[u8]> {
        let times = if self.from.channels == 1 { self.to.channels } else { 1 };
        let size = self.to.sample.size();
        let mut frames = Vec::with_capacity(samples.len() * usize::from(times) * size);
        for sample in samples {
            let bits = match self.to.sample {
                Sample::U8 | Sample::U16 | Sample::U32 => sample.cast_unsigned() ^ MIDDLE,
                Sample::S8 | Sample::S16 | Sample::S32 => sample.cast_unsigned(),
            };
            let [.., first, second, third, fourth] = bits.to_le_bytes();
            let bytes = [first, second, third, fourth];
            (0..times).for_each(|_| frames.extend_from_slice(bytes.get(4 - size..).unwrap_or_default()));
        }
        frames.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfb::ext::audio::RATE_MAX;

    fn format(sample: Sample, channels: u8) -> Format {
        Format { sample, channels, rate: 48_000 }
    }

    fn converted(from: Format, to: Format, frames: &[u8]) -> Vec<u8> {
        let mut converter = Converter::new(from, to);
        let frames = converter.convert(&frames.into());
        assert!(converter.finish().is_empty());
        frames.to_vec()
    }

    #[test]
    fn samples_only_look_otherwise() {
        let wide = [0x8000_0000_u32, 0xc040_0000, 0, 0x1234_0000, 0x7fff_0000];
        let bytes: Vec<u8> = wide.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let from = format(Sample::S32, 1);
        assert_eq!(converted(from, format(Sample::S8, 1), &bytes), [0x80, 0xc0, 0, 0x12, 0x7f]);
        assert_eq!(converted(from, format(Sample::U8, 1), &bytes), [0, 0x40, 0x80, 0x92, 0xff]);
        assert_eq!(
            converted(from, format(Sample::S16, 1), &bytes),
            [0, 0x80, 0x40, 0xc0, 0, 0, 0x34, 0x12, 0xff, 0x7f]
        );
        // There and back nothing is lost that fits.
        for sample in Sample::ALL {
            let there = converted(from, format(sample, 1), &bytes);
            let narrow = converted(format(sample, 1), format(Sample::S8, 1), &there);
            assert_eq!(narrow, [0x80, 0xc0, 0, 0x12, 0x7f], "{sample:?}");
            if sample.size() >= 2 {
                assert_eq!(converted(format(sample, 1), from, &there), bytes, "{sample:?}");
            }
        }
    }

    #[test]
    fn channels_are_joined_and_doubled() {
        let (one, two) = (format(Sample::S8, 1), format(Sample::S8, 2));
        assert_eq!(converted(one, two, &[1, 2, 0x80]), [1, 1, 2, 2, 0x80, 0x80]);
        assert_eq!(converted(two, one, &[10, 20, 0x80, 0x80, 0x7f, 0x81]), [15, 0x80, 0]);
    }

    #[test]
    fn what_is_wanted_as_it_is_is_shared() {
        let frames: Arc<[u8]> = [1, 2, 3, 4].into();
        let mut converter = Converter::new(Format::default(), Format::default());
        assert!(Arc::ptr_eq(&converter.convert(&frames), &frames));
    }

    /// A tone that is converted to another rate is the same tone, as long, and in step: of every rate that there is to every
    /// other, and as well the second time, when another sound has been before it.
    #[test]
    fn other_rates_neither_drift_nor_sound_otherwise() {
        const RATES: [u32; 9] = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 192_000];
        for from in RATES {
            for to in RATES.into_iter().filter(|to| *to != from && *to <= RATE_MAX) {
                let channels = if from < to { 1 } else { 2 };
                let mut converter = Converter::new(tones(from, channels), tones(to, channels));
                let first = tone_heard(&mut converter, from, to, channels, 10);
                assert!(first == tone_heard(&mut converter, from, to, channels, 10), "{from} to {to}: the second time");
            }
        }
    }

    fn tones(rate: u32, channels: u8) -> Format {
        Format { sample: Sample::S16, channels, rate }
    }

    /// A part of a second of a tone, through a converter; what it has become is compared with the tone.
    fn tone_heard(converter: &mut Converter, from: u32, to: u32, channels: u8, part: u32) -> Vec<u8> {
        let tone = |rate: u32, frame: f64| {
            let angle = std::f64::consts::TAU * 440.0 * frame / f64::from(rate);
            (angle.sin() * 20_000.0).round() as i16
        };
        let frames = from / part;
        let all: Vec<u8> =
            (0..frames).flat_map(|frame| tone(from, frame.into()).to_le_bytes().repeat(channels.into())).collect();
        let mut heard = Vec::new();
        // In pieces that fit nothing.
        all.chunks(tones(from, channels).frame() * 331)
            .for_each(|piece| heard.extend_from_slice(&converter.convert(&piece.into())));
        heard.extend_from_slice(&converter.finish());
        let frame = tones(to, channels).frame();
        let expected = (u64::from(frames) * u64::from(to)).div_ceil(from.into());
        assert_eq!((heard.len() / frame) as u64, expected, "{from} to {to}");
        let left = heard.chunks_exact(frame).map(|frame| i16::from_le_bytes([frame[0], frame[1]]));
        let margin = to / 50;
        // The filter's delay is taken away in whole frames.
        let early = super::super::resample::delay(from, to) - super::super::resample::delay(from, to).round();
        for (frame, sample) in (0..).zip(left) {
            let off = (i32::from(sample) - i32::from(tone(to, f64::from(frame) - early))).abs();
            // At its ends a filter hears the silence beside the tone.
            let is_end = frame < margin || frame > to / part - margin;
            assert!(is_end || off < 100, "{from} to {to}: frame {frame} is off by {off}");
        }
        heard
    }
}
