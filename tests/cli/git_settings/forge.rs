//! A forge over HTTP that asks for a login: `git http-backend` behind a socket.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// What `user:password` of [`LOGIN`] is in the header of HTTP.
const AUTHORIZATION: &str = "Basic cm9ib3Q6aHVudGVyMg==";
/// What a credential helper prints to be let in.
pub const LOGIN: &str = "username=robot\npassword=hunter2\n";
/// A header that jobs send along.
pub const HEADER: &str = "X-Job: 7";

/// A server that runs until the test ends.
pub struct Forge {
    address: String,
    /// What requests with the right login said of [`HEADER`].
    jobs: Arc<Mutex<Vec<String>>>,
}

impl Forge {
    /// Serves the bare repositories in `folder`; git is run as `git` prepares it.
    pub fn serve(folder: PathBuf, git: impl Fn() -> Command + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let jobs = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&jobs);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever hangs up early is git's to tell.
                let _ = answer(stream, &folder, &git, &heard);
            }
        });
        Self { address, jobs }
    }

    /// The address of the repository `name`.
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// What was sent as [`HEADER`] since the last time, each once; empty: nobody logged in.
    pub fn jobs(&self) -> Vec<String> {
        let mut jobs = std::mem::take(&mut *self.jobs.lock().unwrap());
        jobs.dedup();
        jobs
    }
}

fn answer(
    stream: TcpStream,
    folder: &PathBuf,
    git: &impl Fn() -> Command,
    jobs: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, target) = (
        words.next().unwrap_or_default().to_owned(),
        words.next().unwrap_or_default().to_owned(),
    );
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
    let length: u64 = header("content-length").parse().unwrap_or_default();
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    if header("authorization") != AUTHORIZATION {
        return stream.write_all(
            b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"forge\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        );
    }
    jobs.lock().unwrap().push(header("x-job"));
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut backend = git()
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "robot")
        .env("REQUEST_METHOD", method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", length.to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    backend.stdin.take().unwrap().write_all(&body)?;
    let output = backend.wait_with_output()?.stdout;
    let status = output
        .strip_prefix(b"Status: ")
        .and_then(|rest| rest.split(|byte| *byte == b'\r').next())
        .map_or_else(
            || "200 OK".to_owned(),
            |line| String::from_utf8_lossy(line).into_owned(),
        );
    stream.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n").as_bytes())?;
    stream.write_all(&output)
}
