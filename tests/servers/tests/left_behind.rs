//! Nothing is left running, however a test ends.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::panic::catch_unwind;
use std::process::{Command, Stdio};
use std::thread::{park, sleep};
use std::time::Duration;

use llama_ws_test_servers::redis::{Redis, Setup};

fn is_running(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_server_ends_with_a_test_that_panics() {
    let ended = catch_unwind(|| {
        let server = Redis::start(Setup::Redis);
        assert!(is_running(server.port()));
        std::panic::panic_any(server.port());
    });

    let port = *ended.unwrap_err().downcast::<u16>().unwrap();
    assert!(!is_running(port));
}

#[test]
fn a_server_ends_with_a_test_that_is_killed() {
    let myself = std::env::current_exe().unwrap();
    let mut killed = Command::new(myself)
        .args([
            "--exact",
            "starts_a_server_and_waits",
            "--ignored",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(killed.stdout.take().unwrap()).lines();
    let port = said.find_map(|line| {
        let line = line.unwrap();
        line.split_once("its port: ")?.1.trim().parse().ok()
    });
    let port = port.unwrap();
    assert!(is_running(port));

    killed.kill().unwrap();
    killed.wait().unwrap();

    let gone = (0..500).any(|_| {
        sleep(Duration::from_millis(20));
        !is_running(port)
    });
    assert!(gone);
}

#[test]
#[ignore = "the test before starts it, as a process to kill"]
fn starts_a_server_and_waits() {
    let server = Redis::start(Setup::Redis);
    println!("its port: {}", server.port());
    loop {
        park();
    }
}

#[tokio::test]
async fn a_server_that_crashed_knows_what_it_saved() {
    let mut server = Redis::start(Setup::Redis);
    for command in ["SET kept 1", "SAVE", "SET lost 1"] {
        assert_eq!(server.say(command).await, "+OK");
    }

    server.crash();

    assert_eq!(server.say("EXISTS kept").await, ":1");
    assert_eq!(server.say("EXISTS lost").await, ":0");
}
