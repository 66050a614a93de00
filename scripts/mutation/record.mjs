// Writes what a mutation run found into docs/testing.md: one row for each folder, and the accepted changes.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { format, resolveConfig } from "prettier"
import { root } from "../shared.mjs"
import { accepted } from "./accepted.mjs"

const path = join(root, "docs", "testing.md")

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
const between = (text, name) => {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const from = text.indexOf(start) + start.length
  return { from, to: text.indexOf(end, from) }
}

const replaced = (text, name, content) => {
  const { from, to } = between(text, name)
  return `${text.slice(0, from)}\n${content}\n\n${text.slice(to)}`
}

const columns = "| folder | changes | noticed | accepted | score | measured |\n| --- | --- | --- | --- | --- | --- |"

const cell = (text) => `\`${text.replaceAll("|", "\\|")}\``

const acceptedRows = () =>
  accepted.map(({ becomes, code, file, why }) => `| ${file} | ${cell(code)} | ${cell(becomes)} | ${why} |`)

/** `row` holds a path below src/, and the numbers of its mutants. */
export const record = async ({ accepted: equal, all, noticed, path: folder, score }) => {
  const text = readFileSync(path, "utf8")
  const { from, to } = between(text, "scores")
  const others = text
    .slice(from, to)
    .split("\n")
    .filter((line) => line.startsWith("| src/") && !line.startsWith(`| src/${folder} `))
  const measured = new Date().toISOString().slice(0, 10)
  const row = `| src/${folder} | ${all} | ${noticed} | ${equal} | ${score} | ${measured} |`
  const scores = [columns, ...[...others, row].sort()].join("\n")
  const list = ["| file | code | becomes | why it is equal |\n| --- | --- | --- | --- |", ...acceptedRows()].join("\n")
  const changed = replaced(replaced(text, "scores", scores), "accepted", list)
  writeFileSync(path, await format(changed, { ...(await resolveConfig(path)), parser: "markdown" }))
}
