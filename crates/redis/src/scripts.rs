//! The scripts, and how one is run: by its hash, and by its text where the server does not know it
//! (a new node, a restart, `SCRIPT FLUSH`).

use std::sync::OnceLock;

use fred::clients::Client;
use fred::error::Error;
use fred::interfaces::ClientLike;
use fred::types::{CustomCommand, Value};
use fred::util::{redis_keyslot, sha1_hash};

/// A script with the parts that it shares with others before it.
#[derive(Debug)]
pub(crate) struct Script {
    source: &'static str,
    hash: OnceLock<String>,
}

macro_rules! script {
    ($(#[$doc:meta])* $name:ident = $($part:literal)+) => {
        $(#[$doc])*
        pub(crate) static $name: Script =
            Script::new(concat!($(include_str!(concat!("scripts/", $part, ".lua"))),+));
    };
}

script! {
    /// Counts a connect.
    ADMIT_CONNECT = "admit_connect"
}
script! {
    /// Counts a request and reads its document.
    ADMIT_REQUEST = "now" "admit_request"
}
script! {
    /// Takes a place to wait.
    BEGIN_WAIT = "now" "begin_wait"
}
script! {
    /// Publishes a document.
    PUBLISH = "now" "order" "live" "standing" "change" "publish"
}
script! {
    /// Removes a connection.
    REMOVE = "now" "order" "live" "standing" "change" "remove"
}
script! {
    /// Appends events.
    APPEND = "now" "order" "live" "log" "append"
}
script! {
    /// Appends a gap marker.
    APPEND_GAP = "now" "order" "log" "append_gap"
}
script! {
    /// Begins an epoch.
    BEGIN_EPOCH = "now" "order" "log" "epoch" "begin_epoch"
}
script! {
    /// Takes a lease, or stands by.
    CLAIM = "now" "lease" "epoch" "claim"
}
script! {
    /// Writes the progress.
    CHECKPOINT = "now" "lease" "epoch" "progress" "checkpoint"
}
script! {
    /// Writes the progress and lets go.
    RELEASE = "now" "order" "lease" "epoch" "progress" "release"
}

impl Script {
    const fn new(source: &'static str) -> Self {
        Self {
            source,
            hash: OnceLock::new(),
        }
    }

    /// Runs it: one round trip, two where the server has not seen it yet.
    pub(crate) async fn run(
        &self,
        client: &Client,
        keys: Vec<String>,
        arguments: Vec<String>,
    ) -> Result<Value, Error> {
        // fred's own commands for scripts fail where the first connection to a cluster is not
        // there yet; these wait for it like any other.
        let slot = keys.first().map(|key| redis_keyslot(key.as_bytes()));
        let send = |name, script: &str| {
            let mut words = vec![script.to_owned(), keys.len().to_string()];
            words.extend_from_slice(&keys);
            words.extend_from_slice(&arguments);
            client.custom(CustomCommand::new_static(name, slot, false), words)
        };
        let hash = self.hash.get_or_init(|| sha1_hash(self.source));
        match send("EVALSHA", hash).await {
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                send("EVAL", self.source).await
            }
            answer => answer,
        }
    }
}
