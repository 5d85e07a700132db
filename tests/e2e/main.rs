//! End-to-end stories: the whole service, real sockets. One file a theme.

mod first_minute;
