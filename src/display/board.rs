//! What there is to be told of a guest's consoles beside their pictures: one place for all of them, where the latest wins,
//! so that a viewer waits for one thing. Nobody who does not read it is woken.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::geometry::GridSize;

/// Whether there is something behind a display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It is waited for.
    #[default]
    Waiting,
    /// It is there.
    Open,
    /// It has ended for good.
    Ended,
}

/// What there is to be told of one console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Whether its source is there.
    pub state: State,
    /// Whether its source can carry a break.
    pub can_break: bool,
    /// Its size in cells.
    pub grid: GridSize,
    /// What its programs call it; may be empty.
    pub title: Arc<str>,
    /// How often something was said over its picture, and what it was.
    pub note: (u64, Arc<str>),
}

/// The consoles of a guest, by the number of their display.
#[derive(Clone, Debug)]
pub struct Board(Arc<watch::Sender<BTreeMap<u32, About>>>);

impl Default for Board {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::default()))
    }
}

impl Board {
    /// Of console `id` there is this to be told from now on.
    pub fn post(&self, id: u32, about: &About) {
        self.0.send_if_modified(|all| {
            let differs = all.get(&id) != Some(about);
            if differs {
                all.insert(id, about.clone());
            }
            differs
        });
    }

    /// All there is to be told now, and later.
    pub fn read(&self) -> watch::Receiver<BTreeMap<u32, About>> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_is_new_wakes_and_the_latest_is_read() {
        let board = Board::default();
        let mut reader = board.read();
        let grid = GridSize::new(80, 24);
        let about = |title: &str| About {
            state: State::Open,
            can_break: false,
            grid,
            title: title.into(),
            note: (0, "".into()),
        };
        board.post(1, &about("a"));
        board.post(1, &about("b"));
        board.post(2, &about("c"));
        reader.changed().await.expect("the board is there");
        let all = reader.borrow_and_update().clone();
        assert_eq!(all, BTreeMap::from([(1, about("b")), (2, about("c"))]));
        board.post(2, &about("c"));
        assert!(!reader.has_changed().expect("the board is there"));
    }
}
