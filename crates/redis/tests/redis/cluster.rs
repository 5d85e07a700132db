//! Three nodes: a cell's keys share a slot, and those outside its tag lie elsewhere.

use std::time::Duration;

use llama_ws_core::Policy;
use llama_ws_core::ports::{
    Admission, Announcements, Heard, Listener, Membership, Upkeep, Verdict,
};
use llama_ws_memory::conformance::{
    admission, allowance, checkpoints, event_log, hand_over, leases, membership, slots, work_log,
};
use llama_ws_redis::{RedisCell, RedisConfig, RedisServer, RedisUrl};
use tokio::time::timeout;

use crate::conformance::subject;
use crate::server::{Server, free_port, read_line, run};
use crate::values::document;

const PATIENCE: Duration = Duration::from_secs(20);

/// Three nodes that have the slots divided among them.
struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    async fn start() -> Self {
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        for slots in ["0 5460", "5461 10922", "10923 16383"] {
            let bus = free_port();
            let node = Server::start(&[
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus.to_string(),
            ]);
            assert_eq!(
                node.say(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await,
                "+OK"
            );
            buses.push((node.port, bus));
            nodes.push(node);
        }
        for (port, bus) in &buses[1..] {
            let meet = format!("CLUSTER MEET 127.0.0.1 {port} {bus}");
            assert_eq!(nodes[0].say(&meet).await, "+OK");
        }
        let cluster = Self { nodes };
        timeout(PATIENCE, cluster.until_ready()).await.unwrap();
        cluster
    }

    /// Every node must have heard of every slot.
    async fn until_ready(&self) {
        for node in &self.nodes {
            let mut ready = false;
            while !ready {
                let mut info = node.open("CLUSTER INFO").await;
                let _length = read_line(&mut info).await;
                ready = read_line(&mut info).await == "cluster_state:ok"
                    && read_line(&mut info).await == "cluster_slots_assigned:16384";
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    fn cell(&self) -> RedisCell {
        let url = format!("redis-cluster://127.0.0.1:{}", self.nodes[0].port);
        let server = RedisServer::Url(RedisUrl::new(url));
        let config = RedisConfig {
            tag: run(),
            command_deadline: PATIENCE,
            ..RedisConfig::new(server)
        };
        RedisCell::connect(&config).unwrap()
    }
}

macro_rules! run_checks {
    ($cluster:ident: $($check:path),+ $(,)?) => {
        $($check(&subject($cluster.cell())).await.unwrap();)+
    };
}

#[tokio::test]
async fn a_cluster_passes_the_checks_of_every_port() {
    let cluster = Cluster::start().await;

    run_checks!(cluster:
        admission::connects_are_limited_by_ip,
        admission::a_request_reads_the_newest_document_admitted_or_not,
        membership::a_publication_makes_a_member_and_a_change,
        membership::a_removal_is_a_change_and_ends_membership,
        membership::a_late_publication_does_not_resurrect_a_removed_connection,
        membership::a_late_removal_never_removes_a_newer_generation,
        membership::a_change_tells_after_which_event_it_is_applied,
        allowance::of_50_at_once_never_one_too_many_gets_in,
        event_log::an_id_that_repeats_within_a_batch_is_appended_once,
        event_log::of_concurrent_copies_exactly_one_is_appended,
        work_log::reading_on_from_read_to_read_misses_nothing,
        work_log::a_waiting_reader_is_woken_by_an_event,
        work_log::a_waiting_reader_is_woken_by_a_change,
        slots::every_connection_belongs_to_exactly_one_slot,
        leases::of_many_candidates_exactly_one_gets_the_lease,
        checkpoints::marks_are_merged_replaced_and_forgotten,
        checkpoints::counts_are_each_slots_latest_summed_up,
        hand_over::nobody_gets_in_between_holder_and_standby,
    );
}

#[tokio::test]
async fn keys_outside_the_tag_and_pub_sub_work_across_nodes() {
    let cluster = Cluster::start().await;
    let cell = cluster.cell();
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

    for node in &cluster.nodes {
        // A node whose link to another is not up yet drops what it should pass on.
        let heard = async {
            loop {
                node.say(&format!("PUBLISH events:prices {}", node.port))
                    .await;
                let heard = timeout(Duration::from_millis(200), listener.next()).await;
                if heard.is_ok_and(|heard| is_from(&heard, node.port)) {
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
