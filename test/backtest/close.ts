import { expect } from "vitest"
import { at } from "./memoryHistory.ts"

/** Every number within 1e-9 (relative where it is large), times equal as instants, all else equal; more keys are fine. */
export const expectClose = (actual: unknown, wanted: unknown, path: string): void => {
  if (typeof wanted === "number") {
    const close = typeof actual === "number" && Math.abs(actual - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))
    if (!close) throw new Error(`${path}: ${String(actual)} is not ${wanted}`)
  } else if (/(^|[._])ts$/.test(path)) {
    expect(at(String(actual)), path).toBe(at(String(wanted)))
  } else if (Array.isArray(wanted)) {
    expect((actual as ReadonlyArray<unknown>).length, `${path}.length`).toBe(wanted.length)
    wanted.forEach((item, index) => expectClose((actual as ReadonlyArray<unknown>)[index], item, `${path}[${index}]`))
  } else if (typeof wanted === "object" && wanted !== null) {
    for (const [key, value] of Object.entries(wanted)) {
      expectClose((actual as Record<string, unknown>)[key], value, `${path}.${key}`)
    }
  } else if (actual !== wanted) throw new Error(`${path}: ${String(actual)} is not ${String(wanted)}`)
}
