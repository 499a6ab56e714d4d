//! A field keeps its name and gets another type.

use crate::prelude::*;

/// A version of the same struct with this type.
macro_rules! version {
    ($name:ident, $type:ty) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            pub(crate) struct Wallet {
                pub(crate) isk: $type,
            }
        }
    };
}

version!(unsigned, u32);
version!(signed, i32);
version!(wide, u64);
version!(text, String);
version!(optional_text, Option<String>);
version!(celsius, crate::retyped::units::Celsius);
version!(fahrenheit, crate::retyped::units::Fahrenheit);

/// Two types of one shape that mean different things.
mod units {
    use crate::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Celsius(pub(crate) f64);

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Schema)]
    pub(crate) struct Fahrenheit(pub(crate) f64);
}

#[test]
fn another_sign_never_meets() {
    let before = unsigned::Wallet { isk: 12 };
    for codec in [Bincode, Postcard] {
        let wrong: signed::Wallet = misread(codec, &before).expect("decodes without an error");
        assert_eq!(wrong.isk, 6, "{codec:?}");
    }
    never_meet(&[before], &[signed::Wallet { isk: -6 }], EVERY);
}

#[test]
fn another_width_never_meets() {
    never_meet(
        &[
            unsigned::Wallet { isk: 1 },
            unsigned::Wallet { isk: u32::MAX },
        ],
        &[wide::Wallet { isk: 1 }, wide::Wallet { isk: u64::MAX }],
        EVERY,
    );
}

#[test]
fn an_option_around_it_never_meets() {
    let empty = text::Wallet { isk: String::new() };
    let after = |isk: Option<&str>| optional_text::Wallet {
        isk: isk.map(str::to_owned),
    };
    for codec in [Bincode, Postcard] {
        // A known, empty text becomes "there is none".
        assert_eq!(misread(codec, &empty), Some(after(None)), "{codec:?}");
    }
    never_meet(&[empty], &[after(None), after(Some("1.00"))], EVERY);
}

#[test]
fn the_same_shape_with_another_meaning_never_meets() {
    let before = celsius::Wallet {
        isk: units::Celsius(20.0),
    };
    let after = fahrenheit::Wallet {
        isk: units::Fahrenheit(68.0),
    };
    for codec in CodecKind::ALL {
        let wrong: fahrenheit::Wallet = misread(codec, &before).expect("decodes without an error");
        assert_eq!(wrong.isk, units::Fahrenheit(20.0), "{codec:?}");
    }
    never_meet(&[before], &[after], EVERY);
}
