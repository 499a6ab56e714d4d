//! A field is added.

use crate::prelude::*;

mod before {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Item {
        pub(crate) flag: Vec<u8>,
        pub(crate) quantity: Vec<u8>,
    }
}

mod plain {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Item {
        pub(crate) flag: Vec<u8>,
        pub(crate) quantity: Vec<u8>,
        pub(crate) singleton: u32,
    }
}

mod optional {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Item {
        pub(crate) flag: Vec<u8>,
        pub(crate) quantity: Vec<u8>,
        pub(crate) singleton: Option<u32>,
    }
}

mod optional_first {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Item {
        pub(crate) singleton: Option<u8>,
        pub(crate) flag: Vec<u8>,
        pub(crate) quantity: Vec<u8>,
    }
}

mod plain_first {
    use crate::prelude::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Item {
        pub(crate) singleton: u8,
        pub(crate) flag: Vec<u8>,
        pub(crate) quantity: Vec<u8>,
    }
}

fn before() -> before::Item {
    before::Item {
        flag: vec![1, 0],
        quantity: vec![],
    }
}

#[test]
fn an_added_field_never_meets() {
    let after = plain::Item {
        flag: vec![1, 0],
        quantity: vec![],
        singleton: 3,
    };
    never_meet(&[before()], &[after], EVERY);
}

#[test]
fn an_added_option_never_meets() {
    let after = |singleton| optional::Item {
        flag: vec![1, 0],
        quantity: vec![],
        singleton,
    };
    never_meet(&[before()], &[after(None), after(Some(3))], EVERY);
}

#[test]
fn an_option_added_in_front_never_meets() {
    let after = |singleton| optional_first::Item {
        singleton,
        flag: vec![1, 0],
        quantity: vec![],
    };
    never_meet(&[before()], &[after(None), after(Some(3))], EVERY);
}

/// JSON fills an added `Option` in, and so says "known to have none" of what was never asked.
#[test]
fn without_the_envelope_json_reads_an_option_that_nobody_wrote() {
    let wrong: optional::Item = misread(Json, &before()).expect("decodes without an error");
    assert_eq!(wrong.singleton, None);
}

#[test]
fn a_field_added_in_front_never_meets() {
    let after = plain_first::Item {
        singleton: 3,
        flag: vec![1, 0],
        quantity: vec![],
    };
    never_meet(&[before()], &[after], EVERY);
}

/// Two sequences of one and of no byte are a number and two empty sequences.
#[test]
fn without_the_envelope_a_binary_codec_takes_one_field_for_another() {
    let written = before::Item {
        flag: vec![0],
        quantity: vec![],
    };
    for codec in [Bincode, Postcard] {
        let wrong: plain_first::Item = misread(codec, &written).expect("decodes without an error");
        assert_eq!((wrong.singleton, wrong.flag), (1, vec![]), "{codec:?}");
    }
}
