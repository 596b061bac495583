use std::collections::HashSet;

/// The file that tells git how to treat the files of a folder.
pub const FILE: &str = ".gitattributes";

/// The setting by which `git diff` shows for each hunk the table that it begins in. Without context lines,
/// that is the pointer that moves. `.gitattributes` says which files it applies to and is part of the
/// repository; the setting itself is not.
pub const TABLE_SETTING: (&str, &str) = ("diff.envctl.xfuncname", r"^\[.*\]$");

/// How git should treat the files that envctl owns: versions byte for byte, whatever the repository says
/// about other files, and all others with LF on every machine.
const OURS: &str = "\
# envctl: a version is served byte for byte, so git must not convert it
prompts/** -text -ident -filter -working-tree-encoding
routing/** -text -ident -filter -working-tree-encoding
providers/** -text -ident -filter -working-tree-encoding
# envctl: its own files read the same on every machine
/envctl.toml text eol=lf -ident -filter -working-tree-encoding
/access.toml text eol=lf -ident -filter -working-tree-encoding
/vetoes.toml text eol=lf -ident -filter -working-tree-encoding
environments/*.toml text eol=lf -ident -filter -working-tree-encoding diff=envctl
pointers/*.toml text eol=lf -ident -filter -working-tree-encoding diff=envctl
pending/*.toml text eol=lf -ident -filter -working-tree-encoding diff=envctl
freezes/**/*.toml text eol=lf -ident -filter -working-tree-encoding
scheduled/**/*.toml text eol=lf -ident -filter -working-tree-encoding
attestations/**/*.toml text eol=lf -ident -filter -working-tree-encoding diff=envctl
";

/// The attribute by which git's setting finds the files.
const DRIVER: &str = " diff=envctl";
/// The attributes that an older envctl did not write.
const UNCONVERTED: &str = " -ident -filter -working-tree-encoding";

/// What the lines begin with that an older envctl did not write.
const LATER: [&str; 3] = ["/vetoes.toml", "attestations/", "freezes/"];

/// Returns what an older envctl wrote.
fn older() -> Vec<String> {
    let is_later = |line: &&str| LATER.iter().any(|later| line.starts_with(later));
    let lines = OURS.split_inclusive('\n');
    let before = lines.filter(|line| !is_later(line)).collect::<String>();
    let mut older = Vec::new();
    for text in [OURS, before.as_str()] {
        let converted = text.replace(UNCONVERTED, "");
        older.extend([text.replace(DRIVER, ""), converted.replace(DRIVER, "")]);
        older.extend([text.to_owned(), converted]);
    }
    older
}

/// Returns `existing` with the lines that envctl needs at its end. Lines that an older envctl wrote there are
/// replaced.
pub(super) fn with_ours(existing: &[u8]) -> Vec<u8> {
    if existing.ends_with(OURS.as_bytes()) {
        return existing.to_vec();
    }
    // Only a known ending is replaced: what people added after it is theirs.
    let older = older();
    if let Some(before) = older
        .iter()
        .find_map(|older| existing.strip_suffix(older.as_bytes()))
    {
        return [before, OURS.as_bytes()].concat();
    }
    let gap: &[u8] = match existing {
        [] => b"",
        [.., b'\n'] => b"\n",
        _ => b"\n\n",
    };
    [existing, gap, OURS.as_bytes()].concat()
}

/// Returns the lines that envctl needs and `existing` does not have. A missing `diff` attribute does not
/// count, since nothing depends on the header of a hunk.
pub fn missing(existing: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(existing);
    let there: HashSet<&str> = text.lines().map(str::trim).collect();
    let is_there =
        |line: &str| there.contains(line) || there.contains(line.trim_end_matches(DRIVER));
    OURS.lines()
        .filter(|line| !line.starts_with('#') && !is_there(line))
        .collect()
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
    }

    #[test]
    fn the_lines_of_an_older_envctl_are_not_written_twice() {
        let older = "*.png binary\n\n# envctl: a version is served byte for byte, so git must not convert it\n\
            prompts/** -text\nrouting/** -text\nproviders/** -text\n\
            # envctl: its own files read the same on every machine\n\
            /envctl.toml text eol=lf\n/access.toml text eol=lf\nenvironments/*.toml text eol=lf\n\
            pointers/*.toml text eol=lf\npending/*.toml text eol=lf\nscheduled/**/*.toml text eol=lf\n";
        assert_eq!(with_ours(older.as_bytes()), with_ours(b"*.png binary\n"));
        let named = older.replace("*.toml text eol=lf\n", "*.toml text eol=lf diff=envctl\n");
        let named = named.replace(
            "scheduled/**/*.toml text eol=lf diff=envctl",
            "scheduled/**/*.toml text eol=lf",
        );
        assert_eq!(with_ours(named.as_bytes()), with_ours(b"*.png binary\n"));
    }

    #[test]
    fn lines_that_are_not_there_are_missing() {
        assert_eq!(missing(&with_ours(b"*.png binary")), Vec::<&str>::new());
        assert_eq!(
            missing(OURS.replace(DRIVER, "").as_bytes()),
            Vec::<&str>::new()
        );
        assert_eq!(missing(b"").len(), 12);
        let crlf = String::from_utf8(with_ours(b""))
            .unwrap()
            .replace('\n', "\r\n");
        assert_eq!(missing(crlf.as_bytes()), Vec::<&str>::new());
        assert_eq!(
            missing(
                crlf.replace("prompts/** -text", "prompts/** text")
                    .as_bytes()
            ),
            ["prompts/** -text -ident -filter -working-tree-encoding"]
        );
    }
}
