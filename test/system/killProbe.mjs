// Loaded before the command line (node --import): tells file descriptor 3 what the program does to its database, one
// letter per event, and kills the process by itself at event KILL_AT (a number, or "exit"). The program does not know of it.
//   b before BEGIN   B after it   w before another writing statement   c before COMMIT   C after it   x at exit
import { writeSync } from "node:fs"
import Database from "better-sqlite3"

const killAt = Number(process.env["KILL_AT"] ?? Infinity) // NaN for "exit"
let events = 0

const mark = (letter) => {
  writeSync(3, letter)
  events += 1
  if (events === killAt || (letter === "x" && process.env["KILL_AT"] === "exit")) process.kill(process.pid, "SIGKILL")
}

const marksOf = (sql, readonly) => {
  if (/^BEGIN/i.test(sql)) return ["b", "B"]
  if (/^(COMMIT|ROLLBACK)/i.test(sql)) return ["c", "C"]
  return readonly ? null : ["w", null]
}

const { prepare } = Database.prototype
Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql)
  const marks = marksOf(sql, statement.readonly)
  if (marks === null) return statement
  for (const name of ["run", "all"]) {
    const plain = statement[name].bind(statement)
    statement[name] = (...parameters) => {
      mark(marks[0])
      const result = plain(...parameters)
      if (marks[1] !== null) mark(marks[1])
      return result
    }
  }
  return statement
}

process.on("exit", () => mark("x"))
