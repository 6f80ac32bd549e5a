//! What viewers ask of a console, without tasks: its text, places in it, breaks.

use std::os::fd::OwnedFd;

use super::super::testing::opened;
use super::*;
use crate::display::{Display, DisplayEvent};
use crate::geometry::GridSize;
use crate::source::Endpoint;
use crate::source::pty::testing::new_pty;

struct Stage {
    console: Console,
    display: Display,
    _guest: OwnedFd,
}

impl Stage {
    async fn new(text: &str) -> Self {
        let (guest, path) = new_pty();
        let (console, display) = opened(Endpoint::Pty(path), GridSize::new(20, 4)).await;
        let mut stage = Self { console, display, _guest: guest };
        stage.write(text);
        stage
    }

    fn write(&mut self, text: &str) {
        self.console.take_output(text.as_bytes());
    }

    /// Asks, and lets the console hear of it.
    async fn ask(&mut self, ask: Ask) -> oneshot::Receiver<Answer> {
        let answer = self.display.ask(ask).expect("the console hears");
        let DisplayEvent::Asked(question) = self.console.side.event(false).await else { panic!("no question") };
        self.console.asked(question);
        answer
    }

    async fn search(&mut self, text: &str, match_case: bool, before: u64, most: u16) -> (Vec<(u64, Range<u16>)>, bool) {
        let sought = Sought { text: text.into(), match_case, before, most };
        let answer = self.ask(Ask::Search(sought)).await;
        while self.console.asked.is_searching() {
            self.console.search_on();
        }
        let Ok(Answer::Found(places, more)) = answer.await else { panic!("not found") };
        (places.into_iter().map(|place| (place.line.number, place.characters)).collect(), more)
    }

    async fn listen(&mut self, told: Told, not_before: Instant) -> oneshot::Receiver<Answer> {
        self.ask(Ask::Text { told, not_before }).await
    }
}

fn texts(lines: &[Line]) -> Vec<(u64, &str)> {
    lines.iter().map(|line| (line.number, line.text.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn text_is_told_when_it_has_changed_and_it_is_time() {
    let mut stage = Stage::new("one\r\ntwo").await;
    let begin = Instant::now();
    assert_eq!(stage.console.tell_text(begin), None, "nobody listens");
    let answer = stage.listen(Told::default(), begin).await;
    assert_eq!(stage.console.tell_text(begin), None);
    let Ok(Answer::Text(text, told)) = answer.await else { panic!("no text") };
    assert_eq!(texts(&text.lines), [(0, "one"), (1, "two"), (2, ""), (3, "")]);
    assert_eq!((text.top, text.rows, text.cursor, text.alternate), (0, 4, (1, 3), false));
    let due = begin + TEXT_INTERVAL;
    let mut answer = stage.listen(told, due).await;
    stage.console.tell_text(due);
    assert!(answer.try_recv().is_err() && stage.console.tell_text(due).is_none(), "nothing new, and no timer");
    stage.write("!\r\n3\r\n4\r\n5\r\n6");
    let later = due + TEXT_INTERVAL;
    assert_eq!(stage.console.tell_text(due), Some(later));
    stage.console.tell_text(later);
    let Ok(Answer::Text(text, told)) = answer.await else { panic!("no text") };
    assert_eq!(texts(&text.lines), [(1, "two!"), (2, "3"), (3, "4"), (4, "5"), (5, "6")], "with what left the screen");
    assert_eq!((text.top, text.cursor), (2, (3, 1)));
    let answer = stage.listen(told, later).await;
    stage.write("\x1b[?1049h\x1b[Hvi");
    stage.console.tell_text(later);
    let Ok(Answer::Text(text, _)) = answer.await else { panic!("no text") };
    assert!(text.alternate);
    assert_eq!(texts(&text.lines), [(0, "vi"), (1, ""), (2, ""), (3, "")]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_any_more_is_forgotten() {
    let mut stage = Stage::new("").await;
    for _ in 0..10 {
        drop(stage.listen(Told::default(), Instant::now()).await);
        drop(stage.ask(Ask::Search(Sought { text: "x".into(), match_case: false, before: u64::MAX, most: 1 })).await);
    }
    assert!(stage.console.asked.listeners.len() == 1 && stage.console.asked.searches.len() == 1);
    stage.console.tell_text(Instant::now());
    stage.console.search_on();
    assert!(stage.console.asked.listeners.is_empty() && !stage.console.asked.is_searching());
}

#[tokio::test]
async fn lines_are_told_as_far_as_they_are_there() {
    let mut stage = Stage::new("1\r\n2\r\n3\r\n4\r\n5\r\n6").await;
    let answer = stage.ask(Ask::Lines(1..3)).await.await;
    let Ok(Answer::Lines(there, lines)) = answer else { panic!("no lines") };
    assert_eq!((there, texts(&lines)), (0..6, vec![(1, "2"), (2, "3")]));
    for (wanted, count) in [(4..u64::MAX, 2), (6..9, 0), (u64::MAX..u64::MAX, 0)] {
        let Ok(Answer::Lines(_, lines)) = stage.ask(Ask::Lines(wanted)).await.await else { panic!("no lines") };
        assert_eq!(lines.len(), count);
    }
    stage.write(&"x\r\n".repeat(2_000));
    let Ok(Answer::Lines(_, lines)) = stage.ask(Ask::Lines(0..u64::MAX)).await.await else { panic!("no lines") };
    assert_eq!(lines.len(), usize::from(MAX_LINES));
}

#[tokio::test]
async fn places_are_found_from_the_newest() {
    let mut stage = Stage::new("Error 1\r\nan error\r\n3\r\n4\r\nerror error\r\n6").await;
    let all = vec![(4, 6..11), (4, 0..5), (1, 3..8), (0, 0..5)];
    assert_eq!(stage.search("error", false, u64::MAX, 1_000).await, (all.clone(), false));
    assert_eq!(stage.search("ERROR", false, u64::MAX, 4).await, (all.clone(), false), "exactly as many as there are");
    assert_eq!(stage.search("error", false, u64::MAX, 3).await, (all[..3].to_vec(), true));
    assert_eq!(stage.search("error", false, 4, 9).await, (all[2..].to_vec(), false));
    assert_eq!(stage.search("Error", true, u64::MAX, 9).await, (all[3..].to_vec(), false));
    assert_eq!(stage.search("error", true, 1, 9).await, (vec![], false));
    assert_eq!(stage.search("error", false, 0, 9).await, (vec![], false));
    assert_eq!(stage.search("", false, 9, 9).await, (vec![], false));
    let long = Sought { text: "x".repeat(MAX_QUERY + 1), match_case: false, before: 9, most: 9 };
    assert!(matches!(stage.ask(Ask::Search(long)).await.await, Ok(Answer::Refused(_))));
}

#[tokio::test]
async fn searches_are_bounded() {
    let mut stage = Stage::new("x").await;
    let sought = || Ask::Search(Sought { text: "x".into(), match_case: false, before: 9, most: 9 });
    let mut answers = Vec::new();
    for _ in 0..MAX_SEARCHES {
        answers.push(stage.ask(sought()).await);
    }
    assert!(matches!(stage.ask(sought()).await.await, Ok(Answer::Refused(_))));
    assert_eq!(stage.console.asked.searches.len(), MAX_SEARCHES);
}

#[tokio::test]
async fn what_cannot_carry_a_break_says_so() {
    let mut stage = Stage::new("").await;
    for ask in [Ask::Break, Ask::SysRq(b'b')] {
        let answer = stage.ask(ask).await.await;
        assert_eq!(answer, Ok(Answer::Refused("this source cannot carry a break")));
    }
    assert_eq!(stage.console.line.pending(), 0, "and types nothing");
}

#[tokio::test]
async fn what_there_is_to_be_told_is_on_the_board_once() {
    let mut stage = Stage::new("\x1b]2;a title\x07").await;
    let mut board = stage.console.board.read();
    stage.console.post_about();
    let about = board.borrow_and_update().get(&1).expect("it is there").clone();
    assert_eq!((&*about.title, about.grid, about.can_break), ("a title", GridSize::new(20, 4), false));
    stage.console.post_about();
    assert!(!board.has_changed().expect("open"));
    stage.console.note("a note".into());
    stage.console.post_about();
    assert_eq!(board.borrow_and_update()[&1].note, (1, "a note".into()));
}
