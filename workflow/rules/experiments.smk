# What a config with experiments has besides: a job for each, and their table.
EXPERIMENTS = ["<results>/tables/experiments.parquet"] if config["experiments"] else []

if config["experiments"]:

    rule experiment:
        input:
            data=ancient(experiments.FILES),
        output:
            "<results>/experiments/{experiment}.parquet",
        log:
            "<results>/experiments/{experiment}.log",
        benchmark:
            "<results>/experiments/{experiment}.tsv"
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem="2GB",
            runtime="1h",
        params:
            code=lambda wildcards: experiments.code(wildcards.experiment),
            data=lambda wildcards: experiments.DATA,
            torch=version("torch"),
        shell:
            "python -m activation_lab experiment --name {wildcards.experiment} --data {params.data:q}"
            " --out {output:q} 2> {log:q}"

    rule experiments:
        input:
            collect("<results>/experiments/{name}.parquet", name=config["experiments"]),
        output:
            EXPERIMENTS,
        log:
            "<results>/logs/experiments.log",
        localrule: True
        conda:
            "../../environment.yml"
        params:
            code=PLAN.code_for_all("experiments"),
        shell:
            "python -m activation_lab experiments {input:q} --out {output:q} 2> {log:q}"
