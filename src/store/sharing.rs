//! The permissions that other users of the repository get on files in git's folder:
//! `core.sharedRepository`, which libgit2 does not read after a repository was created.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use git2::Oid;

use crate::model::BranchName;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// Who else may read and write files in git's folder (git-config(1), `core.sharedRepository`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sharing {
    /// Those whom the umask allows.
    Umask,
    /// These permissions, in addition to those of the umask.
    AtLeast(u32),
    /// Exactly these permissions.
    Exactly(u32),
}

const GROUP: Sharing = Sharing::AtLeast(0o660);
const EVERYBODY: Sharing = Sharing::AtLeast(0o664);

impl Store {
    /// Shares the files of `objects`, and the folders that contain them.
    pub(in crate::store) fn share_objects(&self, objects: &[Oid]) -> Result<(), StoreError> {
        let sharing = self.sharing()?;
        let folder = self.common_directory().join("objects");
        for id in objects.iter().filter(|_| sharing != Sharing::Umask) {
            let name = id.to_string();
            let (fan, rest) = name.split_at(2);
            sharing.adjust(&folder.join(fan))?;
            sharing.adjust(&folder.join(fan).join(rest))?;
        }
        Ok(())
    }

    /// Shares the files of `branch` and of its log, and the folders above them.
    pub(in crate::store) fn share_branch(&self, branch: &BranchName) -> Result<(), StoreError> {
        let sharing = self.sharing()?;
        if sharing == Sharing::Umask {
            return Ok(());
        }
        let common = self.common_directory();
        let reference = branch.reference();
        for top in ["", "logs/"] {
            let path = format!("{top}{reference}");
            for (end, _) in path.match_indices('/') {
                sharing.adjust(&common.join(&path[..end]))?;
            }
            sharing.adjust(&common.join(&path))?;
        }
        sharing.adjust(&self.git_directory().join("logs/HEAD"))
    }

    /// Shares a file or folder in git's folder.
    pub(in crate::store) fn share(&self, path: &Path) -> Result<(), StoreError> {
        self.sharing()?.adjust(path)
    }

    fn sharing(&self) -> Result<Sharing, StoreError> {
        const KEY: &str = "core.sharedrepository";
        let Some(text) = self.setting(KEY)? else {
            return Ok(Sharing::Umask);
        };
        match text.as_str() {
            "umask" => return Ok(Sharing::Umask),
            "group" => return Ok(GROUP),
            "all" | "world" | "everybody" => return Ok(EVERYBODY),
            _ => {}
        }
        match u32::from_str_radix(&text, 8) {
            Ok(0) => Ok(Sharing::Umask),
            Ok(1) => Ok(GROUP),
            Ok(2) => Ok(EVERYBODY),
            // As in git, others never get write permission, and whoever may read a folder may enter it.
            Ok(mode) if mode & 0o600 == 0o600 => Ok(Sharing::Exactly(mode & 0o666 & !0o002)),
            Ok(_) => Err(StoreError::Setting {
                key: KEY.to_owned(),
                source: "the owner must be able to read and write".into(),
            }),
            Err(_) if self.setting_bool(KEY)? == Some(true) => Ok(GROUP),
            Err(_) => Ok(Sharing::Umask),
        }
    }
}

impl Sharing {
    /// Gives the file or folder at `path` its mode, as git does after it created one. Succeeds if
    /// there is none.
    #[cfg(unix)]
    fn adjust(self, path: &Path) -> Result<(), StoreError> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let Ok(found) = fs::symlink_metadata(path) else {
            return Ok(());
        };
        if found.is_symlink() {
            return Ok(());
        }
        let old = found.mode() & 0o7777;
        let new = self.mode(old, found.is_dir());
        if new == old {
            return Ok(());
        }
        match fs::set_permissions(path, fs::Permissions::from_mode(new)) {
            // It belongs to another user, who alone can change its mode. git leaves such a file alone, too.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            set => set.map_err(StoreError::io("set the permissions of", path)),
        }
    }

    #[cfg(not(unix))]
    fn adjust(self, _: &Path) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the mode for something with the mode `old`, as `adjust_shared_perm` in git's path.c
    /// computes it.
    fn mode(self, old: u32, is_folder: bool) -> u32 {
        let (Self::AtLeast(wanted) | Self::Exactly(wanted)) = self else {
            return old;
        };
        let writable = if old & 0o200 == 0 {
            wanted & !0o222
        } else {
            wanted
        };
        let entered = if old & 0o100 == 0 {
            0
        } else {
            (writable & 0o444) >> 2
        };
        let shared = match self {
            Self::Exactly(_) => (old & !0o777) | writable | entered,
            _ => old | writable | entered,
        };
        match is_folder {
            // The setgid bit makes new files belong to the group of the folder.
            true if shared & 0o060 != 0 => shared | 0o2000 | ((shared & 0o444) >> 2),
            true => shared | ((shared & 0o444) >> 2),
            false => shared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_those_that_git_gives() {
        for (sharing, old, is_folder, new) in [
            (Sharing::Umask, 0o600, false, 0o600),
            (GROUP, 0o644, false, 0o664),
            (GROUP, 0o444, false, 0o444),
            (GROUP, 0o400, false, 0o440),
            (GROUP, 0o755, true, 0o2775),
            (GROUP, 0o700, true, 0o2770),
            (EVERYBODY, 0o600, false, 0o664),
            (EVERYBODY, 0o700, true, 0o2775),
            (Sharing::Exactly(0o640), 0o644, false, 0o640),
            (Sharing::Exactly(0o640), 0o755, true, 0o2750),
            (Sharing::Exactly(0o600), 0o755, true, 0o700),
        ] {
            assert_eq!(sharing.mode(old, is_folder), new, "{sharing:?} {old:o}");
        }
    }
}
