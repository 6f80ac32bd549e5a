//! Virtual terminals: what Ctrl-Alt-F1 to F12 lead to.

use crate::display::Display;
use crate::display::board::Board;

/// There are as many as function keys.
pub const MAX_VTS: usize = 12;

/// The number of a virtual terminal, 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VtNumber(u8);

impl VtNumber {
    /// Of the first console.
    pub const FIRST: Self = Self(1);

    /// `number`, if there can be such a virtual terminal.
    pub fn new(number: u8) -> Option<Self> {
        (1..=MAX_VTS).contains(&usize::from(number)).then_some(Self(number))
    }

    /// 1 to 12.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// One virtual terminal.
#[derive(Clone, Debug)]
pub struct Vt {
    /// What it is called.
    pub name: String,
    /// What is seen there.
    pub display: Display,
}

/// A guest's virtual terminals. Text consoles take the first numbers; a graphical one has a number of its own.
#[derive(Clone, Debug, Default)]
pub struct Vts {
    slots: [Option<Vt>; MAX_VTS],
    board: Board,
}

impl Vts {
    /// Puts `vt` on the first free number; its number, or `None` when all are taken.
    pub fn add(&mut self, vt: Vt) -> Option<VtNumber> {
        let index = self.slots.iter().position(Option::is_none)?;
        self.slots[index] = Some(vt);
        VtNumber::new(u8::try_from(index + 1).ok()?)
    }

    /// Puts `vt` on this number; `false` when that is taken.
    pub fn put(&mut self, number: VtNumber, vt: Vt) -> bool {
        let slot = &mut self.slots[usize::from(number.0) - 1];
        let is_free = slot.is_none();
        if is_free {
            *slot = Some(vt);
        }
        is_free
    }

    /// The first that is taken; [`VtNumber::FIRST`] where none is.
    pub fn first(&self) -> VtNumber {
        self.iter().next().map_or(VtNumber::FIRST, |(number, _)| number)
    }

    /// Where those that are on them are to tell what there is to be told beside their pictures.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// The number of the virtual terminal whose display has this one.
    pub fn number_of(&self, display: u32) -> Option<VtNumber> {
        let index = self.slots.iter().position(|slot| slot.as_ref().is_some_and(|vt| vt.display.id() == display))?;
        VtNumber::new(u8::try_from(index + 1).ok()?)
    }

    /// Every number that is taken, and what is on it.
    pub fn iter(&self) -> impl Iterator<Item = (VtNumber, &Vt)> {
        (1..).zip(&self.slots).filter_map(|(number, vt)| VtNumber::new(number).zip(vt.as_ref()))
    }

    /// What is on that number.
    pub fn get(&self, number: VtNumber) -> Option<&Vt> {
        self.slots.get(usize::from(number.0) - 1)?.as_ref()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.slots.iter().flatten().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::surface::Surface;

    #[test]
    fn twelve_and_no_more() {
        let mut vts = Vts::default();
        for number in 1..=12 {
            let frame = Surface::new(Size::new(8, 16), Size::new(8, 16), 0).publish();
            let vt = Vt { name: number.to_string(), display: crate::display::display(number, frame).0 };
            assert_eq!(vts.add(vt.clone()).map(VtNumber::get), u8::try_from(number).ok());
            if number == 12 {
                assert!(vts.add(vt.clone()).is_none() && !vts.put(VtNumber::FIRST, vt.clone()));
            }
            let (mut one, seventh) = (Vts::default(), VtNumber::new(7).expect("1 to 12"));
            assert!(one.put(seventh, vt) && one.first() == seventh && one.count() == 1);
        }
        assert_eq!(vts.count(), MAX_VTS);
        assert_eq!(vts.get(VtNumber::FIRST).map(|vt| vt.name.as_str()), Some("1"));
        assert_eq!((VtNumber::new(0), VtNumber::new(13)), (None, None));
    }
}
