//! Which worker serves which connection: id to shard, shard to slot.

use llama_ws_core::ConnectionId;
use llama_ws_core::ports::Slot;

/// Whether the slot holds the connection's shard: slot k of n holds the shards ≡ k mod n.
pub(super) fn serves(slot: Slot, id: &ConnectionId, shards: u16) -> bool {
    shard_of(id, shards) % u64::from(slot.count.max(1)) == u64::from(slot.index)
}

/// The shard of a connection: FNV-1a (64 bit) of its id, modulo the number of shards. Stable across
/// processes and versions, which the standard library's hasher is not.
fn shard_of(id: &ConnectionId, shards: u16) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = id.as_str().bytes().fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    hash % u64::from(shards.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        let hash = |text: &str| shard_of(&ConnectionId::new(text), u16::MAX);

        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325 % u64::from(u16::MAX));
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c % u64::from(u16::MAX));
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8 % u64::from(u16::MAX));
    }

    #[test]
    fn ids_spread_over_all_shards() {
        let mut sizes = [0_u32; 16];
        for n in 0..1_600 {
            let shard = shard_of(&ConnectionId::new(format!("L0SM9cOFvHc{n}=")), 16);
            sizes[usize::try_from(shard).unwrap()] += 1;
        }

        assert!(
            sizes.iter().all(|size| (50..=200).contains(size)),
            "{sizes:?}"
        );
    }
}
