//! A guest: a name and its virtual terminals.

use crate::console::vt::{Vt, VtNumber, Vts};

/// A machine whose consoles are served. The command line makes one guest.
#[derive(Debug)]
pub struct Guest {
    name: String,
    vts: Vts,
}

impl Guest {
    /// The guest `name` with these virtual terminals.
    pub fn new(name: String, vts: Vts) -> Self {
        Self { name, vts }
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
