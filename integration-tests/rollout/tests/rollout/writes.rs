//! Changes through one service that the other has to see, while both play.

use rollout_tests::lookup::{Kind, Lookup};

use crate::figures::Figures;
use crate::is_soak;
use crate::kills::Kills;
use crate::service::Service;

/// How often each pair of domain and kind of change comes, in the short form and in the long one.
const ROUNDS: (usize, usize) = (8, 400);

/// Changes hot ids, in turn through either service, by puts and by invalidations. After each change both services are asked,
/// and from then on every answer of their plays is held against it.
///
/// `is_handed_on` says whether a put into a domain by the first service is read by the second, or the other way round for
/// `true`, as it stands.
pub(crate) fn are_seen_across(
    services: [&mut Service; 2],
    kills: &Kills,
    is_handed_on: impl Fn(Kind, bool) -> bool,
) {
    let [one, other] = services;
    one.start_play("on");
    other.start_play("on");
    let rounds = if is_soak() { ROUNDS.1 } else { ROUNDS.0 };
    let mut edition = 0;
    for round in 0..rounds {
        for kind in Kind::ALL {
            for (by_other, is_put) in [(false, true), (true, true), (false, false), (true, false)] {
                edition += 1;
                let hot = kills.hot(kind, round);
                let made_by = change(one, other, by_other, is_put, hot, edition);
                if is_put && is_handed_on(kind, by_other) {
                    let writer = if by_other { &other } else { &one };
                    assert_eq!(made_by, writer.release, "{hot}: not the value that was put");
                }
            }
        }
    }
    for service in [one, other] {
        let figures = service.stop_play();
        figures.show("while changes are made");
        figures.are_sound();
        were_looked_at(&figures);
    }
}

/// Changes an id through one of the services, and asks both; returns who made what the one that did not change it has read.
fn change(
    one: &mut Service,
    other: &mut Service,
    by_other: bool,
    is_put: bool,
    lookup: Lookup,
    edition: u64,
) -> String {
    let (writer, reader) = if by_other { (other, one) } else { (one, other) };
    for service in [&mut *writer, &mut *reader] {
        service.order(&format!("upstream {lookup} {edition}"));
    }
    if is_put {
        writer.order(&format!("put {lookup} {edition}"));
    } else {
        writer.order(&format!("invalidate {lookup}"));
    }
    for service in [&mut *writer, &mut *reader] {
        service.order(&format!("demand {lookup} {edition}"));
    }
    let (read, made_by) = reader.read(lookup);
    assert_eq!(read, edition, "{lookup}, changed by {}", writer.release);
    assert_eq!(writer.read(lookup).0, edition, "{lookup}");
    made_by
}

/// Asserts that the plays came to ids that were changed.
fn were_looked_at(figures: &Figures) {
    let demanded = figures.total().demanded;
    assert!(demanded > 100, "only {demanded} answers were held against");
}
