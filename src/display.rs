//! A display: frames come out, input goes in.
