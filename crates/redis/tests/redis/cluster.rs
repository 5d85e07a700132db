//! Three nodes: what lies outside a cell's tag lies anywhere.

use std::time::Duration;

use llama_ws_core::Policy;
use llama_ws_core::ports::{
    Admission, Announcements, Heard, Listener, Membership, Upkeep, Verdict,
};
use llama_ws_test_servers::redis::{Redis, Setup};
use tokio::time::timeout;

use crate::cells::cell;
use crate::values::document;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn keys_outside_the_tag_and_pub_sub_work_across_nodes() {
    let server = Redis::start(Setup::Cluster);
    let cell = cell(&server);
    let mut listener = cell.listen().await.unwrap();
    let documents: Vec<_> = (0..20).map(|_| document()).collect();

    cell.restore(&documents).await.unwrap();
    for n in 0..20 {
        let verdict = cell
            .admit_connect(&format!("192.0.2.{n}"), &Policy::default())
            .await;
        assert_eq!(verdict.unwrap(), Verdict::Admitted);
    }
    for document in &documents {
        assert!(cell.is_live(&document.connection_id).await.unwrap());
    }

    for port in server.ports() {
        // A node whose link to another is not up yet drops what it should pass on.
        let heard = async {
            loop {
                let publish = format!("PUBLISH events:prices {port}");
                server.open_at(port, &publish).await.line().await;
                let heard = timeout(Duration::from_millis(200), listener.next()).await;
                if heard.is_ok_and(|heard| is_from(&heard, port)) {
                    break;
                }
            }
        };
        timeout(PATIENCE, heard).await.unwrap();
    }
}

fn is_from(heard: &Heard, port: u16) -> bool {
    matches!(heard, Heard::Message { payload, .. } if *payload == port.to_string())
}
