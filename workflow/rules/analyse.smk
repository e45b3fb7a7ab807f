# Of the config, theory looks at the networks alone: their digest is under params. The config itself is no
# reason to run again, so it comes by the environment.
rule theory:
    input:
        images=ancient(rules.data.output[0]),
        others=ancient(rules.data.output[1:]),
        own=PLAN.own_sources,
    output:
        theory="<results>/tables/theory.parquet",
        predictions="<results>/tables/predictions.parquet",
    log:
        "<results>/logs/theory.log",
    benchmark:
        "<results>/logs/theory.tsv"
    priority: 10**18  # one long job: before all that train
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=digest("theory"),
        networks=PLAN.networks,
        torch=version("torch"),
        data=subpath(input.images, parent=True),
        out=subpath(output.theory, parent=True),
    shell:
        'python -m activation_lab theory --config "$ACTIVATION_LAB_CONFIG" --data {params.data:q}'
        " --out {params.out:q} 2> {log:q}"


rule collect:
    input:
        trained=collect(
            "<results>/runs/{job}/{table}.parquet", job=PLAN.jobs, table=TRAINED_TABLES
        ),
        untrained=collect(
            "<results>/untrained/{batch}/{table}.parquet",
            batch=PLAN.batches,
            table=UNTRAINED_TABLES,
        ),
        records=[
            *collect("<results>/runs/{job}/job.json", job=PLAN.jobs),
            *collect("<results>/untrained/{batch}/jobs.json", batch=PLAN.batches),
        ],
        predictions="<results>/tables/predictions.parquet",
    output:
        collect("<results>/tables/{table}.parquet", table=["cells", *JOB_TABLES]),
        record="<results>/tables/provenance.json",
    log:
        "<results>/logs/collect.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=digest("collect"),
        config=CONFIG,
        out=subpath(output.record, parent=True),
        results=subpath(output.record, ancestor=2),
    shell:
        "python -m activation_lab collect --config {params.config:q}"
        " --results {params.results:q} --out {params.out:q} 2> {log:q}"


rule analyse:
    input:
        neurons="<results>/tables/neurons.parquet",
        runs="<results>/tables/runs.parquet",
        metrics="<results>/tables/metrics.parquet",
        cells="<results>/tables/cells.parquet",
        predictions="<results>/tables/predictions.parquet",
    output:
        collect("<results>/tables/{table}.parquet", table=ANALYSIS_TABLES),
    log:
        "<results>/logs/analyse.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=digest("analyse"),
        tables=subpath(input.runs, parent=True),
    shell:
        "python -m activation_lab analyse --tables {params.tables:q} 2> {log:q}"


rule claims:
    input:
        collected=collect("<results>/tables/{table}.parquet", table=["cells", *JOB_TABLES]),
        analyses=rules.analyse.output,
        theory=rules.theory.output,
        functions=rules.functions.output[0],
    output:
        "<results>/tables/claims.parquet",
    log:
        "<results>/logs/claims.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=digest("claims"),
        tables=subpath(input.functions, parent=True),
    shell:
        "python -m activation_lab claims --tables {params.tables:q} 2> {log:q}"
