//! A field is removed, or hidden from the codec.

use crate::prelude::*;

mod before {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Victim {
        pub(crate) pilot_id: Option<u32>,
        pub(crate) damage: u64,
        pub(crate) ship_id: u32,
    }
}

mod after {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Victim {
        pub(crate) pilot_id: Option<u32>,
        pub(crate) ship_id: u32,
    }
}

fn before(pilot_id: Option<u32>) -> before::Victim {
    before::Victim {
        pilot_id,
        damage: 4_000,
        ship_id: 587,
    }
}

fn after(pilot_id: Option<u32>) -> after::Victim {
    after::Victim {
        pilot_id,
        ship_id: 588,
    }
}

#[test]
fn a_removed_field_never_meets() {
    never_meet(
        &[before(Some(7)), before(None)],
        &[after(None), after(Some(8))],
        EVERY,
    );
}
