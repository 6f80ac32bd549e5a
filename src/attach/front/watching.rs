//! The user before a server's picture: the same menu and lines as before a console, and other things to do.

use std::sync::Arc;

use super::{About, Attention, Front, Wish, letter};
use crate::attach::answers::{Abilities, Answer};
use crate::attach::canvas::Canvas;
use crate::attach::keys::Typed;
use crate::attach::picture::Picture;
use crate::attach::picture::hands::{Deed, Takes};
use crate::attach::picture::sheet::Images;
use crate::geometry::{Point, Size};
use crate::input::{Keysym, Modifiers};
use crate::surface::Frame;
use crate::terminal::mouse::Tracking;

/// The longest paste that is taken before a picture, in bytes.
pub const PASTE_MAX: usize = 1024 * 1024;

/// A letter, what is sent, and what that is called.
const CHORDS: &[(char, &[Keysym], &str)] = &[
    ('d', &[Keysym::CONTROL_L, Keysym::ALT_L, Keysym::DELETE], "Ctrl-Alt-Del"),
    ('b', &[Keysym::CONTROL_L, Keysym::ALT_L, Keysym::BACKSPACE], "Ctrl-Alt-Backspace"),
    ('e', &[Keysym::CONTROL_L, Keysym::ESCAPE], "Ctrl-Esc"),
    ('t', &[Keysym::ALT_L, Keysym::TAB], "Alt-Tab"),
    ('4', &[Keysym::ALT_L, Keysym(Keysym::F1.0 + 3)], "Alt-F4"),
    ('s', &[Keysym::SUPER_L], "Super"),
    ('p', &[Keysym::PRINT], "Print"),
    ('l', &[Keysym::CAPS_LOCK], "Caps Lock"),
];

/// What there is to be chosen from.
pub(super) fn chord_lines() -> impl Iterator<Item = String> {
    let chords = CHORDS.iter().map(|(letter, _, name)| format!("{letter}  {name}"));
    chords.chain(["F1 to F12  Ctrl-Alt with it".to_owned()])
}

/// What is shown.
impl Front {
    /// From now on it is a picture.
    pub fn watch(&mut self, picture: Picture) {
        self.picture = Some(picture);
        self.attention = Attention::Guest;
    }

    /// It is a console again. What was held is let go.
    pub fn turn_away(&mut self) -> Vec<Deed> {
        self.picture = None;
        self.hands.tells_ends = false;
        self.let_go()
    }

    /// What is held is let go.
    pub fn let_go(&mut self) -> Vec<Deed> {
        let deeds = self.hands.let_go();
        if self.about.read_only { Vec::new() } else { deeds }
    }

    /// Nothing is held: the connection is gone.
    pub fn forget_hands(&mut self) {
        self.hands.forget();
    }

    /// What the server takes from now on.
    pub fn set_takes(&mut self, takes: Takes) {
        self.hands.takes = takes;
    }

    /// The picture that is shown in place of a console.
    pub fn picture(&mut self) -> Option<&mut Picture> {
        self.picture.as_mut()
    }

    /// It has another picture, or another part of it.
    pub fn show_frame(&mut self, frame: Arc<Frame>) {
        self.picture.iter_mut().for_each(|picture| picture.show(Arc::clone(&frame)));
    }

    /// A bell of its.
    pub fn ring(&mut self) {
        self.bell = true;
    }

    /// The pointer is there now, by itself.
    pub fn pointer_moved(&mut self, at: Point) {
        self.picture.iter_mut().for_each(|picture| picture.move_pointer(at));
    }

    /// What the user's terminal can do.
    pub fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    pub(super) fn picture_canvas(&mut self) -> Canvas {
        let mut canvas = Canvas::new(self.size);
        let room = self.size.rows.saturating_sub(self.status.into()).max(1);
        if let Some(picture) = &mut self.picture {
            picture.draw(&mut canvas, room);
        }
        // Also of who does nothing but watch: it may be a part that follows.
        (canvas.mouse, canvas.focus) = (Tracking::Any, true);
        let drawn_in_pixels = self.picture.as_ref().is_some_and(|picture| picture.images().is_some());
        self.points_at_pixels = self.abilities.pixel_mouse && drawn_in_pixels;
        canvas.pixels = self.points_at_pixels;
        canvas.every_key = self.abilities.keyboard.is_some();
        canvas.set_title(&self.about.name);
        self.say_over(&mut canvas);
        canvas
    }

    /// What draws the images of that canvas, and whether there is more to do.
    pub fn images(&mut self, canvas: &Canvas) -> (String, bool) {
        let mut out = String::new();
        let rows = canvas.free.min(self.size.rows.saturating_sub(self.status.into()));
        let more = self.picture.as_mut().is_some_and(|picture| picture.draw_images(rows, &mut out));
        (out, more)
    }

    pub(super) fn picture_status(&self) -> String {
        let About { name, server, .. } = &self.about;
        let size = self.picture.as_ref().map_or(Size::default(), Picture::size);
        let view = match &self.picture {
            Some(picture) if picture.is_as_it_is() => "  pixel by pixel",
            _ => "",
        };
        let by = match self.picture.as_ref().and_then(Picture::images) {
            Some(Images::Kitty) => "kitty",
            Some(Images::Sixel { .. }) => "sixel",
            None => "blocks",
        };
        format!("{name} at {server}  {size} pixels  {by}{view}{}", self.about.remarks())
    }
}

/// What the user does.
impl Front {
    /// Takes what is nobody's but the picture's, whatever has the user's attention; the rest is given back.
    pub(super) fn aside(&mut self, typed: Typed, wishes: &mut Vec<Wish>) -> Option<Typed> {
        match typed {
            Typed::Answer(answer) => self.answered(answer),
            Typed::KeyUp(keysym) => {
                let deeds = self.hands.release(keysym);
                self.tell(deeds, wishes);
            }
            // Terminals tell of them only before pictures. What locks is the user's: what it makes of a key is told with that, and
            // a guest that turned its own over would make something else of it.
            Typed::Key(Keysym::CAPS_LOCK | Keysym::NUM_LOCK, _) => {}
            Typed::Key(keysym, held) if keysym.is_modifier() => {
                if self.picture.is_some() && matches!(self.attention, Attention::Guest) {
                    let deeds = self.hands.press(keysym, held);
                    self.tell(deeds, wishes);
                }
            }
            other => return Some(other),
        }
        None
    }

    fn answered(&mut self, answer: Answer) {
        self.abilities.take(answer, self.size);
        if let Answer::Keyboard(flags) = answer {
            // It tells all keys, and when they go up.
            const ALL: u32 = 0b1010;
            self.hands.tells_ends = self.picture.is_some() && flags & ALL == ALL;
        }
    }

    pub(super) fn tell(&self, deeds: Vec<Deed>, wishes: &mut Vec<Wish>) {
        if !deeds.is_empty() && !self.about.read_only {
            wishes.push(Wish::Do(deeds));
        }
    }

    /// Something that is for the server.
    pub(super) fn act(&mut self, typed: Typed, wishes: &mut Vec<Wish>) {
        let Some(picture) = &mut self.picture else { return };
        let deeds = match typed {
            Typed::Key(keysym, held) => self.hands.press(keysym, held),
            Typed::Mouse(report) => {
                let Some((at, inside)) = picture.find(report, self.points_at_pixels) else { return };
                picture.move_pointer(at);
                self.hands.point(report, at, inside)
            }
            Typed::Focus(false) => self.hands.let_go(),
            Typed::Paste(text) => {
                if !std::mem::replace(&mut self.pasting, true) {
                    self.pasted.clear();
                }
                // One byte more shows that it was too much.
                let room = (PASTE_MAX + 1).saturating_sub(self.pasted.len());
                let end = (0..=text.len().min(room)).rev().find(|end| text.is_char_boundary(*end));
                self.pasted.push_str(&text[..end.unwrap_or(0)]);
                Vec::new()
            }
            Typed::PasteEnd => {
                self.pasting = false;
                if self.pasted.len() > PASTE_MAX {
                    self.pasted.clear();
                }
                if !self.about.read_only {
                    wishes.push(Wish::Cut(self.pasted.clone()));
                }
                Vec::new()
            }
            // Some terminals do not keep what other windows have covered (xterm's images).
            Typed::Focus(true) => {
                picture.redraw();
                Vec::new()
            }
            // Of a key that the user has let go of before it was told.
            Typed::KeyUp(keysym) => self.hands.release(keysym),
            // What is not understood would be typed as something else.
            Typed::Bytes(_) | Typed::Answer(_) => Vec::new(),
        };
        self.tell(deeds, wishes);
    }

    /// An arrow in the menu moves what is seen of the picture, and the menu stays. Whether it was one.
    pub(super) fn pan(&mut self, keysym: Keysym) -> bool {
        let Some(picture) = self.picture.as_mut().filter(|picture| picture.is_as_it_is()) else { return false };
        match keysym {
            Keysym::LEFT => picture.pan(-1, 0),
            Keysym::RIGHT => picture.pan(1, 0),
            Keysym::UP => picture.pan(0, -1),
            Keysym::DOWN => picture.pan(0, 1),
            _ => return false,
        }
        true
    }

    /// A chord was chosen.
    pub(super) fn send_chord(&mut self, keysym: Keysym, held: Modifiers, wishes: &mut Vec<Wish>) {
        let function = (Keysym::F1.0..Keysym::F1.0 + 12).contains(&keysym.0);
        let chosen = letter(keysym, held);
        let keys = match CHORDS.iter().find(|(letter, ..)| chosen == Some(*letter)) {
            Some((_, keys, _)) => keys.to_vec(),
            None if function => vec![Keysym::CONTROL_L, Keysym::ALT_L, keysym],
            None => return,
        };
        let deeds = self.hands.chord(&keys);
        self.tell(deeds, wishes);
    }
}
