//! A guest: a name and its virtual terminals.
