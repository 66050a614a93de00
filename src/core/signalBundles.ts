import { basketKey } from "./legs.ts"

/**
 * Signals of one moment in bundles that fill together or not at all: an S2 basket is one bundle, every other signal is
 * its own. Bundles keep the order of their first signal.
 */
export const bundlesOf = <S extends Parameters<typeof basketKey>[0]>(
  signals: ReadonlyArray<S>
): ReadonlyArray<ReadonlyArray<S>> => {
  if (signals.length === 1) return [signals]
  const bundles: Array<Array<S>> = []
  const baskets = new Map<string, Array<S>>()
  for (const signal of signals) {
    const key = basketKey(signal)
    const basket = key === null ? undefined : baskets.get(key)
    if (basket !== undefined) {
      basket.push(signal)
      continue
    }
    const bundle = [signal]
    bundles.push(bundle)
    if (key !== null) baskets.set(key, bundle)
  }
  return bundles
}
