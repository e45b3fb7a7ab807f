rule tune:
    input:
        data=ancient(PLAN.data),
        own=PLAN.own_files,
    output:
        "<runs>/{tuning}/tuning.parquet",
        record="<runs>/{tuning}/job.json",
    log:
        "<runs>/{tuning}/tune.log",
    benchmark:
        "<runs>/{tuning}/benchmark.tsv"
    priority: PLAN.priority
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem="2GB",
        runtime="4h",
        gpu=int(config["device"] == "cuda"),
        jobs_per_device=config["jobs_per_device"],
    params:
        code=PLAN.code("tune"),
        tuning=PLAN.job,
        data=subpath(input[0], parent=True),
        device=config["device"],
        out=subpath(output.record, parent=True),
        torch=version("torch"),
    shell:
        "python -m activation_lab tune --tuning {params.tuning:q} --device {params.device}"
        " --jobs-per-device {resources.jobs_per_device}"
        " --data {params.data:q} --out {params.out:q} 2> {log:q}"


rule train:
    input:
        data=ancient(PLAN.data),
        own=PLAN.own_files,
        tuning=collect("<runs>/{tuning}/tuning.parquet", tuning=PLAN.tuning),
    output:
        collect("<runs>/{{job}}/{table}.parquet", table=TRAINED_TABLES),
        record="<runs>/{job}/job.json",
    log:
        "<runs>/{job}/train.log",
    benchmark:
        "<runs>/{job}/benchmark.tsv"
    priority: PLAN.priority
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem="2GB",
        runtime="4h",
        gpu=int(config["device"] == "cuda"),
        jobs_per_device=config["jobs_per_device"],
    params:
        code=PLAN.code("train"),
        job=PLAN.job,
        data=subpath(input[0], parent=True),
        device=config["device"],
        out=subpath(output.record, parent=True),
        runs=lambda wildcards: RUNS,
        torch=version("torch"),
    shell:
        "python -m activation_lab train --job {params.job:q} --device {params.device}"
        " --jobs-per-device {resources.jobs_per_device}"
        " --data {params.data:q} --runs {params.runs:q} --out {params.out:q} 2> {log:q}"


# Untrained networks are measured once, whatever the studies that train them: many in one process,
# whose start takes longer than most of them. The folders of their runs are not declared: a batch
# takes from them what is measured already.
rule untrained:
    input:
        data=ancient(PLAN.data),
        own=PLAN.own_files,
    output:
        collect("<results>/untrained/{{batch}}/{table}.parquet", table=UNTRAINED_TABLES),
        records="<results>/untrained/{batch}/jobs.json",
    log:
        "<results>/untrained/{batch}/untrained.log",
    benchmark:
        "<results>/untrained/{batch}/benchmark.tsv"
    priority: PLAN.priority
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem="2GB",
        runtime="4h",
        gpu=int(config["device"] == "cuda"),
        jobs_per_device=config["jobs_per_device"],
    params:
        code=PLAN.code("untrained"),
        batch=PLAN.job,
        data=subpath(input[0], parent=True),
        device=config["device"],
        out=subpath(output.records, parent=True),
        runs=lambda wildcards: RUNS,
        torch=version("torch"),
    shell:
        "python -m activation_lab untrained --batch {params.batch:q} --device {params.device}"
        " --jobs-per-device {resources.jobs_per_device}"
        " --data {params.data:q} --runs {params.runs:q} --out {params.out:q} 2> {log:q}"


rule theory:
    input:
        data=ancient(PLAN.data),
        own=PLAN.own_files,
    output:
        collect("<results>/untrained/{{batch}}/{table}.parquet", table=THEORY),
    log:
        "<results>/untrained/{batch}/theory.log",
    benchmark:
        "<results>/untrained/{batch}/theory.tsv"
    priority: PLAN.priority
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=PLAN.code("theory"),
        batch=PLAN.job,
        data=subpath(input[0], parent=True),
        out=subpath(output[0], parent=True),
        torch=version("torch"),
    shell:
        "python -m activation_lab theory --batch {params.batch:q} --data {params.data:q}"
        " --out {params.out:q} 2> {log:q}"


rule functions:
    input:
        own=PLAN.own_activations,
    output:
        collect("<results>/tables/{table}.parquet", table=FUNCTIONS),
    log:
        "<results>/logs/functions.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=PLAN.code_for_all("functions", "activation"),
        activations=PLAN.activations,
        out=subpath(output[0], parent=True),
        torch=version("torch"),
    shell:
        "python -m activation_lab functions --activations {params.activations:q}"
        " --out {params.out:q} 2> {log:q}"
