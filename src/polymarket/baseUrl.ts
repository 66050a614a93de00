import * as Effect from "effect/Effect"
import { InputError } from "../domain/errors.ts"

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname)

/** A base URL without trailing slash: https, or plain http to this machine only. `field` is its configuration key. */
export const parseBaseUrl = (field: string, text: string): Effect.Effect<string, InputError> =>
  Effect.suspend(() => {
    const refuse = (problem: string) => new InputError({ field, problem })
    if (!URL.canParse(text)) return refuse("must be a URL such as https://gamma-api.polymarket.com")
    const url = new URL(text)
    if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
      return refuse("must start with https:// (http:// is allowed for localhost only)")
    }
    if (url.username !== "" || url.password !== "") return refuse("must not contain a user or password")
    if (url.search !== "" || url.hash !== "") return refuse("must not contain ? or #")
    return Effect.succeed(`${url.origin}${url.pathname.replace(/\/+$/, "")}`)
  })
