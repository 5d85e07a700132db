//! Offsets: two integers of 64 bits in decimal, joined by a dash.

use serde_json::value::RawValue;

use super::object::Object;
use super::{invalid_message, value};
use crate::{ErrorBody, ErrorCode};

const FIELD: &str = "since";

/// `since`, which must be there.
pub(super) fn required(object: &Object<'_>) -> Result<String, ErrorBody> {
    optional(object)?.ok_or_else(|| invalid_message(FIELD, "`since` is required: an offset"))
}

/// `since`, if given.
pub(super) fn optional(object: &Object<'_>) -> Result<Option<String>, ErrorBody> {
    object.get(FIELD).map(read).transpose()
}

fn read(raw: &RawValue) -> Result<String, ErrorBody> {
    value::string(raw)
        .filter(|text| is_offset(text))
        .ok_or_else(|| {
            ErrorBody::about(
                ErrorCode::InvalidOffset,
                FIELD,
                "`since` must be an offset such as \"1764000000123-0\"",
            )
        })
}

fn is_offset(text: &str) -> bool {
    text.split_once('-')
        .is_some_and(|(millis, sequence)| is_canonical_u64(millis) && is_canonical_u64(sequence))
}

/// As the log writes its ids: no sign, no leading zero.
fn is_canonical_u64(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    digits && canonical && text.parse::<u64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_offset;

    #[test]
    fn only_the_logs_own_form_is_an_offset() {
        for good in [
            "0-0",
            "1764000000123-0",
            "18446744073709551615-18446744073709551615",
        ] {
            assert!(is_offset(good), "{good}");
        }
        for bad in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "1-2-3",
            "+1-0",
            "1-+0",
            "01-0",
            "1-00",
            " 1-0",
            "1-0 ",
            "18446744073709551616-0",
            "0-18446744073709551616",
            "1-a",
            "0x1-0",
            "$",
            "١-٠",
        ] {
            assert!(!is_offset(bad), "{bad}");
        }
    }
}
