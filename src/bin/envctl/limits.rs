use std::io;

/// Lets a write beyond `ulimit -f` fail as it does on a full disk, where by default the system ends the process with what it
/// was writing half done.
#[cfg(unix)]
pub fn fail_on_large_files() -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGXFSZ;
    use signal_hook::flag::register;

    // Nobody reads the flag: that the signal has a handler is what matters. A program that is
    // started from here has none.
    register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(drop)
}

#[cfg(not(unix))]
pub fn fail_on_large_files() -> io::Result<()> {
    Ok(())
}
