// Markdown tables of a JSON Schema's fields, for docs/backtest-schema.md.

/** What a property is: its own schema, or the definition that it names. */
const resolved = (schema, property) => {
  const name = property.$ref?.replace("#/$defs/", "")
  return name === undefined
    ? property
    : { ...schema.$defs[name], ...(property.description && { description: property.description }) }
}

const typeOf = (property) => {
  if (property.const !== undefined) return `"${property.const}"`
  if (property.enum !== undefined) return property.enum.map((value) => `"${value}"`).join(", ")
  if (property.anyOf !== undefined) return property.anyOf.map(typeOf).join(" or ")
  if (property.type === "array") return property.items.type === "string" ? "array of strings" : "array"
  return property.type
}

/** Rows by place: `results[].pnl`, `execution_config.fee_bps`. Optional fields bear a question mark. */
const rowsOf = (schema, object, prefix) =>
  Object.entries(object.properties ?? {}).flatMap(([name, raw]) => {
    const property = resolved(schema, raw)
    const optional = (object.required ?? []).includes(name) ? "" : "?"
    const items = property.type === "array" && resolved(schema, property.items)
    const row = [`\`${prefix}${name}\`${optional}`, typeOf(property), property.description ?? ""]
    const inner = items ? rowsOf(schema, items, `${prefix}${name}[].`) : rowsOf(schema, property, `${prefix}${name}.`)
    return [row, ...inner]
  })

const cell = (text) => text.replaceAll("|", "\\|")

/** `left` leaves out the fields below these places; the page says where they are described. */
export const fieldTable = (schema, left) => {
  const rows = rowsOf(schema, schema, "").filter(([place]) => !left.some((prefix) => place.startsWith(`\`${prefix}`)))
  const lines = rows.map((cells) => `| ${cells.map(cell).join(" | ")} |`)
  return ["| field | type | meaning |", "|---|---|---|", ...lines].join("\n")
}

const marker = /<!-- fields: (\S+?)(?: without (\S+))? -->\n[\s\S]*?<!-- end of fields -->/g

/** The page with every marked table made anew. */
export const withFieldTables = (page, schemas) =>
  page.replace(marker, (_, name, without) => {
    const schema = schemas.get(`${name}.schema.json`)
    if (schema === undefined) throw new Error(`docs/backtest-schema.md: there is no schema ${name}`)
    const head = `<!-- fields: ${name}${without === undefined ? "" : ` without ${without}`} -->`
    return `${head}\n\n${fieldTable(schema, without?.split(",") ?? [])}\n\n<!-- end of fields -->`
  })
