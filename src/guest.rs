//! A guest: a name, its virtual terminals and its power buttons.

pub mod power;

use std::sync::Arc;

use crate::audio::Sound;
use crate::console::vt::{Vt, VtNumber, Vts};
use crate::display::board::Board;
use crate::display::stage::Announced;
use crate::geometry::Size;
use crate::input::PowerButton;
use power::{NotPressed, Power};

/// A machine whose consoles are served. The command line makes one guest.
#[derive(Debug)]
pub struct Guest {
    name: String,
    vts: Vts,
    graphics: Vec<Graphics>,
    power: Power,
    sound: Option<Sound>,
}

/// One of a guest's proxied screens.
#[derive(Clone, Debug)]
pub struct Graphics {
    /// Its virtual terminal.
    pub vt: VtNumber,
    /// Whether it has a picture.
    pub stage: Announced,
}

impl Guest {
    /// The guest `name` with these virtual terminals.
    pub fn new(name: String, vts: Vts) -> Self {
        Self { name, vts, graphics: Vec::new(), power: Power::default(), sound: None }
    }

    /// The guest with these power buttons.
    pub fn with_power(self, power: Power) -> Self {
        Self { power, ..self }
    }

    /// The guest with these proxied screens, which are on some of its virtual terminals.
    pub fn with_graphics(self, graphics: Vec<Graphics>) -> Self {
        Self { graphics, ..self }
    }

    /// The guest with this sound.
    pub fn with_sound(self, sound: Option<Sound>) -> Self {
        Self { sound, ..self }
    }

    /// Its sound, if it may have any.
    pub fn sound(&self) -> Option<&Sound> {
        self.sound.as_ref()
    }

    /// Its proxied screens.
    pub fn graphics(&self) -> &[Graphics] {
        &self.graphics
    }

    /// The numbers of the displays of those that have a picture.
    pub fn up(&self) -> Vec<u32> {
        let up = self.graphics.iter().filter(|graphics| graphics.stage.borrow().is_up);
        up.filter_map(|graphics| self.vt(graphics.vt)).map(|vt| vt.display.id()).collect()
    }

    /// Whether any of its power buttons does anything.
    pub fn has_power(&self) -> bool {
        self.power.is_there()
    }

    /// Presses one. What becomes of it is logged; `failed` is called if it does not end well.
    pub fn press(&self, button: PowerButton, failed: impl FnOnce() + Send + 'static) -> Result<(), NotPressed> {
        self.power.press(button, &self.name, failed)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is on a virtual terminal.
    pub fn vt(&self, number: VtNumber) -> Option<&Vt> {
        self.vts.get(number)
    }

    /// All of its virtual terminals.
    pub fn vts(&self) -> &Vts {
        &self.vts
    }

    /// The only virtual terminal of this name.
    pub fn find(&self, name: &str) -> Option<VtNumber> {
        let mut named = self.vts.iter().filter(|(_, vt)| vt.name == name).map(|(number, _)| number);
        named.next().filter(|_| named.next().is_none())
    }

    /// What somebody sees of it: all, or this virtual terminal `only`.
    pub fn seen_by(&self, only: Option<VtNumber>) -> Seen<'_> {
        Seen { guest: self, only }
    }

    /// What a viewer is told that will look at this virtual terminal: its window's name, and the picture's size.
    pub fn first_look(&self, number: VtNumber) -> (Arc<str>, Size) {
        let size = self.vt(number).map_or(Size::new(1, 1), |vt| vt.display.peek().frame.size());
        (self.desktop_name(number, "").into(), size)
    }

    /// What a viewer's window is called (RFC 6143 §7.3.2): the guest first, since task bars cut the rest; then the
    /// console, where there are several; then the title that its programs have set.
    pub fn desktop_name(&self, number: VtNumber, title: &str) -> String {
        let mut name = self.name.clone();
        if self.vts.count() > 1
            && let Some(vt) = self.vts.get(number)
        {
            name.push_str(" · ");
            name.push_str(&vt.name);
        }
        if !title.is_empty() {
            name.push_str(": ");
            name.push_str(title);
        }
        name
    }
}

/// What somebody sees of a guest: all of it, or one virtual terminal. To him there are no others.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    guest: &'a Guest,
    only: Option<VtNumber>,
}

impl<'a> Seen<'a> {
    fn sees(self, number: VtNumber) -> bool {
        self.only.is_none_or(|only| only == number)
    }

    /// What is on a virtual terminal.
    pub fn vt(self, number: VtNumber) -> Option<&'a Vt> {
        self.guest.vt(number).filter(|_| self.sees(number))
    }

    /// The number of the virtual terminal whose display has this one.
    pub fn number_of(self, display: u32) -> Option<VtNumber> {
        self.guest.vts.number_of(display).filter(|number| self.sees(*number))
    }

    /// Every number that is taken, and what is on it.
    pub fn iter(self) -> impl Iterator<Item = (VtNumber, &'a Vt)> {
        self.guest.vts.iter().filter(move |(number, _)| self.sees(*number))
    }

    /// Where all that are on them tell what there is to be told beside their pictures.
    pub fn board(self) -> &'a Board {
        self.guest.vts.board()
    }
}
