# Where the four files come from cannot change what they hold: their checksums stand in the code. So
# neither the code nor the folder in the config is a reason to run again (which is why the folder is
# a resource and not under params), and the files are ancient to the rules that read them.
rule data:
    output:
        expand("results/data/FashionMNIST/raw/{file}", file=CHECKSUMS),
    log:
        "results/data/fetch.log",
    localrule: True
    conda:
        "../../environment.yml"
    resources:
        folder=config["data"]["folder"],
    params:
        out=subpath(output[0], parent=True),
    shell:
        "python -m activation_lab data --out {params.out} --folder {resources.folder:q} 2> {log}"
