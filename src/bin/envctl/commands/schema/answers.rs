//! The answers of all commands, by name.

use envctl::gateway::Inexpressible;
use envctl::model::Resource;

use super::super::{
    access, attest, bisect, blame, check, completions, decision, demo, diff, doctor, env, explain,
    freeze, help, hooks, import, init, log, pending, point, policy, promote, published, render,
    resolve, retire, rollback, route, show, status, sync, thaw, undo, versions, veto,
};
use super::document::{Describe, Described, of};
use crate::render::going_back::Choice;
use crate::tree::Unfit;

const fn reads(name: &'static str, data: &'static [Describe]) -> Described {
    Described {
        name,
        data,
        beside: &[],
        writes: false,
    }
}

const fn writes(name: &'static str, data: &'static [Describe]) -> Described {
    Described {
        writes: true,
        ..reads(name, data)
    }
}

/// Every answer, sorted by name.
pub const ALL: &[Described] = &[
    reads("access-explain", &[of::<access::explain::Body<'static>>]),
    writes(
        "access-grant",
        &[of::<access::change::AccessChangeBody<'static>>],
    ),
    writes(
        "access-revoke",
        &[of::<access::change::AccessChangeBody<'static>>],
    ),
    reads("access-show", &[of::<access::show::Body<'static>>]),
    writes("approve", &[of::<decision::Body<'static>>]),
    writes("attest", &[of::<attest::Body<'static>>]),
    reads("bisect", &[of::<bisect::Body<'static>>]),
    reads("blame", &[of::<blame::Body<'static>>]),
    reads(
        "check",
        &[
            of::<check::body::Body<'static>>,
            of::<check::projects::Body<'static>>,
            of::<check::push::Body<'static>>,
        ],
    ),
    reads("completions", &[of::<completions::Body<'static>>]),
    reads("demo", &[of::<demo::Body<'static>>]),
    reads("diff", &[of::<diff::environments::Body<'static>>]),
    reads("diff-range", &[of::<diff::json::Body<'static>>]),
    reads("diff-versions", &[of::<diff::versions::Body<'static>>]),
    reads("doctor", &[of::<doctor::Body>]),
    Described {
        beside: &[("lost", of::<Vec<Resource>>)],
        ..writes("env-create", &[of::<env::create::Body<'static>>])
    },
    writes("env-delete", &[of::<env::delete::Body<'static>>]),
    Described {
        beside: &[("lost", of::<Vec<Resource>>)],
        ..writes("env-edit", &[of::<env::edit::Body<'static>>])
    },
    reads("env-list", &[of::<env::list::Body<'static>>]),
    writes("env-reorder", &[of::<env::reorder::Body<'static>>]),
    reads("env-show", &[of::<env::show::Body<'static>>]),
    reads("explain", &[of::<explain::Body>]),
    writes("freeze", &[of::<freeze::Body>]),
    reads("help", &[of::<help::Body>]),
    reads("hooks-install", &[of::<hooks::files::HookChangeBody>]),
    reads("hooks-status", &[of::<hooks::status::Body>]),
    reads("hooks-uninstall", &[of::<hooks::files::HookChangeBody>]),
    writes("import", &[of::<import::Body<'static>>]),
    writes("init", &[of::<init::Body>]),
    reads("log", &[of::<log::json::Body<'static>>]),
    reads("pending", &[of::<pending::Body<'static>>]),
    writes("point", &[of::<point::Body<'static>>]),
    reads("policy-explain", &[of::<policy::explain::Body<'static>>]),
    writes("policy-set", &[of::<policy::set::Body<'static>>]),
    reads("policy-show", &[of::<policy::show::Body<'static>>]),
    writes("promote", &[of::<promote::Body<'static>>]),
    Described {
        beside: &[("unfit", of::<Vec<Unfit>>)],
        ..writes("publish", &[of::<published::Body<'static>>])
    },
    writes("reject", &[of::<decision::Body<'static>>]),
    Described {
        beside: &[("inexpressible", of::<Vec<Inexpressible>>)],
        ..reads(
            "render",
            &[of::<render::Body<'static>>, of::<render::AllBody<'static>>],
        )
    },
    reads(
        "resolve",
        &[of::<resolve::Body<'static>>, of::<route::Body<'static>>],
    ),
    writes("retire", &[of::<retire::Body<'static>>]),
    Described {
        beside: &[("states", of::<Vec<Choice<'static>>>)],
        ..writes("rollback", &[of::<rollback::Body<'static>>])
    },
    reads("schema", &[of::<super::body::Body>]),
    reads("show", &[of::<show::Body<'static>>]),
    reads("status", &[of::<status::Body<'static>>]),
    reads("sync", &[of::<sync::Body>]),
    writes("thaw", &[of::<thaw::Body>]),
    writes("undo", &[of::<undo::Body>]),
    reads("usage", &[of::<help::Body>]),
    reads("versions", &[of::<versions::Body<'static>>]),
    writes("veto", &[of::<veto::Body<'static>>]),
    writes("withdraw", &[of::<decision::Body<'static>>]),
];

#[cfg(test)]
mod tests;
