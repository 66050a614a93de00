/** docs/backtest-vs-paper-alignment-template.md. `align` fills in what stands in double braces. */
export const alignmentTemplate = `# Backtest against paper: alignment

<!-- monomarket align --from TIME --to TIME fills this in. -->

- Window of the signals: {{from}} to {{to}}
- Strategies: {{strategies}}
- Made at: {{generated_at}} by monomarket {{version}}
- Database: {{database}}

## Verdict: {{verdict}}

{{verdict_text}}

| criterion | value | aligned | partially aligned | result |
|---|---:|---:|---:|---|
{{criteria}}

The verdict is the worst result in the table. Where fewer than five signals were executed, their overlap alone does not
make it worse than partially aligned.

## What is compared

The signals made within the window that paper trading tried, and the replay of exactly these signals. Signals that paper
left alone are counted below and compared with nothing. Orders placed by hand are listed apart: no signal stands behind
them.

Paper executes a signal when its turn comes, at the prices of that moment, and the replay executes it at the same moment,
from the same recorded data. So decisions and prices are compared signal by signal and leg by leg, and a difference between
them is one of execution. What waiting for the turn did is shown apart. Both sides are settled by the same resolutions and
valued at the same prices, the newest at or before the end of the window. Paper may also hold what earlier signals bought,
and sells of it close those positions; the replay starts with nothing.

## Counts

| | backtest | paper | difference |
|---|---:|---:|---:|
{{counts}}

| signals of the window | |
|---|---:|
{{signal_counts}}

## Execution

| | backtest | paper | difference |
|---|---:|---:|---:|
{{execution}}

| leg by leg | |
|---|---:|
{{legs}}

## Result (USDC)

| | backtest | paper | difference |
|---|---:|---:|---:|
{{result}}

## What waiting did

From a signal to its order on paper it took {{median_delay}} in the median and {{max_delay}} at the longest. The same signals,
replayed at the moment each was made:

| | at once | at paper's moment | difference |
|---|---:|---:|---:|
{{waiting}}

## By strategy (PnL, USDC)

| strategy | backtest | paper | difference | backtest trades | paper trades |
|---|---:|---:|---:|---:|---:|
{{by_strategy}}

## By event (PnL, USDC; largest differences first)

| event | backtest | paper | difference | backtest trades | paper trades |
|---|---:|---:|---:|---:|---:|
{{by_event}}

{{events_left_out}}

## Why signals did not trade

| reason | backtest | paper |
|---|---:|---:|
{{reasons}}

## Orders placed by hand in the window

| order | time | market | order | status | filled |
|---|---|---|---|---|---:|
{{manual_orders}}

## Remarks

{{remarks}}
`

const placeholder = /\{\{([a-z_]+)\}\}/g

/** Names that the template asks for. */
export const templateNames: ReadonlyArray<string> = [...alignmentTemplate.matchAll(placeholder)].map(
  ([, name = ""]) => name
)

/** The template with its values; one that is not given stays as it is, which no test lets pass. */
export const fillTemplate = (values: ReadonlyMap<string, string>): string =>
  alignmentTemplate.replace(placeholder, (whole, name: string) => values.get(name) ?? whole)
