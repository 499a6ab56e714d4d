//! A type from elsewhere: its user says when its bytes change.

use crate::prelude::*;

/// Stands for a type of another crate: it can be written and read, and has no schema.
mod foreign {
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Instant(pub(crate) u64);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Span(pub(crate) u64);
}

/// A version of the same struct.
macro_rules! version {
    ($name:ident, $text:literal, $type:ty) => {
        mod $name {
            use super::foreign;
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
            #[cacheable(domain = "war")]
            pub(crate) struct War {
                #[cacheable(opaque = $text)]
                pub(crate) time: $type,
            }
        }
    };
}

version!(before, "v1", foreign::Instant);
version!(another_text, "v2", foreign::Instant);
version!(another_type, "v1", foreign::Span);

#[test]
fn another_text_never_meets() {
    let before = before::War {
        time: foreign::Instant(7),
    };
    let after = another_text::War {
        time: foreign::Instant(7),
    };
    never_meet(&[before], &[after], EVERY);
}

#[test]
fn another_type_under_the_same_text_never_meets() {
    let before = before::War {
        time: foreign::Instant(7),
    };
    let after = another_type::War {
        time: foreign::Span(7),
    };
    never_meet(&[before], &[after], EVERY);
}

/// A version of the same type, of which only the text counts.
macro_rules! sealed {
    ($name:ident, $text:literal) => {
        mod $name {
            use super::foreign;
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            #[cacheable(opaque = $text)]
            pub(crate) struct Whole(pub(crate) foreign::Instant);
        }
    };
}

sealed!(whole_before, "v1");
sealed!(whole_after, "v2");

#[test]
fn another_text_for_a_whole_type_never_meets() {
    never_meet(
        &[whole_before::Whole(foreign::Instant(7))],
        &[whole_after::Whole(foreign::Instant(7))],
        EVERY,
    );
}
