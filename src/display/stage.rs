//! Whether a proxied screen has a picture: what viewers are led there and back by.

use std::sync::Arc;

use tokio::sync::watch;

/// How it stands with a proxied screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// Its picture is there.
    pub is_up: bool,
    /// How often it has come up.
    pub times: u64,
    /// Why it is not, in words; empty where nothing is known yet.
    pub why: Arc<str>,
}

/// Where that is told.
#[derive(Debug)]
pub struct Announcer(watch::Sender<Stage>);

/// Where that is heard.
pub type Announced = watch::Receiver<Stage>;

impl Announcer {
    /// Of a screen that is not there yet.
    pub fn new() -> (Self, Announced) {
        let (sender, receiver) = watch::channel(Stage::default());
        (Self(sender), receiver)
    }

    /// Its first picture has come.
    pub fn up(&self) {
        self.0.send_modify(|stage| *stage = Stage { is_up: true, times: stage.times + 1, why: "".into() });
    }

    /// It is not there, and why.
    pub fn down(&self, why: &str) {
        self.0.send_if_modified(|stage| {
            let down = Stage { is_up: false, times: stage.times, why: why.into() };
            let differs = *stage != down;
            *stage = down;
            differs
        });
    }

    /// Whether its picture is there.
    pub fn is_up(&self) -> bool {
        self.0.borrow().is_up
    }

    /// Whether it has ever been.
    pub fn has_been_up(&self) -> bool {
        self.0.borrow().times > 0
    }

    /// Why it is not.
    pub fn why(&self) -> Arc<str> {
        Arc::clone(&self.0.borrow().why)
    }
}
