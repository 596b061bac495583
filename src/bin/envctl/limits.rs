use std::io;

/// Lets a write beyond `ulimit -f` fail as on a full disk. By default, the system would kill the
/// process in the middle of the write.
#[cfg(unix)]
pub fn fail_on_large_files() -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag::register;

    // The flag is never read; it only matters that the signal has a handler. Programs that are
    // started from here have none.
    register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}

#[cfg(not(unix))]
pub fn fail_on_large_files() -> io::Result<()> {
    Ok(())
}
