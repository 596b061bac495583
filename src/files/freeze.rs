use jiff::Timestamp;
use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::quoted;
use crate::model::Freeze;

/// Reads `freezes/<slug>/<id>.toml`.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Freeze, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut root = TomlTable::root(entries);
    let mut freeze = Freeze {
        from: root.moment(&mut reader, "from"),
        until: root.moment(&mut reader, "until"),
        rollbacks: root.boolean(&mut reader, "rollbacks").unwrap_or_default(),
        reason: root.text(&mut reader, "reason"),
        unreadable: false,
    };
    if let (Some(from), Some(until)) = (freeze.from, freeze.until)
        && until <= from
    {
        reader.invalid(&root.path_of("until"), "`until` must be after `from`");
    }
    root.finish(&mut reader);
    let findings = reader.into_findings();
    freeze.unreadable = !findings.is_empty();
    (freeze, findings)
}

/// Returns a freeze as a file.
pub(super) fn text(freeze: &Freeze) -> String {
    let mut text = String::new();
    let mut moment = |key: &str, moment: Option<Timestamp>| {
        if let Some(moment) = moment {
            text.push_str(&format!("{key} = {moment}\n"));
        }
    };
    moment("from", freeze.from);
    moment("until", freeze.until);
    if freeze.rollbacks {
        text.push_str("rollbacks = true\n");
    }
    if let Some(reason) = &freeze.reason {
        text.push_str(&format!("reason = {}\n", quoted(reason.as_str())));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (Freeze, Vec<String>) {
        let table = DeTable::parse(text).unwrap();
        let (freeze, findings) = read("freezes/prod/x.toml", table.get_ref());
        let messages = findings.into_iter().map(|finding| finding.message);
        (freeze, messages.collect())
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let at = |second| Timestamp::from_second(second).ok();
        for (from, until, rollbacks, reason) in [
            (
                at(1_797_667_200),
                at(1_799_049_600),
                true,
                Some("Holiday \"traffic\"\nand more"),
            ),
            (None, at(1_799_049_600), false, Some("x")),
            (at(1_797_667_200), None, false, None),
            (None, None, false, None),
        ] {
            let freeze = Freeze {
                from,
                until,
                rollbacks,
                reason: reason.map(|reason| reason.parse().unwrap()),
                unreadable: false,
            };
            let text = text(&freeze);
            assert_eq!(read_text(&text), (freeze, Vec::new()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_bars_everything() {
        for (text, says) in [
            ("until = \"tomorrow\"", "takes a date and time"),
            ("until = 2026-12-19", "with a date, a time and a zone"),
            (
                "until = 2026-12-19T08:00:00",
                "with a date, a time and a zone",
            ),
            (
                "from = 2026-12-19T08:00:00Z\nuntil = 2026-12-19T08:00:00Z",
                "must be after",
            ),
            ("untill = 2026-12-19T08:00:00Z", "unknown key"),
            ("rollbacks = \"yes\"", "takes true or false"),
        ] {
            let (freeze, messages) = read_text(text);
            assert!(freeze.unreadable, "{text}");
            assert!(
                messages.iter().any(|message| message.contains(says)),
                "{text}: {messages:?}"
            );
        }
    }
}
