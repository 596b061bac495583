use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::policy;
use crate::files::reader::{Reader, Table};
use crate::model::{Environment, EnvironmentSlug};

/// The keys of `environments/<slug>.toml` outside `[policy]`, in the order in which they are written.
pub(super) const KEYS: [&str; 4] = ["name", "description", "color", "production"];

/// Reads `environments/<slug>.toml`.
pub(super) fn read(
    file: &str,
    slug: &EnvironmentSlug,
    entries: &DeTable<'_>,
) -> (Environment, Vec<Finding>) {
    let mut reader = Reader::new(file);
    let mut table = Table::root(entries);
    let unset = Environment::named_after(slug);
    let environment = Environment {
        name: table.text(&mut reader, "name").unwrap_or(unset.name),
        description: table.text(&mut reader, "description").unwrap_or_default(),
        color: table.text(&mut reader, "color"),
        production: table.boolean(&mut reader, "production").unwrap_or_default(),
        policy: table
            .table(&mut reader, "policy")
            .map(|table| policy::read(&mut reader, table))
            .unwrap_or_default(),
    };
    table.finish(&mut reader);
    (environment, reader.into_findings())
}
