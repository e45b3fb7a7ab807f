COLLECTED = ["cells", *JOB_TABLES, *TUNING, *THEORY]


rule collect:
    input:
        tuned=collect("<runs>/{tuning}/{table}.parquet", tuning=PLAN.tunings, table=TUNING),
        trained=collect("<runs>/{job}/{table}.parquet", job=PLAN.jobs, table=TRAINED_TABLES),
        untrained=collect(
            "<results>/untrained/{batch}/{table}.parquet",
            batch=PLAN.batches,
            table=[*UNTRAINED_TABLES, *THEORY],
        ),
        records=[
            *collect("<runs>/{job}/job.json", job=[*PLAN.jobs, *PLAN.tunings]),
            *collect("<results>/untrained/{batch}/jobs.json", batch=PLAN.batches),
        ],
    output:
        collect("<results>/tables/{table}.parquet", table=COLLECTED),
        record="<results>/tables/provenance.json",
    log:
        "<results>/logs/collect.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("collect"),
        config=lambda wildcards: CONFIG,
        out=subpath(output.record, parent=True),
        results=subpath(output.record, ancestor=2),
        runs=lambda wildcards: RUNS,
    shell:
        "python -m activation_lab collect --config {params.config:q}"
        " --results {params.results:q} --runs {params.runs:q} --out {params.out:q} 2> {log:q}"


rule analyse:
    input:
        neurons="<results>/tables/neurons.parquet",
        runs="<results>/tables/runs.parquet",
        metrics="<results>/tables/metrics.parquet",
        cells="<results>/tables/cells.parquet",
        predictions="<results>/tables/predictions.parquet",
    output:
        collect("<results>/tables/{table}.parquet", table=ANALYSIS),
    log:
        "<results>/logs/analyse.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("analyse", "dataset"),
        tables=subpath(input.runs, parent=True),
    shell:
        "python -m activation_lab analyse --tables {params.tables:q} 2> {log:q}"


rule claims:
    input:
        collected=collect("<results>/tables/{table}.parquet", table=COLLECTED),
        analyses=rules.analyse.output,
        functions=rules.functions.output[0],
        portraits=rules.functions.output[1],
        experiments=EXPERIMENTS,
    output:
        "<results>/tables/claims.parquet",
    log:
        "<results>/logs/claims.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("claims", "dataset"),
        tables=subpath(input.functions, parent=True),
    shell:
        "python -m activation_lab claims --tables {params.tables:q} 2> {log:q}"
