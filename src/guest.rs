//! A guest: a name, its virtual terminals and its power buttons.

pub mod power;

use crate::console::vt::{Vt, VtNumber, Vts};
use crate::input::PowerButton;
use power::{NotPressed, Power};

/// A machine whose consoles are served. The command line makes one guest.
#[derive(Debug)]
pub struct Guest {
    name: String,
    vts: Vts,
    power: Power,
}

impl Guest {
    /// The guest `name` with these virtual terminals.
    pub fn new(name: String, vts: Vts) -> Self {
        Self { name, vts, power: Power::default() }
    }

    /// The guest with these power buttons.
    pub fn with_power(self, power: Power) -> Self {
        Self { power, ..self }
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
