rule collect:
    input:
        tables=collect("<results>/runs/{job}/{table}.parquet", job=PLAN.jobs, table=JOB_TABLES),
        records=collect("<results>/runs/{job}/job.json", job=PLAN.jobs),
        code=sources("collect"),
    output:
        collect("<results>/tables/{table}.parquet", table=JOB_TABLES),
        record="<results>/tables/provenance.json",
    log:
        "<results>/logs/collect.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        config=json.dumps(config),
        out=subpath(output.record, parent=True),
        results=subpath(output.record, ancestor=2),
    shell:
        "python -m activation_lab collect --config {params.config:q}"
        " --runs {params.results:q}/runs --out {params.out:q} 2> {log:q}"


rule analyse:
    input:
        neurons="<results>/tables/neurons.parquet",
        runs="<results>/tables/runs.parquet",
        code=sources("analyse"),
    output:
        collect("<results>/tables/{table}.parquet", table=ANALYSIS_TABLES),
    log:
        "<results>/logs/analyse.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        tables=subpath(input.runs, parent=True),
    shell:
        "python -m activation_lab analyse --tables {params.tables:q} 2> {log:q}"
