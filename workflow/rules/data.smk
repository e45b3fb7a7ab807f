# Where the four files come from cannot change what they hold: their checksums stand in the code. So
# the files are ancient to the rules that read them, and nothing here may be a reason to run again:
# Snakemake would then fetch, look at no job after an ancient file, and end without a report. What a
# rule was made with is kept of its shell command and its params, not of its resources.
rule data:
    output:
        expand("results/data/FashionMNIST/raw/{file}", file=CHECKSUMS),
    log:
        "results/data/fetch.log",
    localrule: True
    conda:
        "../../environment.yml"
    resources:
        fetch=f"python -m activation_lab data --out results/data/FashionMNIST/raw"
        f" --folder {shlex.quote(config['data']['folder'])}",
    shell:
        "{resources.fetch} 2> {log}"
