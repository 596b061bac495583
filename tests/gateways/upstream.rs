//! A provider on loopback that speaks as OpenAI does, fails as it is told to, and remembers what it was asked.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{self, Request};

/// How an upstream answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    Serves,
    /// An error with this status.
    Fails(u16),
    /// An error with this status so many times, then an answer.
    FailsFirst(u16, usize),
    /// Too late for a caller with a timeout below this.
    Waits(Duration),
}

/// A running provider. Its thread ends with the process.
pub struct Upstream {
    name: &'static str,
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    mode: Mode,
    requests: Vec<Request>,
}

impl Upstream {
    /// Starts a provider that serves, and whose answers are `from NAME`.
    pub fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            mode: Mode::Serves,
            requests: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(name, &stream, &state));
            }
        });
        Self { name, port, state }
    }

    /// Returns the base URL that a provider's activation names.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// Returns what its answers say.
    pub fn words(&self) -> String {
        words(self.name)
    }

    /// From now on it answers like this; what it was asked before is forgotten.
    pub fn set(&self, mode: Mode) {
        *self.state.lock().unwrap() = State {
            mode,
            requests: Vec::new(),
        };
    }

    /// Returns what it was asked since [`Upstream::set`].
    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }
}

/// Returns an address at which nothing listens.
pub fn closed() -> String {
    // The port was free a moment ago, and the system hands out others first.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}

fn words(name: &str) -> String {
    format!("from {name}")
}

/// Answers one request. A caller that hangs up meanwhile is no fault of the test.
fn serve(name: &str, stream: &TcpStream, state: &Mutex<State>) {
    let Some(request) = http::request(&mut BufReader::new(stream)) else {
        return;
    };
    // A gateway may look around, as for a list of models; nobody asked it to.
    if request.method != "POST" {
        let _ = http::answer(&mut &*stream, 404, &Value::Null);
        return;
    }
    let (mode, before) = {
        let mut state = state.lock().unwrap();
        state.requests.push(request.clone());
        (state.mode, state.requests.len() - 1)
    };
    let failing = match mode {
        Mode::Serves => None,
        Mode::Fails(status) => Some(status),
        Mode::FailsFirst(status, times) => (before < times).then_some(status),
        Mode::Waits(span) => {
            wait(span);
            None
        }
    };
    let (status, body) = match failing {
        Some(status) => (
            status,
            json!({"error": {"message": "as it was told to", "type": "error"}}),
        ),
        None => (200, served(name, &request)),
    };
    let _ = http::answer(&mut &*stream, status, &body);
}

#[expect(
    clippy::disallowed_methods,
    reason = "a provider that is slow has nothing to wait for"
)]
fn wait(span: Duration) {
    thread::sleep(span);
}

/// Returns a good answer of the endpoint that was asked.
fn served(name: &str, request: &Request) -> Value {
    let model = &request.body["model"];
    if request.path.ends_with("/embeddings") {
        return json!({
            "object": "list",
            "model": model,
            "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}],
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        });
    }
    if request.path.contains("/audio/") {
        return json!({"text": words(name)});
    }
    if request.path.contains("/images/") {
        return json!({"created": 1, "data": [{"url": "http://127.0.0.1/a.png"}]});
    }
    json!({
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": words(name)},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    })
}
