import { describe, it } from "vitest"
import { findShared, root, sharedFolder } from "../scripts/shared.mjs"

export { root }

/**
 * Tests that read recorded data. `body` gets the whole path of `path` and runs only where it is there, so that no
 * file can read absent data while it is loaded; elsewhere one skipped test stands in its place, with the reason.
 */
export const describeShared = (path: string, title: string, body: (path: string) => void): void => {
  const found = findShared(path)
  if (found !== undefined) {
    describe(title, () => body(found))
    return
  }
  const reason = `${path} is not in ${sharedFolder}`
  console.warn(`skipped: ${title}: ${reason}`)
  describe(title, () => it.skip(reason))
}
