// Turns an order into what is sent: amounts, id, signature, body, authentication. Beside it one signature of a ready digest
// and one HMAC of a ready text, which every client needs.
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { cpuMs } from "./cpu.mjs"

const ORDERS = 200
const root = resolve(fileURLToPath(import.meta.url), "..", "..", "..")

const source = `
export * as Effect from "effect/Effect"
export * as Redacted from "effect/Redacted"
export { sign } from "viem/accounts"
export { limitAmounts } from "./src/polymarket/amounts.ts"
export { makeAuthenticator } from "./src/polymarket/auth.ts"
export { makeOrderSigner } from "./src/polymarket/orderSigning.ts"
export { orderBody } from "./src/polymarket/signedOrder.ts"
`

/** The venue's side has no entry of its own in dist/, so it is bundled here as the build would. */
const load = async (folder) => {
  const outfile = join(folder, "orderSigning.mjs")
  await build({
    stdin: { contents: source, resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    tsconfigRaw: { compilerOptions: { target: "ES2022", verbatimModuleSyntax: false } },
    outfile
  })
  return import(outfile)
}

// First account of a well-known test chain: never holds anything.
const privateKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const tokenId = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
const secret = `${"A".repeat(43)}=`

const sendable = ({ Effect, authenticator, limitAmounts, orderBody, signer }, n) => {
  const { amounts } = limitAmounts({
    side: "buy",
    orderType: "GTC",
    price: 10_000 * (1 + (n % 99)),
    qty: 10_000 * (500 + n),
    tick: 10_000
  })
  const terms = { side: "buy", tokenId, amounts, salt: n, createdAtUs: 1_770_000_000_000_000 + n * 1_000 }
  return Effect.map(signer.sign(terms, n % 2 === 0 ? "standard" : "negRisk"), (signed) => {
    const body = orderBody(signed, { owner: "the-key", orderType: "GTC" })
    return { body, headers: authenticator.headers({ method: "POST", path: "/order", body }, 1_770_000_000) }
  })
}

const signAll = async (context) => {
  for (let n = 0; n < ORDERS; n += 1) await context.Effect.runPromise(sendable(context, n))
}

const signDigests = async ({ authenticator, sign, text }) => {
  for (let n = 0; n < ORDERS; n += 1) {
    await sign({ hash: `0x${n.toString(16).padStart(64, "1")}`, privateKey, to: "hex" })
    authenticator.headers({ method: "POST", path: "/order", body: text }, 1_770_000_000)
  }
}

export const orderSigning = [
  {
    name: `sign and authenticate ${ORDERS} orders`,
    unit: "ms",
    target: 2.5,
    floorIs: "one signature of a ready digest and one HMAC of a ready body for each, by the same libraries",
    prepare: async (folder) => {
      const modules = await load(folder)
      const { Effect, Redacted, makeAuthenticator, makeOrderSigner } = modules
      const signer = await Effect.runPromise(
        makeOrderSigner({ privateKey: Redacted.make(privateKey), signatureType: 0, funder: null, chainId: 137 })
      )
      const credentials = { key: "the-key", secret, passphrase: "the-passphrase" }
      const redacted = Object.fromEntries(
        Object.entries(credentials).map(([name, text]) => [name, Redacted.make(text)])
      )
      const authenticator = await Effect.runPromise(makeAuthenticator(signer.address, redacted))
      const context = { ...modules, authenticator, signer }
      return { ...context, text: (await Effect.runPromise(sendable(context, 0))).body }
    },
    run: (context) => cpuMs(() => signAll(context)),
    floor: (context) => cpuMs(() => signDigests(context))
  }
]
