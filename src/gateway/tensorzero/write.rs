use super::file_tables::{FileTables, FunctionTable};
use super::tables::{ChosenVariant, ModelNaming, Tables, tables};
use crate::gateway::format::{Inexpressible, Rendering, ServedGateway};

/// Returns the file that says what one environment serves.
///
/// # Errors
///
/// Everything that no file says.
pub(super) fn write(served: &ServedGateway) -> Result<Rendering, Vec<Inexpressible>> {
    let Tables {
        embedding_models,
        models,
        functions,
        lost,
    } = tables(served, ModelNaming::AsAsked)?;
    let functions = functions
        .into_iter()
        .map(|(name, variants)| (name, function(variants)));
    let layout = FileTables {
        embedding_models,
        models,
        functions: functions.collect(),
    };
    Ok(Rendering {
        text: layout.text(),
        lost,
    })
}

fn function(variants: Vec<ChosenVariant>) -> FunctionTable {
    let mut function = FunctionTable::default();
    for variant in variants {
        // Left out of the weights, so that it is not asked when another one fails either.
        if variant.weight > 0 {
            function
                .weights
                .insert(variant.name.clone(), variant.weight);
        }
        function.variants.insert(variant.name, variant.table);
    }
    function
}
