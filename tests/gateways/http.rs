//! As much of HTTP as a test on loopback needs: one request, one answer, and the connection is closed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long a gateway may take to answer. The slowest test waits for two timeouts of half a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// The names, in lower case, and the values of headers.
pub type Headers = Vec<(String, String)>;

/// A request, as an upstream receives it.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Headers,
    /// `Null` where the body is not JSON.
    pub body: Value,
}

/// An answer, as whoever asked receives it.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    /// `Null` where the body is not JSON.
    pub body: Value,
}

impl Request {
    /// Returns the value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }
}

impl Response {
    /// Returns the value of a header, whose name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        value_of(&self.headers, name)
    }

    /// Returns what the model said; empty where it said nothing.
    pub fn words(&self) -> &str {
        self.body["choices"][0]["message"]["content"]
            .as_str()
            .unwrap_or_default()
    }
}

fn value_of<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    let header = headers.iter().find(|(found, _)| found == name);
    header.map(|(_, value)| value.as_str())
}

/// Sends a body of some type and returns the answer.
pub fn send(
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
    (kind, body): (&str, &str),
) -> Response {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    write!(stream, "{head}\r\n{body}").unwrap();
    let (first, headers, body) = message(&mut BufReader::new(stream)).unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    Response {
        status,
        headers,
        body,
    }
}

/// Reads a request; `None` where the other side closed the connection without one.
pub fn request(stream: &mut impl BufRead) -> Option<Request> {
    let (first, headers, body) = message(stream)?;
    let (method, rest) = first.split_once(' ')?;
    let path = rest.split(' ').next()?.to_owned();
    Some(Request {
        method: method.to_owned(),
        path,
        headers,
        body,
    })
}

/// Answers a request with JSON.
pub fn answer(stream: &mut impl Write, status: u16, body: &Value) -> std::io::Result<()> {
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

type Message = (String, Headers, Value);

/// Reads a first line, headers and a body of a stated length, or else of everything that follows in pieces.
fn message(stream: &mut impl BufRead) -> Option<Message> {
    let first = line(stream)?;
    let mut headers = Vec::new();
    while let Some(header) = line(stream).filter(|line| !line.is_empty()) {
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |name: &str| headers.iter().find(|(found, _)| found == name);
    let body = match header("content-length") {
        Some((_, length)) => exactly(stream, length.parse().ok()?)?,
        None if header("transfer-encoding").is_some() => pieces(stream)?,
        None => Vec::new(),
    };
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some((first, headers, body))
}

/// Reads a body in pieces, each after a line with its length in hexadecimal; the last one is empty.
fn pieces(stream: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&line(stream)?, 16).ok()?;
        body.extend(exactly(stream, length)?);
        line(stream)?;
        if length == 0 {
            return Some(body);
        }
    }
}

fn exactly(stream: &mut impl Read, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
