// Before each test file of a mutation run. The file loads the sources anew, so that a change in what a module computes
// while it loads is noticed too; and a change that is to be made later must not find the one before it still made.
import { inject, vi } from "vitest"

vi.resetModules()
if (inject("mode") === "mutant" && inject("mutantActivation") !== "static") {
  delete globalThis[inject("globalNamespace")]?.activeMutant
}
