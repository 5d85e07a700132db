//! Texts that a parser might choke on.

use llama_ws_tests::{Raw, masked, opcode};
use serde_json::{Value, json};

use super::{DEMO, Neighbour, stage};

const FRAME: usize = 32 * 1024;

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}{}", open.repeat(depth), close.repeat(depth))
}

/// Messages, and the code each is answered with; `pong` for a ping.
fn texts() -> Vec<(String, &'static str)> {
    let deep = nested("[", "]", 16_000);
    let bombs = json!({
        "protocolIds": vec!["x".repeat(150); 50], "tokenIds": vec!["x".repeat(150); 50],
        "chains": vec!["x".repeat(150); 50], "eventTypes": vec!["x".repeat(150); 20],
    });
    let text = |text: &str| text.to_owned();
    vec![
        ("[".repeat(FRAME), "INVALID_JSON"),
        ("{".repeat(FRAME), "INVALID_JSON"),
        ("]".repeat(FRAME), "INVALID_JSON"),
        (r#"{"a":"#.repeat(FRAME / 5), "INVALID_JSON"),
        ("\"".repeat(FRAME), "INVALID_JSON"),
        ("\\".repeat(FRAME), "INVALID_JSON"),
        (" ".repeat(FRAME), "INVALID_JSON"),
        (text("\u{feff}{\"type\":\"ping\"}"), "INVALID_JSON"),
        (text("\u{0}"), "INVALID_JSON"),
        (text("{\"type\":\"ping\u{0}\"}"), "INVALID_JSON"),
        (text("NaN"), "INVALID_JSON"),
        (text(r#"{"type":"ping","x":01}"#), "INVALID_JSON"),
        (text(r#"{"type":"ping","x":"\x"}"#), "INVALID_JSON"),
        (deep.clone(), "INVALID_MESSAGE"),
        ("1".repeat(FRAME), "INVALID_MESSAGE"),
        // Nobody reads a field that a ping does not have.
        (format!(r#"{{"type":"ping","x":{deep}}}"#), "pong"),
        (
            format!(
                r#"{{"type":"ping","x":{}}}"#,
                nested(r#"{"a":"#, "}", 4_000).replace("a\":}", "a\":1}")
            ),
            "pong",
        ),
        (
            format!(r#"{{"type":"ping","x":1{}}}"#, "0".repeat(30_000)),
            "pong",
        ),
        (text(r#"{"type":"ping","x":1e400,"y":-0.0e-999}"#), "pong"),
        (
            text(r#"{"type":"ping","__proto__":{"type":"x"},"constructor":1}"#),
            "pong",
        ),
        (text(r#"{"t\u0079pe":"\u0070ing"}"#), "pong"),
        (
            format!(r#"{{"type":"ping","id":{deep}}}"#),
            "INVALID_MESSAGE",
        ),
        (text(r#"{"type":"ping","id":1e400}"#), "INVALID_MESSAGE"),
        (
            text(r#"{"type":"ping","id":18446744073709551616}"#),
            "INVALID_MESSAGE",
        ),
        (text(r#"{"type":"ping","id":"\ud800"}"#), "INVALID_MESSAGE"),
        (
            text(r#"{"type":"ping","id":{"toString":1}}"#),
            "INVALID_MESSAGE",
        ),
        (text(r#"{"\ud800":1,"type":"ping"}"#), "INVALID_MESSAGE"),
        (text(r#"{"type":"ping","type":"ping"}"#), "INVALID_MESSAGE"),
        (
            text(r#"{"type":"ping","action":"subscribe","action":"ping"}"#),
            "INVALID_MESSAGE",
        ),
        (
            text(r#"{"type":"ping","t\u0079pe":"subscribe"}"#),
            "INVALID_MESSAGE",
        ),
        (
            text(r#"{"type":"ping","apiKey":"a","apiKey":"b"}"#),
            "INVALID_MESSAGE",
        ),
        (
            text(r#"{"type":"subscribe","channels":["tvl"],"channels":["prices"]}"#),
            "INVALID_MESSAGE",
        ),
        (
            text(r#"{"type":"subscribe","channels":["tvl"],"channel":"prices"}"#),
            "INVALID_MESSAGE",
        ),
        (
            text(r#"{"type":"subscribe","channel":"tvl","filters":{"minValue":1,"minValue":2}}"#),
            "INVALID_MESSAGE",
        ),
        (
            format!(r#"{{"type":"subscribe","channels":{deep}}}"#),
            "INVALID_MESSAGE",
        ),
        (
            format!(r#"{{"type":"subscribe","channel":"tvl","filters":{deep}}}"#),
            "INVALID_FILTER",
        ),
        (
            format!(r#"{{"type":"subscribe","channel":"tvl","filters":{{"chains":[{deep}]}}}}"#),
            "INVALID_FILTER",
        ),
        (
            format!(
                r#"{{"type":"subscribe","channel":"tvl","filters":{{"minValue":1{}}}}}"#,
                "0".repeat(400)
            ),
            "INVALID_FILTER",
        ),
        (
            text(r#"{"type":"subscribe","channel":"tvl","filters":{"maxValue":1e309}}"#),
            "INVALID_FILTER",
        ),
        (
            format!(
                r#"{{"type":"subscribe","channels":[1{}]}}"#,
                ",1".repeat(9_999)
            ),
            "TOO_MANY_CHANNELS",
        ),
        (
            format!(
                r#"{{"type":"subscribe","channels":[""{}]}}"#,
                r#","""#.repeat(9_999)
            ),
            "TOO_MANY_CHANNELS",
        ),
        (
            json!({"type": "subscribe", "channel": "tvl", "filters": bombs}).to_string(),
            "TOO_MANY_CHANNELS",
        ),
        (
            json!({"type": "nonsense".repeat(4_000)}).to_string(),
            "UNKNOWN_TYPE",
        ),
        (
            json!({"action": "\u{202e}gnip", "type": "ping"}).to_string(),
            "UNKNOWN_TYPE",
        ),
        (
            json!({"type": "authenticate", "apiKey": "\u{0}".repeat(4_096)}).to_string(),
            "INVALID_CREDENTIAL",
        ),
        (
            json!({"type": "resume", "since": "9".repeat(10_000)}).to_string(),
            "INVALID_OFFSET",
        ),
    ]
}

#[tokio::test]
async fn texts_that_a_parser_might_choke_on_are_answered_and_forgotten() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let mut attacker = stage.client().await;
    let before = stage.documents().await;

    for (text, expected) in texts() {
        let start: String = text.chars().take(60).collect();
        assert!(text.len() <= FRAME, "{start}: {} bytes", text.len());
        attacker.send_text(&text).await;
        let reply = attacker.next_text().await;
        assert!(reply.len() <= 32_000, "{start}: {} bytes", reply.len());
        let reply: Value = serde_json::from_str(&reply).unwrap();
        let told = if reply["type"] == "error" {
            &reply["code"]
        } else {
            &reply["type"]
        };
        assert_eq!(told, expected, "{start}: {reply}");
    }
    assert_eq!(stage.documents().await, before);
    neighbour.is_served(&stage, "every text").await;
}

#[tokio::test]
async fn names_that_only_look_like_a_channel_are_none() {
    let (stage, _clock) = stage().await;
    let mut client = stage.client().await;
    let names = [
        "Prices",
        "prices ",
        " prices",
        "prices\n",
        "prices\u{0}",
        "prices\u{200b}",
        "\u{feff}prices",
        "pr\u{456}ces",
        "\u{ff50}rices",
        "price\u{73}\u{301}",
        "\u{202e}secirp",
        "prices\u{fe0f}",
        "events:events:prices",
        "events :prices",
        "events::prices",
        "events:",
        "token:\u{e9}",
        "token:a b",
        "token:a/b",
        "token:*",
        "token:%2e",
        "token:",
        "token::",
        "chain:a:b",
        "chain::tvl",
        "chain:\u{131}stanbul",
        "a:b:c",
        ":",
        "::",
        "*",
        "#",
        "prices,tvl",
        "__proto__",
        "constructor",
        "../prices",
        "'; DROP TABLE",
        "${jndi:x}",
        "🦙",
    ];
    for chunk in names.chunks(50) {
        let reply = client
            .ask(&json!({"type": "subscribe", "channels": chunk}))
            .await;
        let results = reply["results"].as_array().expect("results");
        for (name, result) in chunk.iter().zip(results) {
            let valid = *name == "token::";
            assert_eq!(result["channel"], *name);
            assert_eq!(
                result["status"] == "subscribed",
                valid,
                "{name:?}: {result}"
            );
        }
    }
    let longest = format!("token:{}", "x".repeat(128));
    let too_long = format!("{longest}x");
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": [longest, too_long]}))
        .await;
    assert_eq!(reply["results"][0]["status"], "subscribed");
    assert_eq!(reply["results"][1]["status"], "failed");
}

#[tokio::test]
async fn ten_thousand_channels_in_pieces_are_too_much_for_one_request() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let names: Vec<_> = (0..10_000).map(|n| format!("t{n}")).collect();
    let text = json!({"type": "subscribe", "channels": names, "id": 1}).to_string();

    let mut attacker = Raw::open(stage.addr()).await;
    attacker.upgrade("/", &[DEMO]).await;
    let mut first = opcode::TEXT;
    for piece in text.as_bytes().chunks(1_000) {
        attacker.send(&masked(first, piece)).await;
        first = opcode::CONTINUATION;
    }
    attacker
        .send(&masked(opcode::FINAL | opcode::CONTINUATION, b""))
        .await;
    let (_, reply) = attacker.frame().await.expect("a reply");
    let reply: Value = serde_json::from_slice(&reply).unwrap();
    assert_eq!(reply["code"], "PAYLOAD_TOO_LARGE");
    neighbour.is_served(&stage, "many channels").await;
}

#[tokio::test]
async fn bytes_that_are_not_utf_8_end_the_connection() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let messages: [&[&[u8]]; 5] = [
        &[b"\xff"],
        &[b"{\"type\":\"p\xc3\"}"],
        &[b"\xed\xa0\x80"],
        &[b"\xc0\xaf"],
        &[b"\xf0\x9f", b"x"],
    ];
    for pieces in messages {
        let mut attacker = Raw::open(stage.addr()).await;
        attacker.upgrade("/", &[DEMO]).await;
        for (n, piece) in pieces.iter().enumerate() {
            let kind = if n == 0 {
                opcode::TEXT
            } else {
                opcode::CONTINUATION
            };
            let last = if n + 1 == pieces.len() {
                opcode::FINAL
            } else {
                0
            };
            attacker.try_send(&masked(kind | last, piece)).await;
        }
        assert_eq!(attacker.close_code().await, 1007, "{pieces:?}");
        neighbour.is_served(&stage, "bytes that are no text").await;
    }
    // A character may be cut between frames.
    let mut honest = Raw::open(stage.addr()).await;
    honest.upgrade("/", &[DEMO]).await;
    let (before, after) = r#"{"type":"ping","id":"é"}"#.as_bytes().split_at(22);
    honest.send(&masked(opcode::TEXT, before)).await;
    honest
        .send(&masked(opcode::FINAL | opcode::CONTINUATION, after))
        .await;
    let (_, reply) = honest.frame().await.expect("a reply");
    assert_eq!(serde_json::from_slice::<Value>(&reply).unwrap()["id"], "é");
}
