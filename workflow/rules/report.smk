rule figures:
    input:
        tables=rules.collect.output,
        analyses=rules.analyse.output,
        functions=rules.functions.output[0],
        data=ancient(rules.data.output),
        code=sources("figures"),
    output:
        report(
            directory("<results>/figures/{study}"),
            patterns=["{figure}.svg"],
            category="{study}",
            labels={"figure": "{figure}"},
        ),
    params:
        tables=subpath(input.functions, parent=True),
    log:
        "<results>/logs/figures-{study}.log",
    localrule: True
    conda:
        "../../environment.yml"
    shell:
        "python -m activation_lab figures --study {wildcards.study:q} --tables {params.tables:q}"
        " --out {output:q} 2> {log:q}"


rule samples:
    input:
        data=ancient(rules.data.output),
        code=sources("samples"),
    output:
        report("<results>/figures/samples.svg", category="data"),
    params:
        data="results/data/FashionMNIST/raw",
    log:
        "<results>/logs/samples.log",
    localrule: True
    conda:
        "../../environment.yml"
    shell:
        "python -m activation_lab samples --data {params.data:q} --out {output:q} 2> {log:q}"


rule report:
    input:
        tables=[*rules.collect.output, *rules.analyse.output],
        figures=collect("<results>/figures/{study}", study=PLAN.studies),
        samples=rules.samples.output[0],
        markdown="workflow/report/report.md.j2",
        html="workflow/report/report.html.j2",
        code=sources("report"),
    output:
        md="<results>/report.md",
        html="<results>/report.html",
    params:
        config=json.dumps(config),
        templates=subpath(input.markdown, parent=True),
        results=subpath(output.md, parent=True),
    log:
        "<results>/logs/report.log",
    localrule: True
    conda:
        "../../environment.yml"
    shell:
        "python -m activation_lab report --config {params.config:q}"
        " --templates {params.templates:q} --results {params.results:q} 2> {log:q}"
