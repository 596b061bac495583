//! Repositories of other users, which git opens where `safe.directory` says so.

use std::sync::{Mutex, PoisonError};

use git2::{Error, ErrorCode, Repository};

/// Held while a repository is opened, since whether libgit2 checks the owner is a setting of the
/// whole process.
static OPENING: Mutex<()> = Mutex::new(());

/// Opens a repository with `open`. One of another user is opened if git itself `trusts` it, since
/// libgit2 does not know all forms of `safe.directory`, nor all files that contain it.
pub(in crate::store) fn open(
    open: impl Fn() -> Result<Repository, Error>,
    trusts: impl Fn() -> bool,
) -> Result<Repository, Error> {
    let guard = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    match open() {
        Err(error) if error.code() == ErrorCode::Owner && trusts() => {
            // The check is off only between these two lines, and no error can return in between.
            ask_for_owner(false);
            let opened = open();
            ask_for_owner(true);
            drop(guard);
            opened
        }
        opened => opened,
    }
}

#[expect(unsafe_code, reason = "git2 marks options of the process as unsafe")]
fn ask_for_owner(asking: bool) {
    // SAFETY: this sets a boolean that is read only while a repository is opened, and every opening of this library holds
    // the lock above.
    let set = unsafe { git2::opts::set_verify_owner_validation(asking) };
    // It cannot fail with a known option. If it did, libgit2 would keep checking the owner, which is the safe side.
    drop(set);
}
