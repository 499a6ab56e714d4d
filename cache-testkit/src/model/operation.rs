//! The operations of a run, as data that proptest can generate and shrink.

use proptest::collection::vec;
use proptest::prelude::*;

/// Keys of a run; `drive` says which they are.
pub(super) const KEYS: usize = 8;

/// Scopes of a run; `drive` says which they are.
pub(super) const SCOPES: usize = 8;

#[derive(Clone, Debug)]
pub(super) enum Operation {
    Advance(u16),
    Get(usize),
    Head(usize),
    Put(Item),
    TooLarge(usize, When),
    Remove(usize, Option<Which>),
    Retime {
        key: usize,
        life: Life,
        expired: bool,
        keep_stamp: bool,
        over: Which,
    },
    GetMany(Vec<usize>),
    PutMany(Vec<Item>),
    RemoveMany(Vec<usize>),
    Clear(usize),
    Scan(usize),
    Count(usize),
    Add(usize, i64),
    Flush,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) key: usize,
    pub(super) kind: Kind,
    pub(super) life: Life,
    pub(super) expired: bool,
    pub(super) tagged: bool,
    pub(super) when: When,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Value(u8),
    Negative,
    Lease,
}

/// When a life begins, seen from now, and how many milliseconds it is fresh and then stale.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) start: Start,
    pub(super) fresh: u16,
    pub(super) stale: u16,
}

#[derive(Clone, Debug)]
pub(super) enum Start {
    Now,
    Ago(u16),
    Within(u16),
    Beyond(u16),
}

#[derive(Clone, Debug)]
pub(super) enum When {
    Always,
    Absent,
    If(Which),
}

/// Which stamp a condition names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    Standing,
    Former,
    Nobodys,
}

pub(super) fn operations(longest: usize) -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 1..=longest)
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = || 0..KEYS;
    prop_oneof![
        6 => (0_u16..40).prop_map(Operation::Advance),
        10 => key().prop_map(Operation::Get),
        4 => key().prop_map(Operation::Head),
        20 => item().prop_map(Operation::Put),
        1 => (key(), when()).prop_map(|(key, when)| Operation::TooLarge(key, when)),
        5 => (key(), prop::option::of(which())).prop_map(|(key, only)| Operation::Remove(key, only)),
        6 => retime(),
        3 => vec(key(), 0..6).prop_map(Operation::GetMany),
        3 => vec(item(), 0..5).prop_map(Operation::PutMany),
        2 => vec(key(), 0..4).prop_map(Operation::RemoveMany),
        2 => (0..SCOPES).prop_map(Operation::Clear),
        3 => (0..SCOPES).prop_map(Operation::Scan),
        2 => (0..SCOPES).prop_map(Operation::Count),
        3 => (key(), amount()).prop_map(|(key, by)| Operation::Add(key, by)),
        1 => Just(Operation::Flush),
    ]
}

fn retime() -> impl Strategy<Value = Operation> {
    let parts = (0..KEYS, life(), any::<bool>(), any::<bool>(), which());
    parts.prop_map(|(key, life, expired, keep_stamp, over)| Operation::Retime {
        key,
        life,
        expired,
        keep_stamp,
        over,
    })
}

fn item() -> impl Strategy<Value = Item> {
    let marks = (prop::bool::weighted(0.1), prop::bool::weighted(0.3));
    let parts = (0..KEYS, kind(), life(), marks, when());
    parts.prop_map(|(key, kind, life, (expired, tagged), when)| Item {
        key,
        kind,
        life,
        expired,
        tagged,
        when,
    })
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => any::<u8>().prop_map(Kind::Value),
        1 => Just(Kind::Negative),
        2 => Just(Kind::Lease),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    let start = prop_oneof![
        8 => Just(Start::Now),
        2 => (0_u16..60).prop_map(Start::Ago),
        1 => (0_u16..60).prop_map(Start::Within),
        1 => (1_u16..60).prop_map(Start::Beyond),
    ];
    (start, 0_u16..60, 0_u16..60).prop_map(|(start, fresh, stale)| Life {
        start,
        fresh,
        stale,
    })
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        3 => Just(When::Always),
        4 => Just(When::Absent),
        4 => which().prop_map(When::If),
    ]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        5 => Just(Which::Standing),
        2 => Just(Which::Former),
        1 => Just(Which::Nobodys),
    ]
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => -5_i64..10,
        1 => Just(i64::MAX),
        1 => Just(i64::MIN),
    ]
}
