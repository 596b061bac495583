use super::*;
use crate::model::Kind;

/// Returns the variables of a file with that extension, in one line, or `?`.
fn of(extension: &str, text: &str) -> String {
    let extension = Extension::of(Kind::Prompts, extension).unwrap();
    match variables(text, &extension) {
        Some(names) => names.into_iter().collect::<Vec<_>>().join(" "),
        None => "?".to_owned(),
    }
}

/// Asserts what each text of files with that extension takes.
fn each(extension: &str, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(of(extension, text), *expected, "{extension}: {text}");
    }
}

#[test]
fn names_are_found_in_every_spelling_that_all_engines_share() {
    each(
        "md",
        &[
            ("nothing { a } }} a", ""),
            (
                "{{ a }} {{b}} {{- c -}} {{{ d }}} {{\n e.f\n}} {{ a }} {{~g~}} {{ first-name }} {{ größe }}",
                "a b c d e.f first-name g größe",
            ),
            ("{\"x\": \"{{ _i }}\"}", "_i"),
            ("{\"a\": {\"b\": {{ x }}}}", "x"),
            ("{{ user.name }} of {{ user }}", "user.name"),
            (
                "{{ a.b }} {{ a-b }} {{ a.c }} {{ ab.d }}",
                "a-b a.b a.c ab.d",
            ),
        ],
    );
}

#[test]
fn expressions_are_those_of_the_engine_that_they_fit() {
    each(
        "md",
        &[
            ("{{ e.f | upper }}", "e.f"),
            ("Hi {{ user[\"name\"] }}", "user.name"),
            ("Hi {{upper name}}", "name"),
            ("{{ a if b else 'c' }}", "a b"),
            ("{{ a or b }} {{ not c }}", "a b c"),
            ("{{ items[0].id }} {{ n + 1 }}", "items.id n"),
            ("\\{{example}} {{name}}", "name"),
        ],
    );
}

#[test]
fn what_no_engine_or_two_could_render_cannot_be_determined() {
    each(
        "md",
        &[
            ("{{ a", "?"),
            ("{{}}", "?"),
            ("{{ a. }}", "?"),
            ("{{ a..b }}", "?"),
            ("{{\"key\": {value}}}", "?"),
            ("{{ \u{1b}[2J }}", "?"),
            ("{% if a %}", "?"),
            ("{% if a %}{{#b}}{{/b}}{% endif %}", "?"),
            ("# Title {#anchor}\n", "?"),
            ("{{#a}}", "?"),
            ("{{#a}}{{/b}}", "?"),
            ("{{/a}}", "?"),
            ("{{#a}}{{ b.c | upper }}{{/a}}", "?"),
        ],
    );
}

#[test]
fn jinja_is_read_with_its_scopes() {
    each(
        "j2",
        &[
            (
                "{% if vip %}{{ name }}{% elif a.b == c %}{{ d | default(e) }}{% else %}{{ f }}{% endif %}",
                "a.b c d e f name vip",
            ),
            (
                "{% for d in docs %}{{ d.title }} {{ loop.index }}{% else %}{{ nothing }}{% endfor %}",
                "docs.title nothing",
            ),
            (
                "{% for k, v in docs.items() %}{{ k }}={{ v.x }}{% endfor %}",
                "docs.x",
            ),
            (
                "{% for d in docs | sort(attribute='x') if d.shown and wanted %}{{ d }}{% endfor %}{{ d }}",
                "d docs.shown wanted",
            ),
            (
                "{% for row in rows %}{% for cell in row.cells %}{{ cell.text }}{% endfor %}{% endfor %}",
                "rows.cells.text",
            ),
            (
                "{% set g = 'x' %}{{ g }} {% set h = other %}{{ h.i }}",
                "other.i",
            ),
            (
                "{% if a %}{% set g = 'x' %}{% else %}{% set g = 'y' %}{% endif %}{{ g }}",
                "a",
            ),
            ("{% if a %}{% set g = 'x' %}{% endif %}{{ g }}", "a g"),
            ("{% set g %}{{ b }}{% endset %}{{ g }}", "b"),
            ("{% with x = y %}{{ x.z }}{% endwith %}{{ x }}", "x y.z"),
            (
                "{% macro m(p, q=r) %}{{ p }}{{ q }}{{ s }}{% endmacro %}{{ m(t) }}",
                "r s t",
            ),
            (
                "{% set ns = namespace(n=0) %}{% for i in xs %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
                "xs",
            ),
            (
                "{{ user.get('name') }} {{ name.strip().upper() }} {{ range(n) }} {{ xs[1:m] }}",
                "m n name user.name xs",
            ),
            (
                "{{ x is defined }} {{ y in [z, 1] }} {{ {'k': v}['k'] }} {{ not w }} {{ a ~ b }}",
                "a b v w x y z",
            ),
            (
                "{% raw %}{{ example }}{% endraw %}{# {{ comment }} #}{{ true }}{{ none }}",
                "",
            ),
            ("{% include 'header.j2' %}{{ a }}", "> header.j2 a"),
            ("{% import 'lib.j2' as lib %}{{ lib.f(a) }}", "a"),
            (
                "{% filter upper %}{{ a }}{% endfilter %}{% block b %}{{ c }}{% endblock %}",
                "a c",
            ),
            ("{% call m() %}{{ a }}{% endcall %}", "a"),
            ("{% extends 'base.j2' %}", "?"),
            ("{% include which %}", "?"),
            ("{% unknown %}", "?"),
        ],
    );
}

#[test]
fn handlebars_is_read_with_its_contexts() {
    each(
        "hbs",
        &[
            ("{{#if vip}}Hi{{else}}Hello{{/if}} {{name}}", "name vip"),
            ("{{#unless a}}{{b}}{{else if c}}{{d}}{{/unless}}", "a b c d"),
            (
                "{{#each docs}}{{title}}{{this.text}}{{@index}}{{../lang}}{{@root.top}}{{/each}}",
                "docs.text docs.title lang top",
            ),
            (
                "{{#each docs}}{{#if shown}}{{../lang}}{{/if}}{{else}}{{none_of}}{{/each}}",
                "docs.shown lang none_of",
            ),
            (
                "{{#each docs as |doc i|}}{{doc.title}} {{i}}{{/each}}",
                "docs.title",
            ),
            (
                "{{#with user}}{{name}}{{#with address}}{{city}}{{/with}}{{/with}}",
                "user.address.city user.name",
            ),
            (
                "{{upper name}} {{join (map items f) sep=glue \"x y\" 3 true}}",
                "f glue items name",
            ),
            (
                "{{user.[first name]}} {{list.[0].id}} {{list.1}}",
                "list.id user.first name",
            ),
            (
                "\\{{example}} \\\\{{real}} {{{raw}}} {{&amp}} {{~trim~}}",
                "amp raw real trim",
            ),
            ("{{{{raw-block}}}} {{example}} {{{{/raw-block}}}}", ""),
            ("{{! {{no}} }}", ""),
            ("{{!-- {{no}} --}}{{a}}", "a"),
            ("{{> header}} {{> item this x=y}}", "> header > item y"),
            ("{{#> layout}}{{a}}{{/layout}}", "> layout a"),
            ("{{^vip}}{{a}}{{/vip}}", "a vip"),
            ("{{#each (split tags)}}{{this}}{{x}}{{/each}}", "tags"),
            ("{{> (which)}}", "?"),
            ("{{#*inline \"p\"}}{{/inline}}", "?"),
            ("{{=<% %>=}}", "?"),
            ("{% if a %}{{b}}{% endif %}", "b"),
        ],
    );
}

#[test]
fn mustache_looks_outside_of_a_section_for_what_is_not_in_it() {
    each(
        "mustache",
        &[
            ("{{#docs}}{{title}}{{/docs}}", "docs.title"),
            ("{{#docs}}{{.}}{{/docs}}", "docs"),
            ("{{name}}{{#vip}}{{name}} {{rank}}{{/vip}}", "name vip.rank"),
            ("{{^vip}}{{a}}{{/vip}}{{#a.b}}{{c}}{{/a.b}}", "a.b.c vip"),
            ("{{=<% %>=}}<%a%> {{b}} <%={{ }}=%>{{c}}", "a c"),
            ("{{!a}}{{&b}}{{{c}}}{{> p}}", "> p b c"),
            ("{{else}}", "else"),
            ("{{upper name}}", "?"),
        ],
    );
}

#[test]
fn a_prompt_that_would_exhaust_the_stack_or_memory_cannot_be_determined() {
    let chain = format!("{{{{ a{} }}}}", ".b".repeat(200_000));
    let sum = format!("{{{{ a{} }}}}", " + a".repeat(200_000));
    let not = format!("{{{{ {}a }}}}", "not ".repeat(200_000));
    let elif = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(50_000));
    let nested = "{% if a %}".repeat(50_000) + &"{% endif %}".repeat(50_000);
    let brackets = format!("{{{{ {}a{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    let growing = "{% set a = a.bbbbbbbbbbbb %}".repeat(30_000);
    for text in [chain, sum, not, elif, nested, brackets, growing] {
        assert_eq!(of("j2", &text), "?");
    }
    let sections = "{{#a}}".repeat(50_000) + &"{{/a}}".repeat(50_000);
    let calls = format!("{{{{f {}a{}}}}}", "(f ".repeat(50_000), ")".repeat(50_000));
    let names: String = (0..100)
        .map(|n| format!("{{{{#{n}{}}}}}", "x".repeat(3000)))
        .collect();
    let within = names.clone() + &"{{b}}".repeat(20_000);
    for text in [sections, calls, within] {
        assert_eq!(of("hbs", &text), "?");
    }
}
