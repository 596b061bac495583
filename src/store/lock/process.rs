use std::fs;
use std::process;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A process, distinguished from another that has the same number later or after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::store) struct ProcessId {
    pid: u32,
    /// When it began, in clock ticks since the machine started, or `None` without `/proc`.
    started: Option<u64>,
    /// Which boot of the machine it ran in, or `None` without `/proc`.
    boot: Option<String>,
}

impl ProcessId {
    /// Returns this process.
    pub(in crate::store) fn this() -> Self {
        static THIS: OnceLock<ProcessId> = OnceLock::new();
        let read = || Self {
            pid: process::id(),
            started: started(process::id()),
            boot: boot(),
        };
        THIS.get_or_init(read).clone()
    }

    /// Returns the number of the process.
    pub(in crate::store) fn number(&self) -> u32 {
        self.pid
    }

    /// Reports whether the process has ended or is this one, which does nothing else at the moment.
    ///
    /// Without `/proc` the answer is yes. Callers ask only while they hold the lock that the
    /// process would hold.
    pub(in crate::store) fn is_idle(&self) -> bool {
        let this = Self::this();
        // Any difference proves that the number belongs to another process by now. A container that
        // shares the repository but not `/proc` looks dead, too; it is excluded by the lock, as
        // above.
        *self == this
            || self.boot != this.boot
            || started(self.pid) != self.started
            || self.started.is_none()
    }
}

fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .ok()
        .map(|id| id.trim().to_owned())
}

fn started(pid: u32) -> Option<u64> {
    parse_started(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads field 22 of `/proc/<pid>/stat`. It is counted from behind the program's name, which may
/// contain spaces and parentheses.
fn parse_started(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_found_behind_an_odd_program_name() {
        let stat = "42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 9999 20 21";
        assert_eq!(parse_started(stat), Some(9999));
    }

    #[test]
    fn a_process_of_another_boot_or_start_has_ended() {
        let this = ProcessId::this();
        assert!(this.is_idle());
        assert!(
            ProcessId {
                boot: Some("another".into()),
                ..this.clone()
            }
            .is_idle()
        );
        assert!(
            ProcessId {
                pid: 1,
                started: Some(u64::MAX),
                ..this
            }
            .is_idle()
        );
    }
}
