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

The verdict is the worst result in the table.

## What is compared

The signals made within the window that paper trading tried, and the replay of exactly these signals. Signals that paper
left alone are counted below and compared with nothing. Orders placed by hand are listed apart: no signal stands behind
them.

A replay executes a signal at the moment it was made; paper executes it when its turn comes, at the prices of that later
moment. So decisions and prices are compared signal by signal and leg by leg. Here the median delay was {{median_delay}}
and the longest {{max_delay}}. The longer the delay, the more of a price difference is the market's own movement. Both
sides are settled by the same resolutions and valued at the same prices, the newest at or before the end of the window.
Paper may also hold what earlier signals bought, and sells of it close those positions; the replay starts with nothing.

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
