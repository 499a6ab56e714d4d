//! A field, a variant or the type itself gets another name.

use crate::prelude::*;

mod before {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Order {
        pub(crate) price: u64,
        pub(crate) side: Side,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) enum Side {
        Buy,
        Sell { minimum: u32 },
    }
}

mod field {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Order {
        pub(crate) volume: u64,
        pub(crate) side: super::before::Side,
    }
}

mod variant {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) enum Side {
        Bid,
        Sell { minimum: u32 },
    }
}

mod field_of_variant {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) enum Side {
        Buy,
        Sell { maximum: u32 },
    }
}

mod whole {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Contract {
        pub(crate) price: u64,
        pub(crate) side: super::before::Side,
    }
}

fn before() -> before::Order {
    before::Order {
        price: 500,
        side: before::Side::Sell { minimum: 10 },
    }
}

#[test]
fn a_renamed_field_never_meets() {
    let after = field::Order {
        volume: 10,
        side: before::Side::Buy,
    };
    never_meet(&[before()], &[after], EVERY);
    for codec in [Bincode, Postcard] {
        let wrong: field::Order = misread(codec, &before()).expect("decodes without an error");
        assert_eq!(wrong.volume, before().price, "{codec:?}");
    }
}

#[test]
fn a_renamed_variant_never_meets() {
    use before::Side;
    never_meet(
        &[Side::Buy, Side::Sell { minimum: 10 }],
        &[variant::Side::Bid, variant::Side::Sell { minimum: 10 }],
        EVERY,
    );
    never_meet(
        &[Side::Buy, Side::Sell { minimum: 10 }],
        &[
            field_of_variant::Side::Buy,
            field_of_variant::Side::Sell { maximum: 10 },
        ],
        EVERY,
    );
}

/// No byte changes, but the meaning may have: the name is part of the fingerprint.
#[test]
fn a_renamed_type_never_meets() {
    let after = whole::Contract {
        price: 500,
        side: before::Side::Buy,
    };
    never_meet(&[before()], &[after], EVERY);
}
