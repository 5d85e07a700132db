//! End-to-end stories: the whole service, real sockets. One file a theme.

mod binaries;
mod counted;
mod dialects;
mod first_minute;
mod readme;
