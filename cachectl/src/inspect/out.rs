//! Standard output, whose reader may leave early (`| head`).

use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use serde::Serialize;

use super::tell;
use crate::fault::Fault;

pub(crate) struct Out {
    to: BufWriter<Stdout>,
    is_broken: bool,
}

impl Out {
    pub(crate) fn new() -> Self {
        Self {
            to: BufWriter::new(io::stdout()),
            is_broken: false,
        }
    }

    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Fault> {
        let written = writeln!(self.to, "{text}");
        self.note(written)
    }

    /// Writes an object on a line of its own.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> Result<(), Fault> {
        let text = serde_json::to_string(object)
            .map_err(|error| Fault::new("the answer cannot be written as JSON").because(error))?;
        self.line(text)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let written = self.to.write_all(bytes);
        self.note(written)
    }

    /// Hands on what was written so far.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        let written = self.to.flush();
        self.note(written)
    }

    /// Hands on the rest.
    pub(crate) fn finish(&mut self) -> Result<(), Fault> {
        if self.is_broken {
            return Ok(());
        }
        let written = self.flush();
        self.unless_left(written)
    }

    /// Passes over what could not be written since the reader is gone, who has had enough: what was done stays what it is.
    pub(crate) fn unless_left(&self, written: Result<(), Fault>) -> Result<(), Fault> {
        if self.is_broken { Ok(()) } else { written }
    }

    /// The same of a change that was made: what cannot be written about it for another reason is told beside.
    pub(crate) fn unless_done(&self, written: Result<(), Fault>) {
        if let Err(fault) = self.unless_left(written) {
            tell(&format!(
                "it is done, and could not be shown: {}",
                fault.chain()
            ));
        }
    }

    /// Of the two, what is due: a change that was made is done, and who only looked has seen nothing.
    pub(crate) fn shown(&self, written: Result<(), Fault>, has_changed: bool) -> Result<(), Fault> {
        if has_changed {
            self.unless_done(written);
            return Ok(());
        }
        self.unless_left(written)
    }

    /// Says whether the reader is gone.
    pub(crate) const fn is_broken(&self) -> bool {
        self.is_broken
    }

    fn note(&mut self, written: io::Result<()>) -> Result<(), Fault> {
        written.map_err(|error| {
            self.is_broken |= error.kind() == ErrorKind::BrokenPipe;
            Fault::new("standard output").because(error)
        })
    }
}
