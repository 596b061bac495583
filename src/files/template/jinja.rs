//! Jinja2 and minijinja, by minijinja's own parser.
//!
//! minijinja's list of undeclared variables would do, were it not for loops: callers pass the items of `docs`, so `{{ d.title }}`
//! in `{% for d in docs %}` is something that they pass, whatever `d` is called. So its syntax tree is walked with the scopes of
//! the language, and each local name remembers what it stands for.

use std::collections::BTreeMap;

use minijinja::machinery::ast::{
    BinOpKind, Call, CallArg, Expr, ForLoop, IfCond, Include, Macro, Stmt,
};
use minijinja::machinery::{Token, parse, tokenize};

use super::paths::{PathBudget, Variables, joined};

/// How many tokens a tag may have. The parser and the walk below recurse once for each operator or attribute of an expression,
/// and a version may have a mebibyte.
const LONGEST_TAG: usize = 500;
/// How many `elif` a template may have: the parser recurses for each.
const MOST_ALTERNATIVES: usize = 200;
/// What the language itself defines.
const RESERVED: [&str; 4] = ["loop", "self", "varargs", "kwargs"];
/// Filters that return the items of what they filter, or one of them.
const SAME_ITEMS: [&str; 14] = [
    "batch",
    "d",
    "default",
    "dictsort",
    "first",
    "items",
    "last",
    "list",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "sort",
    "unique",
];
/// Methods of mappings and lists that return their items.
const SAME_METHODS: [&str; 3] = ["copy", "items", "values"];

/// Returns the variables of a template, or `None` if it is invalid, extends another one, or is too deep to be read.
pub(super) fn variables(text: &str) -> Option<Variables> {
    if !is_shallow(text) {
        return None;
    }
    let template = parse(text, "prompt", Default::default()).ok()?;
    let mut walk = TemplateWalk {
        names: Variables::new(),
        budget: PathBudget::default(),
        scopes: vec![LocalNames::new()],
        determined: true,
    };
    walk.statement(&template);
    walk.determined.then_some(walk.names)
}

/// Reports whether the parser can read `text` in a bounded stack.
fn is_shallow(text: &str) -> bool {
    let (mut in_tag, mut alternatives) = (0, 0);
    for token in tokenize(text, false, Default::default()) {
        match token {
            Err(_) => return false,
            Ok((Token::VariableEnd | Token::BlockEnd | Token::TemplateData(_), _)) => in_tag = 0,
            Ok((token, _)) => {
                in_tag += 1;
                alternatives += usize::from(matches!(token, Token::Ident("elif")));
            }
        }
        if in_tag > LONGEST_TAG || alternatives > MOST_ALTERNATIVES {
            return false;
        }
    }
    true
}

/// What a name or an expression stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum NameOrigin {
    /// A path from what the caller passes.
    Caller(String),
    /// Something that the template makes itself.
    Local,
}

impl NameOrigin {
    fn then(self, segment: &str) -> Self {
        match self {
            Self::Caller(path) => Self::Caller(joined(&path, segment)),
            Self::Local => Self::Local,
        }
    }
}

type LocalNames = BTreeMap<String, NameOrigin>;

struct TemplateWalk {
    names: Variables,
    budget: PathBudget,
    /// The local names, those of the innermost block last.
    scopes: Vec<LocalNames>,
    determined: bool,
}

impl TemplateWalk {
    fn statements(&mut self, statements: &[Stmt<'_>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    /// Walks statements whose assignments end with them, and returns those.
    fn scoped(&mut self, scope: LocalNames, statements: &[Stmt<'_>]) -> LocalNames {
        self.scopes.push(scope);
        self.statements(statements);
        self.scopes.pop().unwrap_or_default()
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        // What is too much must not grow further while it is walked.
        if !self.determined {
            return;
        }
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitExpr(emitted) => self.expression(&emitted.expr),
            Stmt::EmitRaw(_) => {}
            Stmt::ForLoop(looped) => self.for_loop(looped),
            Stmt::IfCond(condition) => self.condition(condition),
            Stmt::WithBlock(with) => {
                let mut scope = LocalNames::new();
                for (target, value) in &with.assignments {
                    self.expression(value);
                    assign(&mut scope, target, &self.origin(value));
                }
                self.scoped(scope, &with.body);
            }
            Stmt::Set(set) => {
                self.expression(&set.expr);
                let origin = self.origin(&set.expr);
                self.assign(&set.target, &origin);
            }
            Stmt::SetBlock(set) => {
                self.optional(set.filter.as_ref());
                self.scoped(LocalNames::new(), &set.body);
                self.assign(&set.target, &NameOrigin::Local);
            }
            Stmt::AutoEscape(escape) => {
                self.expression(&escape.enabled);
                self.scoped(LocalNames::new(), &escape.body);
            }
            Stmt::FilterBlock(filter) => {
                self.expression(&filter.filter);
                self.scoped(LocalNames::new(), &filter.body);
            }
            Stmt::Block(block) => {
                self.scoped(LocalNames::new(), &block.body);
            }
            // An imported template does not see what the caller passes.
            Stmt::Import(import) => self.assign(&import.name, &NameOrigin::Local),
            Stmt::FromImport(import) => {
                for (name, alias) in &import.names {
                    self.assign(alias.as_ref().unwrap_or(name), &NameOrigin::Local);
                }
            }
            // Which variables are left depends on the blocks of a template that is not at hand.
            Stmt::Extends(_) => self.determined = false,
            Stmt::Include(include) => self.include(include),
            Stmt::Macro(declared) => {
                self.declare(declared);
                let name = declared.name.to_owned();
                self.bind(name, NameOrigin::Local);
            }
            Stmt::CallBlock(block) => {
                self.call(&block.call);
                self.declare(&block.macro_decl);
            }
            Stmt::Do(done) => self.call(&done.call),
        }
    }

    fn for_loop(&mut self, looped: &ForLoop<'_>) {
        self.expression(&looped.iter);
        let mut scope = LocalNames::new();
        assign(&mut scope, &looped.target, &self.origin(&looped.iter));
        self.scopes.push(scope);
        self.optional(looped.filter_expr.as_ref());
        self.statements(&looped.body);
        self.scopes.pop();
        self.scoped(LocalNames::new(), &looped.else_body);
    }

    /// A name that only some branches assign is the caller's in the others, so it stays what it was.
    fn condition(&mut self, condition: &IfCond<'_>) {
        self.expression(&condition.expr);
        let one = self.scoped(LocalNames::new(), &condition.true_body);
        let other = self.scoped(LocalNames::new(), &condition.false_body);
        for (name, origin) in one {
            match other.get(&name) {
                Some(same) if *same == origin => self.bind(name, origin),
                Some(_) => self.bind(name, NameOrigin::Local),
                None => {}
            }
        }
    }

    fn include(&mut self, include: &Include<'_>) {
        match constant(&include.name) {
            Some(name) => self.insert(format!("> {name}")),
            None => self.determined = false,
        }
    }

    /// Walks the body of a macro, in which its arguments are local.
    fn declare(&mut self, declared: &Macro<'_>) {
        for default in &declared.defaults {
            self.expression(default);
        }
        let mut scope = LocalNames::new();
        for argument in &declared.args {
            assign(&mut scope, argument, &NameOrigin::Local);
        }
        self.scoped(scope, &declared.body);
    }

    fn optional(&mut self, expression: Option<&Expr<'_>>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    /// Notes what of the caller an expression uses.
    fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(_) => self.note(expression),
            Expr::Const(_) => {}
            Expr::GetAttr(attribute) => self.part(expression, &attribute.expr),
            Expr::GetItem(item) => {
                self.part(expression, &item.expr);
                self.expression(&item.subscript_expr);
            }
            Expr::Slice(slice) => {
                self.part(expression, &slice.expr);
                for bound in [&slice.start, &slice.stop, &slice.step] {
                    self.optional(bound.as_ref());
                }
            }
            Expr::UnaryOp(unary) => self.expression(&unary.expr),
            Expr::BinOp(binary) => {
                self.expression(&binary.left);
                self.expression(&binary.right);
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                for operand in &compare.ops {
                    self.expression(&operand.expr);
                }
            }
            Expr::IfExpr(condition) => {
                self.expression(&condition.test_expr);
                self.expression(&condition.true_expr);
                self.optional(condition.false_expr.as_ref());
            }
            Expr::Filter(filter) => {
                self.optional(filter.expr.as_ref());
                self.arguments(&filter.args);
            }
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
            }
            Expr::Call(call) => self.call(call),
            Expr::List(list) => list.items.iter().for_each(|item| self.expression(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| self.expression(item)),
            Expr::Map(map) => {
                let both = map.keys.iter().chain(&map.values);
                both.for_each(|part| self.expression(part));
            }
        }
    }

    /// Notes a part of `whole`: as one path if `whole` is one, and else what `whole` uses.
    fn part(&mut self, part: &Expr<'_>, whole: &Expr<'_>) {
        match self.origin(part) {
            NameOrigin::Caller(_) => self.note(part),
            NameOrigin::Local => self.expression(whole),
        }
    }

    fn note(&mut self, expression: &Expr<'_>) {
        if let NameOrigin::Caller(path) = self.origin(expression) {
            self.insert(path);
        }
    }

    fn insert(&mut self, path: String) {
        if self.budget.has_room(&path) {
            self.names.insert(path);
        } else {
            self.determined = false;
        }
    }

    /// A function belongs to the engine; a method belongs to what it is called on.
    fn call(&mut self, call: &Call<'_>) {
        match &call.expr {
            Expr::Var(_) => {}
            Expr::GetAttr(method) => match self.called(call) {
                NameOrigin::Caller(path) => self.insert(path),
                NameOrigin::Local => self.expression(&method.expr),
            },
            other => self.expression(other),
        }
        self.arguments(&call.args);
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            match argument {
                CallArg::Pos(value)
                | CallArg::Kwarg(_, value)
                | CallArg::PosSplat(value)
                | CallArg::KwargSplat(value) => self.expression(value),
            }
        }
    }

    /// Returns what an expression stands for. The items of a list stand for the list.
    fn origin(&self, expression: &Expr<'_>) -> NameOrigin {
        match expression {
            Expr::Var(name) => self.named(name.id),
            Expr::GetAttr(attribute) => self.origin(&attribute.expr).then(attribute.name),
            Expr::GetItem(item) => {
                let key = constant(&item.subscript_expr).unwrap_or_default();
                self.origin(&item.expr).then(&key)
            }
            Expr::Slice(slice) => self.origin(&slice.expr),
            Expr::Filter(filter) if SAME_ITEMS.contains(&filter.name) => filter
                .expr
                .as_ref()
                .map_or(NameOrigin::Local, |filtered| self.origin(filtered)),
            // `docs or []`
            Expr::BinOp(either) if matches!(either.op, BinOpKind::ScOr) => {
                self.origin(&either.left)
            }
            Expr::Call(call) => self.called(call),
            _ => NameOrigin::Local,
        }
    }

    /// Returns what the result of a call stands for.
    fn called(&self, call: &Call<'_>) -> NameOrigin {
        let Expr::GetAttr(method) = &call.expr else {
            return NameOrigin::Local;
        };
        match (method.name, &call.args[..]) {
            ("get", [CallArg::Pos(key), ..]) => {
                let key = constant(key).unwrap_or_default();
                self.origin(&method.expr).then(&key)
            }
            (name, []) if SAME_METHODS.contains(&name) => self.origin(&method.expr),
            _ => NameOrigin::Local,
        }
    }

    fn named(&self, name: &str) -> NameOrigin {
        if RESERVED.contains(&name) {
            return NameOrigin::Local;
        }
        let mut scopes = self.scopes.iter().rev();
        scopes
            .find_map(|scope| scope.get(name).cloned())
            .unwrap_or_else(|| NameOrigin::Caller(name.to_owned()))
    }

    fn assign(&mut self, target: &Expr<'_>, origin: &NameOrigin) {
        if let Some(scope) = self.scopes.last_mut() {
            assign(scope, target, origin);
        }
    }

    fn bind(&mut self, name: String, origin: NameOrigin) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, origin);
        }
    }
}

/// Lets the names in `target` stand for `origin`. An attribute of a namespace is no name.
fn assign(scope: &mut LocalNames, target: &Expr<'_>, origin: &NameOrigin) {
    match target {
        Expr::Var(name) => {
            scope.insert(name.id.to_owned(), origin.clone());
        }
        // `for key, value in docs.items()`: the caller chooses the keys, and the values are what it
        // passes.
        Expr::Tuple(targets) => targets
            .items
            .iter()
            .for_each(|target| assign(scope, target, origin)),
        Expr::List(targets) => targets
            .items
            .iter()
            .for_each(|target| assign(scope, target, origin)),
        _ => {}
    }
}

/// Returns a constant text.
fn constant(expression: &Expr<'_>) -> Option<String> {
    match expression {
        Expr::Const(constant) => constant.value.as_str().map(str::to_owned),
        _ => None,
    }
}
