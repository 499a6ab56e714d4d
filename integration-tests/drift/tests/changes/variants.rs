//! Variants change places, come in between, or get another number.

use crate::prelude::*;

/// A version of the same enum.
macro_rules! version {
    ($name:ident { $($variants:tt)* }) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) enum Security {
                $($variants)*
            }
        }
    };
}

version!(before { High, Null, Low(u8) });
version!(reordered { Null, High, Low(u8) });
version!(between { High, Wormhole, Null, Low(u8) });
version!(at_the_end { High, Null, Low(u8), Wormhole });
version!(another_kind { High, Null, Low { status: u8 } });
version!(numbered { High = 1, Null = 2 });
version!(renumbered { High = 2, Null = 1 });

fn before() -> [before::Security; 3] {
    use before::Security::{High, Low, Null};
    [High, Null, Low(3)]
}

#[test]
fn reordered_variants_never_meet() {
    use reordered::Security::{High, Low, Null};
    never_meet(&before(), &[Null, High, Low(3)], EVERY);
    for codec in [Bincode, Postcard] {
        assert_eq!(
            misread(codec, &before::Security::High),
            Some(Null),
            "{codec:?}"
        );
        assert_eq!(
            misread(codec, &High),
            Some(before::Security::Null),
            "{codec:?}"
        );
    }
}

#[test]
fn a_variant_in_between_never_meets() {
    use between::Security::{High, Low, Null, Wormhole};
    never_meet(&before(), &[High, Wormhole, Null, Low(3)], EVERY);
    for codec in [Bincode, Postcard] {
        assert_eq!(
            misread(codec, &before::Security::Null),
            Some(Wormhole),
            "{codec:?}"
        );
        assert_eq!(
            misread(codec, &Wormhole),
            Some(before::Security::Null),
            "{codec:?}"
        );
    }
}

#[test]
fn a_variant_at_the_end_never_meets() {
    use at_the_end::Security::{High, Low, Null, Wormhole};
    never_meet(&before(), &[High, Null, Low(3), Wormhole], EVERY);
}

#[test]
fn a_variant_of_another_kind_never_meets() {
    use another_kind::Security::{High, Low, Null};
    never_meet(&before(), &[High, Null, Low { status: 3 }], EVERY);
}

/// serde counts variants and looks at no number, but code that writes the number itself does.
#[test]
fn numbered_variants_never_meet() {
    use numbered::Security::{High, Null};
    use renumbered::Security as After;
    never_meet(&[High, Null], &[After::High, After::Null], EVERY);
}
