//! What may not be, and stores that are not there: each its own exit code, and nothing changed.

use crate::deployments::version;
use crate::place::{Place, cachectl};

#[test]
fn what_may_not_be_deployed_ends_with_2() {
    let place = Place::new();
    assert_eq!(version(&place, "deploy", &["2.0.0"]).code, 0);
    for (arguments, said) in [
        (&["1.9.9"][..], "not newer than 2.0.0"),
        (&["two"], "semantic version"),
        (
            &["3.0.0", "--state-file", "/nowhere/at/all"],
            "cannot be written",
        ),
        (&["3.0.0", "--strategy", "brave"], "possible values"),
        (&["3.0.0", "--unseen-for", "30"], "50ms"),
    ] {
        let refused = version(&place, "deploy", arguments);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.err.contains(said), "{refused:?}");
    }
    let refused = version(&place, "invalidate", &["--older-than", "tomorrow"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let future = version(
        &place,
        "invalidate",
        &["--older-than", "2999-01-01T00:00:00Z"],
    );
    assert_eq!(future.code, 2, "{future:?}");
    assert_eq!(version(&place, "history", &["--json"]).json().len(), 1);
}

#[test]
fn a_store_that_is_not_there_ends_with_3() {
    let place = Place::new();
    let Some(_) = place.server.process_id() else {
        return eprintln!("SKIPPED: a server of somebody else's is not ended");
    };
    place.server.kill().unwrap();
    for command in [
        &["status"][..],
        &["history"],
        &["deploy", "2.0.0"],
        &["rollback"],
        &["purge"],
        &["invalidate", "--older-than", "1m"],
    ] {
        let (name, arguments) = command.split_first().unwrap();
        let said = version(&place, name, arguments);
        assert_eq!(said.code, 3, "{said:?}");
    }
}

#[test]
fn memory_of_a_process_has_no_releases_to_deploy() {
    let said = cachectl(&["version", "status", "--cache", "moka:"]);
    assert_eq!(said.code, 0, "an empty store: {said:?}");
    assert_eq!(said.out, "current   none was deployed\n");
}
