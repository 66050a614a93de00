// Loaded before the command line (node --import): kills the process with SIGKILL at one moment of the life of an order that
// it posts. KILL_POST says of which (default 1), KILL_MOMENT when:
//   staged    stored, and about to be sent          answered  the answer is there (or lost), and about to be stored
//   stored    the answer is stored                  seen      what a look showed is about to be stored
//   taken-in  what a look showed is stored          exit      all is stored
import Database from "better-sqlite3"

const moments = ["staged", "answered", "stored", "seen", "taken-in"]
const moment = process.env["KILL_MOMENT"] ?? ""
const nth = Number(process.env["KILL_POST"] ?? 1)

let posts = 0
let storing = 0
const hashes = new Set()

const reach = (name) => {
  if (name === moment) process.kill(process.pid, "SIGKILL")
}

// The same signed order may be offered several times; it is one post.
const { fetch } = globalThis
globalThis.fetch = (url, options) => {
  if (options?.method === "POST" && String(url).endsWith("/order")) {
    const body = typeof options.body === "string" ? options.body : new TextDecoder().decode(options.body)
    hashes.add(JSON.parse(body).order.salt)
    posts = hashes.size
    if (posts === nth) {
      storing = 1
      reach("staged")
    }
  }
  return fetch(url, options)
}

// The order's own transactions are the only ones until it is settled: its answer first, then look by look.
const { prepare } = Database.prototype
Database.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql)
  const [begins, commits] = [/^BEGIN/i.test(sql), /^COMMIT/i.test(sql)]
  if (!begins && !commits) return statement
  for (const name of ["run", "all"]) {
    const plain = statement[name].bind(statement)
    statement[name] = (...parameters) => {
      if (begins && storing > 0) reach(moments[storing])
      const result = plain(...parameters)
      if (commits && storing > 0) {
        reach(moments[storing + 1])
        storing += 2
      }
      return result
    }
  }
  return statement
}

process.on("exit", () => reach("exit"))
