//! Attributes of serde that change names.

use crate::prelude::*;

/// A version of the same struct, with these attributes on it and on its field.
macro_rules! version {
    ($name:ident, [$($on_type:meta),*], [$($on_field:meta),*]) => {
        mod $name {
            use crate::prelude::*;

            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
            $(#[$on_type])*
            pub(crate) struct Station {
                pub(crate) name: String,
                $(#[$on_field])*
                pub(crate) office_cost: u64,
            }

            pub(crate) fn station() -> Station {
                Station {
                    name: "Jita IV - Moon 4".to_owned(),
                    office_cost: 10_000,
                }
            }
        }
    };
}

version!(before, [], []);
version!(renamed, [], [serde(rename = "cost")]);
version!(renamed_one_way, [], [serde(rename(serialize = "cost"))]);
version!(all_renamed, [serde(rename_all = "camelCase")], []);
version!(all_renamed_again, [serde(rename_all = "PascalCase")], []);
version!(aliased, [], [serde(alias = "cost")]);
version!(type_renamed, [serde(rename = "Structure")], []);

#[test]
fn a_renamed_field_never_meets() {
    never_meet(&[before::station()], &[renamed::station()], EVERY);
}

/// What is written under one name and read under another cannot be read back, but the versions do not meet either.
#[test]
fn a_field_renamed_one_way_never_meets() {
    never_meet(
        &[before::station()],
        &[renamed_one_way::station()],
        &[Bincode, Postcard],
    );
    never_meet(
        &[renamed::station()],
        &[renamed_one_way::station()],
        &[Bincode, Postcard],
    );
}

#[test]
fn renamed_fields_never_meet() {
    never_meet(&[before::station()], &[all_renamed::station()], EVERY);
    never_meet(
        &[all_renamed::station()],
        &[all_renamed_again::station()],
        EVERY,
    );
}

#[test]
fn an_alias_never_meets() {
    never_meet(&[before::station()], &[aliased::station()], EVERY);
}

#[test]
fn a_renamed_type_never_meets() {
    never_meet(&[before::station()], &[type_renamed::station()], EVERY);
}

mod variants {
    use crate::prelude::*;

    macro_rules! version {
        ($name:ident, [$($on_type:meta),*], [$($on_variant:meta),*]) => {
            mod $name {
                use crate::prelude::*;

                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
                $(#[$on_type])*
                pub(crate) enum Place {
                    Nowhere,
                    $(#[$on_variant])*
                    InSpace { near_to: u32 },
                }
            }
        };
    }

    version!(before, [], []);
    version!(renamed, [], [serde(rename = "Space")]);
    version!(all_renamed, [serde(rename_all = "snake_case")], []);
    version!(fields_renamed, [serde(rename_all_fields = "camelCase")], []);
    version!(fields_of_one_renamed, [], [serde(rename_all = "camelCase")]);

    #[test]
    fn renamed_variants_never_meet() {
        let before = [
            before::Place::Nowhere,
            before::Place::InSpace { near_to: 4 },
        ];
        never_meet(
            &before,
            &[
                renamed::Place::Nowhere,
                renamed::Place::InSpace { near_to: 4 },
            ],
            EVERY,
        );
        never_meet(
            &before,
            &[
                all_renamed::Place::Nowhere,
                all_renamed::Place::InSpace { near_to: 4 },
            ],
            EVERY,
        );
    }

    #[test]
    fn renamed_fields_of_variants_never_meet() {
        let before = [
            before::Place::Nowhere,
            before::Place::InSpace { near_to: 4 },
        ];
        let all = [
            fields_renamed::Place::Nowhere,
            fields_renamed::Place::InSpace { near_to: 4 },
        ];
        let of_one = [
            fields_of_one_renamed::Place::Nowhere,
            fields_of_one_renamed::Place::InSpace { near_to: 4 },
        ];
        never_meet(&before, &all, EVERY);
        never_meet(&before, &of_one, EVERY);
        never_meet(&all, &of_one, EVERY);
    }
}
