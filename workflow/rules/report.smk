rule figures:
    input:
        tables=rules.collect.output,
        analyses=rules.analyse.output,
        functions=rules.functions.output,
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
