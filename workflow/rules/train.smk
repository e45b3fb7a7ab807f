rule train:
    input:
        data=ancient(rules.data.output),
        code=sources("train"),
    output:
        collect("<results>/runs/{{job}}/{table}.parquet", table=JOB_TABLES),
        record="<results>/runs/{job}/job.json",
    params:
        job=PLAN.job,
        data="results/data/FashionMNIST/raw",
        device=config["device"],
        out=subpath(output.record, parent=True),
    log:
        "<results>/runs/{job}/train.log",
    benchmark:
        "<results>/runs/{job}/benchmark.tsv"
    threads: 1
    resources:
        mem="2GB",
        runtime="4h",
    conda:
        "../../environment.yml"
    shell:
        "python -m activation_lab train --job {params.job:q} --device {params.device}"
        " --data {params.data:q} --out {params.out:q} 2> {log:q}"


rule functions:
    input:
        code=sources("functions"),
    output:
        "<results>/tables/functions.parquet",
    params:
        activations=PLAN.activations,
    log:
        "<results>/logs/functions.log",
    localrule: True
    conda:
        "../../environment.yml"
    shell:
        "python -m activation_lab functions --activations {params.activations:q}"
        " --out {output:q} 2> {log:q}"
