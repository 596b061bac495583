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

/// Returns the commit with these bytes, with a signature if git's settings ask for one.
///
/// As in `git commit`, `commit.gpgSign` decides whether, `gpg.format` how, and `user.signingKey`
/// with which key.
pub(in crate::store) fn signed(
    store: &Store,
    commit: Vec<u8>,
    committer: &Identity,
) -> Result<Vec<u8>, StoreError> {
    if !is_wanted(store)? {
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
    /// Returns the program that signs commits here, or `None` if git's settings do not ask for
    /// signatures.
    ///
    /// # Errors
    ///
    /// [`StoreError::Signing`] if they ask for a signature that cannot be made: of an unknown format, or without a key.
    pub fn signing_program(&self) -> Result<Option<String>, StoreError> {
        if !is_wanted(self)? {
            return Ok(None);
        }
        let (format, program) = scheme(self)?;
        if format == "ssh" {
            named_key(self, &program)?;
        }
        Ok(Some(program))
    }
}

fn is_wanted(store: &Store) -> Result<bool, StoreError> {
    Ok(store.setting_bool("commit.gpgsign")? == Some(true))
}

/// Returns the format of signatures, and the program that makes them.
fn scheme(store: &Store) -> Result<(String, String), StoreError> {
    let format = store.setting("gpg.format")?;
    let format = format.unwrap_or_else(|| "openpgp".to_owned());
    let own = store.setting(&format!("gpg.{format}.program"))?;
    let program = match (format.as_str(), own) {
        ("openpgp" | "x509" | "ssh", Some(own)) => own,
        ("openpgp", None) => store
            .setting("gpg.program")?
            .unwrap_or_else(|| "gpg".to_owned()),
        ("x509", None) => "gpgsm".to_owned(),
        ("ssh", None) => "ssh-keygen".to_owned(),
        (other, _) => {
            return Err(refusal(
                other,
                "gpg.format is neither openpgp, x509 nor ssh",
            ));
        }
    };
    Ok((format, program))
}

/// Returns `program`, ready to run in the folder that git runs it in, since paths in its settings
/// may be relative to that.
fn signer(store: &Store, program: &str) -> Command {
    let mut command = program::command(program);
    command.current_dir(store.hooks_run_in());
    command
}

fn gpg(
    store: &Store,
    commit: &[u8],
    committer: &Identity,
    program: &str,
) -> Result<String, StoreError> {
    let key = store
        .setting("user.signingkey")?
        .unwrap_or_else(|| committer.to_string());
    let mut command = signer(store, program);
    command.args(["--status-fd=2", "-bsau"]).arg(key);
    let output = succeeded(program, program::run(command, commit))?;
    // gpg may exit with success without a signature. git looks for this line as well.
    if !String::from_utf8_lossy(&output.stderr).contains("[GNUPG:] SIG_CREATED ") {
        return Err(refusal(program, &program::said(&output)));
    }
    text(program, output.stdout)
}

/// Signs the way git does, with a file beside which the program leaves the signature. Programs that
/// replace ssh-keygen rely on that.
fn ssh(store: &Store, commit: &[u8], program: &str) -> Result<String, StoreError> {
    let key = match named_key(store, program)? {
        Some(key) => key,
        None => offered_key(store)?,
    };
    let scratch = SigningScratch::new(store)?;
    let payload = scratch.write("commit", commit)?;
    let mut command = signer(store, program);
    command.args(["-Y", "sign", "-n", "git", "-f"]);
    match key {
        SshKey::Written(key) => command
            .arg(scratch.write("key", format!("{key}\n").as_bytes())?)
            .arg("-U"),
        SshKey::File(path) => command.arg(path),
    };
    command.arg(&payload);
    succeeded(program, program::run(command, b""))?;
    let signature = payload.with_extension("sig");
    text(
        program,
        fs::read(&signature).map_err(StoreError::io("read", &signature))?,
    )
}

/// The SSH key to sign with.
enum SshKey {
    /// The public key itself. The agent has the private key.
    Written(String),
    /// A file with the key.
    File(PathBuf),
}

/// Returns the key that `text` contains, if it is a key and not a path.
fn written_key(text: &str) -> Option<&str> {
    text.strip_prefix("key::")
        .or_else(|| text.starts_with("ssh-").then_some(text))
}

const DEFAULT_KEY: &str = "gpg.ssh.defaultkeycommand";

/// Returns the key that `user.signingKey` names, or `None` if a command provides one instead.
fn named_key(store: &Store, program: &str) -> Result<Option<SshKey>, StoreError> {
    const KEY: &str = "user.signingkey";
    let missing =
        "neither user.signingKey nor gpg.ssh.defaultKeyCommand says which key to sign with";
    match store.setting(KEY)? {
        Some(key) if key.is_empty() => Err(refusal(program, "user.signingKey is empty")),
        Some(key) => Ok(Some(match written_key(&key) {
            Some(key) => SshKey::Written(key.to_owned()),
            None => SshKey::File(store.settings().path(KEY)?.unwrap_or_else(|| key.into())),
        })),
        None if store.setting(DEFAULT_KEY)?.is_some() => Ok(None),
        None => Err(refusal(program, missing)),
    }
}

/// Returns the first key that the command of `gpg.ssh.defaultKeyCommand` prints. As in git, it must
/// be a key, not a path.
fn offered_key(store: &Store) -> Result<SshKey, StoreError> {
    let line = store.setting(DEFAULT_KEY)?.unwrap_or_default();
    let words = words(&line)
        .filter(|words| !words.is_empty())
        .ok_or_else(|| refusal(&line, "gpg.ssh.defaultKeyCommand is not a command line"))?;
    let mut command = signer(store, &words[0]);
    command.args(&words[1..]);
    let output = succeeded(&words[0], program::run(command, b""))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let first = said.lines().next().unwrap_or_default();
    match written_key(first) {
        Some(key) => Ok(SshKey::Written(key.to_owned())),
        None => Err(refusal(
            &words[0],
            "gpg.ssh.defaultKeyCommand printed no key that begins with ssh- or key::",
        )),
    }
}

/// Splits a command line into words as git does, without a shell. Returns `None` for an open quote
/// or backslash.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}', None) => words.extend(word.take()),
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(open)) if letter == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().push(letters.next()?),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A folder for the files of one signature. It is removed when dropped.
struct SigningScratch(PathBuf);

impl SigningScratch {
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

impl Drop for SigningScratch {
    fn drop(&mut self) {
        // What stays is a copy of public data, in envctl's own folder.
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
        String::from_utf8(signature).map_err(|_| refusal(program, "the signature is not text"))?;
    // A program on Windows may print carriage returns, which would make the header differ from what
    // git writes and verifies.
    Ok(text.replace('\r', ""))
}

fn refusal(program: &str, output: &str) -> StoreError {
    StoreError::Signing {
        program: program.to_owned(),
        output: output.to_owned(),
    }
}

/// Returns the commit with `signature` as its last header, continued on lines that begin with a
/// space.
fn with_signature(commit: &[u8], signature: &str) -> Option<Vec<u8>> {
    let end = commit.windows(2).position(|pair| pair == END_OF_HEADERS)? + 1;
    let (headers, message) = commit.split_at(end);
    let header = format!("gpgsig {}\n", signature.trim_end().replace('\n', "\n "));
    Some([headers, header.as_bytes(), message].concat())
}

#[cfg(test)]
mod tests;
