use std::fs;
use std::io;
use std::path::Path;

/// Makes each of two files, folders or links be where the other was. Where the system can do so in one step, as Linux can,
/// there is no moment without `other`, and never one in which it is half.
///
/// # Errors
///
/// When one of them cannot be renamed.
pub fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    if at_once(one, other).is_ok() {
        return Ok(());
    }
    in_steps(one, other)
}

/// In one step, as Linux can on most file systems.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the standard library does not wrap this call")]
fn at_once(one: &Path, other: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    let one = CString::new(one.as_os_str().as_bytes())?;
    let other = CString::new(other.as_os_str().as_bytes())?;
    // SAFETY: both are texts that end in NUL and live until the call returns; it keeps neither.
    let done = unsafe {
        libc::renameat2(
            libc::AT_FDCWD,
            one.as_ptr(),
            libc::AT_FDCWD,
            other.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn at_once(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// With a moment in between in which `other` is not there; never one in which it is half.
fn in_steps(one: &Path, other: &Path) -> io::Result<()> {
    let mut aside = one.as_os_str().to_owned();
    aside.push("-old");
    let aside = Path::new(&aside);
    fs::rename(other, aside)?;
    if let Err(error) = fs::rename(one, other) {
        fs::rename(aside, other)?;
        return Err(error);
    }
    fs::rename(aside, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_way_each_stands_where_the_other_stood() {
        for exchange in [exchange, in_steps] {
            let folder = tempfile::TempDir::new().unwrap();
            let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
            for path in [&one, &other] {
                fs::create_dir(path).unwrap();
                fs::write(
                    path.join("name"),
                    path.file_name().unwrap().as_encoded_bytes(),
                )
                .unwrap();
            }
            exchange(&one, &other).unwrap();
            assert_eq!(fs::read_to_string(one.join("name")).unwrap(), "other");
            assert_eq!(fs::read_to_string(other.join("name")).unwrap(), "one");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        }
    }
}
