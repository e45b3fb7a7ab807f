# What a config with a trial has besides: the verdicts, what the activations cost, and the card.
CARD = (
    collect("<results>/{name}.{kind}", name=["card", "card-portrait"], kind=["svg", "png", "pdf"])
    if PLAN.trial
    else []
)
VERDICTS = multiext("<results>/trial", ".csv", ".tex") if PLAN.trial else []

if PLAN.trial:

    rule judge:
        input:
            runs="<results>/tables/runs.parquet",
            cells="<results>/tables/cells.parquet",
        output:
            "<results>/tables/trial.parquet",
        log:
            "<results>/logs/judge.log",
        localrule: True
        conda:
            "../../environment.yml"
        params:
            code=PLAN.code_for_all("judge", "dataset"),
            config=lambda wildcards: CONFIG,
            tables=subpath(input.runs, parent=True),
        shell:
            "python -m activation_lab judge --config {params.config:q} --tables {params.tables:q}"
            " 2> {log:q}"

    # After all training, so that nothing else is at work while times are taken.
    rule examine:
        input:
            records=collect("<runs>/{job}/job.json", job=PLAN.jobs),
            own=PLAN.own_activations,
        output:
            "<results>/examined.json",
        log:
            "<results>/logs/examine.log",
        localrule: True
        conda:
            "../../environment.yml"
        params:
            code=PLAN.code_for_all("examine", "activation"),
            config=lambda wildcards: CONFIG,
            runs=lambda wildcards: RUNS,
        shell:
            "python -m activation_lab examine --config {params.config:q} --runs {params.runs:q}"
            " --out {output:q} 2> {log:q}"

    rule card:
        input:
            collected=rules.collect.output,
            analyses=rules.analyse.output,
            functions=rules.functions.output,
            trial=rules.judge.output[0],
            examined=rules.examine.output[0],
        output:
            card=report(
                CARD,
                caption="../report/card.rst",
                category="Trial",
                labels={"page": "the card"},
            ),
            verdicts=VERDICTS,
        log:
            "<results>/logs/card.log",
        localrule: True
        conda:
            "../../environment.yml"
        params:
            code=PLAN.code_for_all("card", "dataset"),
            config=lambda wildcards: CONFIG,
            results=subpath(input.examined, parent=True),
        shell:
            "python -m activation_lab card --config {params.config:q} --results {params.results:q}"
            " 2> {log:q}"
