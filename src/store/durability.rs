use std::os::raw::c_int;

use libgit2_sys::{GIT_OPT_ENABLE_FSYNC_GITDIR, git_libgit2_opts};

/// Sets for the whole process whether libgit2 flushes objects and references to the disk before it
/// returns.
///
/// It does not by default, and neither does git: a commit that both report as done can be lost in a
/// power cut. Flushing takes a promotion from about 1.4 to 8 ms.
#[expect(unsafe_code, reason = "git2 does not wrap this option")]
pub(in crate::store) fn set(durable: bool) {
    // SAFETY: this option takes exactly one int, which libgit2 stores in a global variable; a thread that reads it at
    // the same time sees the old or the new value, and both are valid. It cannot fail with a known option.
    unsafe {
        git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR as c_int, c_int::from(durable));
    }
}
