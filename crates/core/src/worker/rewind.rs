//! Rewind: the members as they were where the last holder left off.

use std::collections::HashMap;
use std::sync::Arc;

use crate::connection::ConnectionDocument;
use crate::identifier::ConnectionId;
use crate::ports::{Change, ChangeKind};

/// The revision with which a connection first asked for something or authenticated: before it, it
/// had no subscription.
const SECOND: u64 = 2;

/// A snapshot of the members is newer than the cursor from which waiting events are matched. Whoever
/// has changed since (`changes` are those after the cursor, in order) is put back: absent if it
/// joined since, without a subscription if it had made no request before, else as it was after its
/// first change. The changes themselves come again, each in its place.
///
/// What a connection had before its third revision or a later one is not known any more. Between the
/// cursor and that change it may get events that match only its newer subscription: their `offset` is
/// not after the one its confirmation named.
pub(crate) fn rewind<'a>(
    documents: Vec<ConnectionDocument>,
    changes: impl Iterator<Item = &'a Change>,
) -> Vec<ConnectionDocument> {
    let mut first: HashMap<&ConnectionId, &Arc<ConnectionDocument>> = HashMap::new();
    for change in changes {
        if let ChangeKind::Document(document) = &change.kind {
            let earliest = first.entry(&document.connection_id).or_insert(document);
            // A new generation under the same id has its own past.
            if earliest.connected_at < document.connected_at {
                *earliest = document;
            }
        }
    }
    let before = |document: ConnectionDocument| match first.get(&document.connection_id) {
        Some(change) if change.connected_at == document.connected_at => before(change),
        _ => Some(document),
    };
    documents.into_iter().filter_map(before).collect()
}

/// What a connection was before it became this.
fn before(changed: &ConnectionDocument) -> Option<ConnectionDocument> {
    if changed.revision < SECOND {
        return None;
    }
    let mut document = changed.clone();
    document.revision -= 1;
    if changed.revision == SECOND {
        document.subscription = None;
    }
    Some(document)
}
