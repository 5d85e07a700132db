//! A password that is kept elsewhere: asked for when a connection needs it, and again when the
//! server has refused the one that is known.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex as Lock, OnceLock, PoisonError};
use std::time::Duration;

use fred::error::{Error, ErrorKind};
use fred::types::config::{CredentialProvider, Server};
use llama_ws_core::ports::Unavailable;
use tokio::sync::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::Instant;

/// Least time between two questions: connections that are refused try again many times a second.
const PAUSE: Duration = Duration::from_secs(1);

/// What fred takes: a user's name and its password.
type UserAndPassword = (Option<String>, Option<String>);

/// fred tells each fault here, and at which server.
type Faults = Receiver<(Error, Option<Server>)>;

/// A password. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A question's answer, some time later.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Result<Password, Unavailable>> + Send + 'a>>;

/// Where a password is kept.
pub trait PasswordSource: fmt::Debug + Send + Sync + 'static {
    /// The password as it is now, in reasonable time.
    fn password(&self) -> Asked<'_>;
}

/// What all connections of a process know of the password.
#[derive(Debug)]
pub(crate) struct KnownPassword {
    source: Arc<dyn PasswordSource>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    password: Option<Password>,
    asked: Option<Instant>,
}

impl KnownPassword {
    pub(crate) fn new(source: Arc<dyn PasswordSource>) -> Self {
        Self {
            source,
            known: Mutex::default(),
        }
    }

    /// The known one; if there is none, or this one was refused, what the source says now. When the
    /// source does not answer, the known one may still be good.
    async fn get(&self, refused: Option<&Password>) -> Result<Password, Unavailable> {
        let mut known = self.known.lock().await;
        let early = known.asked.is_some_and(|asked| asked.elapsed() < PAUSE);
        if let Some(password) = &known.password
            && (early || refused != Some(password))
        {
            return Ok(password.clone());
        }
        known.asked = Some(Instant::now());
        match (self.source.password().await, &known.password) {
            (Ok(password), _) => {
                known.password = Some(password.clone());
                Ok(password)
            }
            (Err(error), Some(password)) => {
                tracing::warn!(%error, "the password of Redis stays the known one");
                Ok(password.clone())
            }
            (Err(error), None) => Err(error),
        }
    }
}

/// What one connection says who it is.
#[derive(Debug)]
pub(crate) struct Credentials {
    username: Option<String>,
    password: Arc<KnownPassword>,
    /// What this connection said last.
    said: Lock<Option<Password>>,
    faults: OnceLock<Lock<Faults>>,
}

impl Credentials {
    pub(crate) fn new(username: Option<String>, password: Arc<KnownPassword>) -> Self {
        Self {
            username,
            password,
            said: Lock::default(),
            faults: OnceLock::new(),
        }
    }

    /// From where it learns that it was refused.
    pub(crate) fn watch(&self, faults: Faults) {
        // Set once: a connection opens once.
        let _ = self.faults.set(Lock::new(faults));
    }

    /// Whether the server has refused what was said last.
    fn is_refused(&self) -> bool {
        let Some(faults) = self.faults.get() else {
            return false;
        };
        let mut faults = faults.lock().unwrap_or_else(PoisonError::into_inner);
        let mut refused = false;
        loop {
            match faults.try_recv() {
                Ok((fault, _)) => refused |= *fault.kind() == ErrorKind::Auth,
                // What was missed may have been it.
                Err(TryRecvError::Lagged(_)) => refused = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return refused,
            }
        }
    }

    async fn next(&self) -> Result<UserAndPassword, Error> {
        let said = self
            .said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let refused = said.filter(|_| self.is_refused());
        let password = self.password.get(refused.as_ref()).await.map_err(|error| {
            Error::new(ErrorKind::Auth, format!("no password: {}", error.reason))
        })?;
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(password.clone());
        Ok((self.username.clone(), Some(password.0)))
    }
}

/// Written out, since fred's trait is made by a macro that we have no other use for.
impl CredentialProvider for Credentials {
    fn fetch<'this, 'server, 'future>(
        &'this self,
        _: Option<&'server Server>,
    ) -> Pin<Box<dyn Future<Output = Result<UserAndPassword, Error>> + Send + 'future>>
    where
        'this: 'future,
        'server: 'future,
        Self: 'future,
    {
        Box::pin(self.next())
    }
}
