//! The list of cases, once: the static table and the tests that the macro expands to are both made of it.

/// Hands the list of cases to a macro: `[Row module::case (Needs)]`, with `threads` where a case runs on several.
#[doc(hidden)]
#[macro_export]
macro_rules! __with_cases {
    ([$($callback:tt)*] [$($head:tt)*]) => {
        $($callback)*! {
            [$($head)*]
            [FreshUntil life::fresh_until_is_exclusive ()]
            [StaleWindow life::a_stale_entry_is_still_read ()]
            [Dead life::dead_is_never_returned ()]
            [Dead life::dead_is_never_listed (Scan)]
            [Dead life::dead_at_is_exclusive ()]
            [Created life::created_is_kept_as_it_was_written ()]
            [Overwrite life::overwrite_replaces_everything ()]
            [Overwrite life::overwrite_replaces_the_life ()]
            [NegativeEntry life::a_negative_entry_is_no_miss_and_no_value ()]
            [NegativeEntry life::no_value_is_taken_for_a_negative_entry ()]
            [Clock life::an_entry_from_the_future_is_unreadable ()]
            [NativeTtl life::the_time_of_the_store_ends_no_entry ()]
            [NativeTtl life::a_foreign_value_is_unreadable (Bytes)]

            [Get get::get_tells_entry_from_absent_and_dead ()]
            [Get get::reading_changes_nothing ()]
            [Get get::an_entry_is_kept_as_it_was_put ()]
            [Get get::what_cannot_be_read_has_a_reason_and_stays (Bytes)]
            [Get get::another_kind_of_thing_is_of_the_wrong_type (OtherKind)]
            [GetNow get::get_now_agrees_with_get ()]
            [GetNow get::get_now_has_no_answer_after_close ()]
            [Head get::head_shows_what_lives ()]

            [GetMany batch::get_many_answers_in_the_order_asked (Batch)]
            [GetMany batch::get_many_hides_no_answer_behind_another (Batch)]
            [GetMany batch::get_many_reads_around_damage (Batch Bytes)]
            [GetMany batch::a_batch_of_nothing_is_nothing (Batch)]
            [GetMany batch::a_large_batch_keeps_its_order (Batch)]
            [PutMany batch::put_many_holds_each_item_to_its_condition (Batch)]
            [PutMany batch::one_failing_item_hides_no_other (Batch)]

            [PutAlways put::put_always_stores_over_everything ()]
            [PutAlways put::put_always_stores_over_what_cannot_be_read (Bytes)]
            [PutAlways put::put_always_and_remove_act_on_another_kind_of_thing (OtherKind)]
            [PutAlways put::too_large_stores_nothing ()]
            [PutAbsent put_absent::put_absent_holds_over_nothing ()]
            [PutAbsent put_absent::put_absent_holds_over_dead ()]
            [PutAbsent put_absent::put_absent_holds_over_stale ()]
            [PutAbsent put_absent::put_absent_holds_over_expired ()]
            [PutAbsent put_absent::put_absent_holds_over_a_live_lease ()]
            [PutAbsent put_absent::put_absent_holds_over_an_entry_from_the_future ()]
            [PutAbsent put_absent::put_absent_is_refused_by_what_is_fresh ()]
            [PutAbsent put_absent::put_absent_holds_over_damage_and_spares_other_releases (Bytes)]
            [PutAbsent put_absent::put_absent_holds_over_another_kind_of_thing (OtherKind)]
            [PutAbsent put_absent::concurrent_put_absent_stores_each_key_once () threads]
            [PutIf put_if::put_if_holds_over_exactly_its_stamp ()]
            [PutIf put_if::put_if_is_refused_over_another_stamp ()]
            [PutIf put_if::put_if_is_refused_over_nothing ()]
            [PutIf put_if::put_if_is_refused_over_what_cannot_be_read (Bytes)]
            [PutIf put_if::contended_put_if_loses_no_update () threads]

            [Retime retime::retime_replaces_the_times_and_keeps_the_rest ()]
            [Retime retime::retime_takes_the_mark_expired_away ()]
            [Retime retime::retime_is_refused_over_another_stamp ()]
            [Retime retime::retime_is_refused_over_nothing ()]
            [Retime retime::retime_may_keep_the_stamp ()]
            [Retime retime::retime_moves_the_end_of_a_life ()]
            [Retime retime::what_was_expired_yields_to_put_absent ()]
            [Retime retime::retime_renews_a_lease ()]
            [Retime retime::retime_never_undoes_a_put () threads]

            [Remove remove::remove_is_idempotent ()]
            [Remove remove::remove_spares_every_other_key ()]
            [Remove remove::remove_of_a_stamp_takes_exactly_that ()]
            [Remove remove::remove_of_another_stamp_leaves ()]
            [Remove remove::remove_takes_a_lease ()]
            [Remove remove::remove_takes_what_is_dead ()]
            [Remove remove::remove_takes_what_cannot_be_read (Bytes)]
            [Remove batch::remove_many_answers_each_key (Batch)]

            [Lease lease::a_live_lease_is_absent_to_reads ()]
            [Lease lease::a_live_lease_is_not_listed (Scan)]
            [Lease lease::a_lease_is_refused_by_a_live_lease ()]
            [Lease lease::a_lease_holds_over_a_dead_lease ()]
            [Lease lease::a_lease_is_refused_by_what_is_fresh_and_holds_over_stale ()]
            [Lease lease::clear_takes_leases ()]

            [Clear clear::clear_empties_a_namespace_and_spares_the_reserved_domain ()]
            [Clear clear::clear_of_a_domain_spares_the_others ()]
            [Clear clear::clear_of_an_epoch_spares_the_others ()]
            [Clear clear::clear_of_a_schema_spares_the_others ()]
            [Clear clear::clear_reaches_the_reserved_domain_where_it_is_named ()]
            [Clear clear::clear_spares_neighbours ()]
            [Clear clear::clear_of_nothing_is_fine_and_writes_go_on ()]
            [Clear clear::clear_leaves_counters (Counters)]
            [Clear clear::clear_and_concurrent_puts_keep_their_order () threads]

            [Scan scan::scan_lists_what_lives_with_its_meta (Scan)]
            [Scan scan::scan_skips_what_cannot_be_read (Scan Bytes)]
            [Scan scan::scan_and_count_stay_in_their_scope (Scan)]
            [Scan scan::a_large_scope_comes_in_bounded_pages (Scan)]
            [Scan scan::scan_lists_every_key_that_lives_through_it (Scan) threads]
            [Scan scan::writes_go_on_between_the_pages_of_a_scan (Scan)]

            [Stats stats::stats_move_with_what_is_held ()]
            [Stats stats::stats_tell_the_same_figures_always ()]
            [Bounded stats::a_bounded_store_stays_under_its_capacity (Bounded)]

            [Ends ends::ping_and_flush_answer ()]
            [Ends ends::close_is_idempotent ()]
            [Ends ends::every_call_after_close_answers_closed ()]
            [Ends ends::every_batch_after_close_answers_closed (Batch)]
            [Ends ends::scan_and_count_after_close_answer_closed (Scan)]
            [Persistent ends::what_was_flushed_survives_the_process (Persistent)]
            [Persistent ends::a_life_goes_on_after_reopening (Persistent)]
            [Cancellation ends::a_dropped_put_leaves_all_or_nothing ()]

            [Counters counters::a_counter_starts_at_what_is_added (Counters)]
            [Counters counters::a_window_ends_and_the_next_add_starts_again (Counters)]
            [Counters counters::only_the_first_add_sets_the_window (Counters)]
            [Counters counters::a_window_may_be_as_long_as_can_be (Counters)]
            [Counters counters::a_window_of_zero_is_refused (Counters)]
            [Counters counters::overflow_is_an_error_and_changes_nothing (Counters)]
            [Counters counters::a_counter_and_an_entry_of_one_id_never_meet (Counters)]
            [Counters counters::counters_of_different_keys_never_meet (Counters)]
            [Counters counters::concurrent_adds_are_all_counted (Counters) threads]

            [Keys keys::any_bytes_are_a_key ()]
            [Keys keys::ids_of_0_to_1024_bytes_are_keys ()]
            [Keys keys::different_keys_never_meet ()]

            [Forms forms::an_object_comes_back_as_it_is (Objects)]
            [Forms forms::another_type_under_a_key_replaces_the_first (Objects)]
            [Forms forms::objects_are_refused_where_bytes_are_kept (Encoded)]
            [Forms forms::bytes_come_back_byte_for_byte (Encoded)]
        }
    };
}

/// Makes the static table.
macro_rules! table {
    ([] $([$row:ident $module:ident::$name:ident ($($need:ident)*) $($threads:ident)?])*) => {
        pub(super) static TABLE: &[Case] = &[$(Case {
            row: Row::$row,
            name: stringify!($name),
            needs: &[$(Need::$need),*],
            threads: table!(@threads $($threads)?),
            run: |fixture| Box::pin(super::$module::$name(fixture)),
        }),*];
    };
    (@threads) => { false };
    (@threads threads) => { true };
}

use super::{Case, Need, Row};

crate::__with_cases! { [table] [] }
