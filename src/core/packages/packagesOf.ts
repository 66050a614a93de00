import { type PackageId } from "../../domain/OrderIntent.ts"

/**
 * Signals of one moment in packages, which trade together or not at all: those with one package id, and every other
 * signal by itself. Packages keep the order of their first signal.
 */
export const packagesOf = <S extends { readonly packageId: PackageId | null }>(
  signals: ReadonlyArray<S>
): ReadonlyArray<ReadonlyArray<S>> => {
  if (signals.length === 1) return [signals]
  const packages: Array<Array<S>> = []
  const shared = new Map<PackageId, Array<S>>()
  for (const signal of signals) {
    const { packageId } = signal
    const known = packageId === null ? undefined : shared.get(packageId)
    if (known !== undefined) {
      known.push(signal)
      continue
    }
    const own = [signal]
    packages.push(own)
    if (packageId !== null) shared.set(packageId, own)
  }
  return packages
}
