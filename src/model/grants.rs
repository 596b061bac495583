use crate::model::access::{Access, GrantScope, Member, Role};
use crate::model::permission::Permission;
use crate::model::project::Project;
use crate::model::slug::EnvironmentSlug;

impl GrantScope {
    /// Reports whether a grant with this scope applies in `environment` of `project`. It never applies in one
    /// that does not exist yet.
    fn covers(&self, environment: &EnvironmentSlug, project: &Project) -> bool {
        project
            .environments
            .get(environment)
            .is_some_and(|known| match self {
                Self::Production => known.production,
                Self::Environment(slug) => slug == environment,
            })
    }
}

impl Member {
    /// Returns the roles that count in `environment` of `project`, or in the whole project if that is `None`,
    /// each with the scope of its grant.
    pub fn grants_in<'a>(
        &'a self,
        environment: Option<&'a EnvironmentSlug>,
        project: &'a Project,
    ) -> impl Iterator<Item = (Option<&'a GrantScope>, &'a Role)> {
        let covered = self.environments.iter().filter(move |(scope, _)| {
            environment.is_some_and(|environment| scope.covers(environment, project))
        });
        let scoped =
            covered.flat_map(|(scope, roles)| roles.iter().map(move |role| (Some(scope), role)));
        self.roles.iter().map(|role| (None, role)).chain(scoped)
    }
}

impl Access {
    /// Reports whether `member` has `permission` in `environment` of `project`, or in the whole project if
    /// that is `None`.
    pub fn allows(
        &self,
        member: &Member,
        permission: Permission,
        environment: Option<&EnvironmentSlug>,
        project: &Project,
    ) -> bool {
        member
            .grants_in(environment, project)
            .any(|(_, role)| self.role_allows(role, permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Environment;

    fn project() -> Project {
        let mut project = Project::default();
        for (slug, production) in [("prod", true), ("eu", true), ("qa", false)] {
            let slug: EnvironmentSlug = slug.parse().unwrap();
            let environment = Environment {
                production,
                ..Environment::named_after(&slug)
            };
            project.environments.insert(slug, environment);
        }
        project
    }

    fn granted(place: &str, role: &str) -> Member {
        let roles = [role.parse().unwrap()].into();
        Member {
            environments: [(place.parse().unwrap(), roles)].into(),
            ..Member::default()
        }
    }

    /// Where the grant lets the member move prompts.
    fn moves_prompts(member: &Member) -> Vec<String> {
        let (access, project) = (Access::default(), project());
        let allowed = |slug: &&EnvironmentSlug| {
            access.allows(member, Permission::PromptPublish, Some(slug), &project)
        };
        let mut slugs: Vec<EnvironmentSlug> = project.environments.keys().cloned().collect();
        slugs.push("new".parse().unwrap());
        slugs
            .iter()
            .filter(allowed)
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_grant_for_one_environment_holds_there_and_nowhere_else() {
        assert_eq!(moves_prompts(&granted("qa", "admin")), ["qa"]);
        assert_eq!(
            moves_prompts(&granted("new", "owner")),
            [] as [&str; 0],
            "not before it is there"
        );
        let member = granted("qa", "owner");
        assert!(!Access::default().allows(&member, Permission::PromptUpdate, None, &project()));
        assert!(!member.is_owner() && member.owns_something());
    }

    #[test]
    fn production_means_what_serves_production() {
        assert_eq!(
            moves_prompts(&granted("production", "developer")),
            ["eu", "prod"]
        );
    }
}
