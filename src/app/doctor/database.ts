import { lowDiskBytes, minDiskBytes } from "../../policy/doctor.ts"
import { formatNumber } from "../../reports/terminalFormat.ts"
import { type DatabaseFileReport } from "../../store/inspectDatabase.ts"
import { type Finding, ok, problem, warning } from "./finding.ts"

const MEGABYTE = 1e6
const GIGABYTE = 1e9

const bytes = (count: number): string =>
  count >= GIGABYTE ? `${formatNumber(count / GIGABYTE, 1)} GB` : `${formatNumber(count / MEGABYTE, 1)} MB`

const fileFinding = (report: DatabaseFileReport): Finding => {
  const { access, journalMode, latestMigration, migration, path, sizeBytes, state } = report
  const check = "database"
  if (state !== "usable") {
    return problem(check, `${path} ${state === "missing" ? "does not exist" : "is empty"}`, "run `monomarket init-db`")
  }
  const found = `${path}, ${bytes(sizeBytes)}, schema ${migration} of ${latestMigration}, journal ${journalMode}`
  if (access === "read-only") {
    return problem(check, `${found}; read-only`, "give this user the right to write the file and its folder")
  }
  if (access === "locked") {
    return problem(check, `${found}; locked by another process`, "wait for it, or end what holds the file")
  }
  if (migration < latestMigration) {
    return warning(check, found, "copy the file, then run `monomarket init-db`: the next command upgrades it")
  }
  return ok(check, found)
}

const diskFinding = ({ freeBytes }: DatabaseFileReport): Finding => {
  const check = "disk"
  if (freeBytes === null) return warning(check, "the system does not tell the free space", "look for yourself")
  const found = `${bytes(freeBytes)} free at the database`
  const advice = "make room: what cannot be stored cannot be accounted for"
  if (freeBytes < minDiskBytes) return problem(check, found, advice)
  return freeBytes < lowDiskBytes ? warning(check, found, advice) : ok(check, found)
}

/** The file, and the room around it. */
export const databaseFindings = (report: DatabaseFileReport): ReadonlyArray<Finding> => [
  fileFinding(report),
  diskFinding(report)
]
