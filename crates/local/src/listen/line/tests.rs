//! Lines as they are printed.

use super::*;
use crate::listen::frame::Frame;

/// 16:00:00.123
const NOW: UnixMillis = UnixMillis(1_764_000_000_123);

#[track_caller]
fn check(frame: &str, expected: &str) {
    let Frame::Event(frame) = Frame::read(frame) else {
        panic!("not an event: {frame}")
    };
    assert_eq!(event(NOW, &frame), expected);
}

#[test]
fn a_price_stands_under_its_head() {
    check(
        r#"{"type":"price_update","channel":"events:prices","data":{"tokenId":"ethereum","symbol":"ETH","chain":"base","previousPrice":2740.0,"currentPrice":2750.5,"changePercent":0.3832},"timestamp":1764000000000,"eventId":"e","offset":"1-0","prev":null,"metadata":{"sentAt":1764000000120,"priority":"normal"}}"#,
        "16:00:00.123      3 ms    123 ms  price_update      events:prices           ethereum 2750.5 +0.38 % on base",
    );
    assert_eq!(HEAD.find("DATA"), Some(76));
}

#[test]
fn clocks_may_disagree_and_times_may_be_missing() {
    check(
        r#"{"type":"alert","channel":"alerts","data":{"message":"up"},"eventId":"e","offset":"1-0","metadata":{"sentAt":1764000000200}}"#,
        "16:00:00.123    -77 ms         -  alert             alerts                  up",
    );
    check(
        r#"{"type":"note","eventId":"e","offset":"1-0"}"#,
        "16:00:00.123         -         -  note",
    );
}

#[test]
fn replays_and_further_channels_are_marked() {
    check(
        r#"{"type":"tvl_change","channel":"tvl","channels":["tvl","chain:base","protocol:lido"],"data":{"protocolId":"lido","currentTvl":26400000000.0,"changePercent":-1.0},"eventId":"e","offset":"1-0","replay":true}"#,
        "16:00:00.123         -         -  tvl_change        tvl +2                  (replay) lido 26400000000 -1.00 %",
    );
    check(
        r#"{"type":"alert","channel":"alerts","channels":["alerts"],"data":{"title":"t"},"eventId":"e","offset":"1-0","snapshot":true}"#,
        "16:00:00.123         -         -  alert             alerts                  (snapshot) t",
    );
}

#[test]
fn unknown_data_is_shown_as_it_is_but_not_at_any_length() {
    check(
        r#"{"type":"x","channel":"c","data":{"pool": [1, 2]},"eventId":"e","offset":"1-0"}"#,
        "16:00:00.123         -         -  x                 c                       {\"pool\":[1,2]}",
    );
    let long = "y".repeat(MAX_CONTENT_CHARS);
    let shown = |message: &str| {
        let frame = format!(
            r#"{{"type":"x","data":{{"message":"{message}"}},"eventId":"e","offset":"1-0"}}"#
        );
        let Frame::Event(frame) = Frame::read(&frame) else {
            panic!("not an event")
        };
        event(NOW, &frame)
            .split_whitespace()
            .last()
            .unwrap()
            .to_owned()
    };
    assert_eq!(shown(&long), long);
    assert_eq!(shown(&format!("{long}y")), format!("{long}…"));
}

#[test]
fn nothing_commands_the_terminal() {
    check(
        r#"{"type":"a\u001b[31m","channel":"c\u0007","data":{"message":"x\u009b2J\ny"},"eventId":"e","offset":"1-0"}"#,
        "16:00:00.123         -         -  a\u{fffd}[31m            c\u{fffd}                      x\u{fffd}2J\u{fffd}y",
    );
}

#[test]
fn other_frames_say_their_type_and_gist() {
    assert_eq!(
        other(NOW, "goodbye", "max_lifetime"),
        "16:00:00.123                      goodbye                                   max_lifetime"
    );
}
