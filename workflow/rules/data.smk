# A rule for each dataset whose files are not all there. Where they are, no rule makes them: their
# checksums are verified when they are read, and how they came here is no reason to run anything again.
# (Snakemake would fetch, look at no job after a file that is `ancient`, and end without a report.)
FIRST = 2**62  # before any job: a dataset that cannot be had should be told at once
for dataset in PLAN.datasets:
    if all(Path("results/data", file).is_file() for file in dataset.files):
        continue

    rule:
        name:
            f"data_{dataset.name.replace('-', '_')}"
        output:
            expand("results/data/{file}", file=dataset.files),
        log:
            f"results/data/{dataset.name}.log",
        priority: FIRST
        localrule: True
        conda:
            "../../environment.yml"
        params:
            dataset=dataset.name,
            out=subpath(output[0], parent=True),
            folder=config["data"]["folder"],
        shell:
            "python -m activation_lab data --dataset {params.dataset} --out {params.out:q}"
            " --folder {params.folder:q} 2> {log:q}"


rule data:
    input:
        expand("results/data/{file}", file=[file for d in PLAN.datasets for file in d.files]),
    localrule: True
