//! The guest's proxied screens: where they are dialled, and where they call.

use std::num::NonZeroU32;

use tokio::sync::watch;

use super::Failure;
use crate::access::Secret;
use crate::audio::Sound;
use crate::config::{self, Config, ReversePolicy};
use crate::console::vt::{Vt, VtNumber, Vts};
use crate::geometry::GridSize;
use crate::guest::Graphics;
use crate::net::address::is_loopback;
use crate::net::listen::Listener;
use crate::server::handoff::Switch;
use crate::shutdown::Stop;
use crate::upstream::budget::Budget;
use crate::upstream::connect::Manners;
use crate::upstream::reverse::{self, Exchange, Policy};
use crate::upstream::{self, Handle, Listens};

/// What they are called, where there are consoles beside them.
const NAME: &str = "graphics";
/// The size of the words that say why there is no picture.
const GRID: GridSize = GridSize::new(80, 24);

/// Binds all addresses where a screen may call, after a look at whether they may be open.
pub(super) fn listen(config: &Config) -> Result<Vec<Listener>, Failure> {
    let Some(graphics) = &config.graphics else { return Ok(Vec::new()) };
    let mut listeners = Vec::new();
    for address in &graphics.reverse {
        let numbers = address.resolve().map_err(|error| Failure::Reverse(address.clone(), error))?;
        let is_open = numbers.iter().any(|number| !is_loopback(number.ip()));
        if is_open && graphics.allow.is_empty() && !config.insecure {
            return Err(Failure::ReverseOpen(address.clone()));
        }
        let bound = Listener::bind(address, &numbers).map_err(|error| Failure::Reverse(address.clone(), error))?;
        listeners.extend(bound);
    }
    Ok(listeners)
}

/// How viewers are led to them.
pub(super) fn switch(graphics: Option<&config::Graphics>) -> Switch {
    match graphics.map(|graphics| graphics.switch) {
        Some(config::Switch::Offer) => Switch::Offer,
        Some(config::Switch::Manual) => Switch::Manual,
        Some(config::Switch::Auto) | None => Switch::Auto,
    }
}

/// Starts them, each on a virtual terminal of its own; and where each comes from, in words.
pub(super) fn start(
    graphics: config::Graphics,
    listeners: Vec<Listener>,
    password: watch::Receiver<Option<Secret>>,
    (look, paste_rate): (&config::Look, Option<NonZeroU32>),
    sound: Option<&Sound>,
    vts: &mut Vts,
    stop: &Stop,
) -> Result<(Vec<Graphics>, Vec<String>), Failure> {
    let manners = Manners {
        user: graphics.user,
        password,
        trust: graphics.trust,
        size_max: graphics.size_max,
        sound: sound.is_some(),
    };
    let at: Vec<String> =
        listeners.iter().filter_map(|listener| listener.local().ok()).map(|at| at.to_string()).collect();
    let at = at.join(" or ");
    let (mut screens, mut lines, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    let budget = Budget::default();
    let mut to = graphics.upstream;
    // All that there are by now are consoles.
    let console = vts.iter().next().map(|(vt, _)| vt.get());
    for (number, which) in graphics.vts.into_iter().zip(1..) {
        let vt = VtNumber::new(number).ok_or(Failure::TooManyConsoles)?;
        let listens = (!listeners.is_empty()).then(|| {
            let (line, calls) = reverse::screen();
            lines.push(line);
            Listens { at: at.clone(), calls }
        });
        // The first alone is dialled.
        let to = to.take();
        sources.push(to.as_ref().map_or_else(|| at.clone(), ToString::to_string));
        let settings = upstream::Settings {
            // Consoles count from 1, and are fewer than the numbers before it.
            id: number.into(),
            to,
            manners: manners.clone(),
            listens,
            layout: graphics.layout.clone(),
            paste_rate,
            font: look.font()?,
            grid: GRID,
            console,
            board: vts.board().clone(),
            budget: budget.clone(),
            sound: sound.map(Sound::publisher),
        };
        let Handle { display, stage } = upstream::start(settings, stop.clone());
        let name = if which == 1 { NAME.to_owned() } else { format!("{NAME} {which}") };
        if !vts.put(vt, Vt { name, display }) {
            return Err(Failure::TooManyConsoles);
        }
        screens.push(Graphics { vt, stage });
    }
    let policy = match graphics.policy {
        ReversePolicy::Replace => Policy::Replace,
        ReversePolicy::Refuse => Policy::Refuse,
        ReversePolicy::Next => Policy::Next,
    };
    let exchange = Exchange::new(manners, policy, graphics.allow, lines);
    for listener in listeners {
        tokio::spawn(exchange.clone().serve(listener, stop.clone()));
    }
    Ok((screens, sources))
}
