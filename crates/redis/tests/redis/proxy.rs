//! A way to a server that counts round trips: how often a client speaks after it was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy on a port of its own.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    server: Arc<AtomicU16>,
    trips: Arc<AtomicU64>,
}

impl Proxy {
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let trips = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&trips);
        let server = Arc::new(AtomicU16::new(server));
        let target = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(
                    client,
                    target.load(Ordering::SeqCst),
                    Arc::clone(&counter),
                ));
            }
        });
        Self {
            port,
            server,
            trips,
        }
    }

    /// From now on it is the way to another server, for connections that are new.
    pub(crate) fn go_to(&self, server: u16) {
        self.server.store(server, Ordering::SeqCst);
    }

    /// Round trips up to now.
    pub(crate) fn trips(&self) -> u64 {
        self.trips.load(Ordering::SeqCst)
    }
}

async fn forward(mut client: TcpStream, server: u16, trips: Arc<AtomicU64>) {
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await else {
        return;
    };
    let (mut asked, mut answered) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut waiting = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(length @ 1..) => {
                    if !waiting {
                        trips.fetch_add(1, Ordering::SeqCst);
                        waiting = true;
                    }
                    if server.write_all(&asked[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            read = server.read(&mut answered) => match read {
                Ok(length @ 1..) => {
                    waiting = false;
                    if client.write_all(&answered[..length]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}
