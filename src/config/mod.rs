//! The OPTIONS table and what is made of it.
