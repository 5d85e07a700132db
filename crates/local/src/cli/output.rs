//! Lines on standard output.

use std::io::{ErrorKind, Write};

use super::Exit;

/// Prints `line`. A reader that went away (`| head`) has seen enough: that is no failure.
pub(super) fn print(out: &mut impl Write, line: &str) -> Result<(), Exit> {
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Exit::Failed(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_a_reader_that_went_away_is_forgiven() {
        assert!(print(&mut Failing(ErrorKind::BrokenPipe), "line").is_ok());
        assert!(print(&mut Failing(ErrorKind::StorageFull), "line").is_err());
    }
}
