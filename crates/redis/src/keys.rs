//! The names of all keys. Those of a cell share its hash tag; operators know the others.
//!
//! Beyond the table of the design: `ws:{ws}:leases` indexes the live leases, so that a writer can
//! tell whether any worker is live without knowing how many there are; a connection's second
//! limit and its waiting requests stand beside its first.

use llama_ws_core::ConnectionId;
use llama_ws_core::ports::Slot;

/// Ids of live connections, of all cells.
pub(crate) const CONNECTIONS: &str = "ws:connections";

/// The names of one cell's keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: String,
    shards: u16,
}

impl Keys {
    pub(crate) fn new(tag: &str, shards: u16) -> Self {
        Self {
            prefix: format!("ws:{{{tag}}}:"),
            shards: shards.max(1),
        }
    }

    /// The event log.
    pub(crate) fn events(&self) -> String {
        self.of("events")
    }

    /// The change log.
    pub(crate) fn changes(&self) -> String {
        self.of("changes")
    }

    /// The index of leases.
    pub(crate) fn leases(&self) -> String {
        self.of("leases")
    }

    /// Counters of the slots and of the event log.
    pub(crate) fn counts(&self) -> String {
        self.of("counts")
    }

    /// The epoch's mark.
    pub(crate) fn epoch(&self) -> String {
        self.of("epoch")
    }

    /// By what the log remembers an event.
    pub(crate) fn event_id(&self, key: &str) -> String {
        self.of(&format!("id:{key}"))
    }

    /// What is known of a connection.
    pub(crate) fn connection(&self, id: &ConnectionId) -> String {
        self.of(&format!("conn:{id}"))
    }

    /// The places of a user.
    pub(crate) fn user(&self, user: &str) -> String {
        self.of(&format!("user:{user}"))
    }

    /// The window of a connection's messages.
    pub(crate) fn message_limit(&self, id: &ConnectionId) -> String {
        self.of(&format!("limit:{id}"))
    }

    /// The window of a connection's subscription changes.
    pub(crate) fn change_limit(&self, id: &ConnectionId) -> String {
        self.of(&format!("limit:{id}:changes"))
    }

    /// The place of a connection's replay.
    pub(crate) fn replay(&self, id: &ConnectionId) -> String {
        self.of(&format!("limit:{id}:replay"))
    }

    /// When the places of a connection's waiting requests free themselves.
    pub(crate) fn waits(&self, id: &ConnectionId) -> String {
        self.of(&format!("limit:{id}:waits"))
    }

    /// A slot's lease.
    pub(crate) fn lease(&self, slot: Slot) -> String {
        self.of(&format!("lease:{}", slot_name(slot)))
    }

    /// How far a slot's connections have come.
    pub(crate) fn due(&self, slot: Slot) -> String {
        self.of(&format!("due:{}", slot_name(slot)))
    }

    /// The documents of the connection's shard.
    pub(crate) fn documents_of(&self, id: &ConnectionId) -> String {
        self.documents(shard_of(id, self.shards))
    }

    /// The documents of the slot's shards.
    pub(crate) fn documents_in(&self, slot: Slot) -> Vec<String> {
        let shards = (0..self.shards).filter(|shard| holds(slot, *shard));
        shards.map(|shard| self.documents(shard)).collect()
    }

    /// Whether the slot holds the connection's shard.
    pub(crate) fn serves(&self, slot: Slot, id: &ConnectionId) -> bool {
        holds(slot, shard_of(id, self.shards))
    }

    fn documents(&self, shard: u16) -> String {
        self.of(&format!("subs:{shard:02}"))
    }

    fn of(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// The window of an IP's connects, of all cells.
pub(crate) fn connect_limit(ip: &str) -> String {
    format!("ws:limit:{{ip:{ip}}}")
}

/// `00/01` is the first of one: leases of another number of workers are other leases.
pub(crate) fn slot_name(slot: Slot) -> String {
    format!("{:02}/{:02}", slot.index, slot.count)
}

/// Slot k of n holds the shards ≡ k mod n.
fn holds(slot: Slot, shard: u16) -> bool {
    shard % slot.count.max(1) == slot.index
}

/// FNV-1a (64 bit) of the id, modulo the number of shards: the algorithm of every adapter, since a
/// worker and a request may run different versions.
fn shard_of(id: &ConnectionId, shards: u16) -> u16 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = id.as_str().bytes().fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    // A remainder of a u16 is one.
    u16::try_from(hash % u64::from(shards)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        let hash = |text: &str| u64::from(shard_of(&ConnectionId::new(text), u16::MAX));

        for (text, expected) in [
            ("", 0xcbf2_9ce4_8422_2325_u64),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            assert_eq!(hash(text), expected % u64::from(u16::MAX), "{text}");
        }
    }

    #[test]
    fn every_shard_is_in_exactly_one_slot() {
        let keys = Keys::new("ws", 16);
        for count in [1, 2, 3, 16] {
            let slots = (0..count).map(|index| Slot { index, count });
            let mut shards: Vec<_> = slots.flat_map(|slot| keys.documents_in(slot)).collect();
            shards.sort_unstable();

            let all: Vec<_> = (0..16)
                .map(|shard| format!("ws:{{ws}}:subs:{shard:02}"))
                .collect();
            assert_eq!(shards, all, "{count}");
        }
    }
}
