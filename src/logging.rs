//! Logs that tell a story and never block the server.
