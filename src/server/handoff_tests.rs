//! Who is led to the guest's graphics when these come up, and what each is told.

use super::*;
use crate::access::Role;
use crate::access::pen::Writers;
use crate::access::security::Security;
use crate::console::vt::{Vt, Vts};
use crate::display::stage::Announcer;
use crate::display::{Aside, Kind, Presence, display_of};
use crate::geometry::Size;
use crate::guest::Guest;
use crate::net::listen::Peer;
use crate::server::admission::{Limits, Sharing};
use crate::server::auth::Gate;
use crate::server::roster::{Person, Way};
use crate::server::{ResizePolicy, Settings};
use crate::shutdown::stopper;
use crate::surface::Surface;

/// A server of a console on VT 1 and a screen on VT 2, whose displays have the same numbers; and who announces the screen.
fn server(switch: Switch) -> (Arc<Server>, Announcer, Graphics) {
    let mut vts = Vts::default();
    for (id, kind) in [(1, Kind::Text), (2, Kind::Graphics)] {
        let frame = Surface::new(Size::new(64, 16), Size::new(64, 16), 0).publish();
        let (display, _) = display_of(kind, id, frame);
        vts.add(Vt { name: id.to_string(), display }).expect("there is room");
    }
    let (announcer, stage) = Announcer::new();
    let graphics = Graphics { vt: VtNumber::new(2).expect("a number"), stage };
    let settings = Settings {
        limits: Limits { max_viewers: 8, evict_oldest: false, sharing: Sharing::Shared },
        view_only: false,
        resize: ResizePolicy::Any,
        writers: Writers::All,
        switch,
        leader: None,
        all_switch: false,
        own_user_only: false,
    };
    let guest = Guest::new("guest".into(), vts).with_graphics(vec![graphics.clone()]);
    let gate = Gate::new(Security::open(), None, "guest");
    (Server::new(guest, settings, gate, None), announcer, graphics)
}

#[tokio::test(start_paused = true)]
async fn viewers_are_led_told_or_left_alone_and_always_led_back() {
    for (switch, heard) in [(Switch::Auto, "led, back"), (Switch::Offer, "told, back"), (Switch::Manual, "back")] {
        let (server, announcer, graphics) = server(switch);
        let mut viewer = Presence::new(1);
        let _seat = server.roster.seat(
            Person {
                number: 1,
                name: None,
                peer: Peer::Unix,
                way: Way { tls: false, web_socket: false, unix: true },
                role: Role::Write,
                display: 1,
                confined: false,
                since: Instant::now(),
            },
            viewer.who(),
        );
        let (stopper, stop) = stopper();
        let leading = tokio::spawn(Arc::clone(&server).hand_off(graphics, stop));
        // It does what there is to do whenever it has its turn.
        tokio::task::yield_now().await;
        announcer.up();
        tokio::task::yield_now().await;
        announcer.down("it has hung up");
        tokio::task::yield_now().await;
        let asides = std::iter::from_fn(|| viewer.try_aside()).map(|aside| match aside {
            Aside::Show(2) => "led",
            Aside::Say(said) if said.contains("Ctrl-Alt-F2") => "told",
            Aside::Back(2, said) if said.contains("it has hung up") => "back",
            other => panic!("{other:?}"),
        });
        assert_eq!(asides.collect::<Vec<_>>().join(", "), heard, "{switch:?}");
        stopper.stop();
        leading.await.expect("it has ended");
    }
}
