# The checksums of the four files stand in the code, so neither a change of the code nor another
# source can change what they hold: only a missing file is made again.
rule data:
    output:
        expand("results/data/FashionMNIST/raw/{file}", file=CHECKSUMS),
    params:
        out="results/data/FashionMNIST/raw",
        source=PLAN.data_source,
    log:
        "results/data/fetch.log",
    localrule: True
    conda:
        "../../environment.yml"
    shell:
        "python -m activation_lab data --out {params.out} {params.source:q} 2> {log}"
