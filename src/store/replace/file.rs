use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::store::private::share;

/// A file that replaces another in one step. Until then it has a temporary name beside its target.
/// If it is never put in place, it is removed when this value is dropped.
///
/// Each step returns the system's own error, since only the caller can say what it was doing.
#[must_use = "a file that is not put in place is removed"]
pub struct Replacement {
    temporary: PathBuf,
    target: PathBuf,
    /// Whether `temporary` was renamed. A file of that name is somebody else's then.
    is_renamed: bool,
}

/// The permissions of a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// Reading and writing, as the umask allows.
    Default,
    /// Everybody may read and run it, its owner may write it.
    Executable,
    /// Those who may enter its folder may read it, and those who may write there may write it.
    Shared,
}

/// Whether what is written is flushed to the disk before it is put in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// It is flushed. After a power cut there is the old or the new content.
    Yes,
    /// It is not flushed. A crash of the process leaves the old or the new content, but a power cut
    /// may leave an empty file.
    No,
}

impl Replacement {
    /// Prepares to move the file at `temporary`, in the same folder as `target`, to `target`.
    /// Nothing is written yet: either [`write`](Self::write) does that, or the caller has done it
    /// already.
    pub fn new(temporary: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self {
            temporary: temporary.into(),
            target: target.into(),
            is_renamed: false,
        }
    }

    /// Creates the file with `bytes` in it, and returns it open. What an interrupted write left
    /// under its name is replaced, no matter whose it is, and a symbolic link there is not
    /// followed.
    ///
    /// # Errors
    ///
    /// When the file cannot be made, written or flushed.
    pub fn write(&self, bytes: &[u8], mode: FileMode, flush: Flush) -> io::Result<File> {
        let mut file = create(&self.temporary)?;
        file.write_all(bytes)?;
        match mode {
            FileMode::Default => {}
            FileMode::Executable => make_executable(&file)?,
            FileMode::Shared => share(&file, &self.temporary)?,
        }
        if flush == Flush::Yes {
            file.sync_all()?;
        }
        Ok(file)
    }

    /// Puts the file in place, replacing what is there.
    ///
    /// # Errors
    ///
    /// When it cannot be renamed; what was in place still is.
    pub fn replace(mut self) -> io::Result<()> {
        fs::rename(&self.temporary, &self.target)?;
        self.is_renamed = true;
        Ok(())
    }

    /// Puts the file in place unless something is there by now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyExists`] when something is there, or when the file cannot be given its name.
    pub fn put_if_absent(self) -> io::Result<()> {
        // A hard link fails if the name exists, whereas a rename would replace it. The temporary name is removed when this value is dropped.
        match fs::hard_link(&self.temporary, &self.target) {
            Err(error)
                if error.kind() != ErrorKind::AlreadyExists
                    && fs::symlink_metadata(&self.target).is_err() =>
            {
                // A file system without hard links. Looking first leaves a moment for a race, but the alternative is to fail.
                self.replace()
            }
            linked => linked,
        }
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_renamed {
            // A file that cannot be removed now is replaced by the next write under this name.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    // Never opened for writing if it exists: a link of that name could lead to any file of the
    // user.
    match File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            File::create_new(path)
        }
        created => created,
    }
}

#[cfg(unix)]
fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch {
        folder: tempfile::TempDir,
    }

    impl Scratch {
        fn holding(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::TempDir::new().unwrap();
            for (name, text) in files {
                fs::write(folder.path().join(name), text).unwrap();
            }
            Self { folder }
        }

        fn replacement(&self) -> Replacement {
            let [new, target] = ["new", "target"].map(|name| self.folder.path().join(name));
            Replacement::new(new, target)
        }

        fn written(&self) -> Replacement {
            let new = self.replacement();
            drop(new.write(b"after", FileMode::Default, Flush::No).unwrap());
            new
        }

        /// Every file and its text.
        fn holds(&self) -> Vec<(String, String)> {
            let entries = fs::read_dir(self.folder.path()).unwrap();
            let mut files: Vec<_> = entries
                .map(|entry| entry.unwrap())
                .map(|entry| {
                    let name = entry.file_name().into_string().unwrap();
                    (name, fs::read_to_string(entry.path()).unwrap())
                })
                .collect();
            files.sort();
            files
        }
    }

    fn only(name: &str, text: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), text.to_owned())]
    }

    #[test]
    fn the_old_file_is_whole_until_the_new_one_is_in_place() {
        let scratch = Scratch::holding(&[("target", "before")]);
        let new = scratch.written();
        assert_eq!(
            fs::read_to_string(scratch.folder.path().join("target")).unwrap(),
            "before"
        );
        new.replace().unwrap();
        assert_eq!(scratch.holds(), only("target", "after"));
    }

    #[test]
    fn what_is_not_put_in_place_is_removed() {
        let scratch = Scratch::holding(&[("target", "before")]);
        drop(scratch.written());
        assert_eq!(scratch.holds(), only("target", "before"));
    }

    #[test]
    fn put_if_absent_overwrites_nothing() {
        let scratch = Scratch::holding(&[("target", "before")]);
        let error = scratch.written().put_if_absent().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(scratch.holds(), only("target", "before"));

        let scratch = Scratch::holding(&[]);
        scratch.written().put_if_absent().unwrap();
        assert_eq!(scratch.holds(), only("target", "after"));
    }

    #[test]
    fn what_an_interrupted_write_left_is_replaced() {
        let scratch = Scratch::holding(&[("new", "half of something longer")]);
        scratch.written().replace().unwrap();
        assert_eq!(scratch.holds(), only("target", "after"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_under_the_temporary_name_is_not_followed() {
        let scratch = Scratch::holding(&[("theirs", "kept")]);
        let folder = scratch.folder.path();
        std::os::unix::fs::symlink(folder.join("theirs"), folder.join("new")).unwrap();
        scratch.written().replace().unwrap();
        let expected = [only("target", "after"), only("theirs", "kept")].concat();
        assert_eq!(scratch.holds(), expected);
    }

    #[cfg(unix)]
    #[test]
    fn only_an_executable_file_may_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::holding(&[]);
        for (mode, runs) in [(FileMode::Default, 0), (FileMode::Executable, 0o111)] {
            let new = scratch.replacement();
            let file = new.write(b"", mode, Flush::Yes).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o111, runs);
        }
    }
}
