import { writeSync } from "node:fs"

/**
 * Writes all of it. The operating system may take only a part, on a disk that is nearly full above all, and says so only by
 * the number of bytes: the rest is written again, until the disk takes it or gives the reason why not.
 */
export const writeFully = (descriptor: number, content: string | Uint8Array): void => {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content
  for (let done = 0; done < bytes.length;) {
    const written = writeSync(descriptor, bytes, done, bytes.length - done)
    if (written <= 0) throw new Error(`only ${done} of ${bytes.length} bytes could be written`)
    done += written
  }
}
