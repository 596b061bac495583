//! A gateway that was started with a configuration.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::http::{self, Response};
use crate::tools;

/// A running gateway; it ends when this is dropped.
pub struct Gateway {
    process: Child,
    address: String,
    /// What comes before `/chat/completions`.
    prefix: String,
    authorization: Option<String>,
}

/// Returns the Python of the environment in `target/tools` that holds `package`; `None`, after saying so, where it is missing.
pub fn python_with(package: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/tools")
        .join(package)
        .join("bin/python");
    if !path.is_file() {
        tools::skip(&format!("{package} is missing: .ci/tools installs it"));
        return None;
    }
    Some(path)
}

impl Gateway {
    /// Starts TensorZero with the files that a pattern names.
    ///
    /// # Errors
    ///
    /// What it wrote, where it refuses to start.
    pub fn tensorzero(
        python: &Path,
        files: &str,
        variables: &[(&str, &str)],
    ) -> Result<Self, String> {
        Self::start(python, "start_tensorzero.py", files, variables)
    }

    /// Starts LiteLLM's proxy with a configuration.
    ///
    /// # Errors
    ///
    /// What it wrote, where it refuses to start.
    pub fn litellm(python: &Path, file: &str, variables: &[(&str, &str)]) -> Result<Self, String> {
        Self::start(python, "start_litellm.py", file, variables)
    }

    /// Runs a script that starts a gateway, and announces where it listens and perhaps the key that it wants.
    fn start(
        python: &Path,
        script: &str,
        files: &str,
        variables: &[(&str, &str)],
    ) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateways");
        let mut process = Command::new(python)
            .arg(folder.join(script))
            .arg(files)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // What it logs must not fill a pipe.
        let errors = process.stderr.take().unwrap();
        let errors = std::thread::spawn(move || std::io::read_to_string(errors));
        let mut wrote = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some(said) = line.strip_prefix("listening http://") {
                let mut said = said.split(' ');
                let (address, prefix) = said.next().unwrap().split_once('/').unwrap();
                let gateway = Self {
                    process,
                    address: address.to_owned(),
                    prefix: format!("/{prefix}"),
                    authorization: said.next().map(|key| format!("Bearer {key}")),
                };
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(gateway);
            }
            wrote += &line;
            wrote.push('\n');
        }
        let _ = process.wait();
        let errors = errors.join().unwrap().unwrap_or_default();
        Err(wrote + &errors)
    }

    /// Asks for a chat completion, with more members in the body than are needed.
    pub fn chat(&self, model: &str, more: Value) -> Response {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.ask("/chat/completions", &body)
    }

    /// Asks for anything.
    pub fn ask(&self, path: &str, body: &Value) -> Response {
        self.send(path, ("application/json", &body.to_string()))
    }

    /// Sends a body of some type.
    pub fn send(&self, path: &str, body: (&str, &str)) -> Response {
        let headers = self.authorization.as_deref();
        let headers: Vec<_> = headers
            .map(|key| ("authorization", key))
            .into_iter()
            .collect();
        let path = format!("{}{path}", self.prefix);
        http::send(&self.address, &path, &headers, body)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
