# Where a dataset's files come from cannot change what they hold: their checksums stand in the code. So
# the files are ancient to the rules that read them, and nothing here may be a reason to run again:
# Snakemake would then fetch, look at no job after an ancient file, and end without a report. What a
# rule was made with is kept of its shell command and its params, not of its resources.
for dataset in PLAN.datasets:

    rule:
        name:
            f"data_{dataset.name.replace('-', '_')}"
        output:
            expand("results/data/{file}", file=dataset.files),
        log:
            f"results/data/{dataset.name}.log",
        localrule: True
        conda:
            "../../environment.yml"
        resources:
            fetch=f"python -m activation_lab data --dataset {dataset.name}"
            f" --out results/data/{dataset.folder} --folder {shlex.quote(config['data']['folder'])}",
        shell:
            "{resources.fetch} 2> {log}"


rule data:
    input:
        expand("results/data/{file}", file=[file for d in PLAN.datasets for file in d.files]),
    localrule: True
