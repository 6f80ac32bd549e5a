//! What the user has before him: a console, its history, and what this program says about it. No I/O: bytes of both sides go
//! in, a canvas and wishes come out.

mod pasting;
mod watching;

use std::time::{Duration, Instant};

use super::answers::Abilities;
use super::canvas::{Canvas, Window};
use super::escape::{Command, Escape, Taken, command_of, commands};
use super::keys::{Keys, MouseReport, Typed};
use super::picture::Picture;
use super::picture::hands::{Deed, Hands};
use crate::config::attach::Escapes;
use crate::geometry::{CellPos, GridSize, Point};
use crate::input::{KeyEvent, Keysym, Modifiers};
use crate::terminal::mouse::{CellPointer, Tracking};
use crate::terminal::search::{Search, Standing, Towards};
use crate::terminal::view::{Scroll, View};
use crate::terminal::{Damage, Encoding, Event, KeyTable, Mode, Options, Terminal};
use pasting::Held;

/// From bell to bell, at least: four a second, however often a guest rings.
const BELLS: Duration = Duration::from_millis(250);
/// How long something is said.
pub const NOTE: Duration = Duration::from_secs(5);
/// What the user wants done.
#[derive(Clone, PartialEq, Eq)]
pub enum Wish {
    /// These bytes are for the guest.
    Send(Vec<u8>),
    /// A server whose picture is shown is told this.
    Do(Vec<Deed>),
    /// It does not take what was typed or clicked.
    Unsent,
    /// This was pasted before a picture.
    Cut(String),
    /// What was pasted before a console is too long to be sent.
    TooLong,
    /// This is to be typed before a picture, key by key.
    Type(String),
    /// Leave.
    Detach,
    /// Look at the console of this number.
    Attach(u32),
    /// A break on the line.
    Break,
    /// Write, or let others.
    Write,
    /// Whatever the terminal shows is to be written anew.
    Redraw,
    /// Stop until the shell goes on with us.
    Suspend,
}

impl std::fmt::Debug for Wish {
    // Keystrokes are never logged (house rule 8).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Send(bytes) => return write!(f, "Send({} bytes)", bytes.len()),
            Self::Do(deeds) => return write!(f, "Do({} deeds)", deeds.len()),
            Self::Cut(text) | Self::Type(text) => return write!(f, "Cut or Type({} bytes)", text.len()),
            Self::Attach(console) => return write!(f, "Attach({console})"),
            Self::Unsent => "Unsent",
            Self::TooLong => "TooLong",
            Self::Detach => "Detach",
            Self::Break => "Break",
            Self::Write => "Write",
            Self::Redraw => "Redraw",
            Self::Suspend => "Suspend",
        })
    }
}

/// A console that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub console: u32,
    /// What it is called.
    pub name: String,
    /// More about it, for the picker.
    pub about: String,
}

/// What keys are for.
enum Attention {
    /// The guest.
    Guest,
    /// The letter of a command.
    Menu,
    /// All of them are to be read; any key ends that.
    Help,
    /// One of the consoles.
    Picker,
    /// One of the chords.
    Chord,
    /// The lines that have left the screen.
    Back(Box<View>),
    /// Something that is looked for in them; it is being typed.
    Find(Box<View>, String),
    /// Whether this is to be pasted, every line of which the guest would take for a command.
    Confirm(String),
}

/// What is told about the console in its status line and the window's title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What the console is called.
    pub name: String,
    /// Where it is served.
    pub server: String,
    /// What holds it up; empty: nothing.
    pub trouble: String,
    /// Nothing of what is typed is sent.
    pub read_only: bool,
    /// Others may read what is said.
    pub in_clear: bool,
}

impl About {
    /// What is always told of it, behind everything else.
    fn remarks(&self) -> String {
        let read_only = if self.read_only { "  read only" } else { "" };
        let in_clear = if self.in_clear { "  not encrypted" } else { "" };
        format!("{read_only}{in_clear}")
    }
}

/// See the module.
pub struct Front {
    size: GridSize,
    terminal: Terminal,
    /// Another console was chosen, of which nothing is known yet: what its guest gets of keys.
    stand_in: Option<Terminal>,
    window: Window,
    attention: Attention,
    keys: Keys,
    escape: Escape,
    escapes: Escapes,
    buttons: u16,
    /// Where the mouse was told to be.
    pointed: CellPos,
    pasting: bool,
    /// A paste that is looked through before it is sent.
    held: Option<Held>,
    status: bool,
    note: Option<(String, Instant)>,
    bell: bool,
    /// When it was rung last.
    rung: Option<Instant>,
    /// What is shown in place of a console.
    picture: Option<Picture>,
    hands: Hands,
    /// What was pasted last before a picture, or is being pasted.
    pasted: String,
    abilities: Abilities,
    /// The mouse is told in pixels now.
    points_at_pixels: bool,
    /// What is told.
    pub about: About,
    /// The consoles there are, in their order.
    pub places: Vec<Place>,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("size", &self.size).field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

/// A terminal for what a console's guest writes. It answers nothing: the server's does.
fn terminal(size: GridSize, charset: Encoding, keys: KeyTable) -> Terminal {
    Terminal::new(size, Options { charset, keys, answer: false, ..Options::default() })
}

/// What the server says.
impl Front {
    /// In a terminal of this size.
    pub fn new(size: GridSize, escapes: Escapes) -> Self {
        Self {
            size,
            terminal: terminal(GridSize::new(80, 24), Encoding::default(), KeyTable::default()),
            stand_in: None,
            window: Window::default(),
            attention: Attention::Guest,
            keys: Keys::default(),
            escape: Escape::new(escapes),
            escapes,
            buttons: 0,
            pointed: CellPos { row: 0, col: 0 },
            pasting: false,
            held: None,
            status: false,
            note: None,
            bell: false,
            rung: None,
            picture: None,
            hands: Hands::default(),
            pasted: String::new(),
            abilities: Abilities::default(),
            points_at_pixels: false,
            about: About::default(),
            places: Vec::new(),
        }
    }

    /// A console begins, of which nothing is known.
    pub fn begin(&mut self, size: GridSize, charset: Encoding, keys: KeyTable) {
        self.terminal = terminal(size, charset, keys);
        self.stand_in = None;
        (self.window, self.attention) = (Window::default(), Attention::Guest);
    }

    /// Another console was chosen. What is typed from now on is for that one, whose modes nobody knows yet; what is seen is the
    /// one before until then.
    pub fn leave(&mut self) {
        self.stand_in = Some(terminal(GridSize::new(80, 24), Encoding::default(), KeyTable::default()));
        // The rest of a paste that is still coming was meant for the one before.
        (self.buttons, self.held) = (0, self.pasting.then_some(Held::TooMuch));
        if matches!(self.attention, Attention::Confirm(_)) {
            self.attention = Attention::Guest;
        }
    }

    /// What its guest wrote, or a dump.
    pub fn output(&mut self, bytes: &[u8]) {
        self.terminal.feed(bytes);
        self.bell |= self.terminal.take_events().contains(&Event::Bell);
    }

    /// It has another size.
    pub fn console_resized(&mut self, size: GridSize) {
        self.terminal.resize(size);
        if matches!(self.attention, Attention::Back(_) | Attention::Find(..)) {
            // Lines have other numbers now.
            self.attention = Attention::Guest;
        }
    }

    /// Something to be read.
    pub fn say(&mut self, text: &str, now: Instant) {
        self.note = Some((text.to_owned(), now + NOTE));
    }

    /// When what is said is to be taken away.
    pub fn deadline(&self) -> Option<Instant> {
        self.note.as_ref().map(|(_, until)| *until)
    }

    /// Takes away what has been said for long enough.
    pub fn tick(&mut self, now: Instant) {
        self.note.take_if(|(_, until)| *until <= now);
    }

    /// Whether the user is to hear that the guest has rung since this was asked last.
    pub fn take_bell(&mut self, now: Instant) -> bool {
        let rings = std::mem::take(&mut self.bell) && self.rung.is_none_or(|rung| now >= rung + BELLS);
        if rings {
            self.rung = Some(now);
        }
        rings
    }

    /// The console's size.
    pub fn console_size(&self) -> GridSize {
        self.terminal.screen().size()
    }
}

/// What the user does.
impl Front {
    /// His terminal has another size.
    pub fn resized(&mut self, size: GridSize) {
        self.size = size;
    }

    /// The size of it.
    pub fn size(&self) -> GridSize {
        self.size
    }

    /// His terminal sent these bytes.
    pub fn typed(&mut self, bytes: &[u8]) -> Vec<Wish> {
        let typed = self.keys.take(bytes);
        self.handle_all(typed)
    }

    /// Whether his terminal has been asked something, and has not answered all of it.
    pub fn expect_answers(&mut self, expects: bool) {
        self.keys.expect(expects && !self.abilities.complete);
    }

    /// Whether the rest of something he typed is waited for, and how long.
    pub fn is_waiting(&self) -> Option<Duration> {
        self.keys.is_waiting().then(|| self.keys.patience())
    }

    /// It does not come.
    pub fn give_up(&mut self) -> Vec<Wish> {
        let typed = self.keys.give_up();
        self.handle_all(typed)
    }

    fn handle_all(&mut self, typed: Vec<Typed>) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for typed in typed {
            if matches!(typed, Typed::Key(..)) {
                self.note = None;
            }
            self.handle(typed, &mut wishes);
        }
        wishes
    }

    fn handle(&mut self, typed: Typed, wishes: &mut Vec<Wish>) {
        let was_the_guests = self.is_the_guests();
        self.heed(typed, wishes);
        if was_the_guests && !self.is_the_guests() {
            self.rest(wishes);
        }
        if self.hands.take_refused() && wishes.last() != Some(&Wish::Unsent) {
            wishes.push(Wish::Unsent);
        }
    }

    fn is_the_guests(&self) -> bool {
        matches!(self.attention, Attention::Guest)
    }

    /// What is held is let go: what comes next is not the guest's.
    fn rest(&mut self, wishes: &mut Vec<Wish>) {
        if self.picture.is_some() {
            let deeds = self.hands.let_go();
            return self.tell(deeds, wishes);
        }
        if std::mem::take(&mut self.buttons) != 0 && !self.about.read_only {
            self.point_at(self.pointed, 0, Modifiers::NONE);
            let bytes = self.terminal.take_input();
            wishes.extend(Some(bytes).filter(|bytes| !bytes.is_empty()).map(Wish::Send));
        }
    }

    fn heed(&mut self, typed: Typed, wishes: &mut Vec<Wish>) {
        let Some(typed) = self.aside(typed, wishes) else { return };
        if let (Attention::Menu, Typed::Key(keysym, _)) = (&self.attention, &typed)
            && self.pan(*keysym)
        {
            return;
        }
        match (&self.attention, typed) {
            (Attention::Guest, typed) => match self.escape.take(typed) {
                Taken::Guest(all) => all.into_iter().for_each(|typed| self.tell_guest(typed, wishes)),
                Taken::Held => {}
                Taken::Menu => self.attention = Attention::Menu,
                Taken::Command(command) => self.command(command, wishes),
            },
            (Attention::Chord, Typed::Key(keysym, held)) => {
                self.attention = Attention::Guest;
                self.send_chord(keysym, held, wishes);
            }
            (Attention::Menu, Typed::Key(keysym, held)) => {
                self.attention = Attention::Guest;
                if self.escape.is_key(keysym, held) {
                    self.tell_guest(Typed::Key(keysym, held), wishes);
                } else if let Some(command) = letter(keysym, held).and_then(command_of) {
                    self.command(command, wishes);
                }
            }
            (Attention::Help, Typed::Key(..)) => self.attention = Attention::Guest,
            (Attention::Picker, Typed::Key(keysym, held)) => {
                let number = letter(keysym, held).and_then(|ch| ch.to_digit(36)).and_then(|digit| digit.checked_sub(1));
                let place = number.and_then(|number| self.places.get(number as usize));
                wishes.extend(place.map(|place| Wish::Attach(place.console)));
                self.attention = Attention::Guest;
            }
            (Attention::Back(_) | Attention::Find(..), Typed::Key(keysym, held)) => self.look(keysym, held),
            (Attention::Confirm(_), Typed::Key(keysym, held)) => self.confirm(keysym, held, wishes),
            (Attention::Back(_), Typed::Mouse(report)) if report.down && report.code & 0x40 != 0 => {
                self.scroll(Scroll::Lines(if report.code & 1 == 0 { 5 } else { -5 }));
            }
            // Whether he is there is the guest's, whatever he reads.
            (_, typed @ Typed::Focus(_)) => self.tell_guest(typed, wishes),
            (Attention::Find(..), Typed::Paste(text)) => {
                text.lines().next().unwrap_or_default().chars().for_each(|ch| self.query(|query| query.push(ch)));
            }
            // Nobody asked for anything else.
            _ => {}
        }
    }

    fn command(&mut self, command: Command, wishes: &mut Vec<Wish>) {
        match command {
            Command::Detach => wishes.push(Wish::Detach),
            Command::Status => self.status = !self.status,
            Command::Choose => self.attention = Attention::Picker,
            Command::Next => wishes.extend(self.neighbour(1).map(Wish::Attach)),
            Command::Previous => wishes.extend(self.neighbour(self.places.len().saturating_sub(1)).map(Wish::Attach)),
            Command::LookBack | Command::Find | Command::Break if self.picture.is_some() => {}
            // Nothing is sent, and no turn is taken.
            Command::Type | Command::Chord | Command::Break | Command::Write if self.about.read_only => {}
            Command::View => self.picture.iter_mut().for_each(Picture::turn_over),
            Command::Chord if self.picture.is_some() => self.attention = Attention::Chord,
            Command::Type if self.picture.is_some() && !self.pasted.is_empty() => {
                wishes.push(Wish::Type(self.pasted.clone()));
            }
            Command::Chord | Command::Type => {}
            Command::LookBack => {
                self.attention = Attention::Back(Box::new(View::new(&self.terminal)));
                self.scroll(Scroll::Pages(1));
            }
            Command::Find => self.attention = Attention::Find(Box::new(View::new(&self.terminal)), String::new()),
            Command::Break => wishes.push(Wish::Break),
            Command::Write => wishes.push(Wish::Write),
            Command::Redraw => wishes.push(Wish::Redraw),
            Command::Suspend => wishes.push(Wish::Suspend),
            Command::Help => self.attention = Attention::Help,
        }
    }

    /// The console that stands so many places after this one, round and round.
    fn neighbour(&self, steps: usize) -> Option<u32> {
        let here = self.places.iter().position(|place| place.name == self.about.name)?;
        let place = &self.places[(here + steps) % self.places.len()];
        Some(place.console).filter(|_| place.name != self.about.name)
    }

    /// What the guest gets of it, as its modes ask for.
    fn tell_guest(&mut self, typed: Typed, wishes: &mut Vec<Wish>) {
        if self.picture.is_some() {
            return self.act(typed, wishes);
        }
        if self.about.read_only {
            return;
        }
        match typed {
            // No terminal tells these before a console.
            Typed::KeyUp(_) | Typed::Answer(_) => return,
            Typed::Key(keysym, held) => {
                for down in [true, false] {
                    self.keyboard().key(&KeyEvent { keysym, keycode: None, down, repeat: false }, held);
                }
            }
            // What he points at is the console before.
            Typed::Mouse(_) if self.stand_in.is_some() => return,
            Typed::Mouse(report) => self.point(report),
            Typed::Focus(focused) => self.keyboard().focus(focused),
            Typed::Bytes(bytes) => return wishes.push(Wish::Send(bytes)),
            Typed::Paste(text) => return self.paste(&text, wishes),
            Typed::PasteEnd => return self.paste_ended(wishes),
        }
        let bytes = self.keyboard().take_input();
        if !bytes.is_empty() {
            wishes.push(Wish::Send(bytes));
        }
    }

    /// The terminal that the guest wants its keys as.
    fn keyboard(&mut self) -> &mut Terminal {
        self.stand_in.as_mut().unwrap_or(&mut self.terminal)
    }

    /// A report of the mouse as the state of its buttons, over the part of the screen that is shown.
    fn point(&mut self, report: MouseReport) {
        let (code, motion) = (report.code, report.is_motion());
        let (bit, wheel) = report.button();
        let before = self.buttons;
        self.buttons = match (motion, report.down) {
            (true, _) => before,
            (false, true) => before | bit,
            (false, false) => before & !bit,
        };
        let pos = CellPos { row: self.window.top + report.row, col: self.window.left + report.column };
        let size = self.terminal.screen().size();
        let pos = match pos.row < size.rows && pos.col < size.cols {
            true => pos,
            // What went down in it goes up in it, and moves along its edge until then.
            false if before != 0 && before & self.buttons == self.buttons => {
                CellPos { row: pos.row.min(size.rows - 1), col: pos.col.min(size.cols - 1) }
            }
            false => return self.buttons = before,
        };
        let modifiers =
            Modifiers { shift: code & 4 != 0, alt: code & 8 != 0, control: code & 16 != 0, ..Modifiers::NONE };
        self.point_at(pos, self.buttons, modifiers);
        if wheel {
            // The wheel has no release.
            self.buttons &= !bit;
            self.point_at(pos, self.buttons, modifiers);
        }
    }

    fn point_at(&mut self, pos: CellPos, buttons: u16, modifiers: Modifiers) {
        self.pointed = pos;
        let pixel = Point { x: u32::from(pos.col) * 8, y: u32::from(pos.row) * 16 };
        self.terminal.pointer(CellPointer { pos, pixel, buttons, modifiers });
    }

    fn scroll(&mut self, scroll: Scroll) {
        if let Attention::Back(view) = &mut self.attention {
            view.scroll(scroll, &self.terminal);
        }
    }

    /// Changes what is looked for, and looks for it from the newest line on.
    fn query(&mut self, change: impl FnOnce(&mut String)) {
        let Attention::Find(view, query) = &mut self.attention else { return };
        change(query);
        let newest = self.terminal.lines().end;
        view.search.get_or_insert_with(Search::default).look_for(query, newest);
        find(view, &self.terminal);
    }

    /// A key while he looks back.
    fn look(&mut self, keysym: Keysym, held: Modifiers) {
        let letter = letter(keysym, held);
        let quit = keysym == Keysym::ESCAPE || held.control && matches!(keysym.char(), Some('c' | ']'));
        if quit {
            self.attention = Attention::Guest;
        } else if let Attention::Find(_, query) = &self.attention {
            match (keysym, letter) {
                (Keysym::BACKSPACE, _) if query.is_empty() => self.attention = Attention::Guest,
                (Keysym::BACKSPACE, _) => self.query(|query| {
                    query.pop();
                }),
                (Keysym::RETURN, _) => self.stay(),
                (Keysym::UP, _) => self.find_on(Towards::Oldest),
                (Keysym::DOWN, _) => self.find_on(Towards::Newest),
                (_, Some(ch)) => self.query(|query| query.push(ch)),
                _ => {}
            }
        } else {
            match (keysym, letter) {
                (Keysym::PAGE_UP, _) | (_, Some('b')) => self.scroll(Scroll::Pages(1)),
                (Keysym::PAGE_DOWN, _) | (_, Some(' ')) => self.scroll(Scroll::Pages(-1)),
                (Keysym::UP, _) | (_, Some('k')) => self.scroll(Scroll::Lines(1)),
                (Keysym::DOWN, _) | (_, Some('j')) => self.scroll(Scroll::Lines(-1)),
                (Keysym::HOME, _) | (_, Some('g')) => self.scroll(Scroll::Oldest),
                (Keysym::END, _) | (_, Some('G')) => self.scroll(Scroll::Live),
                (_, Some('n')) => self.find_on(Towards::Oldest),
                (_, Some('N')) => self.find_on(Towards::Newest),
                (_, Some('/')) => self.search_here(),
                (_, Some('q')) => self.attention = Attention::Guest,
                _ => {}
            }
        }
    }

    /// What has been found stays, and the keys move about it.
    fn stay(&mut self) {
        match std::mem::replace(&mut self.attention, Attention::Guest) {
            Attention::Find(view, _) => self.attention = Attention::Back(view),
            other => self.attention = other,
        }
    }

    fn search_here(&mut self) {
        match std::mem::replace(&mut self.attention, Attention::Guest) {
            Attention::Back(view) => self.attention = Attention::Find(view, String::new()),
            other => self.attention = other,
        }
    }

    fn find_on(&mut self, towards: Towards) {
        let (Attention::Back(view) | Attention::Find(view, _)) = &mut self.attention else { return };
        view.search.iter_mut().for_each(|search| search.look_on(towards));
        find(view, &self.terminal);
    }
}

/// Looks through all there is, and shows what is found.
fn find(view: &mut View, terminal: &Terminal) {
    let Some(search) = &mut view.search else { return };
    while search.standing() == Standing::Looking {
        search.step(terminal);
    }
    if let Some(found) = search.found() {
        view.show_line(found.first.line, terminal);
    }
}

/// A character that was typed without Control or Alt.
fn letter(keysym: Keysym, held: Modifiers) -> Option<char> {
    keysym.char().filter(|ch| !ch.is_control() && !held.control && !held.alt && !held.meta)
}

/// What he sees.
impl Front {
    /// All of it.
    pub fn canvas(&mut self) -> Canvas {
        if self.picture.is_some() {
            return self.picture_canvas();
        }
        let mut canvas = Canvas::new(self.size);
        let room = self.size.rows.saturating_sub(self.status.into()).max(1);
        let (screen, back) = match &mut self.attention {
            Attention::Back(view) | Attention::Find(view, _) => {
                view.compose(&self.terminal, &mut Damage::default());
                (view.screen(), true)
            }
            _ => (self.terminal.screen(), false),
        };
        let cursor = screen.cursor().pos;
        self.window.follow(cursor, screen.size(), GridSize::new(self.size.cols, room));
        canvas.draw(screen, self.window, room);
        if !back && !self.about.read_only {
            canvas.mouse = self.terminal.tracking();
            canvas.focus = screen.modes().has(Mode::FocusReport);
        } else if back {
            canvas.mouse = Tracking::Normal;
        }
        let title = screen.title();
        let title = if title.is_empty() { self.about.name.clone() } else { format!("{title} - {}", self.about.name) };
        canvas.set_title(&title);
        self.say_over(&mut canvas);
        canvas
    }

    /// Lines of our own, over the last rows.
    fn say_over(&self, canvas: &mut Canvas) {
        let last = self.size.rows.saturating_sub(1);
        if self.status {
            canvas.write(last, &self.status_line(), &format!("{}: menu", self.escapes));
        }
        match &self.attention {
            Attention::Guest => {}
            Attention::Menu => {
                let letters: Vec<String> =
                    commands(self.picture.is_some()).map(|(letter, what)| format!("{letter} {what}")).collect();
                canvas.write(last, &letters.join("  "), "");
            }
            Attention::Help => {
                let lines = commands(self.picture.is_some()).map(|(letter, what)| format!("{letter}  {what}"));
                let twice = format!("{} twice sends it", self.escapes);
                box_over(canvas, &format!("After {}:", self.escapes), lines.chain([twice]));
            }
            Attention::Picker => {
                let lines = (1_u32..).zip(&self.places).map(|(number, place)| {
                    let key = char::from_digit(number, 36).unwrap_or(' ');
                    let here = if place.name == self.about.name { '*' } else { ' ' };
                    format!("{key} {here} {}  {}", place.name, place.about)
                });
                box_over(canvas, "Which console?", lines);
            }
            Attention::Chord => box_over(canvas, "Which keys?", watching::chord_lines()),
            Attention::Confirm(text) => canvas.write(last, &pasting::question(text), pasting::ANSWERS),
            Attention::Back(view) => {
                let found = view.search.as_ref().map_or("", found_words);
                let up = format!("{} lines up  {found}", view.lines_up(&self.terminal));
                canvas.write(last, &up, "PgUp PgDn Home End  / find  n N  q back");
            }
            Attention::Find(view, query) => {
                let found = view.search.as_ref().map_or("", found_words);
                canvas.write(last, &format!("find: {query}_  {found}"), "Up older  Down newer  Return  Esc");
            }
        }
        if matches!(self.attention, Attention::Guest) {
            let trouble = Some(self.about.trouble.as_str()).filter(|trouble| !trouble.is_empty());
            if let Some(said) = self.note.as_ref().map(|(said, _)| said.as_str()).or(trouble) {
                canvas.write(last, said, "");
            }
        }
    }

    fn status_line(&self) -> String {
        if self.picture.is_some() {
            return self.picture_status();
        }
        let size = self.console_size();
        let About { name, server, .. } = &self.about;
        format!("{name} at {server}  {}x{}{}", size.cols, size.rows, self.about.remarks())
    }
}

fn found_words(search: &Search) -> &'static str {
    match search.standing() {
        Standing::Nowhere => "not found",
        Standing::Found if search.has_gone_round() => "gone round",
        Standing::Idle | Standing::Looking | Standing::Found => "",
    }
}

/// Lines over the last rows, as many as there is room for.
fn box_over(canvas: &mut Canvas, head: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = std::iter::once(head.to_owned()).chain(lines).collect();
    let rows = canvas.size().rows;
    let first = rows.saturating_sub(u16::try_from(lines.len()).unwrap_or(rows));
    for (row, line) in (first..rows).zip(&lines) {
        canvas.write(row, line, "");
    }
    canvas.cursor = None;
}

#[cfg(test)]
#[path = "front_tests.rs"]
mod tests;
