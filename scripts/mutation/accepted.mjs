// Changes that survive and that no caller can observe, each with the reason. `code` is the text that is changed,
// `becomes` what it is changed to, `within` a part of its line where the text alone is not unique.

/** @type {ReadonlyArray<{ file: string, code: string, becomes: string, within?: string, why: string }>} */
export const accepted = []
