use include_dir::{Dir, include_dir};

/// The files that the example project is made of.
pub(super) static MATERIAL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/demo");
