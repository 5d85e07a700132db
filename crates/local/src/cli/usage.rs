//! clap's errors on one line.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Exit;

/// What a refused command line amounts to.
pub(super) fn exit(error: clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Help(error),
        _ => Exit::Usage(line(&error)),
    }
}

/// The complaint, the nearest option that exists, and where to read on.
fn line(error: &clap::Error) -> String {
    let complaint = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "no command given".to_owned()
        }
        _ => first_paragraph(&error.render().to_string()),
    };
    let did_you_mean =
        suggestion(error).map_or_else(String::new, |name| format!(", did you mean '{name}'?"));
    format!("{complaint}{did_you_mean} (try --help)")
}

fn first_paragraph(rendered: &str) -> String {
    let text = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let lines = text
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim);
    lines.collect::<Vec<_>>().join(" ")
}

fn suggestion(error: &clap::Error) -> Option<&str> {
    let kinds = [
        ContextKind::SuggestedArg,
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedValue,
    ];
    kinds.iter().find_map(|kind| match error.get(*kind)? {
        ContextValue::String(name) => Some(name.as_str()),
        ContextValue::Strings(names) => names.first().map(String::as_str),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::parse;

    #[track_caller]
    fn check(arguments: &[&str], expected: &str) {
        let typed = ["llama-ws"].iter().chain(arguments);
        match parse(typed) {
            Err(Exit::Usage(message)) => assert_eq!(message, expected),
            other => panic!("{arguments:?} gave {other:?}"),
        }
    }

    #[test]
    fn complaints_fit_on_one_line() {
        check(&[], "no command given (try --help)");
        check(
            &["devv"],
            "unrecognized subcommand 'devv', did you mean 'dev'? (try --help)",
        );
        check(
            &["dev", "--prt", "1"],
            "unexpected argument '--prt' found, did you mean '--port'? (try --help)",
        );
        check(
            &["dev", "--port", "70000"],
            "invalid value '70000' for '--port <N>': 70000 is not in 0..=65535 (try --help)",
        );
        check(
            &["dev", "--feed", "fast"],
            "invalid value 'fast' for '--feed [<RATE>]': \
             not a number of events a second between 0.001 and 100000 (try --help)",
        );
        check(
            &["dev", "--auth-mode", "none"],
            "invalid value 'none' for '--auth-mode <MODE>': \
             neither `required` nor `deferred` (try --help)",
        );
    }

    #[test]
    fn help_and_version_are_no_failures() {
        for arguments in [["llama-ws", "--help"], ["llama-ws", "--version"]] {
            assert!(
                matches!(parse(arguments), Err(Exit::Help(_))),
                "{arguments:?}"
            );
        }
    }
}
