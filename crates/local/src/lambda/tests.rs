//! The local Lambda with the real binaries, and with scripts where those behave too well.

mod functions;
mod lifecycle;
mod machine;
mod protocol;
