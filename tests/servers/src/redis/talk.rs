//! What tests ask a server themselves: inline commands on plain sockets, no client.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Redis;

/// Longest wait for anything a server says.
const PATIENCE: Duration = Duration::from_secs(30);

impl Redis {
    /// Tells every server one command. Answers the first line of the reply, in a cluster of the
    /// first node that does not refer to another.
    ///
    /// # Panics
    /// When somebody else runs it.
    pub async fn say(&self, command: &str) -> String {
        let mut said = None;
        for port in self.ports() {
            let line = self.open_at(port, command).await.line().await;
            if !line.starts_with("-MOVED") {
                said.get_or_insert(line);
            }
        }
        said.expect("one of them knows")
    }

    /// What every server answers to one command, a list of texts.
    pub async fn list(&self, command: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for port in self.ports() {
            let mut socket = self.open_at(port, command).await;
            let length = socket.line().await.replace('*', "");
            for _ in 0..length.parse().expect("a list") {
                let _bytes = socket.line().await;
                texts.push(socket.line().await);
            }
        }
        texts
    }

    /// One of the numbers that `INFO` tells, of each server: `info("clients",
    /// "connected_clients")`.
    pub async fn info(&self, section: &str, field: &str) -> Vec<u64> {
        let mut numbers = Vec::new();
        for port in self.ports() {
            let mut info = self.open_at(port, &format!("INFO {section}")).await;
            numbers.push(loop {
                let line = info.line().await;
                if let Some(number) = line.strip_prefix(field).and_then(|it| it.strip_prefix(':')) {
                    break number.parse().expect("a number");
                }
            });
        }
        numbers
    }

    /// How often each of the commands was called since the first server started.
    pub async fn calls<const N: usize>(&self, commands: [&str; N]) -> [u64; N] {
        let mut info = self.open("INFO commandstats").await;
        let length = info.line().await.replace('$', "");
        let length = length.parse().expect("a length");
        let mut statistics = String::new();
        while statistics.len() < length {
            statistics += &info.line().await;
            statistics += "\r\n";
        }
        commands.map(|command| {
            let calls = statistics
                .split_once(&format!("cmdstat_{command}:calls="))
                .and_then(|(_, after)| after.split(',').next());
            calls.map_or(0, |calls| calls.parse().expect("a number"))
        })
    }

    /// Somebody who hears all of `events:*` from now on.
    pub async fn subscriber(&self) -> Subscriber {
        let mut socket = self.open("PSUBSCRIBE events:*").await;
        for _ in 0..6 {
            socket.line().await;
        }
        Subscriber { socket }
    }

    /// A connection to the first server, on which one command has been sent.
    pub async fn open(&self, command: &str) -> Socket {
        self.open_at(self.port(), command).await
    }

    /// The same to the server with this port.
    pub async fn open_at(&self, port: u16, command: &str) -> Socket {
        let stream = TcpStream::connect(("127.0.0.1", port)).await;
        let mut socket = Socket(BufReader::new(stream.expect("it listens")));
        if let Some(password) = self.admin_password {
            socket.send(&format!("AUTH {password}")).await;
            assert_eq!(socket.line().await, "+OK");
        }
        socket.send(command).await;
        socket
    }
}

/// A connection.
#[derive(Debug)]
pub struct Socket(BufReader<TcpStream>);

impl Socket {
    /// The next line, without its end.
    ///
    /// # Panics
    /// When there is none, or none in 30 s.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await;
        let length = read.expect("something is said").expect("it is text");
        assert!(length > 0, "it hung up");
        line.trim_end().to_owned()
    }

    async fn send(&mut self, command: &str) {
        let sent = self.0.write_all(format!("{command}\r\n").as_bytes()).await;
        sent.expect("it hears");
    }
}

/// A plain subscriber.
#[derive(Debug)]
pub struct Subscriber {
    socket: Socket,
}

impl Subscriber {
    /// The next message: its channel and its text.
    ///
    /// # Panics
    /// When there is none in 30 s.
    pub async fn next(&mut self) -> (String, String) {
        let mut lines = Vec::new();
        for _ in 0..9 {
            lines.push(self.socket.line().await);
        }
        match lines.as_slice() {
            [_, _, kind, _, _, _, channel, _, text] if kind == "pmessage" => {
                (channel.clone(), text.clone())
            }
            other => panic!("heard {other:?}"),
        }
    }
}
