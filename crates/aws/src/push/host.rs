//! The API's host: its addresses, and sockets to them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use llama_ws_core::UnixMillis;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::stream::{Socket, Stream};

/// How long addresses are used before they are asked for again: many connections are made at once,
/// and each question is a thread.
const ADDRESSES_LAST: Duration = Duration::from_secs(10);

/// Where connections go.
#[derive(Debug)]
pub(super) struct Host {
    name: String,
    port: u16,
    tls: Option<Tls>,
    addresses: Mutex<Option<Addresses>>,
    /// Held by whoever asks for the addresses.
    asking: tokio::sync::Mutex<()>,
    turn: AtomicUsize,
}

/// TLS to one host. The roots are read when the first connection is made.
#[derive(Debug)]
struct Tls {
    name: ServerName<'static>,
    config: OnceCell<Arc<ClientConfig>>,
}

#[derive(Debug, Clone)]
struct Addresses {
    all: Arc<[SocketAddr]>,
    until: UnixMillis,
}

impl Host {
    /// `None` when the URL has no host, or none that a certificate could name.
    pub(super) fn of(url: &http::Uri) -> Option<Self> {
        let name = url.host()?.trim_start_matches('[').trim_end_matches(']');
        let is_tls = url.scheme_str() == Some("https");
        let tls = if is_tls {
            let name = ServerName::try_from(name.to_owned()).ok()?;
            let config = OnceCell::new();
            Some(Tls { name, config })
        } else {
            None
        };
        Some(Self {
            name: name.to_owned(),
            port: url.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            tls,
            addresses: Mutex::new(None),
            asking: tokio::sync::Mutex::new(()),
            turn: AtomicUsize::new(0),
        })
    }

    /// A new connection, to the addresses in turn.
    pub(super) async fn connect(&self, now: UnixMillis) -> io::Result<Stream> {
        let socket = self.dial(&self.addresses(now).await?).await?;
        socket.set_nodelay(true)?;
        let socket = match &self.tls {
            None => Socket::Plain(socket),
            Some(tls) => {
                let config = tls.config.get_or_try_init(async || client_config()).await?;
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(tls.name.clone(), socket).await?;
                Socket::Tls(Box::new(stream))
            }
        };
        Ok(Stream::new(socket))
    }

    async fn dial(&self, addresses: &[SocketAddr]) -> io::Result<TcpStream> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len().max(1);
        let (later, sooner) = addresses.split_at(first);
        let mut fault = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in sooner.iter().chain(later) {
            match TcpStream::connect(address).await {
                Ok(socket) => return Ok(socket),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }

    async fn addresses(&self, now: UnixMillis) -> io::Result<Arc<[SocketAddr]>> {
        if let Some(known) = self.known().filter(|known| now < known.until) {
            return Ok(known.all);
        }
        let _turn = self.asking.lock().await;
        let known = self.known();
        if let Some(known) = known.clone().filter(|known| now < known.until) {
            return Ok(known.all);
        }
        match (lookup_host((self.name.as_str(), self.port)).await, known) {
            (Ok(found), _) => {
                let addresses = Addresses {
                    all: found.collect(),
                    until: now.plus(ADDRESSES_LAST),
                };
                let all = Arc::clone(&addresses.all);
                *self
                    .addresses
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner) = Some(addresses);
                Ok(all)
            }
            // Better where it was than nowhere.
            (Err(_), Some(known)) => Ok(known.all),
            (Err(error), None) => Err(error),
        }
    }

    fn known(&self) -> Option<Addresses> {
        let addresses = self.addresses.lock();
        addresses.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// TLS on ring with the system's roots, as the SDK's client has it. HTTP/1.1 only: a connection
/// carries one call at a time.
fn client_config() -> io::Result<Arc<ClientConfig>> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let text = "the system has no root certificates";
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    let mut config = ClientConfig::builder_with_provider(crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
