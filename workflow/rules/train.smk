rule train:
    input:
        images=ancient(rules.data.output[0]),
        others=ancient(rules.data.output[1:]),
        own=PLAN.own_source,
    output:
        collect("<results>/runs/{{job}}/{table}.parquet", table=JOB_TABLES),
        record="<results>/runs/{job}/job.json",
    log:
        "<results>/runs/{job}/train.log",
    benchmark:
        "<results>/runs/{job}/benchmark.tsv"
    priority: PLAN.priority
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem="2GB",
        runtime="4h",
        gpu=int(config["device"] == "cuda"),
    params:
        code=digest("train"),
        job=PLAN.job,
        data=subpath(input.images, parent=True),
        device=config["device"],
        out=subpath(output.record, parent=True),
        torch=version("torch"),
    shell:
        "python -m activation_lab train --job {params.job:q} --device {params.device}"
        " --data {params.data:q} --out {params.out:q} 2> {log:q}"


rule functions:
    input:
        own=PLAN.own_sources,
    output:
        "<results>/tables/functions.parquet",
    log:
        "<results>/logs/functions.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        code=digest("functions"),
        activations=PLAN.activations,
        torch=version("torch"),
    shell:
        "python -m activation_lab functions --activations {params.activations:q}"
        " --out {output:q} 2> {log:q}"
