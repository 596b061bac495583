//! Reads the kind and the size of an object without its content.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use git2::{Error, ObjectType, Odb, Oid};

thread_local! {
    /// Whether this thread is in a call whose panic [`header`] turns into an error.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Reports whether a panic of this thread will be caught and returned as an error. Panic hooks need
/// it, because they run first.
pub fn panic_becomes_an_error() -> bool {
    GUARDED.get()
}

/// Returns the size in bytes and the kind of the object `id`.
///
/// git2 0.21 unwraps the kind, and panics if a damaged pack contains one that does not exist. A
/// server reads packs that anybody may push, so that damage must be an error like that of any other
/// object.
pub(in crate::store) fn header(odb: &Odb<'_>, id: Oid) -> Result<(usize, ObjectType), Error> {
    #[expect(clippy::disallowed_methods, reason = "this is the guarded call")]
    let unguarded = || odb.read_header(id);
    // The flag is per thread, since another thread may panic for real at the same time, and its
    // report must not be suppressed.
    GUARDED.set(true);
    // Unwind safety: the call changes only libgit2's caches, which are consistent by the time git2 looks at the kind.
    let read = catch_unwind(AssertUnwindSafe(unguarded));
    GUARDED.set(false);
    read.unwrap_or_else(|_| {
        Err(Error::from_str(&format!(
            "the header of the object {id} is damaged: there is no such kind of object"
        )))
    })
}
