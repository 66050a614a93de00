/**
 * `node --import monomarket/typescript program.ts`: lets a node that does not read TypeScript by itself do so, by the same
 * rules as one that does.
 *
 * @module
 */
import { registerTypescript } from "./app/typescript.ts"

await registerTypescript()
