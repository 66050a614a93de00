/** CPU time (user and system) of the whole process while `work` runs, milliseconds: other processes do not count. */
export const cpuMs = async (work) => {
  globalThis.gc?.()
  const before = process.cpuUsage()
  await work()
  const { system, user } = process.cpuUsage(before)
  return (user + system) / 1_000
}
