//! Three nodes that have the slots divided among them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use super::node::{Configuration, Node, Program};

const SLOTS: [&str; 3] = ["0 5460", "5461 10922", "10923 16383"];

/// Starts them, and waits until each has heard of every slot.
pub(crate) fn start() -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut buses = Vec::new();
    for slots in SLOTS {
        let bus = crate::free_port();
        let lines = [
            "cluster-enabled yes".to_owned(),
            format!("cluster-port {bus}"),
        ];
        let configuration = Configuration {
            lines: lines.to_vec(),
            ..Configuration::default()
        };
        let node = Node::start(Program::Redis, configuration);
        expect(&node, &format!("CLUSTER ADDSLOTSRANGE {slots}"), "+OK");
        // All pairs: they would hear of each other, but only after seconds.
        for (other, bus) in nodes.iter().zip(&buses) {
            let meet = format!("CLUSTER MEET 127.0.0.1 {} {bus}", other.port);
            expect(&node, &meet, "+OK");
        }
        buses.push(bus);
        nodes.push(node);
    }
    for node in &nodes {
        until_ready(node);
    }
    nodes
}

fn until_ready(node: &Node) {
    for _ in 0..1_000 {
        let info = ask(node, "CLUSTER INFO", 4);
        let all = ["cluster_state:ok", "cluster_slots_assigned:16384"];
        if all.iter().all(|line| info.iter().any(|said| said == line)) {
            return;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("the cluster does not come together");
}

fn expect(node: &Node, command: &str, answer: &str) {
    assert_eq!(ask(node, command, 1), [answer], "{command}");
}

/// The first lines of the reply.
fn ask(node: &Node, command: &str, lines: usize) -> Vec<String> {
    let mut socket = TcpStream::connect(("127.0.0.1", node.port)).expect("it listens");
    let sent = socket.write_all(format!("{command}\r\n").as_bytes());
    sent.expect("it hears");
    let reply = BufReader::new(socket).lines().take(lines);
    let reply = reply.map(|line| line.expect("it answers").trim_end().to_owned());
    reply.collect()
}
