//! How much may be said at once: channels, filters, ids, frames, messages.

use llama_ws_tests::{Raw, Stage, masked, opcode, roomy};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{DEMO, default_stage};

const KIB: usize = 1024;

fn tokens(from: usize, count: usize) -> Vec<String> {
    (from..from + count)
        .map(|n| format!("token:t{n}"))
        .collect()
}

#[tokio::test]
async fn a_request_may_list_50_channels() {
    let (stage, _clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    for verb in ["subscribe", "unsubscribe"] {
        for (count, passes) in [(49, true), (50, true), (51, false)] {
            let reply = client
                .ask(&json!({"type": verb, "channels": tokens(0, count)}))
                .await;
            let results = reply["results"].as_array().map(Vec::len);
            assert_eq!(results, passes.then_some(count), "{verb} {count}: {reply}");
            if !passes {
                assert_eq!(reply["code"], "TOO_MANY_CHANNELS");
                assert_eq!(reply["details"], json!({"limit": 50}));
            }
        }
    }
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": []}))
        .await;
    assert_eq!(reply["code"], "INVALID_MESSAGE");
}

#[tokio::test]
async fn a_connection_may_hold_100_channels() {
    let (stage, _clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    for (from, count) in [(0, 50), (50, 49)] {
        let reply = client
            .ask(&json!({"action": "subscribe", "channels": tokens(from, count)}))
            .await;
        assert_eq!(reply["type"], "subscription_confirmed");
    }

    // Three more, of which one fits; those that are held already do not count again.
    let wanted = [
        "token:t0",
        "prices",
        "alerts",
        "events:prices",
        "token:t98",
        "tvl",
    ];
    let reply = client
        .ask(&json!({"action": "subscribe", "channels": wanted}))
        .await;
    assert_eq!(reply["code"], "TOO_MANY_CHANNELS");
    assert_eq!(
        reply["details"],
        json!({"channels": ["alerts", "tvl"], "limit": 100})
    );
    let reply = client
        .ask(&json!({"type": "subscribe", "channels": wanted}))
        .await;
    let codes: Vec<_> = reply["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["error"]["code"].as_str())
        .collect();
    let too_many = Some("TOO_MANY_CHANNELS");
    assert_eq!(codes, [None, None, too_many, None, None, too_many]);

    let held = client.ask(&json!({"type": "subscriptions"})).await;
    assert_eq!(
        held["subscription"]["channels"].as_array().map(Vec::len),
        Some(100)
    );
    // One that is left makes room for one.
    client
        .ask(&json!({"type": "unsubscribe", "channel": "token:t7"}))
        .await;
    let reply = client
        .ask(&json!({"action": "subscribe", "channels": ["tvl"]}))
        .await;
    assert_eq!(reply["type"], "subscription_confirmed");
}

#[tokio::test]
async fn a_list_of_a_filter_may_have_200_values_of_256_bytes() {
    let (stage, _clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    let many = |count: usize| vec!["x"; count];
    for (filters, passes) in [
        (json!({"chains": []}), true),
        (json!({"chains": many(199)}), true),
        (
            json!({"tokenIds": many(200), "eventTypes": many(200)}),
            true,
        ),
        (json!({"protocolIds": many(201)}), false),
        (json!({"tokenIds": ["x".repeat(256)]}), true),
        (json!({"tokenIds": ["x".repeat(257)]}), false),
    ] {
        let reply = client
            .ask(&json!({"action": "subscribe", "channels": ["prices"], "filters": filters}))
            .await;
        let expected = if passes {
            "subscription_confirmed"
        } else {
            "error"
        };
        assert_eq!(reply["type"], expected, "{reply}");
        if !passes {
            assert_eq!(reply["code"], "INVALID_FILTER");
            let field = filters.as_object().unwrap().keys().next().unwrap();
            assert_eq!(reply["details"], json!({"field": field}));
        }
    }
}

#[tokio::test]
async fn a_whole_subscription_may_have_24_kilobytes() {
    let (stage, _clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    let subscribe = |bytes: usize| {
        // Values of 150 bytes, and one that makes up the rest.
        let mut left = bytes;
        let mut values = Vec::new();
        while left > 256 {
            values.push("v".repeat(150));
            left -= 153;
        }
        values.push("w".repeat(left - 3));
        json!({"action": "subscribe", "channels": ["prices"], "filters": {"tokenIds": values}})
    };
    client.ask(&subscribe(1_000)).await;
    let held = client.ask(&json!({"type": "subscriptions"})).await;
    let around = held["subscription"].to_string().len() - 1_000;

    for (total, passes) in [
        (24 * KIB - 1, true),
        (24 * KIB, true),
        (24 * KIB + 1, false),
    ] {
        let reply = client.ask(&subscribe(total - around)).await;
        if passes {
            assert_eq!(reply["type"], "subscription_confirmed", "{total}");
            let held = client.ask(&json!({"type": "subscriptions"})).await;
            assert_eq!(held["subscription"].to_string().len(), total);
        } else {
            assert_eq!(reply["code"], "TOO_MANY_CHANNELS", "{total}: {reply}");
            assert_eq!(
                reply["details"],
                json!({"limit": 24 * KIB, "unit": "bytes"})
            );
        }
    }
}

#[tokio::test]
async fn a_requests_id_may_have_64_characters() {
    let (stage, _clock) = default_stage().await;
    let mut client = stage.client().await;
    for character in ["x", "é", "🦙", "\u{1}"] {
        for (count, passes) in [(0, true), (63, true), (64, true), (65, false)] {
            let id = character.repeat(count);
            let reply = client.ask(&json!({"type": "ping", "id": id})).await;
            if passes {
                assert_eq!((&reply["type"], &reply["id"]), (&json!("pong"), &json!(id)));
            } else {
                assert_eq!(
                    (&reply["code"], &reply["id"]),
                    (&json!("INVALID_MESSAGE"), &Value::Null)
                );
            }
        }
    }
}

/// A ping of exactly so many bytes.
fn ping_of(bytes: usize) -> String {
    let frame = r#"{"type":"ping","filler":""}"#;
    frame.replace(
        r#""}"#,
        &format!(r#"{}"}}"#, "x".repeat(bytes - frame.len())),
    )
}

#[tokio::test]
async fn a_frame_may_have_32_kilobytes() {
    let (stage, _clock) = default_stage().await;
    for bytes in [32 * KIB - 1, 32 * KIB] {
        let mut client = stage.client().await;
        client.send_text(&ping_of(bytes)).await;
        assert_eq!(client.next().await["type"], "pong", "{bytes}");
    }
    let mut client = stage.client().await;
    client.send_text(&ping_of(32 * KIB + 1)).await;
    assert_eq!(client.closed().await.code, 1009);
    stage.client().await.expect_silence().await;
}

#[tokio::test]
async fn a_message_may_have_128_kilobytes_and_a_request_32() {
    let (stage, _clock) = default_stage().await;
    for (bytes, expected) in [
        (32 * KIB, Ok("pong")),
        (32 * KIB + 1, Ok("PAYLOAD_TOO_LARGE")),
        (128 * KIB, Ok("PAYLOAD_TOO_LARGE")),
        (128 * KIB + 1, Err(1009)),
    ] {
        let mut raw = Raw::open(stage.addr()).await;
        raw.upgrade("/", &[DEMO]).await;
        let text = ping_of(bytes);
        let mut opcode = opcode::TEXT;
        let mut parts = text.as_bytes().chunks(32 * KIB - 7).peekable();
        while let Some(part) = parts.next() {
            let last = if parts.peek().is_none() {
                opcode::FINAL
            } else {
                0
            };
            raw.try_send(&masked(opcode | last, part)).await;
            opcode = opcode::CONTINUATION;
        }

        match expected {
            Ok(expected) => {
                let (_, reply) = raw.frame().await.expect("a reply");
                let reply: Value = serde_json::from_slice(&reply).unwrap();
                let told = if reply["type"] == "error" {
                    &reply["code"]
                } else {
                    &reply["type"]
                };
                assert_eq!(told, expected, "{bytes}");
            }
            Err(code) => assert_eq!(raw.close_code().await, code, "{bytes}"),
        }
    }
}

#[tokio::test]
async fn a_binary_frame_ends_the_connection() {
    let (stage, _clock) = default_stage().await;
    for payload in [&b""[..], br#"{"type":"ping"}"#] {
        let mut client = stage.client().await;
        client.send_raw(Message::binary(payload.to_vec())).await;
        assert_eq!(client.closed().await.code, 1003);
    }
    stage.is_forgotten().await;
}
