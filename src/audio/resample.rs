//! From one rate to another: the only file naming `rubato`.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, FixedAsync, Indexing, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};

/// Points of the filter. With so many, what is audible of a tone's mirror images is below what 16 bits can hold.
const FILTER: usize = 128;
/// The same at most, where what comes has so many more frames that the filter would end within a few of those that are heard.
const FILTER_MAX: usize = 1024;
/// Chunks in a second of what comes.
const CHUNKS: u32 = 100;
/// Beyond the range of a sample.
const FULL: f32 = 2_147_483_648.0;

/// The filter from one rate to another; the crate wants multiples of 8.
fn points(from: u32, to: u32) -> usize {
    let wanted = (FILTER as u64 * u64::from(from)).div_ceil(u64::from(to.max(1)));
    usize::try_from(wanted).unwrap_or(FILTER_MAX).clamp(FILTER, FILTER_MAX).next_multiple_of(8)
}

/// How long the filter holds a sound up, in frames of what is heard: its first one is a step behind its beginning.
pub(super) fn delay(from: u32, to: u32) -> f64 {
    points(from, to) as f64 / 2.0 * f64::from(to) / f64::from(from) - 1.0
}

/// Resamples a stream.
pub(super) struct Resampler {
    /// `None`: the crate refused the rates, and there is silence. It refuses none of those there are (a test says so).
    inner: Option<Async<f32>>,
    rates: (u32, u32),
    channels: usize,
    /// Less than a chunk.
    held: Vec<f32>,
    /// Frames that have come, and that were given back.
    came: u64,
    gave: u64,
    /// Frames at the beginning that are the filter's own.
    skip: usize,
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resampler({} to {})", self.rates.0, self.rates.1)
    }
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32, channels: u8) -> Self {
        let filter = SincInterpolationParameters::new(points(from, to), WindowFunction::BlackmanHarris2)
            .oversampling_factor(256)
            .interpolation(SincInterpolationType::Linear);
        let (ratio, chunk) = (f64::from(to) / f64::from(from), (from / CHUNKS) as usize);
        let inner = Async::new_sinc(ratio, 1.0, &filter, chunk, channels.into(), FixedAsync::Input).ok();
        let skip = delay(from, to).round() as usize;
        Self { inner, rates: (from, to), channels: channels.into(), held: Vec::new(), came: 0, gave: 0, skip }
    }

    /// What comes of these samples; some of it comes of the next ones only.
    pub(super) fn resample(&mut self, samples: &[i32]) -> Vec<i32> {
        self.came += (samples.len() / self.channels) as u64;
        self.held.extend(samples.iter().map(|sample| *sample as f32 / FULL));
        let mut out = Vec::new();
        while self.chunk(false, &mut out) {}
        out
    }

    /// Another sound begins. What was costly to make is kept.
    pub(super) fn reset(&mut self) {
        if let Some(inner) = &mut self.inner {
            inner.reset();
        }
        self.held.clear();
        (self.came, self.gave, self.skip) = (0, 0, delay(self.rates.0, self.rates.1).round() as usize);
    }

    /// The rest: as much as has come in all, to the frame.
    pub(super) fn finish(&mut self) -> Vec<i32> {
        let (from, to) = (u64::from(self.rates.0), u64::from(self.rates.1));
        let owed = (self.came * to).div_ceil(from);
        let mut out = Vec::new();
        while self.gave < owed && self.chunk(true, &mut out) {}
        let surplus = usize::try_from(self.gave.saturating_sub(owed)).unwrap_or(usize::MAX) * self.channels;
        out.truncate(out.len().saturating_sub(surplus));
        out
    }

    /// Does a chunk, if there is a whole one, or with `rest` whatever there is, and silence behind it. Whether it did.
    fn chunk(&mut self, rest: bool, out: &mut Vec<i32>) -> bool {
        let Some(inner) = &mut self.inner else { return false };
        let needed = inner.input_frames_next();
        let there = self.held.len() / self.channels;
        if there < needed && !rest {
            return false;
        }
        let indexing = (there < needed).then(|| Indexing::new().partial_len(there));
        let taken = there.min(needed);
        let Ok(frames) = InterleavedSlice::new(self.held.as_slice(), self.channels, taken) else { return false };
        let Ok(done) = inner.process(&frames, indexing.as_ref()) else { return false };
        self.held.drain(..taken * self.channels);
        let done = done.take_data();
        let skipped = self.skip.min(done.len() / self.channels);
        self.skip -= skipped;
        let kept = done.get(skipped * self.channels..).unwrap_or_default();
        self.gave += (kept.len() / self.channels) as u64;
        // A cast of a float goes no further than the ends of the range, which is what clipping is.
        out.extend(kept.iter().map(|sample| (sample * FULL) as i32));
        true
    }
}
