//! Settings of the C library's memory allocator.

/// Lets the heap grow in large steps and keep its pages.
///
/// libgit2 allocates and frees a quarter of a megabyte for each object that it writes, and by
/// default the pages are returned to the system each time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "the standard library does not wrap this setting"
)]
pub fn keep_pages() {
    const MIB: libc::c_int = 1024 * 1024;
    // SAFETY: both calls take two integers and set a number in the allocator; no other thread runs
    // yet. If one is refused, nothing changes.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 * MIB);
        libc::mallopt(libc::M_TOP_PAD, MIB);
    }
}

/// Does nothing with other allocators.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_pages() {}
