use crate::store::folder::ProjectFolder;
use crate::store::hooks::hook_name::HookName;
use crate::store::hooks::shell::shell_word;

/// Incremented with every change of the script, so that the hook of an earlier envctl is
/// recognised.
const VERSION: u32 = 1;
/// How the second line of each envctl hook begins; version and folder follow.
const MARK: &str = "# envctl hook ";

/// What an envctl hook says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) struct Mark {
    version: u32,
    /// The project that it checks, or `None` if a later envctl writes it differently.
    pub(in crate::store) folder: Option<ProjectFolder>,
}

impl Mark {
    /// Returns the mark in the text of a hook, or `None` if it is not one of envctl's.
    pub(in crate::store) fn find(script: &[u8]) -> Option<Self> {
        let line = script.split(|byte| *byte == b'\n').nth(1)?;
        let mark = std::str::from_utf8(line).ok()?.strip_prefix(MARK)?;
        let (version, folder) = mark.split_once(' ').unwrap_or((mark, ""));
        let folder = serde_json::from_str::<String>(folder)
            .ok()
            .and_then(|folder| folder.parse().ok());
        Some(Self {
            version: version.parse().ok()?,
            folder,
        })
    }

    /// Reports whether a later envctl than this one wrote the hook.
    pub(in crate::store) fn is_newer(&self) -> bool {
        self.version > VERSION
    }
}

/// Returns the script of the hook `name` for the project in `folder`.
///
/// It runs the `envctl` on the `PATH`. An absolute path would be wrong after the next update, and
/// in a folder of hooks that several machines share. If envctl is missing it refuses, since nobody
/// notices a hook that lets everything pass.
pub(in crate::store) fn script(name: HookName, folder: &ProjectFolder) -> String {
    // As JSON, so that a line break in a folder's name does not end the comment.
    let marked = serde_json::to_string(&folder.to_string()).expect("a text is always JSON");
    let command = command(name, folder);
    let way_on = way_on(name);
    format!(
        "\
#!/bin/sh
{MARK}{VERSION} {marked}
# Written by `envctl hooks install {name}`, which writes over changes; `envctl hooks uninstall {name}` removes it.
if ! command -v envctl >/dev/null 2>&1; then
	echo '{name} hook: no envctl on the PATH, so nothing was checked.' >&2
	echo '{way_on}' >&2
	exit 1
fi
exec {command}
"
    )
}

/// Returns the command that the hook `name` runs for the project in `folder`.
pub(in crate::store) fn command(name: HookName, folder: &ProjectFolder) -> String {
    let mut command = match name {
        HookName::PreCommit => "envctl check --staged",
        HookName::PrePush => "envctl check --pre-push",
        HookName::PreReceive => "envctl check --pre-receive",
    }
    .to_owned();
    if !folder.is_root() {
        command.push_str(&format!(" --project={}", shell_word(folder.as_str())));
    }
    if name == HookName::PrePush {
        command.push_str(" \"$@\"");
    }
    command
}

/// Returns what to do if the program is missing, for the user whom the hook stops.
fn way_on(name: HookName) -> &'static str {
    match name {
        HookName::PreCommit => {
            "Add its folder to the PATH, or go on without the check: git commit --no-verify"
        }
        HookName::PrePush => {
            "Add its folder to the PATH, or go on without the check: git push --no-verify"
        }
        HookName::PreReceive => {
            "Whoever looks after this repository has to install it, or remove hooks/pre-receive."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 5] = [
        "it's; touch owned",
        "a\ntouch owned",
        "$(touch owned)",
        "-x",
        "a\" `touch owned`",
    ];

    #[test]
    fn a_hook_says_which_project_it_is_about() {
        for name in HookName::ALL {
            for folder in [&["", "a/b"][..], &HOSTILE].concat() {
                let folder: ProjectFolder = folder.parse().unwrap();
                let mark = Mark::find(script(name, &folder).as_bytes());
                assert_eq!(
                    mark,
                    Some(Mark {
                        version: VERSION,
                        folder: Some(folder)
                    })
                );
            }
        }
    }

    #[test]
    fn what_does_not_bear_the_mark_on_its_second_line_is_foreign() {
        for text in [
            "",
            "#!/bin/sh\n",
            "#!/bin/sh\necho\n# envctl hook 1 \".\"\n",
            "#!/bin/sh\n# envctl hook x \".\"\n",
        ] {
            assert_eq!(Mark::find(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Mark::find(b"#!/bin/sh\n# envctl hook \xff \".\"\n"), None);
    }

    #[test]
    fn a_later_mark_is_known_whatever_it_goes_on_with() {
        let mark = Mark::find(b"#!/bin/sh\n# envctl hook 99 of many projects\n").unwrap();
        assert!(mark.is_newer() && mark.folder.is_none());
    }

    #[test]
    fn a_folder_is_named_where_it_is_not_the_root_and_is_one_word() {
        let line = |folder: &str| command(HookName::PreCommit, &folder.parse().unwrap());
        assert_eq!(line(""), "envctl check --staged");
        assert_eq!(
            line("services/gateway"),
            "envctl check --staged --project=services/gateway"
        );
        assert_eq!(line("-x"), "envctl check --staged --project=-x");
        assert_eq!(
            line("it's; touch owned"),
            r"envctl check --staged --project='it'\''s; touch owned'"
        );
    }
}
