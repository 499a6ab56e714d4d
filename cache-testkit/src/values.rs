//! Values of cases: texts, in the form that a backend takes.

use std::sync::Arc;

use bytes::Bytes;
use cache_core::{CodecKind, Entry, Meta, Payload, PayloadForm};

use crate::failure::{check, check_eq};
use crate::{Failure, Outcome};

/// An entry of a text.
pub(crate) fn value(form: PayloadForm, meta: Meta, text: &str) -> Entry {
    // A byte store derives the weight from the payload: both forms get the same.
    let weight = u32::try_from(text.len()).unwrap_or(u32::MAX).max(1);
    let meta = Meta { weight, ..meta };
    match form {
        PayloadForm::Object => Entry::object(meta, Arc::new(text.to_owned())),
        PayloadForm::Encoded => Entry::encoded(meta, CodecKind::Json, Bytes::from(text.to_owned())),
    }
}

/// The text of an entry's value.
pub(crate) fn text_of(entry: &Entry) -> Outcome<String> {
    match &entry.payload {
        Payload::Object(object) => Arc::clone(object)
            .downcast::<String>()
            .map(|text| text.as_str().to_owned())
            .map_err(|_| Failure::new("the object is of another type")),
        Payload::Encoded(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        other => Err(Failure::new(format!("met {other:?}, expected a value"))),
    }
}

/// Two entries are the same: every part of the meta, the payload, the extensions.
pub(crate) fn same(met: &Entry, expected: &Entry) -> Outcome {
    check_eq!(met.meta, expected.meta, "the meta");
    let form = |entry: &Entry| std::mem::discriminant(&entry.payload);
    check!(
        form(met) == form(expected),
        "the payload: met {:?}, expected {:?}",
        met.payload,
        expected.payload
    );
    if matches!(expected.payload, Payload::Object(_) | Payload::Encoded(_)) {
        check_eq!(text_of(met)?, text_of(expected)?, "the value");
    }
    check_eq!(met.extensions, expected.extensions, "the extensions");
    Ok(())
}
