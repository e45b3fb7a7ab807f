rule figures:
    input:
        tables=rules.collect.output,
        analyses=rules.analyse.output,
        functions=rules.functions.output[0],
        portraits=rules.functions.output[1],
    output:
        report(
            directory("<results>/figures/{study}"),
            patterns=["{figure}.svg"],
            caption="../report/figure.rst",
            category="Figures",
            subcategory="{study}",
            labels={"figure": "{figure}"},
        ),
    log:
        "<results>/logs/figures-{study}.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("figures", "dataset"),
        tables=subpath(input.functions, parent=True),
    shell:
        "python -m activation_lab figures --study {wildcards.study:q} --tables {params.tables:q}"
        " --out {output:q} 2> {log:q}"


rule samples:
    input:
        data=ancient(PLAN.data),
        own=PLAN.own_data,
    output:
        report(
            "<results>/figures/samples-{dataset}.svg",
            caption="../report/samples.rst",
            category="Figures",
            subcategory="data",
            labels={"figure": "samples of {dataset}"},
        ),
    log:
        "<results>/logs/samples-{dataset}.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("samples", "dataset"),
        data=subpath(input[0], parent=True),
        dataset=lambda wildcards: PLAN.dataset(wildcards).name,
    shell:
        "python -m activation_lab samples --dataset {params.dataset:q} --data {params.data:q}"
        " --out {output:q} 2> {log:q}"


rule report:
    input:
        tables=[*rules.collect.output, *rules.analyse.output],
        functions=rules.functions.output[0],
        portraits=rules.functions.output[1],
        claims=rules.claims.output[0],
        trial=CARD,
        figures=collect("<results>/figures/{study}", study=PLAN.studies),
        samples=collect(
            "<results>/figures/samples-{dataset}.svg", dataset=[d.slug for d in PLAN.datasets]
        ),
        markdown=f"{HERE}/report/report.md.j2",
        html=f"{HERE}/report/report.html.j2",
        parts=multiext(
            f"{HERE}/report/",
            "opening.md.j2",
            "definitions.md.j2",
            "again.md.j2",
            "report.css",
            "report.js",
        ),
    output:
        md="<results>/report.md",
        html=report(
            "<results>/report.html",
            caption="../report/page.rst",
            category="Report",
            labels={"page": "the whole report"},
        ),
    log:
        "<results>/logs/report.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("report", "dataset"),
        config=lambda wildcards: CONFIG,
        templates=subpath(input.markdown, parent=True),
        results=subpath(output.md, parent=True),
    shell:
        "python -m activation_lab report --config {params.config:q}"
        " --templates {params.templates:q} --results {params.results:q} 2> {log:q}"
