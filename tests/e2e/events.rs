//! Events through real frames: where they go, what is kept of them, which are refused.

use std::time::Duration;

use llama_ws_core::{MAX_FRAME_BYTES, RESERVED_TYPES};
use llama_ws_tests::{Client, Stage, assert_like, roomy};
use serde_json::{Value, json};

/// Every channel an event about protocol `p`, token `t` and chain `c` could go to.
const CHANNELS: [&str; 16] = [
    "p:c",
    "chain:c:tvl",
    "chain:c:prices",
    "chain:c",
    "protocol:p",
    "token:t",
    "general",
    "emissions",
    "governance",
    "liquidations",
    "volumes",
    "alerts",
    "protocols",
    "tvl",
    "prices",
    "token:c",
];

/// An event of this type with these facets, and its channels in the contract's order.
type Row = (&'static str, Value, &'static [&'static str]);

/// The contract's table "where events go".
fn table() -> Vec<Row> {
    let all = || json!({"protocolId": "p", "tokenId": "t", "chain": "c"});
    vec![
        (
            "price_update",
            all(),
            &["prices", "token:t", "chain:c", "chain:c:prices"],
        ),
        ("price_update", json!({}), &["prices"]),
        ("price_update", json!({"coin": "t"}), &["prices", "token:t"]),
        (
            "price_update",
            json!({"chain": "C"}),
            &["prices", "chain:c", "chain:c:prices"],
        ),
        (
            "price_update",
            json!({"tokenId": "no id", "chain": "no chain"}),
            &["prices"],
        ),
        (
            "tvl_change",
            all(),
            &["tvl", "protocol:p", "chain:c", "chain:c:tvl", "p:c"],
        ),
        (
            "tvl_change",
            json!({"protocol": "p"}),
            &["tvl", "protocol:p"],
        ),
        (
            "tvl_change",
            json!({"chain": "c"}),
            &["tvl", "chain:c", "chain:c:tvl"],
        ),
        (
            "tvl_change",
            json!({"protocolId": 7, "chain": ""}),
            &["tvl"],
        ),
        (
            "tvl_update",
            all(),
            &[
                "tvl",
                "protocol:p",
                "chain:c",
                "chain:c:tvl",
                "p:c",
                "protocols",
            ],
        ),
        ("tvl_update", json!({}), &["tvl", "protocols"]),
        ("protocol_update", all(), &["protocols", "protocol:p"]),
        ("protocol_update", json!({}), &["protocols"]),
        ("alert", all(), &["alerts"]),
        ("liquidation", all(), &["liquidations", "protocol:p"]),
        ("liquidation", json!({}), &["liquidations"]),
        ("governance", all(), &["governance", "protocol:p"]),
        ("emission", all(), &["emissions", "protocol:p"]),
        ("volume", all(), &["general"]),
        ("Price_Update", all(), &["general"]),
        ("system_announcement", json!({}), &["general"]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_on_every_channel_gets_one_frame_that_lists_them_in_order() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&CHANNELS).await;
    for (kind, data, channels) in table() {
        stage.publish(&json!({"type": kind, "data": data})).await;
        let frame = client.next().await;
        assert_eq!(frame["type"], kind);
        assert_eq!(frame["channel"], channels[0], "{frame}");
        let listed = (channels.len() > 1).then(|| json!(channels));
        assert_eq!(frame.get("channels"), listed.as_ref(), "{frame}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_on_one_channel_gets_exactly_the_events_of_its_channel() {
    let stage = Stage::roomy().await;
    let mut clients = Vec::new();
    for channel in CHANNELS {
        let mut client = stage.client().await;
        client.join(&[channel]).await;
        clients.push((channel, client));
    }
    for (row, (kind, data, channels)) in table().into_iter().enumerate() {
        stage.publish(&json!({"type": kind, "data": data})).await;
        let end = format!("end-{row}");
        stage.announce(&end).await;
        for (channel, client) in &mut clients {
            if channels.contains(channel) {
                let frame = client.next().await;
                assert_eq!(frame["type"], kind, "{channel}");
                assert_eq!(frame["channel"], *channel);
                assert_eq!(frame.get("channels"), None);
            }
            assert_eq!(client.next().await["eventId"], end, "{kind} on {channel}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_is_exactly_the_contracts_text() {
    let (stage, _clock) = Stage::frozen(roomy()).await;
    let now = stage.now();
    let mut client = stage.client().await;
    client.join(&["events:prices", "token:t"]).await;
    let first = r#"{"eventId":"1","type":"price_update","data":{}}"#;
    let second = r#"{
        "eventId": "a\"b\\", "eventType": "price_update", "timestamp": 9,
        "source": "scheduled", "version": "1.0",
        "metadata": {"correlationId": "x", "confidence": 0.9, "tags": ["extreme-change"]},
        "data": { "tokenId":"t",
 "price":1.10 }
    }"#;
    for event in [first, second] {
        assert_eq!(stage.publish_text(event).await.status, 200);
    }

    let prev = client.next().await["offset"].as_str().unwrap().to_owned();
    let text = client.next_text().await;
    let offset = serde_json::from_str::<Value>(&text).unwrap()["offset"].take();
    assert_eq!(
        text,
        format!(
            concat!(
                r#"{{"type":"price_update","channel":"events:prices","channels":["events:prices","token:t"],"#,
                "\"data\":{{ \"tokenId\":\"t\",\n \"price\":1.10 }},",
                r#""timestamp":9,"eventId":"a\"b\\","offset":{offset},"prev":"{prev}","#,
                r#""metadata":{{"sentAt":{now},"priority":"high"}}}}"#,
            ),
            offset = offset,
            prev = prev,
            now = now,
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_passes_byte_for_byte() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(300), "]".repeat(300));
    let table = [
        "{}",
        "{ }",
        "{\n\t\"a\" : 1\r\n}",
        r#"{"int":123456789012345678901234567890,"neg":-0,"max":18446744073709551616}"#,
        r#"{"f":1.10,"e":1E+2,"huge":1e400,"tiny":1e-400,"long":0.1000000000000000055511151231257827}"#,
        r#"{"\u0061":"\u00e9\/\ud83e\udd99 é🦙","quote":"\"\\"}"#,
        r#"{"half":"\ud800","\udc00":1}"#,
        r#"{"a":1,"a":2,"":null}"#,
        r#"{"type":"x","channel":"y","offset":"z","prev":null,"userId":null}"#,
        "{\"nul\":\"\\u0000\",\"separator\":\"\u{2028}\u{2029}\u{7f}\"}",
        &deep,
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["general"]).await;
    for data in table {
        for event in [
            format!(r#"{{"type":"x","data":{data}}}"#),
            format!(r#"[ {{"data" : {data} , "type":"x"}} ]"#),
        ] {
            let answer = stage.publish_text(&event).await;
            assert_eq!(answer.json()["accepted"], 1, "{data}: {}", answer.text);
            let text = client.next_text().await;
            let expected = format!(r#","data":{data},"timestamp":"#);
            assert!(text.contains(&expected), "{data}\n{text}");
        }
    }
}

async fn published(stage: &Stage, events: &Value) -> Value {
    let answer = stage.publish_text(&events.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn alert(id: &str, n: u64) -> Value {
    json!({"eventId": id, "type": "alert", "data": {"n": n}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_id_is_the_same_event_within_and_across_requests() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;

    let batch = json!([alert("a", 1), alert("b", 2), alert("a", 3)]);
    assert_eq!(
        published(&stage, &batch).await,
        json!({"accepted": 2, "duplicates": 1, "rejected": []})
    );
    let again = json!([alert("b", 4), alert("c", 5), alert("a", 6)]);
    assert_eq!(
        published(&stage, &again).await,
        json!({"accepted": 1, "duplicates": 2, "rejected": []})
    );
    for n in [1, 2, 5] {
        assert_eq!(client.next().await["data"]["n"], n);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_without_an_id_are_each_their_own() {
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts"]).await;
    let same = json!({"type": "alert", "data": {}});

    for _ in 0..2 {
        let report = published(&stage, &json!([same, same])).await;
        assert_eq!(report["accepted"], 2);
    }
    let frames = client.take(4).await;
    let mut ids: Vec<_> = frames
        .iter()
        .map(|frame| frame["eventId"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_remembered_for_15_minutes() {
    let (stage, clock) = Stage::frozen(roomy()).await;
    let event = alert("a", 1).to_string();
    let accepted = async || stage.publish_text(&event).await.json()["accepted"].take();

    assert_eq!(accepted().await, 1);
    clock.advance(Duration::from_millis(15 * 60 * 1_000 - 1));
    assert_eq!(accepted().await, 0);
    clock.advance(Duration::from_millis(1));
    assert_eq!(accepted().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_event_never_fails_its_neighbours() {
    let x = |rest: &str| format!(r#"{{"type":"x","data":{{}},{rest}}}"#);
    let long = |n: usize| "a".repeat(n);
    let refused = [
        "7".to_owned(),
        "null".to_owned(),
        r#""event""#.to_owned(),
        "[]".to_owned(),
        r#"["id","x",null,null,null,null,{}]"#.to_owned(),
        "{}".to_owned(),
        r#"{"data":{}}"#.to_owned(),
        r#"{"type":"x"}"#.to_owned(),
        r#"{"type":"x","data":null}"#.to_owned(),
        r#"{"type":"x","data":[]}"#.to_owned(),
        r#"{"type":"x","data":"{}"}"#.to_owned(),
        r#"{"type":7,"data":{}}"#.to_owned(),
        r#"{"eventType":7,"type":"x","data":{}}"#.to_owned(),
        r#"{"type":"","data":{}}"#.to_owned(),
        r#"{"type":"a b","data":{}}"#.to_owned(),
        r#"{"type":"é","data":{}}"#.to_owned(),
        format!(r#"{{"type":"{}","data":{{}}}}"#, long(65)),
        x(r#""eventId":"""#),
        x(r#""eventId":"a b""#),
        x(r#""eventId":"é""#),
        x(r#""eventId":7"#),
        x(&format!(r#""eventId":"{}""#, long(129))),
        x(r#""timestamp":1.5"#),
        x(r#""timestamp":-1"#),
        x(r#""timestamp":"1764000000000""#),
        x(r#""timestamp":18446744073709551616"#),
        x(r#""userId":7"#),
        x(r#""userId":"""#),
        x(r#""userId":"a","metadata":{"userId":"b"}"#),
        x(r#""metadata":[]"#),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["general"]).await;
    for (n, bad) in refused.iter().enumerate() {
        let good =
            |which: &str| json!({"eventId": format!("{which}-{n}"), "type": "x", "data": {}});
        let batch = format!("[{},{bad},{}]", good("before"), good("after"));
        let report = stage.publish_text(&batch).await.json();
        assert_like(
            &report,
            &json!({
                "accepted": 2, "duplicates": 0,
                "rejected": [{"index": 1, "code": "INVALID_MESSAGE", "message": "$text"}],
            }),
        );
        for which in ["before", "after"] {
            assert_eq!(
                client.next().await["eventId"],
                format!("{which}-{n}"),
                "{bad}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_names_are_accepted_and_frame_types_are_not() {
    let longest = "a".repeat(64);
    let of = |kind: &str, id: &str| json!({"eventId": id, "type": kind, "data": {}});
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["general"]).await;

    let good = json!([
        of(&longest, &"!".repeat(128)),
        of("A.b_c-9", "~"),
        of("batches", "1"),
        of("errors", "2"),
    ]);
    assert_eq!(published(&stage, &good).await["accepted"], 4);
    assert_eq!(client.next().await["type"], longest);
    client.take(3).await;

    let reserved: Vec<Value> = RESERVED_TYPES.iter().map(|kind| of(kind, "3")).collect();
    let report = published(&stage, &json!(reserved)).await;
    assert_eq!(report["accepted"], 0);
    assert_eq!(
        report["rejected"].as_array().unwrap().len(),
        RESERVED_TYPES.len()
    );
    stage.announce("end").await;
    assert_eq!(client.next().await["eventId"], "end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_and_extreme_changes_have_high_priority() {
    let table = [
        (json!({"type": "alert"}), "high"),
        (json!({"type": "x"}), "normal"),
        (
            json!({"type": "x", "metadata": {"tags": ["price", "extreme-change"]}}),
            "high",
        ),
        (
            json!({"type": "x", "metadata": {"tags": ["large-change"]}}),
            "normal",
        ),
        (
            json!({"type": "x", "metadata": {"tags": [7, null, "extreme-change"]}}),
            "high",
        ),
        (
            json!({"type": "x", "metadata": {"tags": "extreme-change"}}),
            "normal",
        ),
        (
            json!({"type": "x", "metadata": {"priority": "high"}}),
            "normal",
        ),
        (json!({"type": "x", "priority": "high"}), "normal"),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["alerts", "general"]).await;
    for (mut event, priority) in table {
        event["data"] = json!({"tags": ["extreme-change"], "priority": "low"});
        stage.publish(&event).await;
        let frame = client.next().await;
        assert_eq!(frame["metadata"]["priority"], priority, "{event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_happened_when_it_says_or_else_when_it_arrived() {
    let (stage, clock) = Stage::frozen(roomy()).await;
    let mut client = stage.client().await;
    client.join(&["general"]).await;
    clock.advance(Duration::from_millis(7));
    let arrival = stage.now().0;
    let table = [
        (json!({}), arrival),
        (json!({"timestamp": null}), arrival),
        (json!({"timestamp": 0}), 0),
        (
            json!({"timestamp": 1_234_567_890_123_u64}),
            1_234_567_890_123,
        ),
        (json!({"timestamp": u64::MAX}), u64::MAX),
    ];
    for (mut event, expected) in table {
        event["type"] = json!("x");
        event["data"] = json!({"timestamp": 5});
        stage.publish(&event).await;
        let frame = client.next().await;
        assert_eq!(frame["timestamp"], expected, "{event}");
        assert_eq!(frame["metadata"]["sentAt"], arrival);
    }
}

async fn frame_of(client: &mut Client, stage: &Stage, data_bytes: usize) -> Option<String> {
    let around = r#"{"a":""}"#.len();
    let data = json!({"a": "x".repeat(data_bytes - around)});
    let report = published(stage, &json!({"type": "x", "data": data})).await;
    if report["accepted"] == 1 {
        return Some(client.next_text().await);
    }
    assert_like(
        &report["rejected"],
        &json!([{"index": 0, "code": "PAYLOAD_TOO_LARGE", "message": "$text"}]),
    );
    None
}

/// The limit leaves room for the longest names a frame may carry, so that it does not depend on
/// who gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_frame_could_pass_120_kb_is_refused_and_never_cut() {
    const LARGEST_DATA: usize = MAX_FRAME_BYTES - 2_560;
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&["general"]).await;

    for bytes in [LARGEST_DATA - 1, LARGEST_DATA] {
        let frame = frame_of(&mut client, &stage, bytes).await.unwrap();
        assert!((bytes..=MAX_FRAME_BYTES).contains(&frame.len()));
        let frame: Value = serde_json::from_str(&frame).unwrap();
        assert_eq!(frame["data"].to_string().len(), bytes);
    }
    assert_eq!(frame_of(&mut client, &stage, LARGEST_DATA + 1).await, None);
    assert_eq!(frame_of(&mut client, &stage, 1024 * 1024).await, None);
    stage.announce("end").await;
    assert_eq!(client.next().await["eventId"], "end");
}

/// With the largest `data` and every name at its longest, a frame still fits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_frame_of_all_stays_within_120_kb() {
    let id = "x".repeat(128);
    let channels = [
        "events:tvl_changes".to_owned(),
        format!("events:protocol:{id}"),
        format!("events:chain:{id}"),
        format!("events:chain:{id}:tvl"),
        format!("events:{id}:{id}"),
        "events:protocols".to_owned(),
    ];
    let stage = Stage::roomy().await;
    let mut client = stage.client().await;
    client.join(&channels.each_ref().map(String::as_str)).await;
    let mut data = json!({"protocolId": id, "chain": id, "pad": ""});
    let pad = MAX_FRAME_BYTES - 2_560 - data.to_string().len();
    data["pad"] = json!("x".repeat(pad));
    stage
        .publish(&json!({
            "eventId": r"\".repeat(128), "type": "tvl_update", "timestamp": u64::MAX, "data": data,
        }))
        .await;

    let text = client.next_text().await;
    assert!(text.len() <= MAX_FRAME_BYTES, "{} bytes", text.len());
    let frame: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(frame["channels"], json!(channels));
    assert_eq!(frame["data"], data);
}
