//! Histories: who called what, when it began and ended, and what was answered.

use std::fmt;

/// What a register holds: the number of the put that wrote it.
pub type Value = u32;

/// An operation on the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// `get`.
    Get,
    /// `put` whatever stands there.
    Put(Value),
    /// `put` where nothing stands.
    PutAbsent(Value),
    /// `put` over exactly one value.
    PutIf {
        /// What is written.
        value: Value,
        /// What has to stand there.
        over: Value,
    },
    /// `remove`.
    Remove,
    /// `remove` of exactly one value.
    RemoveIf(Value),
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What a `get` found.
    Read(Option<Value>),
    /// The put was stored.
    Stored,
    /// The put was refused, with what stood there.
    Refused(Option<Value>),
    /// The remove came to its end; whether something was there is only a hint.
    Removed,
}

/// One operation of a history. `began` and `ended` are ticks of one counter, all different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which thread called.
    pub thread: usize,
    /// What it called.
    pub call: Call,
    /// What it was answered.
    pub answer: Answer,
    /// When it called.
    pub began: u64,
    /// When it was answered.
    pub ended: u64,
}

impl Step {
    /// Returns what the register holds after this step, or `None` if the step cannot have been answered so by a register
    /// that holds `state`.
    #[must_use]
    pub fn apply(&self, state: Option<Value>) -> Option<Option<Value>> {
        match (self.call, self.answer) {
            (Call::Get, Answer::Read(read)) => (read == state).then_some(state),
            (Call::Put(value), Answer::Stored) => Some(Some(value)),
            (Call::PutAbsent(value), Answer::Stored) => state.is_none().then_some(Some(value)),
            (Call::PutAbsent(_), Answer::Refused(met)) => {
                (state.is_some() && met == state).then_some(state)
            }
            (Call::PutIf { value, over }, Answer::Stored) => {
                (state == Some(over)).then_some(Some(value))
            }
            (Call::PutIf { over, .. }, Answer::Refused(met)) => {
                (state != Some(over) && met == state).then_some(state)
            }
            (Call::Remove, Answer::Removed) => Some(None),
            (Call::RemoveIf(only), Answer::Removed) => {
                Some(state.filter(|standing| *standing != only))
            }
            _ => None,
        }
    }
}

/// A history of at most 64 operations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(pub Vec<Step>);

impl fmt::Display for History {
    /// One line per operation, in the order in which they began.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut steps = self.0.clone();
        steps.sort_by_key(|step| step.began);
        for step in steps {
            let Step {
                thread,
                call,
                answer,
                began,
                ended,
            } = step;
            writeln!(
                f,
                "  {began:>4} to {ended:>4}  thread {thread}  {call:?} -> {answer:?}"
            )?;
        }
        Ok(())
    }
}
