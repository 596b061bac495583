use crate::gateway::configuration::Gateway;
use crate::gateway::format::Inexpressible;
use crate::model::{
    Endpoint, Kind, ModelName, Resource, ResourceName, RoutingRule, Target, TargetEnd, TargetName,
};

/// A target that leads to a model of a provider, wherever it stands below a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf<'g> {
    /// Its name; of a target of another rule, behind the name of the target that leads there: `backup.main`.
    pub name: String,
    /// The rules that lead to it, below the one that was asked: the name of the target that leads to each, and the rule.
    pub way: Vec<(&'g TargetName, &'g ResourceName)>,
    /// What the rule says of it.
    pub target: &'g Target,
    /// The provider.
    pub provider: &'g ResourceName,
    /// What the rule asks the provider for.
    pub model: &'g ModelName,
    /// Of the requests that come to this choice, how many of one it gets; none where nothing is chosen by weight.
    pub share: Option<f64>,
}

impl Gateway {
    /// Returns the rule that answers `endpoint` for `model`, and by which of its models: an exact name before a pattern, a
    /// longer pattern before a shorter one.
    pub fn claiming(
        &self,
        endpoint: Endpoint,
        model: &ModelName,
    ) -> Option<(&ResourceName, &RoutingRule, &ModelName)> {
        let mut found: Option<(&ResourceName, &RoutingRule, &ModelName)> = None;
        let rank = |claimed: &ModelName| (claimed == model, claimed.as_str().len());
        for (name, rule) in self
            .rules
            .iter()
            .filter(|(_, rule)| rule.endpoint == endpoint)
        {
            let Some(claimed) = ModelName::best(&rule.models, model) else {
                continue;
            };
            if found.is_none_or(|(.., best)| rank(best) < rank(claimed)) {
                found = Some((name, rule, claimed));
            }
        }
        found
    }

    /// Returns the targets that `rule` leads to, in order, with those of other rules in the place of the targets that lead there.
    ///
    /// What is coherent has no circle, and at most [`RoutingRule::MOST_TARGETS`] of them. Of what is not, deeper targets are left
    /// out, so that a circle ends.
    pub fn leaves<'g>(&'g self, rule: &'g RoutingRule) -> Vec<Leaf<'g>> {
        self.leaves_below(rule, None, RoutingRule::MOST_TARGETS - 1)
    }

    /// Returns the targets of the rule `name` as one list, with those of the rules that it leads to written out.
    ///
    /// # Errors
    ///
    /// When it, or a rule that it leads to, chooses by weight: no list says that a choice is made within a choice.
    pub fn written_out<'g>(
        &'g self,
        name: &ResourceName,
        rule: &'g RoutingRule,
    ) -> Result<Vec<Leaf<'g>>, Inexpressible> {
        let resource = Resource::new(Kind::Routing, name);
        let leads = |target: &Target| matches!(target.destination, TargetEnd::Rule { .. });
        let leading = rule.in_order().find(|(_, target)| leads(target));
        if let Some((target, _)) = leading.filter(|_| rule.strategy.takes_weights()) {
            return Err(Inexpressible::at(
                &resource,
                format!("targets.{target}.rule"),
                "a target that is chosen by weight cannot lead to a rule",
            ));
        }
        let leaves = self.leaves(rule);
        for leaf in &leaves {
            for (_, to) in &leaf.way {
                if self
                    .rules
                    .get(*to)
                    .is_some_and(|it| it.strategy.takes_weights())
                {
                    return Err(Inexpressible::at(
                        &resource,
                        format!("targets.{}.rule", leaf.way[0].0),
                        format!("it leads to routing/{to}, which chooses by weight"),
                    ));
                }
            }
        }
        Ok(leaves)
    }

    fn leaves_below<'g>(
        &'g self,
        rule: &'g RoutingRule,
        above: Option<f64>,
        deep: usize,
    ) -> Vec<Leaf<'g>> {
        let weights = rule.targets.values().filter_map(|target| target.weight);
        let sum: f64 = weights.map(|weight| f64::from(weight.value())).sum();
        let mut leaves = Vec::new();
        for (name, target) in rule.in_order() {
            let own = target
                .weight
                .map(|weight| f64::from(weight.value()) / sum.max(1.0));
            let share = match (above, own) {
                (Some(above), Some(own)) => Some(above * own),
                (above, own) => above.or(own),
            };
            match &target.destination {
                TargetEnd::Model { provider, model } => leaves.push(Leaf {
                    name: name.to_string(),
                    way: Vec::new(),
                    target,
                    provider,
                    model,
                    share,
                }),
                TargetEnd::Rule { rule } => {
                    let Some((to, rule)) = self.rules.get_key_value(rule).filter(|_| deep > 0)
                    else {
                        continue;
                    };
                    let below = self.leaves_below(rule, share, deep - 1);
                    leaves.extend(below.into_iter().map(|mut leaf| {
                        leaf.name = format!("{name}.{}", leaf.name);
                        leaf.way.insert(0, (name, to));
                        leaf
                    }));
                }
            }
        }
        leaves
    }
}
