//! Frames and messages from the client: 32 KB, 128 KB, text only, UTF-8 only.

use llama_ws_functions::Function;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::script::Script;
use super::support::{Client, Stage};

/// A message of `bytes` in frames of at most `frame_bytes`.
fn fragments(bytes: usize, frame_bytes: usize) -> Vec<Message> {
    let text = "x".repeat(bytes);
    let chunks: Vec<_> = text.as_bytes().chunks(frame_bytes).collect();
    let last = chunks.len() - 1;
    let frame = |(index, chunk): (usize, &&[u8])| {
        let kind = if index == 0 {
            Data::Text
        } else {
            Data::Continue
        };
        let payload = chunk.to_vec();
        Message::Frame(Frame::message(payload, OpCode::Data(kind), index == last))
    };
    chunks.iter().enumerate().map(frame).collect()
}

async fn send_all(client: &mut Client, messages: Vec<Message>) {
    for message in messages {
        client.try_send(message).await;
    }
}

async fn check(messages: Vec<Message>, expected: Result<usize, u16>) {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    send_all(&mut client, messages).await;

    match expected {
        Ok(bytes) => {
            let event = stage.call(Function::Message).await.event();
            assert_eq!(event["body"].as_str().unwrap().len(), bytes);
        }
        Err(code) => {
            assert_eq!(client.closed().await.0, code);
            let disconnect = stage.call(Function::Disconnect).await;
            assert_eq!(disconnect.context()["disconnectStatusCode"], code);
        }
    }
    assert!(stage.is_quiet());
}

#[tokio::test]
async fn frames_hold_32_kb() {
    check(fragments(32_767, 32_767), Ok(32_767)).await;
    check(fragments(32_768, 32_768), Ok(32_768)).await;
    check(fragments(32_769, 32_769), Err(1009)).await;
    check(fragments(131_072, 131_072), Err(1009)).await;
}

#[tokio::test]
async fn messages_hold_128_kb_in_one_event() {
    check(fragments(131_071, 32_768), Ok(131_071)).await;
    check(fragments(131_072, 32_768), Ok(131_072)).await;
    check(fragments(131_073, 32_768), Err(1009)).await;
}

#[tokio::test]
async fn frame_after_the_first_is_limited_too() {
    let mut messages = fragments(40_000, 1_000);
    messages.truncate(1);
    let large = Frame::message(vec![b'x'; 32_769], OpCode::Data(Data::Continue), true);
    messages.push(Message::Frame(large));

    check(messages, Err(1009)).await;
}

#[tokio::test]
async fn binary_messages_are_refused() {
    check(vec![Message::Binary("x".into())], Err(1003)).await;
}

#[tokio::test]
async fn text_that_is_not_utf8_is_refused() {
    for bytes in [vec![0xff], vec![b'a', 0xc3]] {
        let frame = Frame::message(bytes, OpCode::Data(Data::Text), true);
        check(vec![Message::Frame(frame)], Err(1007)).await;
    }
}

#[tokio::test]
async fn protocol_faults_are_refused() {
    let lone = Frame::message("x", OpCode::Data(Data::Continue), true);

    check(vec![Message::Frame(lone)], Err(1002)).await;
}

#[tokio::test]
async fn unmasked_frames_are_refused() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;

    let unmasked = [0x81, 0x02, b'h', b'i'];
    client.socket.get_mut().write_all(&unmasked).await.unwrap();

    assert_eq!(client.closed().await.0, 1002);
}

#[tokio::test]
async fn character_split_between_frames_is_whole() {
    let mut stage = Stage::start(Script::new()).await;
    let mut client = stage.client().await;
    let [first, rest @ ..] = "€".as_bytes() else {
        unreachable!()
    };

    let start = Frame::message(vec![*first], OpCode::Data(Data::Text), false);
    client.send(Message::Frame(start)).await;
    client.send(Message::Ping("between".into())).await;
    let end = Frame::message(rest.to_vec(), OpCode::Data(Data::Continue), true);
    client.send(Message::Frame(end)).await;

    assert_eq!(stage.call(Function::Message).await.event()["body"], "€");
    client.hear_pong("between").await;
}
