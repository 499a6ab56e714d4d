//! Two fields change places: the change that no decoder sees (trap 42).

use crate::prelude::*;

mod before {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
    #[cacheable(domain = "pilot")]
    pub(crate) struct Pilot {
        pub(crate) name: String,
        pub(crate) corporation_id: u32,
        pub(crate) alliance_id: u32,
    }
}

mod after {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Cacheable)]
    #[cacheable(domain = "pilot")]
    pub(crate) struct Pilot {
        pub(crate) name: String,
        pub(crate) alliance_id: u32,
        pub(crate) corporation_id: u32,
    }
}

fn before() -> before::Pilot {
    before::Pilot {
        name: "CCP Alpha".to_owned(),
        corporation_id: 98_000_001,
        alliance_id: 99_000_001,
    }
}

fn after() -> after::Pilot {
    after::Pilot {
        name: "CCP Beta".to_owned(),
        alliance_id: 99_000_002,
        corporation_id: 98_000_002,
    }
}

#[test]
fn swapped_fields_never_meet() {
    never_meet(&[before()], &[after()], EVERY);
}

/// This is what the schema is for.
#[test]
fn without_the_envelope_a_binary_codec_reads_a_wrong_value() {
    for codec in [Bincode, Postcard] {
        let wrong: after::Pilot = misread(codec, &before()).expect("decodes without an error");
        assert_eq!(wrong.corporation_id, before().alliance_id, "{codec:?}");
        assert_eq!(wrong.alliance_id, before().corporation_id, "{codec:?}");
        let wrong: before::Pilot = misread(codec, &after()).expect("decodes without an error");
        assert_eq!(wrong.corporation_id, after().alliance_id, "{codec:?}");
    }
}
