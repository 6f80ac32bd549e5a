//! The picture a client has decoded so far, for those who have no other place for it.

use super::client::ClientEvent;
use super::decode::Drawing;
use crate::geometry::{Point, Rect, Size};
use crate::surface::Pixel;

/// Pixels in rows from the top. Memory is taken when something is first drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    pixels: Vec<Pixel>,
}

impl Picture {
    /// A picture of which nothing is known yet; black.
    pub fn new(size: Size) -> Self {
        Self { size, pixels: Vec::new() }
    }

    /// Its size, in pixels.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Row `y` from the top; empty when nothing was drawn yet, or below the picture.
    pub fn row(&self, y: u32) -> &[Pixel] {
        let width = self.size.width as usize;
        self.pixels.get(y as usize * width..(y as usize + 1) * width).unwrap_or_default()
    }

    /// Takes the size that an event tells, if it does.
    pub fn follow(&mut self, event: &ClientEvent) {
        match event {
            ClientEvent::Ready(init) => self.resize(init.size),
            ClientEvent::Resized(size) => self.resize(*size),
            _ => {}
        }
    }

    /// Another size. What both have stays, as viewers do it (RFC 6143 §7.8.2 leaves it open).
    pub fn resize(&mut self, size: Size) {
        if size == self.size || self.pixels.is_empty() {
            self.size = size;
            return;
        }
        let mut pixels = vec![0; pixel_count(size)];
        let width = self.size.width.min(size.width) as usize;
        for (y, row) in pixels.chunks_exact_mut((size.width as usize).max(1)).enumerate() {
            let old = self.row(y as u32);
            row[..width.min(old.len())].copy_from_slice(&old[..width.min(old.len())]);
        }
        *self = Self { size, pixels };
    }

    /// Draws. Decoders stay within their rectangle, and it lies within the picture; what does not is not drawn.
    pub fn draw(&mut self, drawing: &Drawing<'_>) {
        let target = drawing.target();
        if target.is_empty() || !self.size.rect().contains(target) {
            return;
        }
        if self.pixels.is_empty() {
            self.pixels = vec![0; pixel_count(self.size)];
        }
        match drawing {
            Drawing::Pixels(_, pixels) => {
                for (y, row) in (target.y..).zip(pixels.chunks_exact(target.width as usize)) {
                    self.span_mut(target, y).copy_from_slice(row);
                }
            }
            Drawing::Fill(_, pixel) => (target.y..target.bottom()).for_each(|y| self.span_mut(target, y).fill(*pixel)),
            Drawing::Copy(_, source) => self.copy(target, *source),
        }
    }

    /// The part of row `y` that lies in `rect`, which lies in the picture.
    fn span_mut(&mut self, rect: Rect, y: u32) -> &mut [Pixel] {
        let start = self.index(rect.x, y);
        self.pixels.get_mut(start..start + rect.width as usize).unwrap_or_default()
    }

    fn index(&self, x: u32, y: u32) -> usize {
        y as usize * self.size.width as usize + x as usize
    }

    /// Rows are taken in the order in which none is overwritten before it is copied.
    fn copy(&mut self, target: Rect, source: Point) {
        if !self.size.rect().contains(Rect { x: source.x, y: source.y, ..target }) {
            return;
        }
        let mut row = |offset: u32| {
            let from = self.index(source.x, source.y + offset);
            let to = self.index(target.x, target.y + offset);
            self.pixels.copy_within(from..from + target.width as usize, to);
        };
        if source.y < target.y {
            (0..target.height).rev().for_each(&mut row);
        } else {
            (0..target.height).for_each(&mut row);
        }
    }
}

fn pixel_count(size: Size) -> usize {
    usize::try_from(size.area()).expect("sizes are limited far below the address space")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(size: Size) -> Picture {
        let mut picture = Picture::new(size);
        let pixels: Vec<Pixel> = (1..=size.area() as u32).collect();
        picture.draw(&Drawing::Pixels(size.rect(), &pixels));
        picture
    }

    #[test]
    fn overlapping_copies_take_what_was_there_before() {
        let size = Size::new(4, 4);
        for (target, source) in [((1, 1), (0, 0)), ((0, 0), (1, 1)), ((1, 0), (0, 0)), ((0, 1), (1, 0))] {
            let before = numbered(size);
            let mut after = before.clone();
            let rect = Rect::new(target.0, target.1, 3, 3);
            after.draw(&Drawing::Copy(rect, Point { x: source.0, y: source.1 }));
            for (dy, dx) in (0..3_u32).flat_map(|dy| (0..3_u32).map(move |dx| (dy, dx))) {
                let to = after.row(target.1 + dy)[(target.0 + dx) as usize];
                assert_eq!(to, before.row(source.1 + dy)[(source.0 + dx) as usize]);
            }
        }
    }

    #[test]
    fn what_both_sizes_have_stays() {
        let mut picture = numbered(Size::new(3, 2));
        picture.resize(Size::new(2, 3));
        assert_eq!((picture.row(0), picture.row(1), picture.row(2)), (&[1, 2][..], &[4, 5][..], &[0, 0][..]));
        assert_eq!(picture.row(3), &[] as &[Pixel]);
    }

    #[test]
    fn what_does_not_fit_is_not_drawn() {
        let mut picture = numbered(Size::new(3, 2));
        let before = picture.clone();
        picture.draw(&Drawing::Fill(Rect::new(2, 0, 2, 1), 9));
        picture.draw(&Drawing::Copy(Rect::new(0, 0, 2, 2), Point { x: 2, y: 0 }));
        assert_eq!(picture, before);
    }
}
