//! What only Redis has: the set of live connections beside the scripts, and keys that expire.

use llama_ws_core::ports::{Admission, Membership, Publication, RequestKind, Slot, WorkLog};
use llama_ws_core::{ConnectionDocument, Policy};
use llama_ws_test_servers::redis::{Redis, Setup};
use llama_ws_test_servers::unique;

use crate::cells::{cell, on_every_server};
use crate::values::{authenticated, document};

on_every_server! {
    a_connection_over_the_allowance_stays_live_as_what_it_was
    a_removal_by_an_older_document_gives_the_place_back_too
    an_expired_connection_is_no_member
}

async fn a_connection_over_the_allowance_stays_live_as_what_it_was(setup: Setup) {
    let server = Redis::shared(setup);
    let cell = cell(&server);
    let connected = document();
    cell.publish(&connected, None).await.unwrap();

    let over = cell
        .publish(&authenticated(&connected, &unique()), Some(0))
        .await;

    assert_eq!(over.unwrap(), Publication::OverAllowance);
    assert!(cell.is_live(&connected.connection_id).await.unwrap());
}

async fn a_removal_by_an_older_document_gives_the_place_back_too(setup: Setup) {
    let server = Redis::shared(setup);
    let (cell, user) = (cell(&server), unique());
    let connected = document();
    cell.publish(&connected, None).await.unwrap();
    cell.publish(&authenticated(&connected, &user), Some(1))
        .await
        .unwrap();

    cell.remove(&connected).await.unwrap();

    let next = cell
        .publish(&authenticated(&document(), &user), Some(1))
        .await
        .unwrap();
    assert!(matches!(next, Publication::Done { .. }));
    assert!(!cell.is_live(&connected.connection_id).await.unwrap());
}

async fn an_expired_connection_is_no_member(setup: Setup) {
    let server = Redis::shared(setup);
    let cell = cell(&server);
    let expired = ConnectionDocument {
        connected_at: llama_ws_core::UnixMillis(1),
        ..document()
    };
    cell.publish(&expired, None).await.unwrap();

    let members = cell.members(Slot::WHOLE).await.unwrap();
    assert_eq!(members.documents, []);
    let id = &expired.connection_id;
    let admitted = cell
        .admit_request(id, RequestKind::Message, &Policy::default())
        .await;
    assert_eq!(admitted.unwrap().document, None);
}
