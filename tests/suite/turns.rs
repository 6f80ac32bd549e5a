//! A viewer that sends as fast as it can, and the turns of everybody else: on one thread, where they can be counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::net::sockopt::set_socket_send_buffer_size;
use tokio::io::AsyncWriteExt;

use super::own_viewer::{Guest, Viewer, serve, within};

/// Bytes that a viewer's task reads at once.
const PIECE: usize = 16 * 1024;
/// FramebufferUpdateRequest for what has changed: however many come, they are one.
const REQUEST: [u8; 10] = [3, 1, 0, 0, 0, 0, 0, 1, 0, 1];

/// The kernel is asked for what is ready after each turn, so that nothing but turns counts.
#[test]
fn who_floods_is_read_in_pieces_and_others_have_their_turn_between() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().event_interval(1).build();
    runtime.expect("a runtime").block_on(async {
        let guest = Guest::new();
        let running = serve(&[&guest], |_| ()).await;
        let mut viewer = Viewer::join(&running).await;
        set_socket_send_buffer_size(&viewer.stream, 1 << 20).expect("as much as may be");
        let flood = REQUEST.repeat(100_000);
        let mut sent = 0;
        while sent < flood.len()
            && let Ok(length) = viewer.stream.try_write(&flood[sent..])
        {
            sent += length;
        }
        let pieces = sent / PIECE;
        assert!(pieces >= 16, "too small a flood: {sent} bytes");
        let turns = Arc::new(AtomicUsize::new(0));
        let other = Arc::clone(&turns);
        tokio::spawn(async move {
            loop {
                other.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        // The rest of what was cut; and when the key behind it has come to the guest, all of it was read.
        let rest = &flood[sent..sent.next_multiple_of(REQUEST.len())];
        within(viewer.stream.write_all(rest)).await.expect("takes the rest");
        viewer.type_text("x");
        viewer.until(|viewer| viewer.conn.queued() == 0).await;
        guest.read_until(b"x").await;
        let turns = turns.load(Ordering::Relaxed);
        assert!(turns >= pieces, "{turns} turns of others while {pieces} pieces were read");
    });
}
