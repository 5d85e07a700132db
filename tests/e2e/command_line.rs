//! The program `llama-ws` as people run it: what it prints, where, and how it ends.

mod keys;

use std::net::SocketAddr;

use llama_ws_tests::{Client, Ended, Tool, get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A running `llama-ws dev`, and where it listens.
async fn dev(options: &[&str], variables: &[(&str, &str)]) -> (Tool, SocketAddr) {
    let arguments = [&["dev", "--port", "0"], options].concat();
    let mut tool = Tool::start_with(&arguments, variables);
    let line = tool.line().await;
    let port = line.strip_prefix("listening on ws://localhost:");
    let port: u16 = port.expect("where it listens").parse().expect("a port");
    (tool, SocketAddr::from(([127, 0, 0, 1], port)))
}

async fn client(addr: SocketAddr) -> Client {
    Client::connect(addr, "/", &[("x-api-key", "demo-key")])
        .await
        .expect("the connection is accepted")
}

fn assert_one_complaint(ended: &Ended, code: i32, about: &str) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert_eq!(ended.stdout, "", "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
    assert!(
        ended.stderr.starts_with("llama-ws: ") && ended.stderr.ends_with('\n'),
        "{ended:?}"
    );
    assert!(ended.stderr.contains(about), "{about} is not in {ended:?}");
}

#[tokio::test]
async fn dev_takes_a_free_port_and_says_what_to_try() {
    let (mut tool, addr) = dev(&[], &[]).await;
    let mut said = Vec::new();
    while said
        .last()
        .is_none_or(|line: &String| !line.starts_with("Ctrl-C"))
    {
        said.push(tool.line().await);
    }
    let said = said.join("\n");
    assert!(said.starts_with("demo key demo-key "), "{said}");
    let port = addr.port();
    assert!(
        said.contains(&format!("llama-ws listen --url ws://localhost:{port} ")),
        "{said}"
    );
    assert!(
        said.contains(&format!("llama-ws publish --url http://localhost:{port} ")),
        "{said}"
    );

    let mut client = client(addr).await;
    client.join(&["prices"]).await;
    assert_eq!(get(addr, "/health", &[]).await.status, 200);
}

#[tokio::test]
async fn a_port_that_is_taken_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();

    let ended = Tool::run(&["dev", "--port", &port]).await;
    assert_one_complaint(&ended, 1, &format!("cannot listen on 127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_command_line_that_makes_no_sense_is_one_line_and_code_2() {
    let cases: [(&[&str], &str); 13] = [
        (&[], "no command given"),
        (&["serve"], "serve"),
        (&["dev", "--prt", "1"], "did you mean '--port'?"),
        (&["dev", "--port", "65536"], "65536"),
        (&["dev", "--auth-mode", "maybe"], "maybe"),
        (&["publish"], "required"),
        (
            &["publish", "--type", "x", "--data", "7"],
            "not a JSON object",
        ),
        (&["keys", "create"], "--user"),
        (&["keys", "rotate", "key_1", "--overlap", "1w"], "1w"),
        (&["feed", "--rate", "fast"], "fast"),
        (&["feed", "--url", "ftp://x"], "ftp://x"),
        (&["listen", "--count", "0"], "--count"),
        (&["listen", "--url", "wss://x"], "wss://"),
    ];
    for (arguments, about) in cases {
        assert_one_complaint(&Tool::run(arguments).await, 2, about);
    }
}

#[tokio::test]
async fn help_of_each_command_has_examples_and_goes_to_standard_output() {
    for command in [
        None,
        Some("dev"),
        Some("publish"),
        Some("feed"),
        Some("keys"),
        Some("listen"),
    ] {
        let arguments: Vec<_> = command.into_iter().chain(["--help"]).collect();
        let ended = Tool::run(&arguments).await;

        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
        let (_, examples) = ended.stdout.split_once("Examples:").expect("examples");
        let example = format!("  llama-ws {}", command.unwrap_or("dev"));
        assert!(examples.contains(&example), "{arguments:?}: {examples}");
        let widest = ended.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{arguments:?}: {widest:?}");
    }
    let ended = Tool::run(&["--version"]).await;
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.starts_with("llama-ws "), "{ended:?}");
}

#[tokio::test]
async fn listen_prints_the_event_that_publish_sends() {
    let (_dev, addr) = dev(&[], &[]).await;
    let (socket, http) = (format!("ws://{addr}"), format!("http://{addr}"));
    let one = [
        "--url", &socket, "prices", "--token", "ethereum", "--count", "1",
    ];
    let mut columns = Tool::start(&[&["listen"], &one[..]].concat());
    let mut raw = Tool::start(&[&["listen", "--json"], &one[..]].concat());
    assert!(columns.line().await.starts_with("TIME"));
    assert!(columns.line().await.contains("subscribed"));
    let reply: Value = serde_json::from_str(&raw.line().await).expect("JSON");
    assert_eq!(reply["type"], "subscription_result");

    for (token, value) in [("bitcoin", "67500"), ("ethereum", "2750.50")] {
        let made = ["--type", "price_update", "--token", token, "--value", value];
        let ended = Tool::run(&[&["publish", "--url", &http], &made[..]].concat()).await;
        let expected = Ended {
            code: Some(0),
            stdout: "accepted 1, duplicates 0, rejected 0\n".to_owned(),
            stderr: String::new(),
        };
        assert_eq!(ended, expected);
    }

    let event: Value = serde_json::from_str(&raw.line().await).expect("JSON");
    assert_eq!(
        event["data"],
        json!({"tokenId": "ethereum", "currentPrice": 2750.5})
    );
    let printed = columns.line().await;
    for part in ["price_update", "prices", "ethereum", "2750.5"] {
        assert!(printed.contains(part), "{part} is not in {printed:?}");
    }
    for tool in [columns, raw] {
        let ended = tool.ended().await;
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(0), ""),
            "{ended:?}"
        );
    }
}

#[tokio::test]
async fn publish_takes_events_from_standard_input_and_names_the_first_that_is_refused() {
    let (_dev, addr) = dev(&[], &[]).await;
    let http = format!("http://{addr}");
    let mut client = client(addr).await;
    client.join(&["alerts"]).await;
    let from_stdin = ["publish", "--url", &http, "-"];
    let one = |id: &str| json!({"eventId": id, "type": "alert", "data": {}}).to_string();

    let lines = format!("{}\n{}\n", one("1"), one("2"));
    let ended = Tool::run_on(&from_stdin, &lines).await;
    assert_eq!(
        ended.stdout, "accepted 2, duplicates 0, rejected 0\n",
        "{ended:?}"
    );
    let array = format!("[{},{},{{\"type\":\"alert\"}}]", one("2"), one("3"));
    let ended = Tool::run_on(&from_stdin, &array).await;
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), "accepted 1, duplicates 1, rejected 1\n")
    );
    assert_eq!(
        ended.stderr,
        "llama-ws: event 3 was rejected: INVALID_MESSAGE: `data` is required\n"
    );
    for input in ["", "not JSON", "7", "[7"] {
        assert_one_complaint(&Tool::run_on(&from_stdin, input).await, 1, "standard input");
    }

    for id in ["1", "2", "3"] {
        assert_eq!(client.next().await["eventId"], id);
    }
    client.expect_silence().await;
}

#[tokio::test]
async fn feed_publishes_as_many_believable_events_as_it_is_told() {
    let (_dev, addr) = dev(&[], &[]).await;
    let mut client = client(addr).await;
    let channels = [
        "prices",
        "tvl",
        "protocols",
        "alerts",
        "liquidations",
        "governance",
        "emissions",
        "general",
    ];
    client.join(&channels).await;

    let http = format!("http://{addr}");
    let ended = Tool::run(&["feed", "--url", &http, "--count", "20", "--rate", "500"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.stdout.lines().last(),
        Some("accepted 20, duplicates 0, rejected 0")
    );
    let mut ids: Vec<_> = client
        .take(20)
        .await
        .iter()
        .map(|event| event["eventId"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
    client.expect_silence().await;
}

#[tokio::test]
async fn dev_may_feed_itself() {
    let (_dev, addr) = dev(&["--feed", "200"], &[]).await;
    let mut client = client(addr).await;
    client
        .send(&json!({"type": "subscribe", "channel": "prices"}))
        .await;
    for frame in client.take(5).await {
        assert!(
            frame["type"] == "price_update" || frame["type"] == "subscription_result",
            "{frame}"
        );
    }
}

#[tokio::test]
async fn settings_come_from_the_environment_and_options_win() {
    let required = [
        ("AUTH_MODE", "required"),
        ("LIMIT_CONNECTS_PER_MINUTE", "2"),
        ("LOG_LEVEL", "off"),
    ];
    let (_dev, addr) = dev(&[], &required).await;
    let status = async |path| {
        Client::connect(addr, path, &[])
            .await
            .err()
            .map(|refused| refused.status)
    };
    assert_eq!(status("/").await, Some(401));
    assert_eq!(status("/?apiKey=demo-key").await, None);
    assert_eq!(status("/?apiKey=demo-key").await, Some(429));

    let (_dev, addr) = dev(&["--auth-mode", "deferred"], &required).await;
    assert_eq!(Client::connect(addr, "/", &[]).await.err(), None);
    let ended = Tool::start_with(&["dev"], &[("LIMIT_MESSAGES_PER_MINUTE", "many")])
        .ended()
        .await;
    assert_one_complaint(&ended, 2, "many");
}

#[tokio::test]
async fn tools_say_so_when_nothing_listens() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = free.local_addr().expect("an address");
    drop(free);
    let (socket, http) = (format!("ws://{addr}"), format!("http://{addr}"));

    let publish = Tool::run(&["publish", "--url", &http, "--type", "alert"]).await;
    assert_one_complaint(&publish, 1, "nothing listens at");
    let listen = Tool::run(&["listen", "--url", &socket, "--once"]).await;
    assert_one_complaint(&listen, 1, "nothing listens at");
    let feed = Tool::run(&["feed", "--url", &http]).await;
    assert_eq!(
        (feed.code, feed.stderr.lines().count()),
        (Some(1), 1),
        "{feed:?}"
    );
}

#[tokio::test]
async fn a_wrong_key_ends_listen_with_one_line() {
    let (_dev, addr) = dev(&[], &[]).await;
    let socket = format!("ws://{addr}");
    let ended = Tool::run(&["listen", "--url", &socket, "--key", "unknown"]).await;
    assert_one_complaint(&ended, 1, "401");
}

#[cfg(unix)]
#[tokio::test]
async fn logs_go_to_standard_error_without_colours_where_nobody_sees_them() {
    let (tool, addr) = dev(&["--log-level", "debug"], &[]).await;
    client(addr).await.expect_silence().await;
    tool.signal("TERM").await;

    let ended = tool.ended().await;
    assert!(ended.stderr.contains("worker starts"), "{ended:?}");
    assert!(!ended.stderr.contains('\u{1b}'), "{ended:?}");
    assert!(!ended.stderr.contains("demo-key"), "a key is in {ended:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_signal_ends_dev_with_a_goodbye_to_every_client() {
    for signal in ["TERM", "INT"] {
        let (tool, addr) = dev(&["--log-level", "off"], &[]).await;
        let clients = [client(addr).await, client(addr).await];
        let socket = format!("ws://{addr}");
        let mut listen = Tool::start(&["listen", "--url", &socket, "--json", "--once"]);
        listen.line().await;
        tool.signal(signal).await;

        for client in clients {
            let (frames, closed) = client.rest().await;
            assert_eq!(frames.len(), 1, "{frames:?}");
            assert_eq!(
                (&frames[0]["type"], &frames[0]["reason"]),
                (&json!("goodbye"), &json!("shutdown"))
            );
            assert_eq!(closed.code, 1001);
        }
        let goodbye: Value = serde_json::from_str(&listen.line().await).expect("JSON");
        assert_eq!(goodbye["type"], "goodbye");
        let ended = tool.ended().await;
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{ended:?}"
        );
        assert!(
            ended.stdout.ends_with("saying goodbye to clients…\n"),
            "{ended:?}"
        );
    }
}
