use crate::model::{Changes, Resource, VersionId};

/// What a review is about.
#[derive(Clone, Copy)]
pub(super) struct ReviewScope<'a> {
    /// These resources, or everything if there are none.
    pub(super) resources: &'a [Resource],
}

impl ReviewScope<'_> {
    pub(super) fn is_everything(self) -> bool {
        self.resources.is_empty()
    }

    pub(super) fn includes(self, resource: &Resource) -> bool {
        self.is_everything() || self.resources.contains(resource)
    }

    /// Returns changes that are not about a resource, if everything is included.
    pub(super) fn otherwise<T>(self, changes: impl FnOnce() -> Vec<T>) -> Vec<T> {
        if self.is_everything() {
            changes()
        } else {
            Vec::new()
        }
    }

    pub(super) fn versions(self, mut ids: Vec<VersionId>) -> Vec<VersionId> {
        ids.retain(|id| self.includes(&id.resource));
        ids
    }

    pub(super) fn narrowed(self, changes: Changes) -> Changes {
        let published = self.versions(changes.published);
        let moves = changes
            .moves
            .into_iter()
            .filter(|moved| self.includes(&moved.resource))
            .collect();
        Changes {
            published,
            moves,
            ..changes
        }
    }
}
