//! Wrong frames, cut connections, and clients that do not read.

use std::time::Duration;

use llama_ws_memory::ManualClock;
use llama_ws_tests::{Raw, Stage, handshake, masked, opcode, pass, unmasked};
use serde_json::{Value, json};

use super::{DEMO, Neighbour, stage};

async fn upgraded(stage: &Stage<ManualClock>) -> Raw {
    let mut raw = Raw::open(stage.addr()).await;
    let head = raw.upgrade("/", &[DEMO]).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    raw
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_the_connection() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let ping = br#"{"type":"ping"}"#;
    let fin = opcode::FINAL;
    let wrong: [(&str, Vec<u8>); 10] = [
        ("no mask", unmasked(fin | opcode::TEXT, ping)),
        ("a reserved bit", masked(fin | 0x40 | opcode::TEXT, ping)),
        ("a reserved opcode", masked(fin | 0x3, ping)),
        ("a reserved control opcode", masked(fin | 0xb, b"")),
        (
            "a continuation of nothing",
            masked(fin | opcode::CONTINUATION, ping),
        ),
        (
            "a message in a message",
            [masked(opcode::TEXT, ping), masked(fin | opcode::TEXT, ping)].concat(),
        ),
        ("a ping in pieces", masked(opcode::PING, b"x")),
        ("a ping of 126 bytes", masked(fin | opcode::PING, &[0; 126])),
        (
            "a close frame of one byte",
            masked(fin | opcode::CLOSE, b"x"),
        ),
        ("HTTP", handshake("/", &[]).into_bytes()),
    ];
    for (what, bytes) in wrong {
        let mut attacker = upgraded(&stage).await;
        attacker.try_send(&bytes).await;
        let code = attacker.close_code().await;
        assert_eq!(code, 1002, "{what}");
        neighbour.is_served(&stage, what).await;
        stage.remembers(1).await;
    }
}

#[tokio::test]
async fn a_frame_that_claims_to_be_huge_takes_no_memory() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    for length in [32 * 1024 + 1, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
        let mut attacker = upgraded(&stage).await;
        let mut head = vec![opcode::FINAL | opcode::TEXT, 0x80 | 127];
        head.extend(length.to_be_bytes());
        head.extend([1, 2, 3, 4]);
        attacker.send(&head).await;
        let code = attacker.close_code().await;
        assert!([1002, 1009].contains(&code), "{length}: {code}");
        neighbour.is_served(&stage, "a huge frame").await;
    }
    stage.remembers(1).await;
}

#[tokio::test]
async fn a_flood_of_pings_is_answered_and_delays_nobody() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let mut attacker = upgraded(&stage).await;
    let flood = masked(opcode::FINAL | opcode::PING, b"are you there?").repeat(1_000);
    for _ in 0..10 {
        attacker.send(&flood).await;
        neighbour.is_served(&stage, "pings").await;
    }
    attacker
        .send(&masked(opcode::FINAL | opcode::TEXT, br#"{"type":"ping"}"#))
        .await;
    let mut reply = attacker.frame().await.expect("a frame");
    while reply.0 == opcode::FINAL | opcode::PONG {
        reply = attacker.frame().await.expect("a frame");
    }
    assert_eq!(reply.0, opcode::FINAL | opcode::TEXT);
}

#[tokio::test]
async fn a_client_may_vanish_at_any_byte_of_its_handshake() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let request = handshake("/", &[DEMO]);
    let bytes = request.as_bytes();
    for end in [0, 1, 5, 40, bytes.len() - 3, bytes.len() - 1, bytes.len()] {
        let mut client = Raw::open(stage.addr()).await;
        client.send(&bytes[..end]).await;
        drop(client);
        neighbour.is_served(&stage, "a cut handshake").await;
    }
    // Also those whose handshake was whole are forgotten.
    stage.remembers(1).await;
}

#[tokio::test]
async fn a_client_may_vanish_at_any_byte_of_a_frame() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let request = json!({"type": "subscribe", "channels": ["alerts"]}).to_string();
    let frame = masked(opcode::FINAL | opcode::TEXT, request.as_bytes());
    for end in 0..=frame.len() {
        let mut client = upgraded(&stage).await;
        client.send(&frame[..end]).await;
        drop(client);
        if end % 8 == 0 {
            neighbour.is_served(&stage, "a cut frame").await;
        }
    }
    stage.remembers(1).await;
    neighbour.is_served(&stage, "many cut frames").await;
}

#[tokio::test]
async fn a_client_may_vanish_while_events_are_on_their_way() {
    let (stage, _clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    for round in 0..20 {
        let mut leaving = Vec::new();
        for _ in 0..5 {
            let mut client = stage.client().await;
            client
                .ask(&json!({"type": "subscribe", "channel": "alerts"}))
                .await;
            leaving.push(client);
        }
        let events: Vec<_> = (0..10)
            .map(|n| json!({"eventId": format!("{round}-{n}"), "type": "alert", "data": {}}))
            .collect();
        stage.publish(&json!(events)).await;
        leaving.into_iter().for_each(llama_ws_tests::Client::cut);

        let ids: Vec<_> = neighbour
            .client
            .take(10)
            .await
            .iter()
            .map(|event| event["eventId"].clone())
            .collect();
        let expected: Vec<_> = events
            .iter()
            .map(|event| event["eventId"].clone())
            .collect();
        assert_eq!(ids, expected);
    }
    stage.remembers(1).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_delays_nobody_and_sees_the_gap_it_has_made() {
    let (stage, clock) = stage().await;
    let mut neighbour = Neighbour::of(&stage).await;
    let mut sleeper = Raw::open_small(stage.addr()).await;
    sleeper.upgrade("/", &[DEMO]).await;
    let request = json!({"type": "subscribe", "channel": "alerts"}).to_string();
    sleeper
        .send(&masked(opcode::FINAL | opcode::TEXT, request.as_bytes()))
        .await;
    sleeper.frame().await.expect("a reply");

    // More than the network, the gateway and its lane hold.
    let filler = "x".repeat(100 * 1024);
    let mut offsets = Vec::new();
    for n in 0..80 {
        let event =
            json!({"eventId": format!("large-{n}"), "type": "alert", "data": {"filler": filler}});
        stage.publish(&event).await;
        let got = neighbour.client.next().await;
        assert_eq!(got["eventId"], event["eventId"]);
        offsets.push(got["offset"].as_str().unwrap().to_owned());
        clock.advance(Duration::from_millis(100));
    }
    pass(&clock, Duration::from_secs(5)).await;
    neighbour
        .is_served(&stage, "a client that does not read")
        .await;

    // It wakes up: what comes is in order, and what does not shows.
    let mut last: Option<usize> = None;
    let mut gaps = 0;
    loop {
        let message = message(&mut sleeper).await;
        // Longer than any pause of a lane that was throttled.
        pass(&clock, Duration::from_secs(4)).await;
        let at = |field: &str| {
            let offset = message[field].as_str().unwrap();
            offsets.iter().position(|other| other == offset)
        };
        let Some(this) = at("offset") else {
            break;
        };
        assert!(last.is_none_or(|last| last < this), "out of order");
        let prev = at("prev");
        assert_eq!(
            prev,
            this.checked_sub(1),
            "the chain names the message due before"
        );
        gaps += usize::from(prev != last);
        last = Some(this);
    }
    assert!(gaps > 0, "something was given up, and it showed");
}

/// The next message, its pieces put together.
async fn message(raw: &mut Raw) -> Value {
    let mut text = Vec::new();
    loop {
        let (first, payload) = raw.frame().await.expect("a frame");
        text.extend(payload);
        if first & opcode::FINAL != 0 {
            return serde_json::from_slice(&text).expect("JSON");
        }
    }
}
