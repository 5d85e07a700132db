//! The client contract: frames in, frames out, error codes.
