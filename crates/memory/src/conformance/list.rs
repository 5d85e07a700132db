//! The list of all checks: `conformance!` makes each a test. A test of this crate compares the list
//! with the checks that are there.

/// Makes each check of a port, or of all ports of a cell, a test of its own. The second argument
/// is an expression for a [`Subject`](crate::conformance::Subject) of its own; it may await.
///
/// ```text
/// llama_ws_memory::conformance!(connection_store, table().await);
/// llama_ws_memory::conformance!(connection_store_over_time, table().await);
/// llama_ws_memory::conformance!(keys, keys().await);
/// llama_ws_memory::conformance!(cell, cell().await);
/// llama_ws_memory::conformance!(cell_over_time, cell().await);
/// llama_ws_memory::conformance!(upkeep, cell().await);
/// llama_ws_memory::conformance!(tokens, issuer().await);
/// ```
#[macro_export]
macro_rules! conformance {
    (connection_store, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::connection_store as connection_store, $subject,
            a_taken_id_is_not_created_again
            a_document_is_read_back_whole
            an_unknown_connection_is_absent_to_every_call
            an_update_replaces_exactly_the_revision_before_it
            of_concurrent_updates_exactly_one_wins
            of_concurrent_creations_exactly_one_wins
            a_removal_returns_what_it_removed_and_then_nothing
            a_late_removal_never_removes_a_newer_generation
            a_late_update_never_replaces_a_newer_generation
            an_expired_document_is_absent
        }
        $crate::conformance_tests! {
            $crate::conformance::connection_pages as connection_pages, $subject,
            the_pages_of_a_user_are_its_connections_in_order
            a_page_of_a_user_shows_the_newest_documents
            a_scan_returns_every_connection_once
            an_expired_document_is_on_no_page
        }
    };
    (connection_store_over_time, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::connection_store::over_time as connection_store_over_time, $subject,
            a_document_expires_2_h_10_min_after_it_connected
        }
    };
    (keys, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::keys as keys, $subject,
            a_record_is_found_whole_by_its_key_and_by_its_id
            an_unknown_key_is_absent_to_every_call
            a_key_is_not_created_again
            of_concurrent_creations_exactly_one_wins
            a_revoked_key_keeps_its_record_and_is_not_good
            an_end_that_is_set_replaces_the_one_before
            held_keys_are_those_that_are_there_as_they_are_now
            as_many_held_keys_as_allowed_are_found
            the_pages_of_a_list_are_every_key_once
        }
    };
    (tokens, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::tokens as tokens, $subject,
            a_token_is_its_principals_as_often_as_it_is_shown
            what_nobody_issued_is_nobodys
            a_token_ends_with_its_principal
            users_of_any_name_are_told_apart
        }
    };
    (cell, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::admission as admission, $subject,
            the_last_message_of_a_window_passes_and_one_more_is_limited
            a_limit_of_zero_lets_nothing_pass
            each_connection_has_windows_of_its_own
            a_limited_request_is_told_what_remains_of_the_window
            a_subscription_change_is_a_message_as_well
            a_change_over_its_own_limit_is_counted_against_none
            a_change_over_the_message_limit_is_counted_against_none
            of_50_requests_at_once_never_one_too_many_passes
            connects_are_limited_by_ip
            of_50_connects_at_once_never_one_too_many_passes
            a_request_reads_the_newest_document_admitted_or_not
            a_request_of_an_unknown_or_removed_connection_reads_nothing
        }
        $crate::conformance_tests! {
            $crate::conformance::waits as waits, $subject,
            the_last_place_is_given_and_one_more_refused
            a_place_that_is_given_back_can_be_taken_again
            giving_back_what_was_not_taken_makes_no_room
            without_places_nobody_waits
            each_connection_has_places_of_its_own
            of_20_at_once_never_one_too_many_waits
        }
        $crate::conformance_tests! {
            $crate::conformance::membership as membership, $subject,
            a_publication_makes_a_member_and_a_change
            an_unknown_connection_is_not_live
            a_newer_revision_replaces_an_older_one_and_never_the_reverse
            publishing_again_succeeds_and_changes_nothing
            a_newer_generation_wins_whatever_its_revision
            a_removal_is_a_change_and_ends_membership
            a_late_removal_never_removes_a_newer_generation
            a_late_publication_does_not_resurrect_a_removed_connection
            a_removal_that_overtakes_the_publication_wins
            a_new_generation_may_follow_a_removed_one
            a_change_tells_after_which_event_it_is_applied
            a_publication_tells_whether_a_worker_is_live
        }
        $crate::conformance_tests! {
            $crate::conformance::allowance as allowance, $subject,
            the_last_place_is_given_and_one_more_refused
            an_allowance_of_zero_lets_nobody_in
            what_is_over_the_allowance_changes_nothing
            a_connection_keeps_the_place_it_has
            each_user_has_places_of_its_own
            a_removal_gives_the_place_back
            a_late_removal_leaves_a_newer_generation_its_place
            a_late_publication_of_a_removed_connection_takes_no_place
            without_an_allowance_no_place_is_taken
            a_revision_that_was_overtaken_takes_its_place_all_the_same
            of_50_at_once_never_one_too_many_gets_in
        }
        $crate::conformance_tests! {
            $crate::conformance::event_log as event_log, $subject,
            events_are_read_in_the_order_they_were_appended
            an_event_is_read_as_it_was_appended
            an_id_is_appended_once
            an_id_that_repeats_within_a_batch_is_appended_once
            a_duplicate_does_not_keep_its_neighbours_out
            an_empty_batch_appends_nothing
            concurrent_appends_never_share_a_place
            of_concurrent_copies_exactly_one_is_appended
            a_gap_has_its_place_in_the_order
            an_append_tells_whether_any_worker_is_live
        }
        $crate::conformance_tests! {
            $crate::conformance::work_log as work_log, $subject,
            an_empty_cell_reads_empty
            a_read_finds_what_lies_after_its_cursor
            a_read_tells_whether_it_cut_the_events
            a_read_that_cut_the_changes_tells_which_events_must_wait
            reading_on_from_read_to_read_misses_nothing
            the_changes_after_a_snapshot_of_the_members_complete_it
            a_waiting_reader_is_woken_by_an_event
            a_waiting_reader_is_woken_by_a_gap
            a_waiting_reader_is_woken_by_a_change
            a_reader_with_something_to_read_does_not_wait
        }
        $crate::conformance_tests! {
            $crate::conformance::catch_ups as catch_ups, $subject,
            an_order_follows_its_document_in_the_same_step
            an_order_comes_alone_where_the_document_is_known
            an_order_of_a_removed_connection_is_dropped
            a_connection_has_one_replay_at_a_time
            a_second_replay_is_counted_against_no_limit
            of_20_replays_at_once_exactly_one_passes
            the_past_is_read_in_pages_that_end_where_they_are_asked_to
            after_the_last_offset_a_read_finds_changes_only
        }
        $crate::conformance_tests! {
            $crate::conformance::slots as slots, $subject,
            every_connection_belongs_to_exactly_one_slot
            a_slot_reads_the_changes_of_its_members_and_no_others
            a_removal_is_read_by_the_slot_of_the_connection
            every_slot_reads_every_event
            a_slot_reads_past_the_changes_of_the_others
        }
        $crate::conformance_tests! {
            $crate::conformance::leases as leases, $subject,
            of_many_candidates_exactly_one_gets_the_lease
            every_slot_has_a_lease_of_its_own
            a_lease_lasts_10_seconds
            the_first_lease_knows_nothing_of_before
            the_holder_may_ask_again_and_gets_the_same_lease
            a_later_lease_has_a_larger_token
            a_lease_that_was_released_is_lost
            a_token_that_is_not_the_leases_changes_nothing
        }
        $crate::conformance_tests! {
            $crate::conformance::checkpoints as checkpoints, $subject,
            the_next_holder_goes_on_at_the_last_checkpoint
            a_slot_is_whole_once_it_was_checkpointed_in_an_epoch
            marks_are_merged_replaced_and_forgotten
            counts_are_each_slots_latest_summed_up
            a_release_is_refused_while_the_log_goes_on_past_the_cursor
        }
        $crate::conformance_tests! {
            $crate::conformance::hand_over as hand_over, $subject,
            a_standby_is_told_who_holds_the_lease
            a_checkpoint_tells_whether_a_standby_is_ready
            a_standby_gets_the_lease_with_a_new_token_at_the_same_place
            a_lease_is_handed_over_whatever_lies_past_the_cursor
            after_a_hand_over_the_former_holder_has_lost_the_lease
            nobody_gets_in_between_holder_and_standby
            a_standby_of_a_free_slot_gets_the_lease_at_once
        }
    };
    (cell_over_time, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::admission::over_time as admission_over_time, $subject,
            a_window_ends_60_seconds_after_its_first_request
            refused_requests_do_not_prolong_the_window
        }
        $crate::conformance_tests! {
            $crate::conformance::waits::over_time as waits_over_time, $subject,
            a_place_that_is_not_given_back_frees_itself
        }
        $crate::conformance_tests! {
            $crate::conformance::membership::over_time as membership_over_time, $subject,
            a_removed_connection_stays_removed_for_a_minute
        }
        $crate::conformance_tests! {
            $crate::conformance::allowance::over_time as allowance_over_time, $subject,
            a_place_is_void_once_its_connection_has_expired
        }
        $crate::conformance_tests! {
            $crate::conformance::event_log::over_time as event_log_over_time, $subject,
            an_id_is_remembered_for_15_minutes
            a_worker_is_live_as_long_as_its_lease
            a_reader_that_was_overtaken_by_the_trim_is_told
        }
        $crate::conformance_tests! {
            $crate::conformance::work_log::over_time as work_log_over_time, $subject,
            a_wait_ends_empty_when_its_time_is_up
        }
        $crate::conformance_tests! {
            $crate::conformance::catch_ups::over_time as catch_ups_over_time, $subject,
            the_past_tells_how_far_it_was_trimmed
            a_replays_place_frees_itself
        }
        $crate::conformance_tests! {
            $crate::conformance::leases::over_time as leases_over_time, $subject,
            a_lease_that_is_not_renewed_goes_to_the_next
            a_checkpoint_renews_the_lease
            a_late_checkpoint_renews_a_lease_that_nobody_took
        }
        $crate::conformance_tests! {
            $crate::conformance::hand_over::over_time as hand_over_over_time, $subject,
            a_standby_gets_a_lease_that_has_expired
            a_standby_counts_for_5_seconds
            a_standby_that_fell_silent_gets_nothing
        }
    };
    (upkeep, $subject:expr) => {
        $crate::conformance_tests! {
            $crate::conformance::upkeep as upkeep, $subject,
            an_epoch_begins_with_a_gap_ahead_of_the_clock
            an_epoch_begins_above_every_offset_that_was_seen
            what_is_restored_is_live_a_member_and_a_change
            restoring_again_succeeds_and_changes_nothing
            restoring_never_takes_a_document_back
            restoring_does_not_resurrect_a_removed_connection
            restored_connections_have_places_whatever_the_allowance
            a_sample_is_of_live_connections_and_no_larger_than_asked
            what_is_discarded_is_gone_and_its_going_a_change
            discarding_what_is_not_there_is_no_fault
            a_connection_that_is_not_old_enough_is_not_discarded
            discarding_gives_the_users_place_back
        }
    };
}

/// One module of tests, each with a subject of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($checks:path as $module:ident, $subject:expr, $($check:ident)+) => {
        mod $module {
            use super::*;
            use $checks as checks;

            $(
                #[tokio::test]
                async fn $check() -> $crate::conformance::Checked {
                    let subject = $subject;
                    checks::$check(&subject).await
                }
            )+
        }
    };
}
