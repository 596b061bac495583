//! How the C library hands out memory to this process.

/// Lets the heap grow in large steps and keep what it has.
///
/// libgit2 allocates and frees a quarter of a megabyte for each object that it writes, and by default each time the pages
/// go back to the system.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "the standard library does not wrap this setting"
)]
pub fn keep_pages() {
    const MIB: libc::c_int = 1024 * 1024;
    // SAFETY: both calls take two integers and set a number in the allocator; no other thread runs
    // yet. One that is refused changes nothing.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 * MIB);
        libc::mallopt(libc::M_TOP_PAD, MIB);
    }
}

/// Leaves other allocators as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_pages() {}
