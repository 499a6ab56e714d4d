//! Which cases have to find which fault.

use cache_core::Capability;
use cache_core::PayloadForm::{Encoded, Object};

use super::{Fault, Mutation};

pub(crate) const MUTATIONS: &[Mutation] = &[];
