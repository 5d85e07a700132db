//! A publisher in any language: `PUBLISH` on a socket of its own.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// One connection to Redis.
pub struct Announcer(BufReader<TcpStream>);

impl Announcer {
    /// Connects; none when nobody listens there.
    pub async fn connect(port: u16) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self(BufReader::new(stream)))
    }

    /// Publishes; answers how many heard it, none when Redis has gone.
    pub async fn publish(&mut self, channel: &str, event: &Value) -> Option<u64> {
        let event = event.to_string();
        let mut command = "*3\r\n".to_owned();
        for part in ["PUBLISH", channel, &event] {
            command += &format!("${}\r\n{part}\r\n", part.len());
        }
        self.0.write_all(command.as_bytes()).await.ok()?;
        let mut line = String::new();
        let read = timeout(PATIENCE, self.0.read_line(&mut line)).await;
        read.expect("Redis answers").ok()?;
        line.trim_end().strip_prefix(':')?.parse().ok()
    }
}
