use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{self, Command, Output};

use crate::model::Identity;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::program;

/// Separates a commit's headers from its message.
const END_OF_HEADERS: &[u8] = b"\n\n";

/// The commit with these bytes, with a signature if git's settings ask for one.
///
/// Like `git commit`: `commit.gpgSign` decides whether, `gpg.format` how, `user.signingKey` with which key.
pub(in crate::store) fn signed(
    store: &Store,
    commit: Vec<u8>,
    committer: &Identity,
) -> Result<Vec<u8>, StoreError> {
    if !is_wanted(store) {
        return Ok(commit);
    }
    let (format, program) = scheme(store)?;
    let signature = match format.as_str() {
        "ssh" => ssh(store, &commit, &program)?,
        _ => gpg(store, &commit, committer, &program)?,
    };
    with_signature(&commit, &signature)
        .ok_or_else(|| refusal(&format, "the commit has no headers to sign"))
}

impl Store {
    /// The program that signs commits here; none: git's settings ask for no signature.
    ///
    /// # Errors
    ///
    /// [`StoreError::Signing`] when they ask for one that cannot be made: of an unknown format, or without a key.
    pub fn signing_program(&self) -> Result<Option<String>, StoreError> {
        if !is_wanted(self) {
            return Ok(None);
        }
        let (format, program) = scheme(self)?;
        if format == "ssh" {
            ssh_key(self, &program)?;
        }
        Ok(Some(program))
    }
}

fn is_wanted(store: &Store) -> bool {
    store.setting_bool("commit.gpgsign") == Some(true)
}

/// The format of signatures, and the program that makes them.
fn scheme(store: &Store) -> Result<(String, String), StoreError> {
    let format = store
        .setting("gpg.format")
        .unwrap_or_else(|| "openpgp".to_owned());
    let own = store.setting(&format!("gpg.{format}.program"));
    let program = match format.as_str() {
        "openpgp" => own
            .or_else(|| store.setting("gpg.program"))
            .unwrap_or_else(|| "gpg".to_owned()),
        "x509" => own.unwrap_or_else(|| "gpgsm".to_owned()),
        "ssh" => own.unwrap_or_else(|| "ssh-keygen".to_owned()),
        other => {
            return Err(refusal(
                other,
                "gpg.format is neither openpgp, x509 nor ssh",
            ));
        }
    };
    Ok((format, program))
}

fn gpg(
    store: &Store,
    commit: &[u8],
    committer: &Identity,
    program: &str,
) -> Result<String, StoreError> {
    let key = store
        .setting("user.signingkey")
        .unwrap_or_else(|| committer.to_string());
    let mut command = program::command(program);
    command.args(["--status-fd=2", "-bsau"]).arg(key);
    let output = succeeded(program, program::run(command, commit))?;
    if !String::from_utf8_lossy(&output.stderr).contains("[GNUPG:] SIG_CREATED ") {
        return Err(refusal(program, &program::said(&output)));
    }
    text(program, output.stdout)
}

/// Signs the way git does, with a file beside which the program leaves the signature: programs that stand in for
/// ssh-keygen rely on that.
fn ssh(store: &Store, commit: &[u8], program: &str) -> Result<String, StoreError> {
    let key = ssh_key(store, program)?;
    let scratch = Scratch::new(store)?;
    let payload = scratch.write("commit", commit)?;
    let mut command = program::command(program);
    command.args(["-Y", "sign", "-n", "git", "-f"]);
    add_key(store, &mut command, &key, &scratch)?;
    command.arg(&payload);
    succeeded(program, program::run(command, b""))?;
    let signature = payload.with_extension("sig");
    text(
        program,
        fs::read(&signature).map_err(StoreError::io("read", &signature))?,
    )
}

fn ssh_key(store: &Store, program: &str) -> Result<String, StoreError> {
    let missing = || {
        refusal(
            program,
            "user.signingKey does not say which key to sign with",
        )
    };
    store.setting("user.signingkey").ok_or_else(missing)
}

/// A key that is written out goes to the program in a file and is looked up in the agent; any other is a file's name.
fn add_key(
    store: &Store,
    command: &mut Command,
    key: &str,
    scratch: &Scratch,
) -> Result<(), StoreError> {
    let literal = key
        .strip_prefix("key::")
        .or_else(|| key.starts_with("ssh-").then_some(key));
    if let Some(literal) = literal {
        command
            .arg(scratch.write("key", format!("{literal}\n").as_bytes())?)
            .arg("-U");
    } else {
        command.arg(
            store
                .setting_path("user.signingkey")
                .unwrap_or_else(|| key.into()),
        );
    }
    Ok(())
}

/// A folder for the files of one signature, gone when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(store: &Store) -> Result<Self, StoreError> {
        let path = store
            .private_directory()?
            .join(format!("sign-{}", process::id()));
        fs::create_dir_all(&path).map_err(StoreError::io("make the folder", &path))?;
        Ok(Self(path))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.0.join(name);
        fs::write(&path, bytes).map_err(StoreError::io("write", &path))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is a copy of what is public, in a folder of envctl's own.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn succeeded(program: &str, run: io::Result<Output>) -> Result<Output, StoreError> {
    match run {
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => Err(refusal(program, &program::said(&output))),
        Err(error) => Err(refusal(program, &error.to_string())),
    }
}

fn text(program: &str, signature: Vec<u8>) -> Result<String, StoreError> {
    let text =
        String::from_utf8(signature).map_err(|_| refusal(program, "the signature is no text"))?;
    Ok(text.replace('\r', ""))
}

fn refusal(program: &str, output: &str) -> StoreError {
    StoreError::Signing {
        program: program.to_owned(),
        output: output.to_owned(),
    }
}

/// The commit with `signature` as its last header, continued on lines that begin with a space.
fn with_signature(commit: &[u8], signature: &str) -> Option<Vec<u8>> {
    let end = commit.windows(2).position(|pair| pair == END_OF_HEADERS)? + 1;
    let (headers, message) = commit.split_at(end);
    let header = format!("gpgsig {}\n", signature.trim_end().replace('\n', "\n "));
    Some([headers, header.as_bytes(), message].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_last_header_and_its_lines_are_continued() {
        let signed = with_signature(
            b"tree 1\ncommitter x\n\nsubject\n\nbody\n",
            "-----BEGIN\n\nabc\n-----END\n",
        )
        .unwrap();
        let expected =
            "tree 1\ncommitter x\ngpgsig -----BEGIN\n \n abc\n -----END\n\nsubject\n\nbody\n";
        assert_eq!(String::from_utf8(signed).unwrap(), expected);
    }

    #[test]
    fn what_has_no_headers_is_not_signed() {
        assert_eq!(with_signature(b"tree 1", "x"), None);
    }
}
