//! What a browser gets on the port that viewers connect to: the page, or the files of a directory, and at any path that
//! ends in `/websockify` a WebSocket, which carries RFB.

mod files;
mod page;
mod reply;

use std::io;
use std::path::Path;

use crate::net::http::{Refusal, Request, Status, refuse};
use crate::net::origin::Origins;
use crate::net::websocket::handshake::{self, Upgrade};

pub use files::{MAX_FILE, Root};
pub use page::{PAGE, Page};
pub use reply::{Body, Reply};

/// Where the last part of a path is this, a WebSocket is. The parts before it are a proxy's, or those of the page that
/// noVNC was loaded from: it looks for its server beside that.
const WEB_SOCKET: &str = "websockify";

/// What a browser gets.
#[derive(Debug)]
pub struct Web {
    content: Content,
    origins: Origins,
}

#[derive(Debug)]
enum Content {
    Page(Page),
    Root(Root),
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// It is answered, and another may follow.
    Reply(Reply),
    /// The connection goes on as a WebSocket.
    WebSocket(Upgrade),
}

impl Web {
    /// Our own page.
    pub fn page(origins: Origins) -> Self {
        Self { content: Content::Page(Page::new(&origins)), origins }
    }

    /// The files of a directory.
    ///
    /// # Errors
    /// Those of opening it.
    pub fn root(directory: &Path, origins: Origins) -> io::Result<Self> {
        Ok(Self { content: Content::Root(Root::open(directory, &origins)?), origins })
    }

    /// Answers a request, which has come within TLS or not.
    ///
    /// # Errors
    /// What [`Reply::refusal`] makes an answer of.
    pub(super) async fn answer(&self, request: &Request<'_>, tls: bool) -> Result<Answer, Refusal> {
        if request.path.rsplit('/').next() == Some(WEB_SOCKET) {
            self.origins.judge(request, tls)?;
            return handshake::accept(request).map(Answer::WebSocket);
        }
        if handshake::is_upgrade(request) {
            return refuse(Status::NOT_FOUND, "the WebSocket is at /websockify");
        }
        match &self.content {
            Content::Page(page) => page.find(request),
            Content::Root(root) => root.find(request).await,
        }
        .map(Answer::Reply)
    }
}
