//! A gateway that was started with a configuration.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::http;
use crate::tools;

/// A running gateway; it ends when this is dropped.
pub struct Gateway {
    process: Child,
    address: String,
    /// What comes before `/chat/completions`.
    prefix: String,
    authorization: Option<String>,
}

/// What a gateway answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// Returns what the model said; empty where it said nothing.
    pub fn words(&self) -> &str {
        self.body["choices"][0]["message"]["content"]
            .as_str()
            .unwrap_or_default()
    }
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
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateways/start_tensorzero.py");
        let mut process = Command::new(python)
            .arg(script)
            .arg(files)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut wrote = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some(url) = line.strip_prefix("listening http://") {
                let (address, prefix) = url.split_once('/').unwrap();
                let gateway = Self {
                    process,
                    address: address.to_owned(),
                    prefix: format!("/{prefix}"),
                    authorization: None,
                };
                // What it logs later must not fill the pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(gateway);
            }
            wrote += &line;
            wrote.push('\n');
        }
        let output = process.wait_with_output().unwrap();
        Err(wrote + &String::from_utf8_lossy(&output.stderr))
    }

    /// Asks for a chat completion, with more members in the body than are needed.
    pub fn chat(&self, model: &str, more: Value) -> Answer {
        let mut body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.ask("/chat/completions", &body)
    }

    /// Asks for anything.
    pub fn ask(&self, path: &str, body: &Value) -> Answer {
        let headers = self.authorization.as_deref();
        let headers: Vec<_> = headers
            .map(|key| ("authorization", key))
            .into_iter()
            .collect();
        let path = format!("{}{path}", self.prefix);
        let (status, body) = http::post(&self.address, &path, &headers, body);
        Answer { status, body }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
