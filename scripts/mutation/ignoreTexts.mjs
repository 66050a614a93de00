// Texts for people are not mutated: what is written between quotes with a space in it. Tags, ids and keys have none,
// and are. A template's inserted expressions belong to the text.
import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin"

const isText = (text) => /\s/.test(text)

const shouldIgnore = ({ node }) => {
  if (node.type === "StringLiteral" && isText(node.value)) return "a text for people"
  if (node.type === "TemplateLiteral" && node.quasis.some(({ value }) => isText(value.raw))) return "a text for people"
  return undefined
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "texts", { shouldIgnore })]
