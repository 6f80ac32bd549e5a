//! What is asked of a console by those who want its bytes: see [`super::Ask::Open`] and [`super::Ask::Read`].
//!
//! A reader asks, and is answered when there is something; between two answers nothing is kept for it but what the console
//! keeps anyway. So one that is slow holds nothing up, and grows nothing.

use std::sync::Arc;
use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::geometry::GridSize;

/// Bytes that one answer has, at most.
pub const READ_MAX: usize = 256 * 1024;

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// With what is written from now on.
    Now,
    /// With this byte of that run.
    At {
        /// Which run.
        run: u64,
        /// Of the byte.
        offset: u64,
    },
    /// With the oldest byte there is.
    Oldest,
}

/// How far a reader is. As long as it is there, what comes behind it is kept if there is room.
#[derive(Clone, Debug, Default)]
pub struct Place(Arc<AtomicU64>);

impl Place {
    /// The next byte that is read has this offset.
    pub fn set(&self, offset: u64) {
        self.0.store(offset, Ordering::Relaxed);
    }

    /// For who keeps the bytes.
    pub fn follow(&self) -> Followed {
        Followed(Arc::downgrade(&self.0))
    }
}

/// Where a reader is, if it is still there.
#[derive(Debug)]
pub struct Followed(Weak<AtomicU64>);

impl Followed {
    /// The offset of the next byte that is read; `None`: nobody reads there any more.
    pub fn offset(&self) -> Option<u64> {
        self.0.upgrade().map(|place| place.load(Ordering::Relaxed))
    }
}

/// The first question of a reader.
#[derive(Clone, Debug)]
pub struct Open {
    /// Where to begin.
    pub from: From,
    /// With the screen, unless it begins with a byte that there is.
    pub dumps: bool,
    /// And with so many lines of the history.
    pub lines: usize,
    /// How far the reader is from now on.
    pub place: Place,
}

/// Every other one.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// The offset of the byte that comes next.
    pub next: u64,
    /// The console's size there, as far as the reader knows.
    pub size: GridSize,
    /// So many bytes, at most; and no more than [`READ_MAX`].
    pub most: usize,
    /// With the screen, where bytes are missing.
    pub dumps: bool,
    /// And once there is nothing more to read: another size has made of the reader's screen what it may not be.
    pub unsure: bool,
}

/// What comes next on a stream. Its `Debug` shows lengths.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// What is where a reader begins.
    Begun(Begun),
    /// Bytes.
    Bytes(Vec<u8>),
    /// The size is another one from here on.
    Size(GridSize),
    /// The screen here.
    Dump(Vec<u8>),
    /// Bytes are missing.
    Gap {
        /// So many.
        length: u64,
        /// The size behind them.
        size: GridSize,
        /// The screen behind them.
        dump: Option<Vec<u8>>,
    },
    /// There is nothing more, and never will be.
    Ended,
}

impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Begun(begun) => write!(f, "Begun(run {}, {})", begun.run, begun.offset),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Size(size) => write!(f, "Size({size})"),
            Self::Dump(dump) => write!(f, "Dump({})", dump.len()),
            Self::Gap { length, dump, .. } => write!(f, "Gap({length}, {:?})", dump.as_ref().map(Vec::len)),
            Self::Ended => f.write_str("Ended"),
        }
    }
}

/// How a console's terminal begins to read its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8.
    Utf8,
    /// ISO 8859-1.
    Latin1,
    /// IBM code page 437.
    Cp437,
}

/// What the keys of a console's terminal send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyboard {
    /// What xterm's do.
    Xterm,
    /// What a VT220's do.
    Vt220,
    /// What the Linux console's do.
    Linux,
}

/// Where a reader begins.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// Which run it is.
    pub run: u64,
    /// The offset of the byte that comes next.
    pub offset: u64,
    /// The console's size there.
    pub size: GridSize,
    /// How a fresh terminal reads it.
    pub charset: Charset,
    /// What its keys send.
    pub keyboard: Keyboard,
    /// The screen there.
    pub dump: Option<Vec<u8>>,
}
