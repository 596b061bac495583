/// The file that tells git how to treat the files of a folder.
pub const FILE: &str = ".gitattributes";

/// How git should treat what envctl owns: versions byte for byte, its own files with LF on every machine.
const OURS: &str = "\
# envctl: a version is served byte for byte, so git must not convert it
prompts/** -text
routing/** -text
providers/** -text
# envctl: its own files read the same on every machine
/envctl.toml text eol=lf
/access.toml text eol=lf
environments/*.toml text eol=lf
pointers/*.toml text eol=lf
pending/*.toml text eol=lf
scheduled/**/*.toml text eol=lf
";

/// `existing` with the lines that envctl needs at its end.
pub(super) fn with_ours(existing: &[u8]) -> Vec<u8> {
    if existing.ends_with(OURS.as_bytes()) {
        return existing.to_vec();
    }
    let gap: &[u8] = match existing {
        [] => b"",
        [.., b'\n'] => b"\n",
        _ => b"\n\n",
    };
    [existing, gap, OURS.as_bytes()].concat()
}

/// The first line that envctl needs and `existing` has not; none: all are there.
pub fn lacks(existing: &[u8]) -> Option<&'static str> {
    let existing = String::from_utf8_lossy(existing);
    let needed = OURS.lines().filter(|line| !line.starts_with('#'));
    needed.into_iter().find(|needed| !existing.lines().any(|line| line.trim() == *needed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_project_says_already_stays() {
        let with = with_ours(b"*.png binary");
        assert!(with.starts_with(b"*.png binary\n\n# envctl"));
        assert_eq!(with_ours(&with), with);
        assert_eq!(with_ours(b""), OURS.as_bytes());
        assert_eq!((lacks(&with), lacks(b"")), (None, Some("prompts/** -text")));
    }
}
