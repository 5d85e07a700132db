//! A listener against a server that the test plays, in virtual time.

mod following;
mod returning;
mod stage;
