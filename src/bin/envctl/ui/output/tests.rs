use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use super::{Format, Output, Stream, Verbosity};

/// Both streams of a test, in the order in which they were written.
#[derive(Clone, Default)]
struct Screen(Rc<RefCell<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

fn output(answer: impl Write + 'static, talk: impl Write + 'static, terminal: bool) -> Output {
    let stream = |sink| Stream::new(sink, terminal, terminal);
    let (answer, talk) = (
        stream(Box::new(io::BufWriter::new(answer))),
        stream(Box::new(talk)),
    );
    Output {
        answer,
        talk,
        format: Format::Text,
        verbosity: Verbosity::Normal,
        width: 80,
    }
}

fn shown(terminal: bool, write: impl FnOnce(&mut Output)) -> String {
    let screen = Screen::default();
    let mut output = output(screen.clone(), screen.clone(), terminal);
    write(&mut output);
    output.finish().unwrap();
    String::from_utf8(screen.0.take()).unwrap()
}

#[test]
fn labels_have_colour_only_where_there_is_colour() {
    assert_eq!(
        shown(false, |output| output.warn("stale")),
        "warning: stale\n"
    );
    assert_eq!(
        shown(true, |output| output.warn("stale")),
        "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m stale\n"
    );
}

#[test]
fn answer_and_talk_keep_their_order() {
    let both = |output: &mut Output| {
        output.answer("first");
        output.say("second");
    };
    assert_eq!(shown(true, both), "first\nsecond\n");
    assert_eq!(shown(false, both), "first\nsecond\n");
}

#[test]
fn quiet_keeps_warnings_and_errors() {
    let text = shown(false, |output| {
        output.verbosity = Verbosity::Quiet;
        output.say("done");
        output.hint("next");
        output.detail("how");
        output.warn("odd");
        output.error("wrong");
    });
    assert_eq!(text, "warning: odd\nerror: wrong\n");
}

#[test]
fn bytes_of_the_repository_pass_a_pipe_and_are_harmless_on_a_terminal() {
    let write = |output: &mut Output| output.answer_bytes(b"a\x1b[31m\r\n");
    assert_eq!(shown(false, write), "a\u{1b}[31m\r\n");
    assert_eq!(shown(true, write), "a\\u{1b}[31m\n");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut output = output(
        Broken(io::ErrorKind::BrokenPipe),
        Broken(io::ErrorKind::BrokenPipe),
        false,
    );
    output.say("nobody listens");
    output.answer("x".repeat(100_000));
    assert!(output.closed());
    assert!(output.finish().is_ok());
}

#[test]
fn a_full_disk_is_told_at_the_end() {
    let screen = Screen::default();
    let mut output = output(Broken(io::ErrorKind::StorageFull), screen.clone(), false);
    output.answer("lost");
    let error = output.finish().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    output.error(error);
    assert!(screen.0.take().starts_with(b"error: "));
}
